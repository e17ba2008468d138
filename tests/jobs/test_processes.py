"""Real processes: killed without warning, started again, ended in time; no job lost or run twice."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jobs.lane import worker_command

from voicehub.jobs import Supervisor
from voicehub.store.database import Database
from voicehub.store.jobs import JobStore
from voicehub.store.pulses import PulseStore
from voicehub.store.records import OPERATOR, Job

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def jobs(tmp_path: Path) -> JobStore:
    return JobStore(Database(tmp_path / "voicehub.db"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return a function that starts a worker process; none outlives the test."""
    started = []

    def start(worker: str, lane: str = "training", lease: float = 1.0) -> subprocess.Popen[bytes]:
        command = worker_command(tmp_path, lane, worker, os.getpid(), lease)
        started.append(subprocess.Popen(command, env=ENVIRONMENT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(reached: Callable[[], bool], seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)


def notes(home: Path) -> list[list[str]]:
    path = home / "notes.txt"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def count_to(jobs: JobStore, steps: int) -> Job:
    return jobs.submit(OPERATOR, "demo", "training", {"steps": steps})


def state_of(jobs: JobStore, job: Job) -> str:
    return jobs.get(job.id, OPERATOR).state


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def supervisor(jobs: JobStore, home: Path) -> Supervisor:
    def command(lane: str, worker: str) -> list[str]:
        return worker_command(home, lane, worker, os.getpid(), 15.0)

    return Supervisor(jobs, ["training"], command, ENVIRONMENT)


def test_a_killed_workers_job_goes_on_elsewhere(
    jobs: JobStore, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    job = count_to(jobs, 30)
    first = start("first")
    wait_for(lambda: jobs.get(job.id, OPERATOR).progress > 0.2)
    first.kill()
    first.wait()
    start("second")
    wait_for(lambda: state_of(jobs, job) == "done")
    done = jobs.get(job.id, OPERATOR)
    assert done.attempt == 2
    assert done.result is not None
    assert done.result["first"] > 0  # it went on and did not begin anew
    assert [note[0] for note in notes(tmp_path)] == ["start", "start", "end"]


def test_two_workers_never_run_the_same_job(
    jobs: JobStore, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    asked = [count_to(jobs, 1) for _ in range(30)]
    start("one", lease=15.0)
    start("two", lease=15.0)
    wait_for(lambda: jobs.active_count() == 0)
    ran = Counter(note[1] for note in notes(tmp_path) if note[0] == "start")
    assert ran == Counter(job.id for job in asked)
    assert {state_of(jobs, job) for job in asked} == {"done"}


def test_a_worker_that_dies_is_started_again_at_once(jobs: JobStore, tmp_path: Path) -> None:
    job = count_to(jobs, 30)
    watching = supervisor(jobs, tmp_path)
    watching.start()
    try:
        wait_for(lambda: jobs.get(job.id, OPERATOR).progress > 0.2)
        first = watching.pids()["training"]
        os.kill(first, signal.SIGKILL)
        # Long before the lease of 15 s runs out: its supervisor knows that it is gone.
        wait_for(lambda: jobs.get(job.id, OPERATOR).attempt == 2, seconds=12.0)
        wait_for(lambda: state_of(jobs, job) == "done")
        assert watching.pids()["training"] != first
        assert len(PulseStore(jobs.database).alive()) == 1
    finally:
        watching.stop()
    assert PulseStore(jobs.database).alive() == []


def test_a_worker_that_does_not_end_is_ended(jobs: JobStore, tmp_path: Path) -> None:
    job = jobs.submit(OPERATOR, "sleep", "training", {"seconds": 60})
    watching = supervisor(jobs, tmp_path)
    watching.start()
    try:
        wait_for(lambda: bool(notes(tmp_path)))
        pid = watching.pids()["training"]
    finally:
        began = time.monotonic()
        watching.stop()
    assert time.monotonic() - began < 5.0
    assert not alive(pid)
    back = jobs.get(job.id, OPERATOR)
    assert (back.state, back.attempt) == ("queued", 0)


def test_workers_end_with_their_supervisor(
    jobs: JobStore, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    job = count_to(jobs, 1000)
    process = start("supervisor", lane="supervise")
    wait_for(lambda: state_of(jobs, job) == "running")
    (pulse,) = PulseStore(jobs.database).alive()
    process.kill()
    process.wait()
    wait_for(lambda: not alive(pulse.pid), seconds=10.0)
    assert state_of(jobs, job) == "queued"
