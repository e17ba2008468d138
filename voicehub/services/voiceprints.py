"""Whose voice it is: every recording against its statement, and newcomers against everybody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import read_audio
from voicehub.audio.quality import speech_seconds
from voicehub.audio.waveform import Waveform
from voicehub.consent.limits import VoiceLimits, voice_limits
from voicehub.errors import ConsentError
from voicehub.services.runtime import Runtime
from voicehub.store.check_records import CheckState, Impersonation, RecordingCheck
from voicehub.store.records import Consent, Sample
from voicehub.store.rows import new_id, now

Vector = NDArray[np.float32]
_SIZE = 256  # numbers of a voiceprint; the encoder itself is imported when it is needed
_STATES: dict[str, CheckState] = {"accept": "matched", "wait": "waiting", "refuse": "refused"}
_PARTIALS = 80  # stretches of a recording that are looked at, at most


def embed(waveform: Waveform) -> Vector:
    """Return the voiceprint of a recording, a unit vector (256,); a long one in fewer stretches."""
    from voicehub.speaker.embedding import default_encoder  # torch, when it is needed

    rate = min(1.3, _PARTIALS / max(waveform.seconds, 1.0))
    return default_encoder().embed(waveform, partials_per_second=rate)


def kept_print(path: Path, waveform: Waveform | None = None) -> Vector:
    """Return the voiceprint of a file, which is kept beside it and goes with it."""
    kept = path.with_name(f"{path.name.partition('.')[0]}.voiceprint")
    if kept.is_file() and kept.stat().st_size == 4 * _SIZE:
        return np.fromfile(kept, np.float32)
    vector = embed(read_audio(path) if waveform is None else waveform)
    vector.astype(np.float32).tofile(kept)
    return vector


def to_bytes(vector: Vector) -> bytes:
    """Return a voiceprint as it is stored."""
    return vector.astype("<f2").tobytes()


@dataclass(frozen=True)
class Given:
    """A recording to compare: seconds of speech in it, and its voiceprint when it is asked for."""

    name: str
    sha256: str
    seconds: float
    voiceprint: Callable[[], Vector]


class Comparison:
    """Recordings against the statement of the consent that a voice is made under."""

    def __init__(self, runtime: Runtime, limits: VoiceLimits | None = None) -> None:
        self.runtime, self.store = runtime, runtime.checks
        self.limits = limits or voice_limits()

    def require(self, consent: Consent, samples: Sequence[Sample]) -> None:
        """Compare each sample once; raise ``ConsentError`` unless a voice may be made of all.

        A corpus licence names recordings, and not a person who spoke a statement.
        """
        home = self.runtime.home
        if consent.kind == "spoken":
            statement = home / (consent.statement_path or "")
            given = [
                Given(
                    each.original_name, each.sha256, speech_seconds(each.quality),
                    partial(kept_print, home / each.path),
                )
                for each in samples
            ]  # fmt: skip
            self.require_prints(consent, given, lambda: kept_print(statement))

    def require_prints(
        self, consent: Consent, recordings: Sequence[Given], statement: Callable[[], Vector]
    ) -> None:
        """Compare recordings as `require` does; ``statement`` gives the voiceprint of the statement.

        What is too short to tell leaves no trace: a longer recording decides, and not a person.
        """
        known = {check.sha256 for check in self.store.of_consent(consent.id)}
        fresh = [each for each in recordings if each.sha256 not in known]
        if fresh:
            spoken = statement()
            checks = [
                (each, self._check(consent, each, float(spoken @ each.voiceprint())))
                for each in fresh
            ]
            short = {
                each.sha256: check for each, check in checks
                if check.state == "waiting" and each.seconds < self.limits.enough
            }  # fmt: skip
            self.store.add([check for _, check in checks if check.sha256 not in short])
        else:
            short = {}
        found = {check.sha256: check for check in self.store.of_consent(consent.id)} | short
        for each in recordings:
            self._need(each, found[each.sha256], each.sha256 in short)

    def _need(self, given: Given, check: RecordingCheck, short: bool) -> None:
        likeness = f"likeness {check.score:.2f}, need {check.accept:.2f}"
        if check.state == "refused":
            raise ConsentError(
                f"{given.name!r} does not sound like the voice that spoke the statement ({likeness}); "
                "leave it out, or let its owner agree"
            )
        if short:
            raise ConsentError(
                f"{given.name!r} holds {given.seconds:.1f} s of speech, too little to tell whose voice "
                f"it is ({likeness}); record {self.limits.enough:g} s or more in one go"
            )
        if check.state == "waiting":
            raise ConsentError(
                f"{given.name!r} may not be of the voice that spoke the statement ({likeness}); a "
                "person listens to both before it is used"
            )

    def _check(self, consent: Consent, given: Given, score: float) -> RecordingCheck:
        band = self.limits.band(given.seconds)
        return RecordingCheck(
            new_id(), consent.id, given.sha256, round(score, 5), _STATES[band.judge(score)],
            band.accept, band.refuse, self.limits.encoder, now(),
        )  # fmt: skip


class Impostors:
    """Refuses recordings that sound like somebody else who is registered, and logs them."""

    def __init__(self, runtime: Runtime, limits: VoiceLimits | None = None) -> None:
        self.runtime, self.store = runtime, runtime.prints
        self.limits = limits or voice_limits()

    def check(self, user_id: str, vector: Vector, sha256: str) -> None:
        """Raise ``ConsentError`` where the voice is that of another user, or opted out."""
        for match in self.runtime.registry.alike(vector, self.limits.impostor):
            if match.kind == "voice" and self.store.owner_of(match.identifier) in (None, user_id):
                continue
            self.store.log_impersonation(
                Impersonation(
                    new_id(),
                    now(),
                    user_id,
                    "optout" if match.kind == "optout" else "voice",
                    match.identifier,
                    round(match.score, 5),
                    sha256,
                )
            )
            raise ConsentError(
                "this sounds like the voice of somebody who did not agree to it here; it was logged. "
                "Whoever owns the voice can make it under their own name"
            )
