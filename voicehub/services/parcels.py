"""Packs a voice for its way: weights, description, proof of consent, previews, card, signature."""

import json
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from voicehub.errors import NotFoundError
from voicehub.hub.card import CardFacts, write_card
from voicehub.hub.parcel import (
    CONSENT,
    DESCRIPTION,
    MANIFEST,
    WEIGHTS,
    consent_hash,
    seal,
)
from voicehub.hub.signing import sign
from voicehub.services.labels import RHYTHM
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.storage import made
from voicehub.store.hub_records import Delivery
from voicehub.store.records import Consent, Voice
from voicehub.store.rows import new_id, now

# The same of every voice, so that voices can be compared, and each says what it is.
PREVIEWS = {
    "en": "This is a synthetic voice. It was made with the consent of its owner.",
    "zh": "这是合成的声音，制作时得到了声音主人的同意。",
}
MARKING = (
    "Speech that VoiceHub makes with this voice bears an inaudible mark that leads to its consent, "
    "and says aloud that it is synthetic unless whoever asks for it undertakes to say so."
)
_PROOF = (
    "id", "kind", "created", "statement_sha256", "text_version", "language", "licence",
    "attribution", "scope",
)  # fmt: skip


def staging(runtime: Runtime, delivery: Delivery) -> Path:
    """Return where the parcel of a delivery is packed."""
    return runtime.home / "outbox" / delivery.voice_id / delivery.id


def pack(runtime: Runtime, delivery: Delivery, voice: Voice) -> Path:
    """Return the packed parcel; it is packed once, so that every try sends the same bytes."""
    folder = staging(runtime, delivery)
    if (folder / MANIFEST).is_file():
        return folder
    partial = made(folder.parent) / f".{new_id()}.part"
    try:
        _fill(runtime, delivery, voice, made(partial))
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def proof_of(consent: Consent) -> dict[str, Any]:
    """Return what a parcel tells of a consent: no name and no sound, but hash, times and scope."""
    return {key: getattr(consent, key) for key in _PROOF}


def licence_of(consent: Consent, given: str | None = None) -> dict[str, str]:
    """Return name and scope of the licence under which a voice goes out."""
    if consent.kind == "corpus-licence":
        return {
            "name": given or str(consent.licence),
            "scope": f"with attribution: {consent.attribution}",
        }
    return {"name": given or "VoiceHub voice licence", "scope": consent.scope or "personal use"}


def _fill(runtime: Runtime, delivery: Delivery, voice: Voice, folder: Path) -> None:
    consent = runtime.store.consent(voice.consent_id)
    for name in (WEIGHTS, DESCRIPTION):
        source = runtime.home / voice.folder / name
        if not source.is_file():
            raise NotFoundError(f"the files of {voice.name!r} are not there any more")
        shutil.copyfile(source, folder / name)
    proof = proof_of(consent)
    (folder / CONSENT).write_text(json.dumps(proof, indent=2, ensure_ascii=False) + "\n", "utf-8")
    previews = [
        (_preview(runtime, voice, folder, language), words) for language, words in PREVIEWS.items()
    ]
    version = runtime.store.checkpoints.current(voice.id).number
    licence = licence_of(consent, delivery.config.get("licence"))
    key = runtime.keys.current("signing")
    recordings = runtime.store.recordings(voice.id)
    card = CardFacts(
        delivery.repo, voice.name, voice.id, version, voice.kind, voice.base_id,
        sum(each.seconds for each in recordings) / 60, len(recordings), _basis(consent),
        consent_hash(proof), licence["name"], licence["scope"], _metrics(runtime, voice), previews,
        MARKING, key.public().hex(), delivery.config.get("visibility", "private"),
    )  # fmt: skip
    (folder / "README.md").write_text(write_card(card), encoding="utf-8")
    facts = {
        "voice_id": voice.id, "name": voice.name, "version": version, "base_id": voice.base_id,
        "consent_sha256": consent_hash(proof), "licence": licence, "created": now(),
    }  # fmt: skip
    seal(folder, facts, lambda message: sign(key.private(), message))


def _preview(runtime: Runtime, voice: Voice, folder: Path, language: str) -> str:
    name = f"previews/{language}.flac"
    made((folder / name).parent)
    service = SpeechService(runtime, voice.owner_id)
    with closing(service.speak(voice.id, PREVIEWS[language], label=RHYTHM)) as spoken:
        spoken.write(folder / name)
    return name


def _basis(consent: Consent) -> str:
    if consent.kind == "corpus-licence":
        return f"licence of an open corpus, {consent.licence}"
    verdict = consent.verification.get("verdict", "recorded")
    return f"spoken statement of {consent.created[:10]}, text {consent.text_version}, {verdict}"


def _metrics(runtime: Runtime, voice: Voice) -> dict[str, Any]:
    """Return the figures of tuning, and those of the last evaluation by system."""
    found = {k: v for k, v in voice.metrics.items() if _is_figure(v)}
    for evaluation in runtime.store.evaluations(voice.id)[-1:]:
        for row in evaluation.metrics.get("rows", []):
            found |= _row(row)
    return found


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    system = row.get("system", "")
    return {f"{system}: {key}": value for key, value in row.items() if _is_figure(value)}


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
