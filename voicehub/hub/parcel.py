"""A voice as it travels: its files, and a signed manifest that names the hash of each."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicehub.errors import CheckpointError, InputError
from voicehub.hub.signing import is_signed

FORMAT = 1
MANIFEST, CONSENT, WEIGHTS, DESCRIPTION = (
    "manifest.json", "consent.json", "voice.safetensors", "voice.json",
)  # fmt: skip
# What whoever pulls a voice takes: data, never code. Bytes are the most that is taken of each.
PULLED = {MANIFEST: 2**20, CONSENT: 2**16, DESCRIPTION: 2**20, WEIGHTS: 256 * 2**20}
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Manifest:
    """What a parcel holds and who says so; ``files`` are name and sha256."""

    voice_id: str
    name: str
    version: int
    base_id: str
    consent_sha256: str
    licence: Mapping[str, str]  # name and scope
    files: Mapping[str, str]
    created: str
    public_key: str
    signature: str
    sha256: str  # of the manifest file itself


def checked_repo(repo: str) -> str:
    """Return OWNER/NAME as hubs take it, or raise ``InputError``."""
    if not _REPO.fullmatch(repo) or ".." in repo or "--" in repo:
        raise InputError(
            f"a repository is named OWNER/NAME, in letters, digits, - . _; got {repo!r}"
        )
    return repo


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one way in which JSON is written to be hashed and signed."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def consent_hash(proof: Mapping[str, Any]) -> str:
    """Return the hash by which a parcel names the consent it stands on."""
    return hashlib.sha256(canonical(proof)).hexdigest()


def file_hash(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> list[str]:
    """Return the names of all files of a parcel, relative to its folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def seal(
    folder: Path, facts: Mapping[str, Any], sign: Callable[[bytes], tuple[str, str]]
) -> Manifest:
    """Write the manifest of all files in ``folder`` and sign it; return it as a reader sees it.

    ``facts`` are voice_id, name, version, base_id, consent_sha256, licence and created.
    """
    files = {name: file_hash(folder / name) for name in files_of(folder) if name != MANIFEST}
    body = {"format": FORMAT, **facts, "files": files}
    public_key, signature = sign(canonical(body))
    document = body | {"public_key": public_key, "signature": signature}
    text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return read_manifest(folder)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a parcel, its signature checked; raise ``CheckpointError``."""
    document = read_json(folder / MANIFEST)
    body = {k: v for k, v in document.items() if k not in ("public_key", "signature")}
    public_key, signature = document.get("public_key"), document.get("signature")
    if body.get("format") != FORMAT:
        raise CheckpointError(f"the manifest has format {body.get('format')!r}, need {FORMAT}")
    if not (isinstance(public_key, str) and isinstance(signature, str)) or not is_signed(
        public_key, signature, canonical(body)
    ):
        raise CheckpointError("the signature of the manifest is not right: somebody changed it")
    files, licence = body.get("files"), body.get("licence")
    texts = [body.get(k) for k in ("voice_id", "name", "base_id", "consent_sha256", "created")]
    if not (
        all(isinstance(each, str) and each for each in texts)
        and isinstance(body.get("version"), int)
        and isinstance(licence, dict)
        and all(isinstance(licence.get(k), str) for k in ("name", "scope"))
        and isinstance(files, dict)
        and all(_HEX.fullmatch(str(each)) for each in files.values())
    ):
        raise CheckpointError("the manifest does not say what it has to say of a voice")
    return Manifest(
        body["voice_id"], body["name"], body["version"], body["base_id"], body["consent_sha256"],
        licence, files, body["created"], public_key, signature, file_hash(folder / MANIFEST),
    )  # fmt: skip


def check_files(folder: Path, manifest: Manifest, names: Sequence[str]) -> None:
    """Raise ``CheckpointError`` unless these files have the hashes the manifest states."""
    for name in names:
        stated = manifest.files.get(name)
        if stated is None:
            raise CheckpointError(f"the manifest does not name {name}")
        if not (folder / name).is_file() or file_hash(folder / name) != stated:
            raise CheckpointError(f"{name} does not have the hash that the manifest states")


def check_consent(folder: Path, manifest: Manifest) -> dict[str, Any]:
    """Return the proof of consent, or raise ``CheckpointError`` where its hash is another."""
    proof = read_json(folder / CONSENT)
    if consent_hash(proof) != manifest.consent_sha256:
        raise CheckpointError("the consent does not have the hash that the manifest states")
    return proof


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a file of foreign JSON holds, or raise ``CheckpointError``."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is not JSON that can be read") from error
    if not isinstance(value, dict) or not _finite(value):
        raise CheckpointError(f"{path.name} is not an object of plain values")
    return value


def _finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_finite(each) for each in value.values())
    if isinstance(value, list):
        return all(_finite(each) for each in value)
    return not isinstance(value, float) or math.isfinite(value)
