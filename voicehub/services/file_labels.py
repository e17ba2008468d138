"""What every file of speech bears: the AIGC label, C2PA credentials where they are to be had, and a
signed manifest to go beside it.
"""

import json
import os
from pathlib import Path

from voicehub.audio.aigc import Aigc
from voicehub.audio.tags import write_label
from voicehub.errors import NotFoundError
from voicehub.services.consent import file_sha256
from voicehub.services.credentials import add_credentials
from voicehub.services.manifests import payload_text, sign
from voicehub.services.runtime import Runtime
from voicehub.store.mark_records import Generation, Mark

MANIFEST_SUFFIX = ".manifest.json"


def producer() -> str:
    """Return who answers for what is made here: ``VOICEHUB_PRODUCER``, a name or a provider's code."""
    return os.environ.get("VOICEHUB_PRODUCER", "").strip()[:200] or "VoiceHub"


def finish_file(runtime: Runtime, path: Path, mark: Mark) -> None:
    """Label a file before it appears; its number is the payload that its mark carries."""
    number = payload_text(mark.payload)
    write_label(path, Aigc.first(producer(), number).text())
    add_credentials(
        runtime.keys,
        path,
        {
            "payload": number,
            "consent": mark.consent_id,
            "voice": mark.voice_id or "",
            "model_sha256": mark.model_sha256,
            "created": mark.created,
        },
    )


def file_manifest(runtime: Runtime, generation: Generation | None, path: Path) -> bytes:
    """Return the signed description of a file: that of its speech, with the hash of every byte."""
    if generation is None or generation.manifest is None:
        raise NotFoundError("this speech is older than manifests, so there is none")
    body = json.loads(generation.manifest)["manifest"]
    told = {"file_sha256": file_sha256(path), "file_bytes": path.stat().st_size}
    return sign(runtime.keys, body | told)
