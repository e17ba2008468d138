"""The records that come out of the store: plain, frozen, without SQL."""

from dataclasses import dataclass, field
from typing import Any, Literal

from voicehub.store.mark_records import GenerationKind

ConsentKind = Literal["spoken", "corpus-licence"]
VoiceKind = Literal["zero-shot", "adapter", "full"]
ConsentState = Literal["licensed", "recorded", "verified", "waiting", "accepted", "refused"]
Use = Literal["make", "speak", "convert", "sell"]  # what a consent is asked about
UserKind = Literal["operator", "guest", "local", "hf"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]

OPERATOR = "operator"  # the user as whom the command line acts


@dataclass(frozen=True)
class User:
    """Somebody who uses this installation; a guest and all that is theirs goes at ``expires``."""

    id: str
    kind: UserKind
    created: str
    name: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    subject: str | None = None  # the identifier at Hugging Face
    expires: str | None = None
    deleted: str | None = None


@dataclass(frozen=True)
class Session:
    """A browser that is known; only the hash of its token is kept."""

    token_sha256: str = field(repr=False)
    user_id: str
    created: str
    expires: str


@dataclass(frozen=True)
class Challenge:
    """Words to be read aloud once, before ``expires``; ``used`` when a consent came of it."""

    id: str
    user_id: str
    language: str
    name: str
    scope: str
    code: str
    text: str
    text_version: str
    created: str
    expires: str
    used: str | None = None
    attempts: int = 0
    for_speech: bool = True
    for_conversion: bool = True
    for_sale: bool = False
    until: str | None = None


@dataclass(frozen=True)
class Consent:
    """The legal basis of a voice: a spoken statement, or the licence of an open corpus.

    Times are UTC in ISO 8601; ``revoked`` is None while it holds. The statement's words are those
    of ``text_version``; what was checked of them, and by what, is in ``verification``.
    """

    id: str
    kind: ConsentKind
    created: str
    statement_sha256: str | None = None
    text_version: str | None = None
    licence: str | None = None
    attribution: str | None = None
    revoked: str | None = None
    user_id: str = OPERATOR
    language: str | None = None
    name: str | None = None
    scope: str | None = None
    challenge_id: str | None = None
    statement_path: str | None = None  # relative to the user data's home
    verification: dict[str, Any] = field(default_factory=dict)
    spoken_at: str | None = None
    for_speech: bool = True
    for_conversion: bool = True
    for_sale: bool = False
    until: str | None = None
    state: ConsentState = "recorded"
    reviewed: str | None = None
    review_note: str | None = None

    @property
    def valid(self) -> bool:
        """Whether it was checked and not revoked; what it allows now `problem` says."""
        return self.revoked is None and self.state not in ("waiting", "refused")

    def problem(self, at: str, use: Use = "make") -> str:
        """Return why nothing may be done under it at a time, nothing where it may."""
        if self.revoked is not None:
            return "the consent was revoked"
        if self.state == "refused":
            return "the consent was refused by a reviewer"
        if self.state == "waiting":
            return "the consent waits for a person who listens to the statement"
        if self.state == "recorded" and self.user_id != OPERATOR:
            return "the words of the statement were never checked"
        if self.until is not None and self.until <= at:
            return f"the consent was given until {self.until[:10]}, which is over"
        allowed = {"speak": self.for_speech, "convert": self.for_conversion, "sell": self.for_sale}
        if not allowed.get(use, True):
            return f"the consent does not allow {_USES[use]}"
        return ""


_USES = {"speak": "to speak texts", "convert": "to convert recordings", "sell": "to sell the voice"}


@dataclass(frozen=True)
class Sample:
    """A recording that a user gave; ``path`` is relative to the user data's home."""

    id: str
    user_id: str
    path: str
    original_name: str
    sha256: str
    seconds: float
    quality: dict[str, Any]
    created: str
    expires: str | None = None
    deleted: str | None = None


@dataclass(frozen=True)
class Voice:
    """A cloned voice; ``folder`` is relative to the user data's home, ``sha256`` its weights'.

    Both are those of its current checkpoint. A guest's voice goes at ``expires``. Only with
    ``shows_name`` does the public checker say what it is called.
    """

    id: str
    name: str
    created: str
    kind: VoiceKind
    base_id: str
    folder: str
    sha256: str
    consent_id: str
    metrics: dict[str, Any] = field(default_factory=dict)
    owner_id: str = OPERATOR
    expires: str | None = None
    shows_name: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """One version of a voice's weights; the current one is what the voice speaks with."""

    id: str
    voice_id: str
    number: int  # 1 is the first
    step: int
    folder: str  # relative to the user data's home
    sha256: str
    kind: VoiceKind
    base_id: str
    created: str
    parent_id: str | None = None
    score: float | None = None  # spectral distance on held-out speech: lower is better
    similarity: float | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    current: bool = False
    deleted: str | None = None


@dataclass(frozen=True)
class Recording:
    """What is kept of a recording that a voice was made from: never the sound itself."""

    sha256: str
    seconds: float
    quality: dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """The scores of a voice at one time."""

    id: str
    voice_id: str
    created: str
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Speech:
    """One's own speech, kept to be heard again; ``path`` is relative to the user data's home."""

    id: str
    user_id: str
    voice_id: str
    job_id: str | None
    kind: GenerationKind
    text: str
    path: str
    sha256: str
    seconds: float
    format: str
    created: str
    expires: str | None = None
    deleted: str | None = None
    generation_id: str | None = None


@dataclass(frozen=True)
class Job:
    """Work that was asked for; it is running while ``worker`` holds it until ``lease_expires``."""

    id: str
    user_id: str
    kind: str
    lane: str
    state: JobState
    config: dict[str, Any]
    created: str
    voice_id: str | None = None
    consent_id: str | None = None
    result: dict[str, Any] | None = None
    error: str | None = None
    started: str | None = None
    finished: str | None = None
    attempt: int = 0
    worker: str | None = None
    lease_expires: str | None = None
    progress: float = 0.0
    message: str = ""
    eta_seconds: float | None = None
    cancel_requested: bool = False
    idempotency_key: str | None = None

    @property
    def active(self) -> bool:
        """Whether it is queued or running."""
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class JobEvent:
    """Something that happened within a job; ``id`` grows, so that a reader asks for what is new."""

    id: int
    job_id: str
    at: str
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Places:
    """How many jobs may be queued or running at once, of one user and of all together."""

    of_user: int
    of_all: int


@dataclass(frozen=True)
class Standing:
    """How many queued jobs run before a job, and about how long that takes."""

    position: int
    waiting_seconds: float


@dataclass(frozen=True)
class WorkerPulse:
    """A worker process that said at ``beat`` that it lives."""

    id: str
    lane: str
    pid: int
    started: str
    beat: str


@dataclass(frozen=True)
class Erased:
    """What went when a user was erased: identifiers, and files relative to the user data's home."""

    voices: tuple[str, ...]
    consents: tuple[str, ...]
    jobs: tuple[str, ...]
    samples: tuple[str, ...]  # files
    speeches: tuple[str, ...]  # files
    statements: tuple[str, ...]  # files
