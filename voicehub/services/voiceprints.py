"""Whose voice it is: every recording against its statement, and newcomers against everybody."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.consent.limits import VoiceLimits, voice_limits
from voicehub.errors import ConsentError
from voicehub.services.runtime import Runtime
from voicehub.store.check_records import CheckState, Impersonation, RecordingCheck
from voicehub.store.prints import PrintStore
from voicehub.store.records import Consent, Sample
from voicehub.store.rows import new_id, now

Vector = NDArray[np.float32]
_SIZE = 256  # numbers of a voiceprint; the encoder itself is imported when it is needed
_STATES: dict[str, CheckState] = {"accept": "matched", "wait": "waiting", "refuse": "refused"}
_PARTIALS = 80  # stretches of a recording that are looked at, at most
_BEST = 20  # of those registered that are asked about, most alike first


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
            self.require_prints(
                consent,
                [(s.original_name, s.sha256, partial(kept_print, home / s.path)) for s in samples],
                lambda: kept_print(statement),
            )

    def require_prints(
        self,
        consent: Consent,
        recordings: Sequence[tuple[str, str, Callable[[], Vector]]],
        statement: Callable[[], Vector],
    ) -> None:
        """Compare recordings, given as (name, sha256, voiceprint when asked), as `require` does."""
        known = {check.sha256 for check in self.store.of_consent(consent.id)}
        fresh = [(sha256, of) for _, sha256, of in recordings if sha256 not in known]
        if fresh:
            spoken = statement()
            self.store.add([self._check(consent, sha, float(spoken @ of())) for sha, of in fresh])
        found = {check.sha256: check for check in self.store.of_consent(consent.id)}
        for name, sha256, _ in recordings:
            check = found[sha256]
            if check.state == "refused":
                raise ConsentError(
                    f"{name!r} does not sound like the voice that spoke the statement (likeness "
                    f"{check.score:.2f}, need {check.accept:.2f}); leave it out, or let its owner agree"
                )
            if check.state == "waiting":
                raise ConsentError(
                    f"{name!r} may not be of the voice that spoke the statement (likeness "
                    f"{check.score:.2f}, need {check.accept:.2f}); a person listens to both before "
                    "it is used"
                )

    def _check(self, consent: Consent, sha256: str, score: float) -> RecordingCheck:
        limits = self.limits
        return RecordingCheck(
            new_id(), consent.id, sha256, round(score, 5), _STATES[limits.judge(score)],
            limits.accept, limits.refuse, limits.encoder, now(),
        )  # fmt: skip


@dataclass(frozen=True)
class Match:
    """Somebody registered whom a newcomer sounds like."""

    kind: str
    identifier: str
    owner: str
    score: float


class Registry:
    """All voiceprints in memory, read again when one was added or went."""

    def __init__(self, store: PrintStore) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._version = -1
        self._names: list[tuple[str, str, str]] = []
        self._matrix = np.zeros((0, _SIZE), np.float32)

    def alike(self, vector: Vector, least: float) -> list[Match]:
        """Return those registered whose cosine with ``vector`` is ``least`` or more, best first."""
        with self._lock:
            self._refresh()
            names, matrix = self._names, self._matrix
        scores = matrix @ vector.astype(np.float32)
        found = np.flatnonzero(scores >= least)
        best = found[np.argsort(-scores[found])]
        return [Match(*names[int(at)], score=float(scores[at])) for at in best]

    def _refresh(self) -> None:
        version = self.store.version()
        if version == self._version:
            return
        rows = self.store.registered()
        packed = b"".join(row[4] for row in rows)
        matrix = np.frombuffer(packed, "<f2").reshape(-1, _SIZE).astype(np.float32)
        matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
        self._names, self._matrix = [(row[0], row[1], row[2]) for row in rows], matrix
        self._version = version


class Impostors:
    """Refuses recordings that sound like somebody else who is registered, and logs them."""

    def __init__(self, runtime: Runtime, limits: VoiceLimits | None = None) -> None:
        self.runtime, self.store = runtime, runtime.prints
        self.limits = limits or voice_limits()

    def check(self, user_id: str, vector: Vector, sha256: str) -> None:
        """Raise ``ConsentError`` where the voice is that of another user, or opted out."""
        for match in self.runtime.registry.alike(vector, self.limits.impostor)[:_BEST]:
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
