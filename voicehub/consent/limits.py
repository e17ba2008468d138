"""The measured thresholds of all checks, and what each verdict follows from."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:  # whose networks take seconds to import
    from voicehub.consent.words import WordScores

Decision = Literal["accept", "wait", "refuse"]
FILE = "data/limits.json"


@dataclass(frozen=True)
class WordLimits:
    """What the words of a statement must score; log likelihoods a frame, see `WordScores`.

    Each pair is (from here on it is accepted, below this it is refused).
    """

    overall: tuple[float, float]
    share: tuple[float, float]  # of the words that score ``heard`` or more
    code: tuple[float, float]  # the worst word of the code against its best rival
    unexplained: tuple[float, float]  # share of speech outside the words: at most, not at least
    heard: float

    def judge(self, scores: "WordScores") -> Decision:
        """Return what follows from the scores of a statement."""
        if self.refusing(scores):
            return "refuse"
        pairs = self._pairs(scores).values()
        return "accept" if all(value >= accept for value, (accept, _) in pairs) else "wait"

    def refusing(self, scores: "WordScores") -> list[str]:
        """Return the names of the limits that refuse a statement; none where it is not refused."""
        pairs = self._pairs(scores)
        names = [name for name, (value, (_, refuse)) in pairs.items() if not value >= refuse]
        if scores.code.sum() < 0:  # taken together, other words fit better
            names.append("whole_code")
        return names

    def _pairs(self, scores: "WordScores") -> dict[str, tuple[float, tuple[float, float]]]:
        pairs = {
            "overall": (scores.overall, self.overall),
            "share": (scores.share(self.heard), self.share),
            "unexplained": (
                -scores.unexplained, (-self.unexplained[0], -self.unexplained[1])
            ),
        }  # fmt: skip
        if len(scores.code):
            pairs["code"] = float(scores.code.min()), self.code
        return pairs


@dataclass(frozen=True)
class VoiceBand:
    """What the cosine of a statement and a recording of ``seconds`` of speech or more must be."""

    seconds: float
    accept: float  # from here on it is of the voice
    refuse: float  # below it is of another

    def judge(self, score: float) -> Decision:
        """Return what follows from a cosine."""
        if not np.isfinite(score) or score < self.refuse:
            return "refuse"
        return "accept" if score >= self.accept else "wait"


@dataclass(frozen=True)
class VoiceLimits:
    """The thresholds by length, the shortest first; and when a newcomer is somebody registered."""

    bands: tuple[VoiceBand, ...]
    impostor: float  # cosine of two recordings
    encoder: str  # whose cosines they are

    def band(self, seconds: float) -> VoiceBand:
        """Return the thresholds for a recording; one shorter than was measured is not accepted."""
        fitting = [each for each in self.bands if each.seconds <= seconds]
        return fitting[-1] if fitting else replace(self.bands[0], seconds=0.0, accept=1.0)

    @property
    def enough(self) -> float:
        """Seconds of speech from which on more of it would not help to decide."""
        return self.bands[-1].seconds


@lru_cache(maxsize=1)
def word_limits() -> WordLimits:
    """Return the limits of the words that ship."""
    given: dict[str, Any] = _data()["words"]
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return WordLimits(**values)


@lru_cache(maxsize=1)
def voice_limits() -> VoiceLimits:
    """Return the limits of the voice that ship."""
    given: dict[str, Any] = _data()["voice"]
    return VoiceLimits(**given | {"bands": tuple(VoiceBand(**each) for each in given["bands"])})


def _data() -> dict[str, Any]:
    text = resources.files("voicehub.consent").joinpath(FILE).read_text("utf-8")
    return dict(json.loads(text))
