"""The kernels that notebooks run in: one is always started ahead."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from personakit.errors import PersonakitError
from personakit.running_forks import ForkServer

#: A kernel that dies at once has found one of its ports taken by another program; the next one gets others.
_TRIES = 3


class Kernels:
    """
    Keeps one kernel ahead: the next notebook's kernel starts and imports while the current notebook runs.

    Parameters
    ----------
    folder : Path
        Where the kernels start.
    environment : callable
        Says what a kernel that starts now finds in its environment, where that does not say otherwise.
    server : ForkServer, optional
        Forks the kernels; without it each is a new process.
    """

    def __init__(self, folder: Path, environment: Callable[[], dict[str, str]], server: ForkServer | None = None) -> None:
        self.folder, self.environment, self.server = folder, environment, server
        self.waiting: list[Any] = []
        self.taken: Any = None

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        from jupyter_core.utils import run_sync

        for kernel in self.waiting:
            run_sync(kernel.shutdown_kernel)(now=True)

    def take(self, *, another: bool, niceness: int = 0) -> Any:
        """
        Give a kernel away that answers, and start another one when there are notebooks left.

        Parameters
        ----------
        another : bool
            Whether there are notebooks left.
        niceness : int
            How far this one gives way when more processes want to compute than there are processors: from 0, as ever, to 19.

        Returns
        -------
        object
            The kernel's manager.

        Raises
        ------
        PersonakitError
            If none answers.
        """
        for _ in range(_TRIES):
            if not self.waiting:
                self._start()
            self.taken = self.waiting.pop()
            if _answers(self.taken):
                break
        else:
            raise PersonakitError("the process of a notebook ended before it answered, each time; run it again")
        if another:
            self._start()
        if niceness:
            _give_way(self._process(), niceness)
        return self.taken

    def _process(self) -> Any:
        """Process of the kernel that was given away; ``None`` when it has ended."""
        return getattr(getattr(self.taken, "provisioner", None), "process", None)

    def end(self) -> None:
        """End the process of the kernel that was given away, from whichever thread: what waits for it goes on at once."""
        if (process := self._process()) is not None:
            process.kill()

    def _start(self) -> None:
        from jupyter_client.manager import AsyncKernelManager  # the other one cannot tell that a kernel has died
        from jupyter_core.utils import run_sync

        kernel = AsyncKernelManager(kernel_name="python3")
        if self.server:
            kernel.provisioner = _forking(self.server, kernel)
        # results show themselves through this module, which imports all of the steps; no name is bound for the notebook
        preload = "--IPKernelApp.exec_lines=__import__('personakit.render.html')"
        run_sync(kernel.start_kernel)(
            cwd=str(self.folder), env=self.environment() | os.environ, extra_arguments=[preload, "--IPKernelApp.log_level=40"]
        )
        self.waiting.append(kernel)


def _answers(kernel: Any) -> bool:
    """Wait until a kernel answers, or has died."""
    from jupyter_core.utils import run_sync

    client = kernel.client()
    client.start_channels()
    try:
        run_sync(client.wait_for_ready)(timeout=120)
    except RuntimeError:
        run_sync(kernel.shutdown_kernel)(now=True)
        return False
    finally:
        client.stop_channels()
    return True


def _give_way(process: Any, niceness: int) -> None:
    """Let others compute first; where a system has no such order, all compute alike."""
    if process is None or not hasattr(os, "setpriority"):
        return
    with suppress(OSError):
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, process.pid, min(own + niceness, 19))
    with suppress(OSError):  # a Linux that shares processors among sessions looks at this instead
        Path(f"/proc/{process.pid}/autogroup").write_text(str(niceness), encoding="ascii")


def _forking(server: ForkServer, kernel: Any) -> Any:
    """Make what starts this kernel fork it; a kernel of another Python, which somebody has set up as theirs, starts as ever."""
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    class _Forking(LocalProvisioner):  # type: ignore[misc]
        async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
            if cmd[0] != sys.executable or "ipykernel_launcher" not in cmd:
                return await super().launch_kernel(cmd, **options)
            arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
            self.process = server.fork(arguments, options["cwd"], options["env"])
            self.pid = self.pgid = self.process.pid  # it begins a session
            self.cwd = options["cwd"]
            return self.connection_info

    return _Forking(kernel_id="", kernel_spec=kernel.kernel_spec, parent=kernel)
