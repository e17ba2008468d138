"""Signed parcels that hold no real voice, for tests of the way and not of what travels."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from stub_hub import StubHub

from voicehub.hub.hub_shelf import HubShelf
from voicehub.hub.parcel import CONSENT, canonical, consent_hash, seal
from voicehub.hub.signing import sign
from voicehub.services.keys import KeyRing

PROOF = {"kind": "spoken", "statement_sha256": "a" * 64}


@dataclass
class Place:
    """A shelf with a repository's name that nobody has yet."""

    shelf: HubShelf
    repo: str
    hub: StubHub | None


def write_parcel(folder: Path, home: Path, voice_id: str = "v-1", version: int = 1) -> Path:
    """Write a signed parcel whose weights are random bytes."""
    (folder / "previews").mkdir(parents=True)
    (folder / "voice.safetensors").write_bytes(secrets.token_bytes(3000))
    (folder / "previews" / "en.flac").write_bytes(secrets.token_bytes(500))
    (folder / "voice.json").write_text('{"format": 1}\n')
    (folder / CONSENT).write_bytes(canonical(PROOF))
    (folder / "README.md").write_text("---\nlicense: other\n---\n# Ada\n")
    facts = {
        "voice_id": voice_id, "name": "Ada", "version": version, "base_id": "base",
        "consent_sha256": consent_hash(PROOF), "licence": {"name": "mine", "scope": "tests"},
        "created": "2026-01-01T00:00:00.000+00:00",
    }  # fmt: skip
    seal(folder, facts, lambda message: sign(KeyRing(home).current("signing").private(), message))
    return folder
