"""Signed descriptions of speech: what was made, by which voice and consent, and the sound's hash.

A manifest is one line of JSON in a canonical form, so that every byte of it counts; the signature
is Ed25519 over the description.
"""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from voicehub import __version__
from voicehub.errors import InputError
from voicehub.services.keys import KeyRing, short_hash
from voicehub.store.mark_records import Generation, Mark
from voicehub.store.records import Consent

VERSION = 1
MAX_BYTES = 65_536
_PARTS = ("algorithm", "key_id", "manifest", "public_key", "signature")


@dataclass(frozen=True)
class Manifest:
    """A description whose signature holds; ``ours`` where a key of this installation made it."""

    body: dict[str, Any]
    key_id: str
    ours: bool


def describe(
    generation: Generation, mark: Mark, consent: Consent, produced_by: str
) -> dict[str, Any]:
    """Return what a manifest says of a piece of speech; no name stands in it."""
    body = {
        "version": VERSION,
        "software": f"VoiceHub {__version__}",
        "producer": produced_by,
        "synthetic": True,
        "generation": generation.id,
        "kind": generation.kind,
        "created": generation.created,
        "seconds": round(generation.seconds, 3),
        "sample_rate": 24_000,
        "pcm_sha256": generation.sha256,
        "voice": generation.voice_id,
        "consent": generation.consent_id,
        "consent_kind": consent.kind,
        "model_sha256": mark.model_sha256,
        "payload": payload_text(mark.payload),
        "audible_label": mark.label,
    }
    if consent.licence:
        body |= {"licence": consent.licence, "attribution": consent.attribution}
    return body


def payload_text(payload: int) -> str:
    """Return a payload as people and files write it: eight hexadecimal digits."""
    return f"{payload:08x}"


def sign(keys: KeyRing, body: dict[str, Any]) -> bytes:
    """Return ``body`` signed with the current key."""
    key = keys.current("signing")
    return _canonical(
        {
            "algorithm": "Ed25519",
            "key_id": key.id,
            "public_key": key.public().hex(),
            "manifest": body,
            "signature": key.private().sign(_canonical(body)).hex(),
        }
    )


def verify(keys: KeyRing, data: bytes) -> Manifest:
    """Return what a signed manifest says; raise ``InputError`` where a byte of it was changed."""
    try:
        signed = json.loads(data[: MAX_BYTES + 1])
        public = bytes.fromhex(signed["public_key"])
        signature = bytes.fromhex(signed["signature"])
        body = dict(signed["manifest"])
        # One way to write each digit too: fromhex takes capitals as well.
        digits = (signed["public_key"], signed["signature"]) == (public.hex(), signature.hex())
        whole = digits and tuple(sorted(signed)) == _PARTS and _canonical(signed) == data
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _canonical(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("this is no manifest of VoiceHub, or it is damaged") from error
    except InvalidSignature as error:
        raise InputError("the manifest was changed after it was signed") from error
    if not whole or (signed["algorithm"], signed["key_id"]) != ("Ed25519", short_hash(public)):
        raise InputError("the manifest was changed after it was signed")
    ours = any(key.public() == public for key in keys.keys("signing"))
    return Manifest(body, str(signed["key_id"]), ours)


def _canonical(value: dict[str, Any]) -> bytes:
    """Return the one way to write ``value``: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
