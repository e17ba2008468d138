"""The heart of a worker: it beats beside the work, so that others can tell when it stops."""

import os
import threading
import time
from dataclasses import dataclass

from voicehub.errors import VoiceHubError
from voicehub.jobs.context import Context
from voicehub.logs import Log
from voicehub.store.jobs import LEASE_SECONDS, JobStore
from voicehub.store.pulses import PulseStore

_LOG = Log(__name__)


@dataclass(frozen=True)
class Timing:
    """How often a worker does what."""

    poll_seconds: float = 0.15  # for the next job
    lease_seconds: float = LEASE_SECONDS  # after which a job without a beat is another worker's
    beat_seconds: float = 3.0
    look_seconds: float = 0.5  # for a wish to cancel


class Heart:
    """A thread that says that a worker lives, keeps its lease and sees a wish to cancel."""

    def __init__(self, store: JobStore, lane: str, worker: str, timing: Timing) -> None:
        self._store, self._pulses = store, PulseStore(store.database)
        self._lane, self._worker, self._timing = lane, worker, timing
        self._context: Context | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heart", daemon=True)

    def __enter__(self) -> "Heart":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        try:
            self._pulses.gone(self._worker)
        except VoiceHubError as error:
            _LOG.warning("worker_end_not_recorded", worker=self._worker, error=error)

    def keep(self, context: Context | None) -> None:
        """Keep the lease of this job from now on, or of none."""
        self._context = context

    def _live(self) -> None:
        beat_at, kept_at = 0.0, time.monotonic()
        while not self._ended.is_set():
            context, seconds = self._context, time.monotonic()
            beats = seconds >= beat_at
            try:
                if beats:
                    self._pulses.beat(self._worker, self._lane, os.getpid())
                    beat_at = seconds + self._timing.beat_seconds
                if context is not None:
                    self._keep(context, beats)
                kept_at = seconds
            except VoiceHubError as error:
                _LOG.warning("beat_failed", worker=self._worker, error=error)
                if context is not None and seconds - kept_at > self._timing.lease_seconds:
                    context.see(None)  # by now somebody else may have taken it
            self._ended.wait(self._timing.look_seconds)

    def _keep(self, context: Context, beats: bool) -> None:
        job_id, lease = context.job.id, self._timing.lease_seconds
        if beats:
            context.see(self._store.heartbeat(job_id, self._worker, lease))
        else:
            context.see(self._store.cancel_wished(job_id, self._worker))
