"""Long computing in several processes, which is worth it only when it lasts longer than they need to start; threads held back."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from typing import Any

from joblib import Parallel, cpu_count, delayed
from threadpoolctl import ThreadpoolController

#: Seconds of work from which on it is shared by processes, which need some seconds to start; less when some are waiting.
WORTH_SECONDS, WORTH_SECONDS_WHILE_THEY_WAIT = 12.0, 3.0
_WAIT_SECONDS = 240.0  # joblib lets them wait for 300
_last_used = [-_WAIT_SECONDS]
_share = [0]  # threads of this process, where it is one of several that compute; 0 where it is alone


def threads() -> int:
    """
    Say how many threads a computation is worth.

    Returns
    -------
    int
        One per processor that this process may use (fewer in a container that has been given fewer, or where
        ``LOKY_MAX_CPU_COUNT`` says so); its share of them in a process of :func:`results_of`.

    Examples
    --------
    >>> threads() >= 1
    True
    """
    return _share[0] or max(cpu_count(), 1)


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
    they_wait = time.monotonic() - _last_used[0] < _WAIT_SECONDS
    worth = seconds > (WORTH_SECONDS_WHILE_THEY_WAIT if they_wait else WORTH_SECONDS)
    return max(min(cpu_count(), n_tasks), 1) if worth else 1


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
    share = 0 if processes == 1 else max(cpu_count() // processes, 1)
    found = Parallel(n_jobs=processes, return_as=how)(
        delayed(_placed)(function, place, task, share) for place, task in enumerate(tasks)
    )
    try:
        for placed in found:  # noqa: UP028  closed below, and not by "yield from"
            yield placed
        if processes > 1:  # stopped before, they would have to start again
            _last_used[0] = time.monotonic()
    finally:
        with warnings.catch_warnings():  # whoever stops knows that the rest is not done
            warnings.simplefilter("ignore", UserWarning)
            found.close()


def _placed(function: Callable[..., Any], place: int, task: tuple[Any, ...], share: int) -> tuple[int, Any]:
    if share:
        _share[0] = share
    return place, function(*task)


def one_thread(of: str = "numpy") -> AbstractContextManager[Any]:
    """
    Hold a library's own threads back, for as long as a ``with`` block lasts.

    Threads inside a product of matrices add in any order, and the last digits would differ. What starts threads is looked for
    once per process and library, which takes longer than many a product.

    Parameters
    ----------
    of : str
        Module that is going to compute; it is imported first, so that nothing it brings is missed.

    Returns
    -------
    context manager
        Enter it to hold the threads back; leaving it gives them back.
    """
    return _libraries(of).limit(limits=1)


@cache
def _libraries(of: str) -> ThreadpoolController:
    import_module(of)
    return ThreadpoolController()
