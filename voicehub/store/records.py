"""The records that come out of the store: plain, frozen, without SQL."""

from dataclasses import dataclass, field
from typing import Any, Literal

ConsentKind = Literal["spoken", "corpus-licence"]
GenerationKind = Literal["speak", "convert"]
VoiceKind = Literal["zero-shot", "adapter", "full"]


@dataclass(frozen=True)
class Consent:
    """The legal basis of a voice: a spoken statement, or the licence of an open corpus.

    Times are UTC in ISO 8601; ``revoked`` is None while it holds. The statement's words are those
    of ``text_version``; that they were said, and by whom, is not verified yet.
    """

    id: str
    kind: ConsentKind
    created: str
    statement_sha256: str | None = None
    text_version: str | None = None
    licence: str | None = None
    attribution: str | None = None
    revoked: str | None = None

    @property
    def valid(self) -> bool:
        """Whether speech may be made under it now."""
        return self.revoked is None


@dataclass(frozen=True)
class Voice:
    """A cloned voice; ``folder`` is relative to the user data's home, ``sha256`` its weights'."""

    id: str
    name: str
    created: str
    kind: VoiceKind
    base_id: str
    folder: str
    sha256: str
    consent_id: str
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """What is kept of a recording that a voice was made from: never the sound itself."""

    sha256: str
    seconds: float
    quality: dict[str, Any]


@dataclass(frozen=True)
class Generation:
    """One piece of speech that was made: who, under which consent, when, and its PCM's hash."""

    id: str
    voice_id: str
    consent_id: str
    created: str
    kind: GenerationKind
    seconds: float
    sha256: str


@dataclass(frozen=True)
class Evaluation:
    """The scores of a voice at one time."""

    id: str
    voice_id: str
    created: str
    metrics: dict[str, Any]
