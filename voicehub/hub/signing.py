"""Signatures of parcels: ed25519, in hex as manifests hold them."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sign(key: Ed25519PrivateKey, message: bytes) -> tuple[str, str]:
    """Return the public key and the signature of ``message``, both in hex."""
    return key.public_key().public_bytes_raw().hex(), key.sign(message).hex()


def is_signed(public_key: str, signature: str, message: bytes) -> bool:
    """Return whether ``signature`` is that of ``message`` under a key; all in hex, none trusted."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True
