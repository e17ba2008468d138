"""The records of what goes to and comes from a hub, and of programs' keys."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Delivery:
    """An upload of a voice to a repository, or its erasure there; it waits until it is done.

    ``endpoint`` is the hub's address, empty for the local registry; ``withdrawn`` tells when an
    upload was erased again. A void one is no longer wanted.
    """

    id: str
    action: Literal["publish", "withdraw"]
    endpoint: str
    repo: str  # OWNER/NAME
    voice_id: str
    user_id: str
    created: str
    config: dict[str, Any] = field(default_factory=dict)
    state: Literal["waiting", "done", "void"] = "waiting"
    revision: str | None = None
    tag: str | None = None
    manifest_sha256: str | None = None
    error: str | None = None
    finished: str | None = None
    withdrawn: str | None = None


@dataclass(frozen=True)
class Pull:
    """Where a voice was pulled from, and whose signature it bore."""

    consent_id: str
    voice_id: str
    endpoint: str
    repo: str
    revision: str
    source_voice_id: str
    consent_sha256: str
    manifest_sha256: str
    public_key: str
    created: str


@dataclass(frozen=True)
class ApiKey:
    """A program's key; only the hash of its secret is kept, ``prefix`` tells it from others."""

    id: str
    user_id: str
    name: str
    prefix: str
    secret_sha256: str = field(repr=False)
    scopes: list[str]
    characters_a_day: int
    created: str
    last_used: str | None = None
    revoked: str | None = None
