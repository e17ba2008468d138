"""Checking spoken statements: who looks at a reading, and what they say of it."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from voicehub.audio.activity import speech_spans
from voicehub.audio.quality import Level, assess
from voicehub.audio.waveform import Waveform
from voicehub.consent.codes import words_of_language
from voicehub.services.consent import MIN_STATEMENT_SECONDS
from voicehub.store.records import Challenge

if TYPE_CHECKING:
    from voicehub.services.runtime import Runtime

_USABLE = ("level", "noise", "clipping")  # the checks of quality that a statement must not fail

Heard = Literal["recorded", "verified", "waiting", "licensed", "refused"]
# Says in a sentence why a sound is a machine's, nothing where it is not known to be.


@dataclass(frozen=True)
class Verdict:
    """What came of a check; ``reason`` is the sentence for the reader where it was refused.

    ``recorded`` means that speech was kept and its words were not compared; ``waiting`` that a
    person decides; ``licensed`` that the reader is one of an open corpus, named in ``scores``.
    """

    verdict: Heard
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


class StatementCheck:
    """Hears whether the words are those of the statement, and that nobody plays something back."""

    def __init__(self, runtime: "Runtime") -> None:
        from voicehub.services.replays import Replays

        self.runtime = runtime
        self.replays = Replays(runtime.prints)

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        """Return "verified", "waiting" where a person has to listen, or "refused" with advice."""
        heard = SpeechVerifier().verify(challenge, waveform)
        if not heard.accepted:
            return heard
        scores = dict(heard.scores)
        problem = ""
        if self.runtime.bears_our_mark(waveform):
            problem = (
                "this sound bears the mark of a synthetic voice; read the statement aloud, live"
            )
        replayed = None if problem else self.replays.find(waveform)
        if replayed is not None:
            kind, differ = replayed
            scores["replay"] = {"of": kind, "bits_that_differ": round(differ, 4)}
            problem = f"this sound was heard before, as a {kind}; read the statement aloud, live"
        if problem:
            return self._verdict("refused", scores, problem)
        decision, words = self._judge(challenge, waveform)
        scores |= words
        if decision == "refuse":
            return self._verdict(
                "refused", scores,
                "the words are not those of the statement with today's code; read all of it aloud, "
                "the digits one by one, in a quiet room",
            )  # fmt: skip
        return self._verdict("verified" if decision == "accept" else "waiting", scores)

    def _judge(self, challenge: Challenge, waveform: Waveform) -> tuple[str, dict[str, Any]]:
        from voicehub.consent.limits import word_limits
        from voicehub.consent.words import code_words, phone_scores, score_words, words_of

        before, _, _ = challenge.text.rpartition(challenge.code)
        words = words_of(before) if before else words_of(challenge.text)
        if challenge.code:
            choice = words_of_language(challenge.language)
            words = words + code_words(challenge.code, challenge.language, choice)
        with self.runtime.turn():
            posteriors = phone_scores(self.runtime.base, waveform)
        found, limits = score_words(posteriors, words), word_limits()
        decision = limits.judge(found)
        return decision, {
            "base_id": self.runtime.base.id,
            "words": {
                "overall": _number(found.overall),
                "share": _number(found.share(limits.heard)),
                "unexplained": _number(found.unexplained),
                "code": [_number(each) for each in found.code],
            },
            "limits": asdict(limits),
        }

    def _verdict(self, verdict: Heard, scores: dict[str, Any], reason: str = "") -> Verdict:
        return Verdict(verdict, type(self).__name__, scores, reason)


def _number(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None
