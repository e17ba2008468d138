"""The secret keys of this installation: of the mark in speech and of signatures, with rotation.

They are made at first use under the user data's home, readable by this user of the machine alone,
or come from the environment. The newest marks and signs; older ones go on to verify.
"""

import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voicehub.errors import SettingsError
from voicehub.store.rows import now

KeyKind = Literal["watermark", "signing"]
KINDS: tuple[KeyKind, ...] = ("watermark", "signing")
_VARIABLES = {"watermark": "VOICEHUB_WATERMARK_KEY", "signing": "VOICEHUB_SIGNING_KEY"}
_BYTES = 32
_SECRET = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Key:
    """One secret of 32 bytes; ``id`` tells keys apart and gives nothing away."""

    kind: KeyKind
    secret: bytes = field(repr=False)
    created: str  # empty where the environment gave it
    id: str = field(init=False)

    def __post_init__(self) -> None:
        told = self.public() if self.kind == "signing" else b"voicehub key" + self.secret
        object.__setattr__(self, "id", short_hash(told))

    def public(self) -> bytes:
        """Return what verifies signatures, 32 bytes."""
        return self.private().public_key().public_bytes_raw()

    def private(self) -> Ed25519PrivateKey:
        """Return the key as one that signs."""
        return Ed25519PrivateKey.from_private_bytes(self.secret)


def short_hash(data: bytes) -> str:
    """Return 16 digits that tell ``data`` from any other."""
    return hashlib.sha256(data).hexdigest()[:16]


class KeyRing:
    """All keys of an installation, read anew at each call: another process may have rotated them."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "keys"

    def current(self, kind: KeyKind) -> Key:
        """Return the key that marks or signs now, made where there is none yet."""
        keys = self.keys(kind)
        return keys[0] if keys else self._make(kind)

    def keys(self, kind: KeyKind) -> list[Key]:
        """Return the keys of a kind, the current one first; those of the environment come first.

        Raises ``SettingsError`` where one cannot be used: nothing is spoken with a broken key.
        """
        given = os.environ.get(_VARIABLES[kind], "")
        keys = [self._given(kind, part.strip()) for part in given.split(",") if part.strip()]
        paths = self.folder.glob(f"{kind}-*.json") if self.folder.is_dir() else ()
        stored = sorted(
            (_read(path, kind) for path in paths), key=lambda key: key.created, reverse=True
        )
        return list({key.id: key for key in [*keys, *stored]}.values())

    def rotate(self, kind: KeyKind) -> Key:
        """Make a new key the current one; the others go on to verify."""
        if os.environ.get(_VARIABLES[kind]):
            raise SettingsError(
                f"the {kind} key comes from {_VARIABLES[kind]}; put a new one before it there, "
                "with a comma between"
            )
        return self._make(kind)

    def _make(self, kind: KeyKind) -> Key:
        key = Key(kind, secrets.token_bytes(_BYTES), now())
        path = self.folder / f"{kind}-{key.id}.json"
        partial = path.with_name(f".{key.id}.part")
        content = {"kind": kind, "created": key.created, "secret": key.secret.hex()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(content) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        except OSError as error:
            raise SettingsError(
                f"the {kind} key cannot be kept in {self.folder}: {error.strerror or error}"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        return key

    @staticmethod
    def _given(kind: KeyKind, text: str) -> Key:
        if not _SECRET.fullmatch(text.lower()):
            raise SettingsError(
                f"{_VARIABLES[kind]} needs {2 * _BYTES} hexadecimal digits, got {len(text)} "
                "characters (`openssl rand -hex 32` makes some)"
            )
        return Key(kind, bytes.fromhex(text), "")


def _read(path: Path, kind: KeyKind) -> Key:
    try:
        mode = path.stat().st_mode
        content = json.loads(path.read_text("utf-8"))
        secret, created = str(content["secret"]), str(content["created"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"the key {path} cannot be read; restore it from a backup") from error
    if os.name == "posix" and mode & 0o077:
        raise SettingsError(f"others can read the key {path}; run `chmod 600` on it")
    if not _SECRET.fullmatch(secret):
        raise SettingsError(f"the key {path} is damaged; restore it from a backup")
    return Key(kind, bytes.fromhex(secret), created)
