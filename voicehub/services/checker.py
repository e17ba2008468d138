"""Is it ours? Looks at any file: its exact sound, the mark in it, and what its metadata says.

Nobody needs an account to ask. What is told of a voice is its consent; its name only where the
owner shows it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from voicehub.audio.aigc import parse_aigc
from voicehub.audio.files import read_audio
from voicehub.audio.stream import pcm_sha256
from voicehub.audio.tags import read_labels
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, InputError, MissingToolError, NotFoundError
from voicehub.services.consent import file_sha256
from voicehub.services.credentials import read_credentials
from voicehub.services.keys import Key
from voicehub.services.manifests import payload_text, verify
from voicehub.services.runtime import Runtime
from voicehub.store.mark_records import Mark
from voicehub.store.marks import PAYLOADS
from voicehub.watermark import Detection

MAX_SECONDS = 600.0  # of a file that are searched for a mark
_PRACTICALLY_CERTAIN, _VERY_LIKELY = 1e-6, 1e-3  # chances of being wrong

Certainty = Literal["certain", "practically_certain", "very_likely", "possible", "none"]
Evidence = Literal["sound", "mark"]
VoiceState = Literal["ready", "deleted", "preview"]


@dataclass(frozen=True)
class Heard:
    """A mark of ours that was heard; ``known`` where its payload was given out here.

    ``chance`` estimates how likely unmarked sound gives as much.
    """

    payload: str
    key_id: str
    known: bool
    exact: bool
    score: float
    chance: float
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Source:
    """What the log says of speech of ours."""

    voice: str | None  # its name, None unless the owner shows it
    voice_state: VoiceState
    consent_id: str
    consent_kind: str
    consent_proof: str | None  # SHA-256 of the spoken statement
    consent_given: str
    consent_revoked: str | None
    made: str
    kind: str
    label: str
    model_sha256: str


@dataclass(frozen=True)
class Finding:
    """What is known of a file. ``evidence`` is why it is ours; None where it is not known to be."""

    evidence: Evidence | None
    certainty: Certainty
    source: Source | None
    heard: Heard | None
    aigc: tuple[dict[str, Any], ...]
    c2pa: dict[str, Any] | None
    manifest: dict[str, Any] | None
    seconds: float  # that were searched

    @property
    def ours(self) -> bool:
        """Whether this installation made it."""
        return self.evidence is not None

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON."""
        return {"ours": self.ours, **asdict(self)}


class Checker:
    """Checks files; every call reads the log anew, so that a revoked consent shows at once."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def check(self, path: Path, manifest: bytes | None = None) -> Finding:
        """Return what is known of a file; with its signed manifest, also whether they belong together.

        Raises ``AudioError`` where it cannot be read.
        """
        try:
            waveform = read_audio(path, max_seconds=MAX_SECONDS)
        except (NotFoundError, MissingToolError) as error:
            raise AudioError(str(error)) from error
        sha256 = pcm_sha256(path)
        mark = self.runtime.marks.by_sound(sha256) if sha256 else None
        evidence: Evidence | None = "sound" if mark else None
        heard = self.listen(waveform)
        if mark is None and heard is not None and heard.known:
            evidence, mark = "mark", self.runtime.marks.find(int(heard.payload, 16))
        return Finding(
            evidence,
            _certainty(evidence, heard),
            self._source(mark) if mark else None,
            heard,
            tuple(self._aigc(text) for text in read_labels(path)),
            read_credentials(path),
            self.manifest(manifest, path) if manifest is not None else None,
            round(waveform.seconds, 3),
        )

    def listen(self, waveform: Waveform) -> Heard | None:
        """Return the surest mark of any of our keys."""
        found = [
            self._heard(detection, key)
            for key in self.runtime.keys.keys("watermark")
            if (detection := self.runtime.marker(key).detect(waveform)) is not None
        ]
        return max(found, key=lambda each: (each.known, -each.chance), default=None)

    def _heard(self, detection: Detection, key: Key) -> Heard:
        known = self.runtime.marks.find(detection.payload) is not None
        chance = min(1.0, detection.false_positive)
        if known:
            # By chance it would also have to hit one of the payloads in use.
            chance *= max(1, self.runtime.marks.count()) / PAYLOADS
        return Heard(
            payload_text(detection.payload), key.id, known, detection.exact,
            round(detection.score, 2), chance, round(detection.start_seconds, 2),
            round(detection.end_seconds, 2),
        )  # fmt: skip

    def _source(self, mark: Mark) -> Source:
        consent = self.runtime.store.consent(mark.consent_id)
        name, state = self._voice(mark)
        return Source(
            name, state, consent.id, consent.kind, consent.statement_sha256, consent.created,
            consent.revoked, mark.created, mark.kind, mark.label, mark.model_sha256,
        )  # fmt: skip

    def _voice(self, mark: Mark) -> tuple[str | None, VoiceState]:
        """Return the name that may be shown, if any, and whether the voice is still there."""
        if mark.voice_id is None:
            return None, "preview"
        try:
            voice = self.runtime.store.voice(mark.voice_id)
        except NotFoundError:
            return None, "deleted"
        return voice.name if voice.shows_name else None, "ready"

    def _aigc(self, text: str) -> dict[str, Any]:
        """Return what a label says, and whether its number is one of ours: a hint, and no proof."""
        told: dict[str, Any] = dict(parse_aigc(text) or {"label": "", "producer": text[:200]})
        try:
            number = int(str(told.get("produce_id", "")), 16)
        except ValueError:
            number = -1
        known = 0 <= number < PAYLOADS and self.runtime.marks.find(number) is not None
        return told | {"ours": known}

    def manifest(self, data: bytes, path: Path) -> dict[str, Any]:
        """Return whether a manifest is unchanged, signed here, and of this very file."""
        try:
            manifest = verify(self.runtime.keys, data)
        except InputError as error:
            return {"valid": False, "ours": False, "belongs": False, "problem": str(error)}
        told = manifest.body
        if "file_sha256" in told:
            belongs = told["file_sha256"] == file_sha256(path)
        else:
            belongs = told.get("pcm_sha256", "") == pcm_sha256(path)
        return {"valid": True, "ours": manifest.ours, "belongs": belongs, "told": told}


def _certainty(evidence: Evidence | None, heard: Heard | None) -> Certainty:
    if evidence == "sound":
        return "certain"
    if evidence is None or heard is None:
        return "none"
    if heard.chance < _PRACTICALLY_CERTAIN:
        return "practically_certain"
    return "very_likely" if heard.chance < _VERY_LIKELY else "possible"
