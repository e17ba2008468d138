"""The records of comparing voices: recordings with statements, and newcomers with everybody."""

from dataclasses import dataclass
from typing import Literal

CheckState = Literal["matched", "waiting", "accepted", "refused"]


@dataclass(frozen=True)
class RecordingCheck:
    """A recording compared with the statement of a consent; ``score`` is a cosine."""

    id: str
    consent_id: str
    sha256: str
    score: float
    state: CheckState
    accept: float  # from here on it counts
    refuse: float  # below it does not; in between a person decides
    checked_by: str
    created: str
    reviewed: str | None = None
    review_note: str | None = None

    @property
    def counts(self) -> bool:
        """Whether a voice may be made of the recording."""
        return self.state in ("matched", "accepted")


@dataclass(frozen=True)
class OptOut:
    """Somebody whose voice nobody may clone here, until it is revoked."""

    id: str
    label: str
    created: str
    revoked: str | None = None


@dataclass(frozen=True)
class Impersonation:
    """A recording that was refused because it sounds like somebody else."""

    id: str
    at: str
    user_id: str
    kind: Literal["voice", "optout"]
    matched_id: str
    score: float
    sha256: str  # of the recording
