"""Kernels as forks of one process that has imported everything: each is ready in a moment, and none knows of another's work."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from threading import Lock
from types import TracebackType
from typing import Any, NoReturn

from personakit.errors import PersonakitError

_START = "import sys; sys.path[:] = filter(None, sys.path); from personakit.running_forks import serve; serve(int(sys.argv[1]))"
#: What a kernel sets itself, and matplotlib reads once.
_INLINE = "module://matplotlib_inline.backend_inline"
#: Who says how many threads libraries take, most particular first.
_THREADS = {"blas": ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "openmp": ("OMP_NUM_THREADS",)}


def forks_are_possible() -> bool:
    """Say whether this is a Linux with handles of processes; elsewhere there are no forks, or libraries do not stand them."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


class Fork:
    """
    A forked process, as Jupyter looks at one: with the methods of ``subprocess.Popen`` that it uses.

    Parameters
    ----------
    pid : int
        Number of the process, which nobody has waited for yet.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)  # stays with this process even when its number is given to another one

        self._end = select.poll()
        self._end.register(self._handle, select.POLLIN)

    def __del__(self) -> None:
        os.close(self._handle)

    def poll(self) -> int | None:
        """Give ``None`` as long as it runs."""
        return 0 if self._end.poll(0) else None

    def wait(self) -> int:
        """Wait for its end."""
        self._end.poll()
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal; one that has ended takes none."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """
    A process that imports what notebooks use, computes nothing, and forks a kernel whenever one is asked for.

    It ends, and its kernels with it, when it is closed or when the process that began it is gone.
    """

    def __init__(self) -> None:
        self._lock = Lock()  # notebooks that run side by side ask at the same time
        replies, theirs = os.pipe()
        # linear algebra takes one thread until it forks: others would not be there in the fork
        # and the debugger, which is imported with the kernel, does not say that it sees no files of Python's own
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": os.environ.get("MPLBACKEND") or _INLINE,
                                    "PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # fmt: skip
        command = [sys.executable, "-c", _START, str(theirs)]
        self._process = subprocess.Popen(  # noqa: S603  this Python
            command, stdin=subprocess.PIPE, env=environment, pass_fds=[theirs], start_new_session=True
        )
        os.close(theirs)
        self._replies = os.fdopen(replies)
        self._began_any = False

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        if not self._began_any:  # it may still import, and has nothing to end
            self._process.kill()
        self._process.wait()
        self._replies.close()

    def fork(self, arguments: Sequence[str], folder: str, environment: Mapping[str, str]) -> Fork:
        """
        Begin a kernel.

        Parameters
        ----------
        arguments : sequence of str
            As on the command line of a kernel.
        folder : str
            Where it starts.
        environment : mapping
            Its environment.

        Returns
        -------
        Fork
            Its process.

        Raises
        ------
        PersonakitError
            If there is no server any more.
        """
        assert self._process.stdin
        order = {"arguments": list(arguments), "folder": folder, "environment": dict(environment)}
        with self._lock:
            self._began_any = True
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(order).encode() + b"\n")
                self._process.stdin.flush()
            reply = self._replies.readline()
            if not reply:
                raise PersonakitError("the process that starts notebooks was ended from outside, most often because memory ran "
                                      "out; close other programs, or run it on a machine with more memory")  # fmt: skip
            return Fork(int(reply))  # before the next order, at which the server forgets those that have ended


def serve(replies: int) -> None:
    """
    Fork a kernel for each line on standard input, until it is closed; then end them all.

    Parameters
    ----------
    replies : int
        File descriptor on which the number of each process is told.
    """
    _import_everything()
    running: set[int] = set()
    server = os.getpid()
    for place, line in enumerate(sys.stdin.buffer):
        running -= {pid for pid in running if os.waitpid(pid, os.WNOHANG)[0]}
        with warnings.catch_warnings():  # Python 3.12 warns of other threads; the few that libraries begin are idle
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            _become_kernel(json.loads(line), replies, server)
        running.add(pid)
        os.write(replies, f"{pid}\n".encode())
        if place == 0:
            _import_what_later_notebooks_use()
    for pid in running:
        for end in (os.killpg, os.kill):  # with the processes that it has begun; it may not lead a group yet
            with contextlib.suppress(ProcessLookupError):
                end(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _import_everything() -> None:
    import ibis
    import ipykernel.debugger
    import ipykernel.kernelapp  # noqa: F401
    import seaborn  # noqa: F401  with what pictures need

    import personakit.render.html  # noqa: F401  imports all of the steps

    assert ibis.duckdb  # the engine is imported when it is first named
    _keep_shared()


def _import_what_later_notebooks_use() -> None:
    """Import, while the first notebook runs, what it can do without."""
    for library in ("pyarrow.dataset", "sklearn.cluster", "sklearn.linear_model", "statsmodels.stats.api"):
        import_module(library)

    _keep_shared()


def _keep_shared() -> None:
    """Leave what is here out of the search for what is not used any more, which would write to it."""
    gc.collect()
    gc.freeze()


def _become_kernel(order: dict[str, Any], replies: int, server: int) -> NoReturn:
    """Go on as a kernel in a session of its own, as if this process had been started for it."""
    status = 1
    try:
        os.setsid()
        os.close(replies)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        _begin_anew()
        arguments = [*order["arguments"], f"--IPKernelApp.parent_handle={server}"]  # it looks every second whether that is there
        if os.getppid() != server:
            os._exit(status)
        sys.argv = ["ipykernel_launcher", *arguments]
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance(arguments)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _begin_anew() -> None:
    """Set up what libraries do when they are imported and a fork does not inherit: threads and random numbers."""
    import duckdb
    import numpy as np
    from threadpoolctl import threadpool_limits

    everything = len(os.sched_getaffinity(0))
    limits = {}
    for kind, names in _THREADS.items():
        said = [os.environ[name] for name in names if os.environ.get(name, "").isdigit()]
        limits[kind] = int(said[0]) if said else everything
    threadpool_limits(limits)
    np.random.seed()
    # the one that the import made has lost its threads; it is kept, since ending it would wait for them
    _kept.append(duckdb.default_connection())
    duckdb.set_default_connection(duckdb.connect())


_kept: list[Any] = []
