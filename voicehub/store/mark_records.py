"""The records of speech that left: what its mark leads to, and its entry in the log."""

from dataclasses import dataclass
from typing import Literal

GenerationKind = Literal["speak", "convert"]
MarkKind = Literal["speak", "convert", "preview"]
LabelKind = Literal["spoken", "rhythm", "none"]


@dataclass(frozen=True)
class Mark:
    """What the mark in a piece of speech leads to; a preview's leads to a consent and no voice.

    ``key_id`` names the key it was made with; ``label`` is what can be heard of it, and nothing
    can only where somebody ``acknowledged`` what the law asks of them then.
    """

    payload: int  # 32 bits
    created: str
    kind: MarkKind
    voice_id: str | None
    consent_id: str
    model_sha256: str
    key_id: str
    label: LabelKind
    acknowledged: bool = False


@dataclass(frozen=True)
class Generation:
    """One piece of speech that was made: who, under which consent, when, and its PCM's hash.

    ``payload`` is that of its mark, ``manifest`` the signed description; both are missing in
    entries that are older than marks.
    """

    id: str
    voice_id: str
    consent_id: str
    created: str
    kind: GenerationKind
    seconds: float
    sha256: str
    payload: int | None = None
    manifest: str | None = None
