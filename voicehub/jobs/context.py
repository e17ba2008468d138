"""What a handler is given: its job, ways to tell how it goes, and when to stop."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from voicehub.errors import VoiceHubError
from voicehub.store.jobs import LEASE_SECONDS, JobStore
from voicehub.store.records import Job

_WRITE_SECONDS = 0.3  # between two writes of progress: the page asks no more often
_MIN_FRACTION = 0.02  # of a job done here, below which no end can be told


class JobLostError(VoiceHubError):
    """The lease of the job ran out and it is another worker's now: nothing more may be written."""


class Context:
    """One run of one job; a handler may use it from any of its threads."""

    def __init__(
        self,
        store: JobStore,
        job: Job,
        worker: str,
        shutdown: threading.Event,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.job = job
        self._store, self._worker, self._shutdown = store, worker, shutdown
        self._lease_seconds = lease_seconds
        self._cancelled, self._lost = threading.Event(), threading.Event()
        self._told_to_pause = threading.Event()
        self._written, self._began = 0.0, time.monotonic()
        self._first_fraction: float | None = None

    def report(self, fraction: float, message: str, eta_seconds: float | None = None) -> None:
        """Say how far the job is; without ``eta_seconds`` the end is told from the speed so far."""
        seconds = time.monotonic()
        if eta_seconds is None:
            eta_seconds = self._estimate(fraction, seconds)
        if self._lost.is_set() or seconds - self._written < _WRITE_SECONDS:
            return
        self._written = seconds
        self._store.progress(self.job.id, self._worker, fraction, message, eta_seconds)

    def event(self, kind: str, data: Mapping[str, Any]) -> None:
        """Add to what happened within the job, for the page to show."""
        if not self._lost.is_set():
            self._store.event(self.job.id, kind, data)

    def stopped(self) -> bool:
        """Return whether to end early: cancelled, lost, or the worker is asked to end.

        A handler that was told so for the worker's sake goes back to the queue when it returns.
        """
        if self._shutdown.is_set():
            self._told_to_pause.set()
        return self._shutdown.is_set() or self._cancelled.is_set() or self._lost.is_set()

    def cancelled(self) -> bool:
        """Return whether the job is to be cancelled."""
        return self._cancelled.is_set()

    def look(self) -> None:
        """See at once whether the job is to be cancelled, before the heart looks again."""
        self.see(self._store.cancel_wished(self.job.id, self._worker))

    def hold(self) -> None:
        """Renew the lease; call before what cannot be undone, as publishing a voice.

        Raises ``JobLostError`` where the job is another worker's by now.
        """
        self.see(self._store.heartbeat(self.job.id, self._worker, self._lease_seconds))
        if self._lost.is_set():
            raise JobLostError("another worker has taken this over")

    def see(self, wished: bool | None) -> None:
        """Take in what a heartbeat answered."""
        if wished is None:
            self._lost.set()
        elif wished:
            self._cancelled.set()

    @property
    def lost(self) -> bool:
        """Whether the job is another worker's by now."""
        return self._lost.is_set()

    @property
    def told_to_pause(self) -> bool:
        """Whether the handler was told to end early because the worker ends."""
        return self._told_to_pause.is_set()

    def _estimate(self, fraction: float, seconds: float) -> float | None:
        """Return the seconds still to go at the speed since the first report."""
        if self._first_fraction is None:
            # A run that goes on with an earlier one begins in the middle.
            self._first_fraction, self._began = fraction, seconds
        made = fraction - self._first_fraction
        if made < _MIN_FRACTION:
            return None
        return max((seconds - self._began) / made * (1.0 - fraction), 0.0)


Handler = Callable[[Context], dict[str, Any]]
