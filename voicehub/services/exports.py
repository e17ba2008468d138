"""A voice to take along: one ZIP with its weights, its description and the proof of consent."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from voicehub.errors import NotFoundError
from voicehub.services.runtime import Runtime
from voicehub.services.storage import made
from voicehub.store.records import Consent, Recording, Voice
from voicehub.store.rows import new_id, now

_PARTS = ("voice.safetensors", "voice.json")
_README = """\
{name}, a synthetic voice made with VoiceHub, exported {at}.

voice.safetensors and voice.json hold the voice on top of the base checkpoint {base_id}.
consent.json is the proof of consent: its hash, times and the version of the text.
recordings.json lists hash and length of what the voice was made from; the sound is not here.

Use this voice only for what its owner agreed to, and say that it is synthetic:
    {scope}
"""


def write_export(
    runtime: Runtime, voice: Voice, consent: Consent, recordings: Sequence[Recording]
) -> Path:
    """Write the ZIP of a voice and return where it lies; the sweep removes it after an hour."""
    folder = runtime.home / voice.folder
    if not all((folder / name).is_file() for name in _PARTS):
        raise NotFoundError(f"the files of {voice.name!r} are not there any more")
    path = made(runtime.home / "exports") / f"{voice.id}.zip"
    partial = path.with_name(f"{voice.id}.{new_id()}.part")
    scope = consent.scope or consent.attribution or "what the spoken statement says"
    readme = _README.format(name=voice.name, at=now(), base_id=voice.base_id, scope=scope)
    proof = {
        key: value
        for key, value in asdict(consent).items()
        if key not in ("statement_path", "user_id", "challenge_id")
    }
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _PARTS:
                archive.write(folder / name, name)
            archive.writestr("consent.json", _json(proof))
            archive.writestr("recordings.json", _json([asdict(each) for each in recordings]))
            archive.writestr("README.txt", readme)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
