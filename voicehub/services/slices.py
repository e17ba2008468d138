"""A tuning on a GPU that is lent for a minute at a time (ZeroGPU): cut into slices that go on from each other.

Off such a machine the decorator does nothing and no tuning is cut.
"""

import os
import threading
from pathlib import Path
from typing import Any

import spaces

from voicehub.errors import VoiceHubError
from voicehub.jobs import Context
from voicehub.logs import Log
from voicehub.services.clone_job import clone
from voicehub.services.runtime import Runtime
from voicehub.settings import GPU_CALL_SECONDS

_LOG = Log(__name__)
_SLICE_SECONDS = 0.6 * GPU_CALL_SECONDS  # the rest is for loading the base and listening again
_OWN_SECONDS = 30.0  # on the processor, before the GPU is asked for again
_LOOK_SECONDS = 0.5


def gpu_is_lent() -> bool:
    """Return whether this machine has a GPU only within decorated calls."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")


def clone_in_slices(
    runtime: Runtime,
    context: Context,
    lent_seconds: float = _SLICE_SECONDS,
    own_seconds: float = _OWN_SECONDS,
) -> dict[str, Any]:
    """Run the clone of ``context`` slice by slice; where no GPU is lent now, a slice runs on the processor."""
    place = (str(runtime.home), str(runtime.base_folder), context.job.id)
    while not context.stopped():
        try:
            result = lent_slice(*place, lent_seconds)
        except VoiceHubError:
            raise
        except (
            Exception
        ) as error:  # the quota is used up, or none is free: its kinds are not documented
            _LOG.info("no_gpu_lent", job=context.job.id, error=error)
            result = run_slice(*place, own_seconds, "cpu")
        if result is not None:
            return result
    return {}


@spaces.GPU(duration=GPU_CALL_SECONDS)
def lent_slice(home: str, base_folder: str, job_id: str, seconds: float) -> dict[str, Any] | None:
    """Run one slice where a GPU is lent; only plain values go in and out, as it is another process."""
    return run_slice(home, base_folder, job_id, seconds, "auto")


def run_slice(
    home: str, base_folder: str, job_id: str, seconds: float, device: str
) -> dict[str, Any] | None:
    """Go on with a running clone for ``seconds``; return its result, None where it is not at its end."""
    runtime = Runtime(Path(home), Path(base_folder), device)
    job = runtime.jobs.find(job_id)
    if job is None or job.worker is None:
        return {}
    over, ended = threading.Event(), threading.Event()
    context = _Slice(runtime.jobs, job, job.worker, over)
    timer = threading.Timer(seconds, over.set)
    watcher = threading.Thread(target=_look, args=(runtime, context, ended), daemon=True)
    timer.start()
    watcher.start()
    try:
        result = clone(runtime, context)
    finally:
        timer.cancel()
        ended.set()
        watcher.join()
    paused = context.told_to_pause and not context.cancelled() and not context.lost
    return None if paused else result


class _Slice(Context):
    """Ends when its time is over, but not before it has got anywhere: listening alone may take longer."""

    _first_reported = 1.0
    _moved = False

    def report(self, fraction: float, message: str, eta_seconds: float | None = None) -> None:
        """Say how far the job is: at one fraction while it listens, further after each step."""
        self._first_reported = min(self._first_reported, fraction)
        self._moved = fraction > self._first_reported
        super().report(fraction, message, eta_seconds)

    def stopped(self) -> bool:
        """Return whether to end early, for time's sake only after a step."""
        if not self._moved:
            return self.cancelled() or self.lost
        return super().stopped()


def _look(runtime: Runtime, context: Context, ended: threading.Event) -> None:
    """See a wish to cancel, as the heart of the worker does in its own process."""
    while not ended.wait(_LOOK_SECONDS):
        job = context.job
        try:
            context.see(runtime.jobs.cancel_wished(job.id, job.worker or ""))
        except VoiceHubError as error:
            _LOG.warning("cancel_not_read", job=job.id, error=error)
