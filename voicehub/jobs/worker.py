"""The loop of a worker: claim a job, run its handler, record what came of it, and again."""

import os
import threading
import time
from collections.abc import Mapping
from typing import Any, Literal

from voicehub.errors import VoiceHubError
from voicehub.jobs.context import Context, Handler
from voicehub.jobs.heart import Heart, Timing
from voicehub.logs import Log
from voicehub.store.jobs import JobStore
from voicehub.store.records import Job
from voicehub.store.rows import new_id

_LOG = Log(__name__)
WENT_WRONG = "something went wrong inside VoiceHub; it was logged"
_TRIES = 5  # to record the end of a job while the database cannot be used
_WAIT_SECONDS = 1.0  # between them

Outcome = tuple[Literal["done", "failed", "cancelled"], dict[str, Any] | None, str | None]


def run_lane(
    store: JobStore,
    lane: str,
    handlers: Mapping[str, Handler],
    stop: threading.Event,
    timing: Timing | None = None,
    worker: str | None = None,
) -> None:
    """Run the jobs of a lane, one at a time, until ``stop`` is set.

    A job that runs then goes back to the queue as soon as its handler returns.
    """
    timing = timing or Timing()
    worker = worker or worker_name(lane)
    with Heart(store, lane, worker, timing) as heart:
        _LOG.info("worker_ready", worker=worker, lane=lane)
        while not stop.is_set():
            try:
                job = store.claim(lane, worker, timing.lease_seconds)
            except VoiceHubError as error:
                _LOG.error("claim_failed", worker=worker, error=error)
                stop.wait(_WAIT_SECONDS)
                continue
            if job is None:
                stop.wait(timing.poll_seconds)
                continue
            context = Context(store, job, worker, stop, timing.lease_seconds)
            heart.keep(context)
            try:
                _run(store, context, handlers, worker)
            finally:
                heart.keep(None)


def worker_name(lane: str) -> str:
    """Return a name that no other worker has."""
    return f"{lane}-{os.getpid()}-{new_id()[:8]}"


def _run(store: JobStore, context: Context, handlers: Mapping[str, Handler], worker: str) -> None:
    job, began = context.job, time.monotonic()
    _LOG.info("job_started", job=job.id, kind=job.kind, attempt=job.attempt, worker=worker)
    try:
        outcome = _outcome(context, handlers)
    except BaseException:  # the process is to end at once: the job is not to blame
        store.release(job.id, worker)
        raise
    for attempt in range(_TRIES):
        try:
            said = _record(store, context, outcome, worker)
            seconds = time.monotonic() - began
            _LOG.info("job_ended", job=job.id, kind=job.kind, state=said, seconds=seconds)
            return
        except VoiceHubError as error:
            _LOG.error("job_end_not_recorded", job=job.id, error=error)
            time.sleep(_WAIT_SECONDS * (attempt + 1))
    # Its lease runs out and it is run again: nothing was acknowledged.


def _outcome(context: Context, handlers: Mapping[str, Handler]) -> Outcome:
    job = context.job
    if job.kind not in handlers:
        return "failed", None, f"this worker does not know jobs of the kind {job.kind!r}; update it"
    try:
        result = handlers[job.kind](context)
    except VoiceHubError as error:
        _log_failure(job, error)
        return _unless_cancelled(context, "failed", None, str(error))
    except Exception as error:
        _log_failure(job, error)
        return _unless_cancelled(context, "failed", None, WENT_WRONG)
    return _unless_cancelled(context, "done", result, None)


def _unless_cancelled(
    context: Context,
    state: Literal["done", "failed"],
    result: dict[str, Any] | None,
    error: str | None,
) -> Outcome:
    if state == "failed":  # a consent that was revoked fails the job and cancels it, in one step
        context.look()
    return ("cancelled", result, None) if context.cancelled() else (state, result, error)


def _record(store: JobStore, context: Context, outcome: Outcome, worker: str) -> str:
    """Record what came of a job, and return it in a word."""
    state, result, error = outcome
    if context.told_to_pause and state != "cancelled":
        store.release(context.job.id, worker)
        return "queued"
    if context.lost or not store.finish(context.job.id, worker, state, result=result, error=error):
        return "lost"
    return state


def _log_failure(job: Job, error: Exception) -> None:
    """Log where it failed, without the error's own words: they may hold what the user wrote."""
    if isinstance(error, VoiceHubError):
        _LOG.info("job_failed", job=job.id, kind=job.kind, error=error)
    else:
        _LOG.error("job_failed", job=job.id, kind=job.kind, error=error)
