"""Kernels that are started ahead, forked or each as a process of its own."""

import sys
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from personakit import running_kernels
from personakit.errors import PersonakitError
from personakit.running_forks import ForkServer, forks_are_possible
from personakit.running_kernels import Kernels


@pytest.fixture(scope="module", params=["forked", "started"])
def server(request):
    """Who forks the kernels, or nobody."""
    if request.param == "started":
        yield None
    elif forks_are_possible():
        with ForkServer() as server:
            yield server
    else:
        pytest.skip("forks need Linux")


def command(kernel):
    """The command line of a kernel's process."""
    return Path(f"/proc/{kernel.provisioner.process.pid}/cmdline").read_text(encoding="utf-8")


def test_one_is_ahead(server, tmp_path):
    """Another one starts when one is taken, and those that nobody took are ended."""
    for attempt in range(3):
        taken = []
        try:
            with Kernels(tmp_path, dict, server) as kernels:
                taken.append(kernels.take(another=True))
                (ahead,) = kernels.waiting
                started = ahead.provisioner.process
                taken.append(kernels.take(another=True))
                (last,) = kernels.waiting
                process = last.provisioner.process
                if attempt < 2 and (started.poll() is not None or process.poll() is not None):
                    continue  # another program has taken its port: once more
                first, second = taken
                assert second is ahead and last is not ahead
                assert all(kernel.provisioner.process.poll() is None for kernel in (first, second, last))
                kernels.end()
                second.provisioner.process.wait()
                assert first.provisioner.process.poll() is None
            assert process.poll() is not None
            break
        finally:
            for kernel in taken:
                run_sync(kernel.shutdown_kernel)(now=True)


def test_one_that_died_is_replaced(server, tmp_path):
    """As when another program has taken its port since."""
    with Kernels(tmp_path, dict, server) as kernels:
        kernels._start()
        (dead,) = kernels.waiting
        dead.provisioner.process.kill()
        kernel = kernels.take(another=False)
        assert kernel is not dead and kernel.provisioner.process.poll() is None and not kernels.waiting
        run_sync(kernel.shutdown_kernel)(now=True)


def test_none_that_answers_is_one_error(server, tmp_path, monkeypatch):
    """After three, and none is left behind."""
    tried = []
    monkeypatch.setattr(
        running_kernels, "_answers", lambda kernel: tried.append(kernel) or run_sync(kernel.shutdown_kernel)(now=True)
    )
    with Kernels(tmp_path, dict, server) as kernels, pytest.raises(PersonakitError, match="ended before it answered, each time"):
        kernels.take(another=True)
    assert len(tried) == 3 and not kernels.waiting


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at where Linux tells of them")
def test_they_are_forked_where_there_is_a_server(server, tmp_path):
    """The command line of a fork is that of its server."""
    with Kernels(tmp_path, dict, server) as kernels:
        kernel = kernels.take(another=False)
        assert ("running_forks" if server else "ipykernel_launcher") in command(kernel)
        run_sync(kernel.shutdown_kernel)(now=True)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at where Linux tells of them")
def test_a_python_of_their_own_is_started(server, tmp_path, monkeypatch):
    """Somebody's kernel specification that names another Python is followed."""
    theirs = str(Path(sys.executable).parent / ".." / "bin" / Path(sys.executable).name)
    write = AsyncKernelManager.format_kernel_cmd
    monkeypatch.setattr(AsyncKernelManager, "format_kernel_cmd", lambda self, **options: [theirs, *write(self, **options)[1:]])
    with Kernels(tmp_path, dict, server) as kernels:
        kernel = kernels.take(another=False)
        assert command(kernel).startswith(theirs + "\0")
        run_sync(kernel.shutdown_kernel)(now=True)
