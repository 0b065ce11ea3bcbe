"""Which notebooks run beside each other: each waits for the results that it reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from pathlib import Path
from threading import Condition
from typing import Any, NamedTuple

from personakit.handoffs import numbered
from personakit.processes import threads
from personakit.running_forks import ForkServer
from personakit.running_kernels import Kernels

#: What tells libraries of linear algebra how many threads to take.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
#: How far a notebook gives way to others: not at all when they load from it, more when they look at it among everything
#: before them, and most when none waits for it.
_NICE = (0, 10, 19)
_LOADS = re.compile(r"""\bload\(\s*(?:["'](\w+)["'])?""")
_LOADS_SOURCES = re.compile(r"\.sources\(")
#: What looks at whatever is there.
_READS_ALL = re.compile(r"\bdeliver|\bdecisions_now\b|\bverify\b|(?<!\.study)\.folder\b")
_SAVES = re.compile(r"\.save(?:_sources|_careless)?\(")
#: Code that runs when something later calls it.
_LATER = re.compile(r"\b(?:def|lambda)\b")


class Reads(NamedTuple):
    """
    What code reads of other steps.

    Attributes
    ----------
    steps : frozenset of str
        Steps whose results it loads.
    all_before : bool
        Whether it looks at whatever the steps before have made, as deliverables do.
    """

    steps: frozenset[str]
    all_before: bool


def reads_of(code: str) -> Reads:
    """
    Find which results code reads.

    Parameters
    ----------
    code : str
        One cell or many.

    Returns
    -------
    Reads
        Where it cannot be seen, everything before.

    Examples
    --------
    >>> sorted(reads_of('ws.load("features"), ws.sources()').steps)
    ['features', 'quality']
    """
    loaded = _LOADS.findall(code)
    named = {name for name in loaded if name} | ({"quality"} if _LOADS_SOURCES.search(code) else set())
    return Reads(frozenset(named), "" in loaded or bool(_READS_ALL.search(code)))


def _saving_cells(cells: Sequence[str]) -> int:
    """Count the cells that save results; -1 where it cannot be seen when they do, so that they have when the notebook is over."""
    found = [cell for cell in cells if _SAVES.search(cell)]
    return -1 if not found or any(_LATER.search(cell) for cell in found) else len(found)


class Lanes:
    """
    Runs notebooks, two at a time where none of the two needs the other.

    A notebook starts when the results that it loads are there, which is when the last cell that saves any has run. A cell
    that looks at everything made so far waits for all notebooks before its own, and a cell that saves waits for those of
    them that have such a cell; they have begun by then, so the first of those that run never waits. Notebooks that no
    other one loads from give way to the others when both want a processor.

    Parameters
    ----------
    code : mapping of str to sequence of str
        Step words, in order, and the code cells of their notebooks.
    folder : Path
        Where the kernels start.
    run : callable
        Given a step, a kernel and what to call with the code of each cell before it runs.
    server : ForkServer, optional
        Forks the kernels; without it each is a new process.
    """

    def __init__(
        self, code: Mapping[str, Sequence[str]], folder: Path, run: Callable[[str, Any, Callable[[str], None]], None],
        server: ForkServer | None = None,
    ) -> None:  # fmt: skip
        self.steps, self.run = list(code), run
        self.reads = {step: reads_of("\n".join(code[step])) for step in self.steps}
        self.saves_left = {step: _saving_cells(code[step]) for step in self.steps}
        self.before = {step: self.steps[:place] for place, step in enumerate(self.steps)}
        loaded = set().union(*(self._loaded(step) for step in self.steps))
        self.left = sorted(self.steps, key=lambda step: step not in loaded)  # first those that others wait for
        niceness = {step: _NICE[0 if step in loaded else 1 if self._is_looked_at(step) else 2] for step in self.steps}
        self.niceness = {step: found - min(niceness.values()) for step, found in niceness.items()}
        self.done: set[str] = set()
        self.saved: set[str] = set()
        self.changed = Condition()
        self.kernels = [Kernels(folder, self._environment, server) for _ in self.steps[:2]]
        self.seconds: dict[str, float] = {}
        self.failed: list[BaseException] = []

    def finish(self) -> dict[str, float]:
        """Run all steps, and give the seconds of each; when one fails, the others are ended and its error is raised."""
        with ThreadPoolExecutor(1) as pool:
            others = [pool.submit(Context().run, self._walk_in_own_loop, kernels) for kernels in self.kernels[1:]]
            try:
                self._walk(self.kernels[0])
                for other in others:
                    other.result()
            except BaseException as error:  # Ctrl-C while the other lane is waited for
                self._fail(error)
        if self.failed:
            raise self.failed[0]
        return {numbered(step): self.seconds[step] for step in self.steps}

    def _loaded(self, step: str) -> set[str]:
        """Steps of this run whose results a step loads."""
        return set(self.reads[step].steps).intersection(self.before[step])

    def _is_looked_at(self, step: str) -> bool:
        """Whether a later step looks at everything before it."""
        return any(step in self.before[other] for other in self.steps if self.reads[other].all_before)

    def _waits_for(self, step: str, *, all_before: bool) -> set[str]:
        """Steps that are over before a cell of a step looks at everything, or else before it saves, which they would see."""
        return {other for other in self.before[step] if all_before or self.reads[other].all_before}

    def _is_ready(self, step: str) -> bool:
        """Whether what it loads is there, and whatever else it may wait for has begun."""
        begun = not self._waits_for(step, all_before=self.reads[step].all_before).intersection(self.left)
        return begun and self._loaded(step) <= self.saved

    def _must_be_over(self, step: str) -> set[str]:
        """Steps that are over when a step begins, or only show what they have saved."""
        found = self._loaded(step)
        for other in self.before[step] if self.reads[step].all_before else list(found):
            found |= self._must_be_over(other)
        return found

    def _environment(self) -> dict[str, str]:
        """Share the threads between two that run: with all of them each, they would wait for each other most of the time."""
        with self.changed:
            unfinished = [step for step in self.steps if step not in self.done]
            following = self.left[0] if self.left else unfinished[-1]
        over = {step: self._must_be_over(step) for step in unfinished}
        alone = all(following in over[step] or step in over[following] for step in unfinished if step != following)
        return {} if alone else dict.fromkeys(_THREADS, str(max(threads() // 2, 1)))

    def _walk_in_own_loop(self, kernels: Kernels) -> None:
        """Walk in another thread, whose event loop would stay open."""
        from jupyter_core.utils import ensure_event_loop

        loop = ensure_event_loop()
        try:
            self._walk(kernels)
        finally:
            loop.close()

    def _walk(self, kernels: Kernels) -> None:
        try:
            with kernels:
                while step := self._next():
                    started = time.perf_counter()
                    kernel = kernels.take(another=bool(self.left), niceness=self.niceness[step])
                    if self.failed:  # it began to fail since, and could not end this kernel yet
                        kernels.end()
                    self.run(step, kernel, lambda cell, step=step: self._wait(step, cell))  # type: ignore[misc]
                    self.seconds[step] = time.perf_counter() - started
                    with self.changed:
                        self.done.add(step)
                        self.saved.add(step)
                        self.changed.notify_all()
        except BaseException as error:  # Ctrl-C too: the other lane has to end
            self._fail(error)

    def _next(self) -> str:
        """Wait for a step that can begin; empty when there is none any more."""
        with self.changed:
            while self.left and not self.failed:
                ready = [step for step in self.left if self._is_ready(step)]
                if ready:
                    self.left.remove(ready[0])
                    self.changed.notify_all()
                    return ready[0]
                self.changed.wait()
        return ""

    def _wait(self, step: str, cell: str) -> None:
        """Before a cell: say so when everything has been saved, and wait for the steps that it waits for."""
        looks, saves = reads_of(cell).all_before, bool(_SAVES.search(cell))
        with self.changed:
            if not self.saves_left[step]:
                self.saved.add(step)
                self.changed.notify_all()
            if saves:
                self.saves_left[step] -= 1
            if looks or saves:
                self.changed.wait_for(lambda: self.failed or self.done.issuperset(self._waits_for(step, all_before=looks)))

    def _fail(self, error: BaseException) -> None:
        with self.changed:
            self.failed.append(error)
            self.changed.notify_all()
        for kernels in self.kernels:
            kernels.end()
