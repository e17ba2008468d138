"""Removing what has expired: guests and all that is theirs, previews, leftovers of crashes."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from voicehub.errors import VoiceHubError
from voicehub.logs import Log
from voicehub.services.hub_tokens import HubTokens
from voicehub.services.receipts import Remover
from voicehub.services.removal import (
    made_voice,
    remove_all_of,
    remove_speech,
    remove_user,
    remove_voice,
)
from voicehub.services.runtime import Runtime
from voicehub.store.records import OPERATOR, Job
from voicehub.store.rows import from_now

_LOG = Log(__name__)
_HOUR, _DAY = 3600.0, 86_400.0
_EVERY_SECONDS = 600.0
_SHORT_LIVED = ("preview", "speak", "convert")


def sweep(runtime: Runtime) -> int:
    """Remove all whose time is over; return how many things went."""
    gone = sum(_try(remove) for remove in _expired(runtime))
    gone += sum(_try(remove) for remove in _leftovers(runtime))
    runtime.requests.sweep()
    runtime.challenges.sweep(from_now(-_DAY))
    runtime.outbox.queue_again()
    HubTokens(runtime.home).sweep()
    if runtime.pulls.here():
        today = from_now(0.0)[:10]
        runtime.jobs.submit(OPERATOR, "hub-check", "hub", {}, idempotency_key=f"hub-check {today}")
    return gone


class Sweeper:
    """Sweeps now and then: call it between jobs, or `start` a thread that does."""

    def __init__(self, runtime: Runtime, every_seconds: float = _EVERY_SECONDS) -> None:
        self.runtime, self.every_seconds = runtime, every_seconds
        self._next = 0.0
        self._ended = threading.Event()

    def now_and_then(self) -> None:
        """Sweep, unless it was done a moment ago; an error is logged and stops nothing."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.every_seconds
        try:
            gone = sweep(self.runtime)
        except VoiceHubError as error:
            _LOG.warning("sweep_failed", error=error)
        else:
            _LOG.info("swept", count=gone)

    def start(self) -> None:
        """Sweep at once and from then on, beside everything else."""
        threading.Thread(target=self._run, name="sweep", daemon=True).start()

    def stop(self) -> None:
        """Let the thread end."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self.now_and_then()
            self._ended.wait(self.every_seconds)


def _expired(runtime: Runtime) -> Iterator[Callable[[], object]]:
    home = runtime.home
    for user in runtime.accounts.expired_guests():
        yield partial(remove_user, runtime, user.id)
    for voice in runtime.store.expired_voices():
        yield partial(remove_voice, runtime, voice)
    for speech in runtime.speeches.expired():
        yield partial(remove_speech, runtime, speech, Remover(home))
    old = runtime.samples.older(from_now(-runtime.limits.recording_days * _DAY))
    for sample in {each.id: each for each in (*runtime.samples.expired(), *old)}.values():
        runtime.samples.remove(sample.id, sample.user_id)
        yield partial(remove_all_of, runtime, "recording", sample.path, Remover(home))


def _leftovers(runtime: Runtime) -> Iterator[Callable[[], object]]:
    """Yield the removal of files that no row needs any more."""
    voices = runtime.store.kept_ids()
    for path in _older(runtime.home / "jobs", 0.0):
        if _is_over(runtime, runtime.jobs.find(path.name), voices):
            yield partial(_remove, path)
    for path in _older(runtime.home / "voices", _DAY):
        if path.name not in voices:
            yield partial(_remove, path)
    limits = runtime.limits
    for name, hours in (
        ("work/jobs", limits.unfinished_hours),
        ("incoming", limits.unfinished_hours),
        ("exports", limits.job_file_hours),
    ):
        for path in _older(runtime.home / name, hours * _HOUR):
            yield partial(_remove, path)
    for path in (runtime.home / "speech").glob("*/.*.part"):
        if time.time() - path.stat().st_mtime > _DAY:
            yield partial(_remove, path)


def _is_over(runtime: Runtime, job: Job | None, voices: set[str]) -> bool:
    """Return whether nobody needs the files of a job any more."""
    if job is None:
        return True
    if job.active:
        return False
    limits = runtime.limits
    finished = job.finished or job.created
    if job.kind in _SHORT_LIVED:
        return finished < from_now(-limits.job_file_hours * _HOUR)
    return made_voice(job) not in voices and finished < from_now(-limits.unfinished_hours * _HOUR)


def _older(folder: Path, seconds: float) -> Iterator[Path]:
    """Yield what lies in a folder and was not written to for so long."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        times = [each.stat().st_mtime for each in (path, *path.rglob("*")) if each.exists()]
        if times and time.time() - max(times) >= seconds:
            yield path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _try(remove: Callable[[], object]) -> bool:
    """Run one removal; one that fails does not keep the others from happening."""
    try:
        remove()
    except VoiceHubError as error:
        _LOG.warning("expired_not_removed", error=error)
        return False
    return True
