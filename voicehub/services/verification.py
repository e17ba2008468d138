"""The seam for checking spoken statements: who looks at a reading, and what they say of it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from voicehub.audio.activity import speech_spans
from voicehub.audio.quality import Level, assess
from voicehub.audio.waveform import Waveform
from voicehub.services.consent import MIN_STATEMENT_SECONDS
from voicehub.store.records import Challenge

_USABLE = ("level", "noise", "clipping")  # the checks of quality that a statement must not fail


@dataclass(frozen=True)
class Verdict:
    """What came of a check; ``reason`` is the sentence for the reader where it was refused.

    ``recorded`` means that speech was kept and nothing was compared: neither the words nor whose
    voice it is.
    """

    verdict: Literal["recorded", "verified", "refused"]
    checked_by: str
    scores: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """Whether a consent may come of it."""
        return self.verdict != "refused"

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept beside the consent."""
        return asdict(self)


class StatementVerifier(Protocol):
    """Decides whether ``waveform`` answers ``challenge``."""

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        """Return what was found; a refusal is a verdict and not an error."""


class SpeechVerifier:
    """Hears that there is enough clear speech; what was said, and by whom, it does not know."""

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        """Return "recorded", or "refused" with advice."""
        speech = sum(end - start for start, end in speech_spans(waveform))
        checks = assess(waveform).checks
        scores = {
            "speech_seconds": round(speech, 2),
            "checks": {each.code: each.value for each in checks},
        }
        if speech < MIN_STATEMENT_SECONDS:
            return self._refused(
                scores,
                f"the recording holds {speech:.1f} s of speech; read the whole statement aloud, "
                f"which takes more than {MIN_STATEMENT_SECONDS:g} s",
            )
        for each in checks:
            if each.level is Level.FAIL and each.code.partition(".")[0] in _USABLE:
                return self._refused(scores, each.message)
        return Verdict("recorded", type(self).__name__, scores)

    def _refused(self, scores: dict[str, Any], reason: str) -> Verdict:
        return Verdict("refused", type(self).__name__, scores, reason)
