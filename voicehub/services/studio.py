"""Asking for work: each call checks what it can at once and puts a job into the queue."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicehub.audio.files import probe_audio
from voicehub.audio.formats import suffix_of
from voicehub.errors import AudioError, InputError, LimitError, NotFoundError, TextError
from voicehub.services.labels import SPOKEN, Label
from voicehub.services.limits import Limits
from voicehub.services.metering import characters_of, check_right
from voicehub.services.misuse import check_new_name, check_words
from voicehub.services.names import checked_name, checked_text
from voicehub.services.ownership import usable_voice, valid_consent
from voicehub.services.recordings import check_usable
from voicehub.services.runtime import Runtime
from voicehub.services.speeches import checked_format
from voicehub.services.storage import made
from voicehub.services.voiceprints import Comparison
from voicehub.settings import LIKENESS
from voicehub.store.records import Consent, Job, JobEvent, Use, User, Voice
from voicehub.store.rows import from_now, new_id

SPEECH, TRAINING = "speech", "training"  # the lanes
_SPEED, _PITCH = (0.5, 2.0), (-12.0, 12.0)
_USES: dict[str, Use] = {"speak": "speak", "convert": "convert"}


@dataclass(frozen=True)
class JobView:
    """A job as its owner sees it; ``files`` are the names that `Studio.file` takes."""

    job: Job
    position: int
    waiting_seconds: float
    files: Sequence[str]
    events: Callable[[int], list[JobEvent]]  # those after an identifier; 0 for all


class Studio:
    """Jobs of users. ``key`` makes asking twice, as by a double click, the same as asking once."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store, self.jobs = runtime, runtime.store, runtime.jobs
        self.limits, self.comparison = Limits(runtime), Comparison(runtime)

    def preview(
        self, user: User, consent_id: str, sample_ids: Sequence[str], *, key: str | None = None
    ) -> Job:
        """Ask for a sentence by a voice that is not tuned and not kept."""
        consent = valid_consent(self.store, consent_id, user.id, "speak")
        config = {
            "sample_ids": self._usable(user, sample_ids, consent),
            "language": consent.language or "en",
        }
        return self.jobs.submit(
            user.id, "preview", SPEECH, config, consent_id=consent.id, idempotency_key=key,
            places=self.limits.places,
        )  # fmt: skip

    def clone(
        self,
        user: User,
        consent_id: str,
        sample_ids: Sequence[str],
        name: str,
        steps: int | None = None,
        voice: Voice | None = None,
        *,
        key: str | None = None,
    ) -> Job:
        """Ask for a voice, or with ``voice`` for a new version of one, under the same consent.

        Without ``steps`` it is tuned for the usual number, but no longer than the usual time.
        """
        if voice is not None:
            voice = self.store.own_voice(voice.id, user.id)
            consent_id, name = voice.consent_id, voice.name
        consent = valid_consent(self.store, consent_id, user.id)
        most = self.runtime.limits.max_tuning_steps
        chosen = self.runtime.limits.tuning_steps if steps is None else steps
        if not 1 <= chosen <= most:
            raise InputError(f"need 1 to {most} steps of tuning, got {chosen}")
        name = checked_name(name)
        if voice is None:
            check_new_name(self.runtime, user.id, name)
        config = {
            "sample_ids": self._usable(user, sample_ids, consent),
            "name": name,
            "steps": chosen,
            "seconds": self.runtime.limits.tuning_seconds if steps is None else None,
            "voice_id": voice.id if voice else new_id(),
            "new": voice is None,
            "language": consent.language or "en",
            "work": new_id(),
        }
        self.limits.check_room(user)
        if voice is None:
            self._check_new_voice(user, name)
        return self.jobs.submit(
            user.id, "clone", TRAINING, config, voice_id=voice.id if voice else None,
            consent_id=consent.id, idempotency_key=key, places=self.limits.places,
        )  # fmt: skip

    def speak(
        self,
        user: User,
        voice_id: str,
        text: str,
        speed: float = 1.0,
        pitch: float = 0.0,
        format: str = "wav",
        *,
        label: Label = SPOKEN,
        key: str | None = None,
        use_id: str | None = None,
    ) -> Job:
        """Ask for a text to be spoken by one's own voice, or by a licensed one.

        Under a licence, what is asked for again with the same ``use_id`` is paid for once.
        """
        checked_text(text)
        most = self.runtime.limits.max_text_characters
        if len(text) > most:
            raise TextError(
                f"the text has {len(text):,} characters and {most:,} are allowed; cut it into parts"
            )
        check_words(self.runtime, user.id, text)
        _between("speed", speed, _SPEED)
        _between("pitch in semitones", pitch, _PITCH)
        config: dict[str, Any] = {
            "text": text, "speed": speed, "pitch": pitch, "format": checked_format(format),
            "label": label.kind, "acknowledged": label.acknowledged,
        }  # fmt: skip
        if use_id is not None:
            config["use_id"] = use_id
        check_right(self.runtime, user.id, voice_id, "speak", len(text))
        return self._with_voice(user, "speak", voice_id, config, key)

    def convert(
        self,
        user: User,
        voice_id: str,
        source: Path,
        pitch: float = 0.0,
        format: str = "wav",
        *,
        label: Label = SPOKEN,
        likeness: float = LIKENESS,
        key: str | None = None,
    ) -> Job:
        """Ask for a recording to be said again by a voice of one's own or a licensed one.

        A copy of it is kept a while.
        """
        _between("pitch in semitones", pitch, _PITCH)
        _between("likeness", likeness, (0.0, 1.0))
        config: dict[str, Any] = {"pitch": pitch, "format": checked_format(format)}
        config |= {"label": label.kind, "acknowledged": label.acknowledged, "likeness": likeness}
        info, most = probe_audio(source), self.runtime.limits.max_convert_seconds
        if info.seconds is not None and info.seconds > most:
            raise AudioError(
                f"the recording is {info.seconds:.0f} s long and {most:g} s are allowed; cut it"
            )
        spoken = characters_of(info.seconds or 0.0)
        check_right(self.runtime, user.id, voice_id, "convert", spoken)
        kept = f"incoming/{new_id()}{suffix_of(source)}"
        target = self.runtime.home / kept
        made(target.parent)
        shutil.copyfile(source, target)
        try:
            return self._with_voice(user, "convert", voice_id, config | {"source": kept}, key)
        except BaseException:
            target.unlink()
            raise

    def evaluate(
        self, user: User, voice_id: str, sample_ids: Sequence[str], *, key: str | None = None
    ) -> Job:
        """Ask for the report card of a voice against recordings that it was not made from."""
        voice = self.store.own_voice(voice_id, user.id)
        known = {recording.sha256 for recording in self.store.recordings(voice.id)}
        samples = [self.runtime.samples.get(each, user.id) for each in dict.fromkeys(sample_ids)]
        fresh = [sample.id for sample in samples if sample.sha256 not in known]
        if not fresh:
            raise InputError(
                "a voice is measured against recordings that it was not made from; "
                "add about a minute of other sentences by its owner"
            )
        config = {"sample_ids": fresh}
        return self._with_voice(user, "evaluate", voice_id, config, key, TRAINING)

    def guided_demo(self, user: User, *, key: str | None = None) -> Job:
        """Ask for the whole path on a bundled, openly licensed reader."""
        self.limits.check_room(user)
        return self.jobs.submit(
            user.id, "demo", TRAINING, {"voice_id": new_id(), "work": new_id()},
            idempotency_key=key, places=self.limits.places,
        )  # fmt: skip

    def cancel(self, user: User, job_id: str) -> Job:
        """Stop a job; of a clone the best version so far stays."""
        return self.jobs.cancel(job_id, user.id)

    def resume(self, user: User, job_id: str) -> Job:
        """Go on with a clone that was stopped or failed, as a new job, from where it ended."""
        job = self.jobs.get(job_id, user.id)
        if job.kind != "clone" or job.state not in ("cancelled", "failed") or not job.config:
            raise InputError("only a tuning that was stopped or failed can go on")
        consent = valid_consent(self.store, job.consent_id or "", user.id)
        config, voice_id = dict(job.config), job.voice_id
        self._usable(user, config["sample_ids"], consent)
        if any(voice.id == config["voice_id"] for voice in self.store.voices(user.id)):
            voice_id = config["voice_id"]
        elif (job.result or {}).get("voice_id"):
            raise NotFoundError("the voice of this tuning was deleted; clone it anew")
        return self.jobs.submit(
            user.id, "clone", TRAINING, config, voice_id=voice_id, consent_id=consent.id,
            idempotency_key=f"resume {job.id}", places=self.limits.places,
        )  # fmt: skip

    def job(self, user: User, job_id: str) -> JobView:
        """Return a user's own job with where it stands."""
        return self._view(user, self.jobs.get(job_id, user.id))

    def active(self, user: User) -> list[JobView]:
        """Return a user's jobs that wait or run, newest first."""
        return [self._view(user, job) for job in self.jobs.of_user(user.id, active=True)]

    def recent(self, user: User, limit: int = 20) -> list[JobView]:
        """Return a user's jobs, newest first."""
        return [self._view(user, job) for job in self.jobs.of_user(user.id, limit)]

    def last(self, user: User, kind: str) -> JobView | None:
        """Return a user's newest job of a kind, while it goes on or its sounds are still kept."""
        kept = from_now(-3600 * self.runtime.limits.job_file_hours)
        for job in self.jobs.of_user(user.id):
            if job.kind == kind and job.config and (job.active or (job.finished or "") > kept):
                return self._view(user, job)
        return None

    def file(self, user: User, job_id: str, name: str) -> Path:
        """Return where a file that a user's own job made lies."""
        job = self.jobs.get(job_id, user.id)
        self.runtime.takedowns.check(job.voice_id)
        path = self.runtime.home / "jobs" / job.id / Path(name).name
        if not path.is_file() or path.name.startswith("."):
            raise NotFoundError(f"there is no file {Path(name).name!r} of this job")
        return path

    def _view(self, user: User, job: Job) -> JobView:
        standing = self.jobs.standing(job.id)
        folder = self.runtime.home / "jobs" / job.id

        def events(after: int = 0) -> list[JobEvent]:
            return self.jobs.events(job.id, user.id, after)

        files = [p.name for p in folder.glob("*") if p.is_file() and not p.name.startswith(".")]
        return JobView(job, standing.position, standing.waiting_seconds, sorted(files), events)

    def _with_voice(
        self,
        user: User,
        kind: str,
        voice_id: str,
        config: dict[str, Any],
        key: str | None,
        lane: str = SPEECH,
    ) -> Job:
        voice = usable_voice(self.runtime, voice_id, user.id)
        self.store.check_consent(voice, _USES.get(kind, "make"))
        self.limits.check_room(user)
        return self.jobs.submit(
            user.id, kind, lane, config, voice_id=voice.id, idempotency_key=key,
            places=self.limits.places,
        )  # fmt: skip

    def _usable(self, user: User, sample_ids: Sequence[str], consent: Consent) -> list[str]:
        """Return the identifiers, each once, of a user's own recordings that make a voice."""
        samples = [self.runtime.samples.get(each, user.id) for each in dict.fromkeys(sample_ids)]
        if not samples:
            raise InputError("a voice needs at least one recording, got none")
        check_usable([(sample.original_name, sample.quality) for sample in samples])
        self.comparison.require(consent, samples)
        return [sample.id for sample in samples]

    def _check_new_voice(self, user: User, name: str) -> None:
        self.store.check_name(name, user.id)
        pending = [
            job.config["name"]
            for job in self.jobs.of_user(user.id, 100, active=True)
            if job.kind == "clone" and job.config.get("new")
        ]
        if name.casefold() in (each.casefold() for each in pending):
            raise InputError(f"a voice called {name!r} is being made already")
        count, most = len(self.store.voices(user.id)) + len(pending), self.runtime.limits.max_voices
        if count >= most:
            raise LimitError(f"you have {count} voices and {most} are allowed; delete one first")


def _between(what: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise InputError(f"need {low:g} <= {what} <= {high:g}, got {value:g}")
