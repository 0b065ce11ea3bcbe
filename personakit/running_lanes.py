"""Which notebooks run beside each other, and what waits for what."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from pathlib import Path
from threading import Event
from typing import Any

from personakit.handoffs import numbered
from personakit.running_forks import ForkServer
from personakit.running_kernels import Kernels

#: Steps whose results no other step reads, with the step that they themselves wait for: they run beside the others.
BESIDE = {"start": "", "collection": "", "exploration": "quality"}
#: What tells libraries of linear algebra how many threads to take.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Lanes:
    """
    Runs steps in two lanes: those that others rest on, one after the other, and beside them those that nothing rests on.

    Parameters
    ----------
    steps : sequence of str
        Step words, in order.
    folder : Path
        Where the kernels start.
    run : callable
        Runs a step in a kernel.
    server : ForkServer, optional
        Forks the kernels; without it each is a new process.
    """

    def __init__(
        self, steps: Sequence[str], folder: Path, run: Callable[[str, Any], None], server: ForkServer | None = None
    ) -> None:
        beside = [step for step in steps if step in BESIDE]
        self.steps, self.run = steps, run
        self.lanes = [lane for lane in ([step for step in steps if step not in beside], beside) if lane]
        self.kernels = [Kernels(folder, self._environment, server) for _ in self.lanes]
        self.done = {step: Event() for step in steps}
        self.seconds: dict[str, float] = {}
        self.failed: list[BaseException] = []

    def finish(self) -> dict[str, float]:
        """Run all steps, and give the seconds of each; when one fails, the others are ended and its error is raised."""
        with ThreadPoolExecutor(1) as pool:
            others = [pool.submit(Context().run, self._walk_in_own_loop, place) for place in range(1, len(self.lanes))]
            try:
                self._walk(0)
                for other in others:
                    other.result()
            except BaseException as error:  # Ctrl-C while the other lane is waited for
                self._fail(error)
        if self.failed:
            raise self.failed[0]
        return {numbered(step): self.seconds[step] for step in self.steps}

    def _environment(self) -> dict[str, str]:
        """Share the threads while two lanes run: with all of them each, they would wait for each other most of the time."""
        alone = len(self.lanes) == 1 or all(self.done[step].is_set() for step in self.lanes[1])
        return {} if alone else dict.fromkeys(_THREADS, str(max((os.cpu_count() or 1) // 2, 1)))

    def _walk_in_own_loop(self, place: int) -> None:
        """Walk a lane in another thread, whose event loop would stay open."""
        from jupyter_core.utils import ensure_event_loop

        loop = ensure_event_loop()
        try:
            self._walk(place)
        finally:
            loop.close()

    def _walk(self, place: int) -> None:
        lane = self.lanes[place]
        try:
            with self.kernels[place] as kernels:
                for step in lane:
                    if (before := BESIDE.get(step)) in self.done:
                        self.done[before].wait()
                    if self.failed:
                        return
                    started, kernel = time.perf_counter(), kernels.take(another=step != lane[-1])
                    if self.failed:  # it began to fail since, and could not end this kernel yet
                        kernels.end()
                    self.run(step, kernel)
                    self.seconds[step] = time.perf_counter() - started
                    self.done[step].set()
        except BaseException as error:  # Ctrl-C too: the other lane has to end
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.failed.append(error)
        for event in self.done.values():
            event.set()
        for kernels in self.kernels:
            kernels.end()
