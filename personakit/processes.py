"""Long computing in several processes, which is worth it only when it lasts longer than they need to start."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from typing import Any

from joblib import Parallel, cpu_count, delayed

#: Seconds of work from which on it is shared by processes, which need some seconds to start.
WORTH_SECONDS = 12.0


def processes_for(seconds: float, n_tasks: int) -> int:
    """
    Say how many processes tasks are worth.

    Parameters
    ----------
    seconds : float
        How long all of them together are likely to take here.
    n_tasks : int
        Tasks that are left.

    Returns
    -------
    int
        1, this process, where they would be done before others had started.

    Examples
    --------
    >>> processes_for(0.8, 8)
    1
    """
    return max(min(cpu_count(), n_tasks), 1) if seconds > WORTH_SECONDS else 1


def results_of(function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], *, processes: int) -> Generator[tuple[int, Any]]:
    """
    Do tasks, in this process or in others.

    Parameters
    ----------
    function : callable
        A function of a module, which must give the same result in every process.
    tasks : sequence of tuple
        Its arguments, for each task.
    processes : int
        See :func:`processes_for`; with 1 the tasks are done here, when the next result is asked for.

    Yields
    ------
    tuple of int and object
        Place of a task and its result, as soon as it is there.
    """
    how = "generator" if processes == 1 else "generator_unordered"
    found = Parallel(n_jobs=processes, return_as=how)(delayed(_placed)(function, place, task) for place, task in enumerate(tasks))
    try:
        for placed in found:  # noqa: UP028  closed below, and not by "yield from"
            yield placed
    finally:
        with warnings.catch_warnings():  # whoever stops knows that the rest is not done
            warnings.simplefilter("ignore", UserWarning)
            found.close()


def _placed(function: Callable[..., Any], place: int, task: tuple[Any, ...]) -> tuple[int, Any]:
    return place, function(*task)
