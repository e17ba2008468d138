"""The records of misuse: what was reported, and what was decided."""

from dataclasses import dataclass
from typing import Literal

ReportState = Literal["received", "acknowledged", "decided"]
Decision = Literal["upheld", "rejected"]


@dataclass(frozen=True)
class Report:
    """What somebody reported of a voice or of speech; ``voice_id`` is None where none was found.

    It is to be acknowledged by ``acknowledge_by`` and decided by ``decide_by``. An owner's appeal
    stands beside the decision, which can be made anew.
    """

    id: str
    about: str
    category: str
    words: str
    received: str
    acknowledge_by: str
    decide_by: str
    voice_id: str | None = None
    contact: str | None = None
    state: ReportState = "received"
    acknowledged: str | None = None
    decided: str | None = None
    decision: Decision | None = None
    appeal: str | None = None
    appealed: str | None = None

    def overdue(self, at: str) -> bool:
        """Return whether its next step was due before ``at``."""
        if self.state == "decided":
            return False
        return (self.acknowledge_by if self.state == "received" else self.decide_by) < at
