"""C2PA content credentials in WAV, MP3 and FLAC, where the package c2pa is installed.

They are signed with this installation's own key and certificate, which stands in no trust list:
readers say that the file is whole and that they do not know the signer.
"""

import importlib.util
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from voicehub import __version__
from voicehub.audio.formats import FLAC, HEAD_BYTES, MP3, TAGGED, WAV, Format, sniff
from voicehub.errors import AudioError
from voicehub.services.keys import Key, KeyRing

_MIME_TYPES: dict[Format, str] = {
    WAV: "audio/wav",
    FLAC: "audio/flac",
    MP3: "audio/mpeg",
    TAGGED: "audio/mpeg",
}
_GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_ASSERTION = "org.voicehub.speech"
_YEARS = 20
_MAX_BYTES = 2**20  # of what is told of others' credentials


def credentials_available() -> bool:
    """Return whether credentials can be written and read here."""
    return importlib.util.find_spec("c2pa") is not None


def add_credentials(keys: KeyRing, path: Path, told: dict[str, Any]) -> bool:
    """Put credentials into a file that bears none; return whether its format can hold them.

    Raises ``AudioError`` where they should be there and cannot be written.
    """
    mime_type = _mime_type(path)
    if mime_type is None or not credentials_available():
        return False
    import c2pa

    action = {"action": "c2pa.created", "digitalSourceType": _GENERATED}
    manifest = {
        "claim_generator_info": [{"name": "VoiceHub", "version": __version__}],
        "title": f"synthetic speech {told.get('payload', '')}".strip(),
        "format": mime_type,
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [action]}},
            {"label": _ASSERTION, "data": told},
        ],
    }
    key = keys.current("signing")
    partial = path.with_name(f"{path.name}.c2pa")
    try:
        info = c2pa.C2paSignerInfo(
            alg=b"ed25519", sign_cert=_certificates(key), private_key=_private(key), ta_url=None
        )
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(manifest) as builder,
            path.open("rb") as source,
            partial.open("w+b") as target,
        ):
            builder.sign(signer, mime_type, source, target)
        partial.replace(path)
    except (c2pa.C2paError, OSError) as error:
        raise AudioError(f"{path.name} cannot be given content credentials: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return True


def read_credentials(path: Path) -> dict[str, Any] | None:
    """Return what a file's credentials say, None where it bears none or none can be read here.

    ``valid`` says that file and credentials belong together and are unchanged; ``trusted`` that the
    signer stands in a trust list; ``generated`` that they say it was made by a model.
    """
    mime_type = _mime_type(path)
    if mime_type is None or not credentials_available():
        return None
    import c2pa

    try:
        with path.open("rb") as file, c2pa.Reader(mime_type, file) as reader:
            found = json.loads(reader.json())
    except (c2pa.C2paError, OSError, ValueError):
        return None
    manifest = found.get("manifests", {}).get(found.get("active_manifest"), {})
    if not manifest:
        return None
    state = str(found.get("validation_state", ""))
    generators = manifest.get("claim_generator_info") or [{}]
    signature = manifest.get("signature_info") or {}
    assertions = json.dumps(manifest.get("assertions", []))[:_MAX_BYTES]
    return {
        "valid": state in ("Valid", "Trusted"),
        "trusted": state == "Trusted",
        "generated": "lgorithmicMedia" in assertions,
        "generator": str(generators[0].get("name", ""))[:200],
        "signer": str(signature.get("issuer", ""))[:200],
    }


def _mime_type(path: Path) -> str | None:
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES))
    return _MIME_TYPES.get(kind) if kind else None


def _private(key: Key) -> bytes:
    return key.private().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@lru_cache(maxsize=4)
def _certificates(key: Key) -> bytes:
    """Return the certificate of a signing key and that of its issuer, which signs once and is gone.

    C2PA takes no certificate that signs itself.
    """
    issuer, subject = Ed25519PrivateKey.generate(), key.private()
    top = _name("VoiceHub installation")
    root = _builder(top, top, issuer, issuer, True).sign(issuer, None)
    leaf = (
        _builder(_name(f"VoiceHub {key.id}"), top, subject, issuer, False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .sign(issuer, None)
    )
    return leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)


def _name(common: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "VoiceHub, self-made certificate")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    name: x509.Name,
    issuer_name: x509.Name,
    key: Ed25519PrivateKey,
    issuer: Ed25519PrivateKey,
    issues: bool,
) -> x509.CertificateBuilder:
    begin = datetime.now(UTC) - timedelta(days=1)
    usage = x509.KeyUsage(
        digital_signature=not issues, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=issues, crl_sign=issues,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=issues, path_length=None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(identifier, False)
    )
