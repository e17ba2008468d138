"""Signatures of this installation: ed25519, with one key that is made at first use."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_KEY = "keys/publisher.ed25519"  # under the user data's home: 32 bytes, for its owner alone


def sign(home: Path, message: bytes) -> tuple[str, str]:
    """Return the public key and the signature of ``message``, both in hex."""
    key = Ed25519PrivateKey.from_private_bytes(_private_key(home / _KEY))
    return key.public_key().public_bytes_raw().hex(), key.sign(message).hex()


def is_signed(public_key: str, signature: str, message: bytes) -> bool:
    """Return whether ``signature`` is that of ``message`` under a key; all in hex, none trusted."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True


def _private_key(path: Path) -> bytes:
    """Return the key, made where there is none; of several that do so at once one wins."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{secrets.token_hex(8)}.part")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
        return path.read_bytes()
