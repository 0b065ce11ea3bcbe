"""Long computing in several processes: when it is worth it, and that the results are the same."""

import os
import time
from contextlib import closing

import pytest

from personakit import processes
from personakit.processes import processes_for, results_of, threads


@pytest.fixture
def four(monkeypatch):
    """A machine with four processors, on which no process waits for work."""
    monkeypatch.setattr(processes, "cpu_count", lambda: 4)
    monkeypatch.setattr(processes, "_last_used", [-1e9])


def test_short_work_stays_here(four):
    """Processes are taken from twelve seconds of work on, and no more of them than tasks or processors."""
    assert processes_for(12, 12) == 1 and processes_for(12.1, 12) == 4 and processes_for(60, 2) == 2
    assert processes_for(30, 0) == 1


def test_processes_that_wait_take_shorter_work(four, monkeypatch):
    """Once used to the end they wait for some minutes; work that was stopped leaves none."""
    with closing(results_of(pow, [(2, 3)] * 20, processes=2)) as found:
        next(found)
    assert processes_for(4, 12) == 1
    list(results_of(pow, [(2, 3)], processes=1))
    assert processes_for(4, 12) == 1
    list(results_of(pow, [(2, 3)] * 4, processes=2))
    assert processes_for(4, 12) == 4 and processes_for(3, 12) == 1
    now = time.monotonic()
    monkeypatch.setattr(processes.time, "monotonic", lambda: now + 300)
    assert processes_for(4, 12) == 1


def test_results_know_their_place():
    """In two other processes and in this one."""
    tasks = [(2, power) for power in range(6)]
    assert list(results_of(pow, tasks, processes=1)) == [(place, 2**place) for place in range(6)]
    assert sorted(results_of(pow, tasks, processes=2)) == [(place, 2**place) for place in range(6)]
    seen = {pid for _, pid in results_of(os.getpid, [()] * 4, processes=2)}
    assert os.getpid() not in seen and {pid for _, pid in results_of(os.getpid, [()], processes=1)} == {os.getpid()}


def test_processes_share_the_threads(four):
    """One thread per processor where one process computes, its share of them where several do; afterwards as before."""
    assert threads() == 4
    assert {share for _, share in results_of(threads, [()] * 4, processes=2)} == {2}
    assert [share for _, share in results_of(threads, [()], processes=1)] == [4] and threads() == 4


def test_an_error_comes_through_and_a_stop_leaves_nothing_behind():
    """As if the work had been done here; closed early, later tasks can be done again."""
    with pytest.raises(ZeroDivisionError):
        list(results_of(divmod, [(1, 1), (1, 0)], processes=2))
    with closing(results_of(pow, [(2, 3)] * 20, processes=2)) as found:
        assert next(found)[1] == 8
    assert [result for _, result in results_of(pow, [(2, 3)] * 2, processes=2)] == [8, 8]


def test_a_library_takes_one_thread_for_a_while():
    """Only inside, also when asked again inside; what was set before comes back."""
    import sklearn.cluster  # noqa: F401  what it brings can be set below only once it is there
    from threadpoolctl import threadpool_limits

    def threads():
        return {own["num_threads"] for own in processes._libraries("sklearn.cluster").info()}

    with threadpool_limits(2):
        assert threads() == {2}
        with processes.one_thread("sklearn.cluster"):
            with processes.one_thread("sklearn.cluster"):
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {2}
