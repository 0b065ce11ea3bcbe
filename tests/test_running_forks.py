"""Forked kernels: as if each had been started on its own, and gone when whoever began them is gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_core.utils import run_sync

from personakit import running_forks
from personakit.errors import PersonakitError
from personakit.running_forks import ForkServer, forks_are_possible
from personakit.running_kernels import Kernels

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks need Linux")

#: Begins a server and a kernel, tells their numbers, and waits.
OWNER = """
import time
from pathlib import Path
from personakit.running_forks import ForkServer
from personakit.running_kernels import Kernels
server = ForkServer()
kernels = Kernels(Path("."), dict, server)
kernels._start()
print(server._process.pid, kernels.waiting[0].provisioner.process.pid, flush=True)
time.sleep(600)
"""


def told(kernel, code):
    """What a cell prints."""
    client = kernel.client()
    client.start_channels()
    run_sync(client.wait_for_ready)(timeout=60)
    printed = []
    reply = run_sync(client.execute_interactive)(
        code, timeout=60, output_hook=lambda message: printed.append(message["content"].get("text", ""))
    )
    client.stop_channels()
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed).split()


def runs(pid):
    """Whether there is such a process, and it is more than a number that nobody has asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*pids, seconds=20):
    """Whether processes end soon."""
    until = time.monotonic() + seconds
    while any(map(runs, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(runs, pids))


@pytest.fixture(scope="module")
def server():
    """One for the tests that leave it as it is."""
    with ForkServer() as server:
        yield server


def test_each_kernel_is_one_of_its_own(server, tmp_path):
    """Folder, environment, names and random numbers; what its own processes return is heard."""
    with Kernels(tmp_path, lambda: {"HERE": "yes"}, server) as kernels:
        first = kernels.take(another=True)
        second = kernels.take(another=False)
    code = ("import os, numpy as np, subprocess, sys\n"
            "print(os.getpid(), os.getcwd(), os.environ['HERE'], np.random.rand(), subprocess.run(['false']).returncode)\n"
            "print(len([name for name in dir() if not name.startswith('_')]), os.getsid(0) == os.getpid())\n"
            "mine = 1")  # fmt: skip
    one, other = told(first, code), told(second, code)
    try:
        assert one[0] == str(first.provisioner.process.pid) and one[1:3] == [str(tmp_path), "yes"]
        assert one[0] != other[0] and one[3] != other[3] and one[4:] == other[4:] and (one[4], one[6]) == ("1", "True")
    finally:
        for kernel in (first, second):
            run_sync(kernel.shutdown_kernel)(now=True)
    assert gone(int(one[0]), int(other[0]))


@pytest.mark.parametrize(
    ("environment", "threads"), [({}, None), (dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1"), 1)]
)
def test_libraries_take_the_threads_that_they_would_take(server, tmp_path, monkeypatch, environment, threads):
    """All processors, or as many as the environment says; pictures are shown, and DuckDB answers with all of its threads."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    with Kernels(tmp_path, lambda: environment, server) as kernels:
        kernel = kernels.take(another=False)
    try:
        answered = told(kernel, "import duckdb, matplotlib\nfrom threadpoolctl import threadpool_info\n"
                                "print(*sorted({library['num_threads'] for library in threadpool_info()}))\n"
                                "print(duckdb.sql('select sum(range) from range(10_000_000)').fetchone()[0])\n"
                                "print('inline' in matplotlib.get_backend())")  # fmt: skip
        all_processors = len(os.sched_getaffinity(0))
        assert answered == [str(threads or all_processors), "49999995000000", "True"]
    finally:
        run_sync(kernel.shutdown_kernel)(now=True)


def test_closing_the_server_ends_its_kernels(tmp_path):
    """Those that nobody has ended too."""
    with ForkServer() as server:
        fork = server.fork(["-f", str(tmp_path / "none.json")], str(tmp_path), dict(os.environ))
        assert fork.poll() is None and runs(fork.pid)
    assert fork.poll() == fork.wait() == 0
    fork.kill()  # nothing any more
    assert gone(fork.pid)


def test_a_server_that_was_not_needed_is_not_waited_for():
    """As when the data cannot be used: the message comes at once."""
    begun = time.monotonic()
    with ForkServer() as server:
        pass
    assert time.monotonic() - begun < 1 and server._process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("victim", ["owner", "server"])
def test_nothing_stays_when_a_process_is_killed(tmp_path, victim):
    """Neither when the run is, nor when the server is, as when memory runs out."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    server, kernel = map(int, owner.stdout.readline().split())
    try:
        assert runs(server) and runs(kernel)
        os.kill(owner.pid if victim == "owner" else server, signal.SIGKILL)
        assert gone(server, kernel)
    finally:
        for pid in filter(runs, (owner.pid, server, kernel)):
            os.kill(pid, signal.SIGKILL)
        owner.communicate()


def test_a_server_that_is_gone_is_one_clear_error(tmp_path):
    """And not a run that waits for ever."""
    with ForkServer() as server:
        os.kill(server._process.pid, signal.SIGKILL)
        with pytest.raises(PersonakitError, match="the process that starts notebooks was ended from outside"):
            server.fork([], str(tmp_path), {})


def test_where_there_are_no_forks(monkeypatch):
    """Neither on another system nor on a Linux that is too old."""
    assert forks_are_possible()
    with monkeypatch.context() as other:
        other.setattr(running_forks.sys, "platform", "darwin")
        assert not forks_are_possible()

    def unknown(pid):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(running_forks.os, "pidfd_open", unknown)
    assert not forks_are_possible()
