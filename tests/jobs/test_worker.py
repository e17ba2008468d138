"""The loop of a worker: every job ends in a word, and what is not its own is left alone."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from voicehub.errors import InputError
from voicehub.jobs import Context, Handler, JobLostError, Timing, run_lane
from voicehub.jobs.worker import WENT_WRONG
from voicehub.logs import JsonFormatter
from voicehub.store.database import Database
from voicehub.store.jobs import JobStore
from voicehub.store.pulses import PulseStore
from voicehub.store.records import OPERATOR, Job

QUICK = Timing(poll_seconds=0.02, lease_seconds=15.0, beat_seconds=1.0, look_seconds=0.1)


@pytest.fixture
def jobs(tmp_path: Path) -> JobStore:
    return JobStore(Database(tmp_path / "voicehub.db"))


@contextmanager
def working(jobs: JobStore, handler: Handler) -> Iterator[threading.Event]:
    """Run a worker whose jobs of the kind ``demo`` do this."""
    stop = threading.Event()
    arguments = (jobs, "training", {"demo": handler}, stop, QUICK)
    thread = threading.Thread(target=run_lane, args=arguments)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def ask(jobs: JobStore, kind: str = "demo") -> Job:
    return jobs.submit(OPERATOR, kind, "training", {"secret": "word"})


def wait_for(jobs: JobStore, job: Job, arrived: Callable[[Job], bool], seconds: float = 20) -> Job:
    until = time.monotonic() + seconds
    while not arrived(found := jobs.get(job.id, OPERATOR)):
        assert time.monotonic() < until, found
        time.sleep(0.02)
    return found


def ended(job: Job) -> bool:
    return not job.active


def wait_until_stopped(context: Context) -> dict[str, Any]:
    while not context.stopped():
        time.sleep(0.02)
    return {"kept": True}


def test_a_job_is_done_and_tells_how_it_goes(jobs: JobStore) -> None:
    job = ask(jobs)

    def handler(context: Context) -> dict[str, Any]:
        context.report(0.25, "a quarter")
        context.event("stage", {"name": "tuning"})
        assert not context.stopped()
        assert not context.cancelled()
        return {"path": Path("x.wav"), "secret": context.job.config["secret"]}

    with working(jobs, handler):
        done = wait_for(jobs, job, ended)
        assert [pulse.lane for pulse in PulseStore(jobs.database).alive()] == ["training"]
    assert (done.state, done.progress, done.message) == ("done", 1.0, "a quarter")
    assert done.result == {"path": "x.wav", "secret": "word"}
    assert [event.data for event in jobs.events(job.id, OPERATOR)] == [{"name": "tuning"}]
    assert PulseStore(jobs.database).alive() == []


def test_a_refusal_is_told_in_its_own_words(jobs: JobStore) -> None:
    job = ask(jobs)

    def handler(context: Context) -> dict[str, Any]:
        raise InputError("the recording is too short")

    with working(jobs, handler):
        failed = wait_for(jobs, job, ended)
    assert (failed.state, failed.error) == ("failed", "the recording is too short")


def test_what_is_unexpected_is_logged_without_the_users_words(
    jobs: JobStore, caplog: pytest.LogCaptureFixture
) -> None:
    job, strange = ask(jobs), ask(jobs, "strange")

    def handler(context: Context) -> dict[str, Any]:
        raise ValueError(f"cannot say {context.job.config['secret']}")

    with caplog.at_level(logging.INFO), working(jobs, handler):
        failed = wait_for(jobs, job, ended)
        unknown = wait_for(jobs, strange, ended)
    assert (failed.state, failed.error) == ("failed", WENT_WRONG)
    assert unknown.error is not None
    assert "'strange'" in unknown.error
    written = "\n".join(map(JsonFormatter().format, caplog.records))
    assert '"error": "ValueError"' in written
    assert "test_worker.py" in written
    assert "cannot say" not in written


def test_cancelling_takes_less_than_two_seconds(jobs: JobStore) -> None:
    job = ask(jobs)
    with working(jobs, wait_until_stopped):
        wait_for(jobs, job, lambda found: found.state == "running")
        began = time.monotonic()
        jobs.cancel(job.id, OPERATOR)
        cancelled = wait_for(jobs, job, ended)
        assert time.monotonic() - began < 2.0
    assert (cancelled.state, cancelled.result) == ("cancelled", {"kept": True})


def test_a_worker_that_is_asked_to_end_puts_its_job_back(jobs: JobStore) -> None:
    job, second = ask(jobs), ask(jobs)
    with working(jobs, wait_until_stopped) as stop:
        wait_for(jobs, job, lambda found: found.state == "running")
        stop.set()
        back = wait_for(jobs, job, lambda found: found.state == "queued")
    assert back.attempt == 0
    assert jobs.get(second.id, OPERATOR).attempt == 0


def test_a_worker_that_is_asked_to_end_keeps_what_was_finished(jobs: JobStore) -> None:
    job = ask(jobs)
    begun = threading.Event()

    def handler(context: Context) -> dict[str, Any]:
        begun.set()
        time.sleep(0.3)  # nothing that could stop in between
        return {"made": 1}

    with working(jobs, handler) as stop:
        assert begun.wait(20)
        stop.set()
    assert jobs.get(job.id, OPERATOR).result == {"made": 1}


def test_a_lost_job_is_dropped(jobs: JobStore) -> None:
    job = ask(jobs)
    refused = threading.Event()

    def handler(context: Context) -> dict[str, Any]:
        wait_until_stopped(context)
        context.event("late", {})
        with pytest.raises(JobLostError):
            context.hold()
        refused.set()
        return {"of": "the first"}

    with working(jobs, handler):
        running = wait_for(jobs, job, lambda found: found.state == "running")
        assert running.worker is not None
        jobs.abandon(running.worker)
        taken = jobs.claim("training", "another")
        assert taken is not None
        assert refused.wait(20)
    assert jobs.finish(job.id, "another", "done", result={"of": "the second"})
    assert jobs.get(job.id, OPERATOR).result == {"of": "the second"}
    assert [event.kind for event in jobs.events(job.id, OPERATOR)] == ["resumed"]


def test_the_end_is_told_from_the_speed_so_far(jobs: JobStore) -> None:
    job = ask(jobs)
    context = Context(jobs, jobs.claim("training", "w") or job, "w", threading.Event())
    context.report(0.5, "going on")  # an earlier run came that far
    assert jobs.get(job.id, OPERATOR).eta_seconds is None
    time.sleep(0.4)
    context.report(0.75, "on")
    eta = jobs.get(job.id, OPERATOR).eta_seconds
    assert eta is not None
    assert 0.3 < eta < 5.0
    context.report(0.8, "so soon")  # not written: nobody could read so fast
    assert jobs.get(job.id, OPERATOR).message == "on"
