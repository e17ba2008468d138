"""Looking after voices: list, show, delete, revoke."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voicehub.errors import VoiceHubError
from voicehub.services.runtime import Runtime
from voicehub.store.records import Consent, Recording, Voice


@dataclass(frozen=True)
class VoiceDetails:
    """All that is known of a voice."""

    voice: Voice
    consent: Consent
    recordings: Sequence[Recording]
    size_bytes: int
    generations: int


class VoiceLibrary:
    """The voices that exist."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.store

    def voices(self) -> list[Voice]:
        """Return all voices, oldest first."""
        return self.store.voices()

    def details(self, name: str) -> VoiceDetails:
        """Return all that is known of a voice."""
        voice = self.store.voice(name)
        files = [path for path in (self.runtime.home / voice.folder).glob("*") if path.is_file()]
        return VoiceDetails(
            voice,
            self.store.consent(voice.consent_id),
            self.store.recordings(voice.id),
            sum(path.stat().st_size for path in files),
            len(self.store.generations(voice.id)),
        )

    def delete(self, name: str) -> Voice:
        """Remove a voice and its files; the consent stays."""
        voice = self.store.voice(name)
        self._remove(self.store.delete_voice(voice.id, revoke=False))
        return voice

    def revoke(self, name: str) -> tuple[Voice, list[str]]:
        """End the consent of a voice and remove every voice made under it.

        Returns the voice and the identifiers of all that went; only the proof of consent stays.
        """
        voice = self.store.voice(name)
        gone = self.store.delete_voice(voice.id, revoke=True)
        self._remove(gone)
        return voice, gone

    def _remove(self, identifiers: Sequence[str]) -> None:
        for identifier in identifiers:
            folder = self.runtime.home / "voices" / identifier
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                raise VoiceHubError(f"the voice is out of use, but {folder} cannot be removed")


def as_dict(voice: Voice) -> dict[str, Any]:
    """Return what is shown of a voice as plain JSON."""
    return {
        "name": voice.name,
        "id": voice.id,
        "created": voice.created,
        "kind": voice.kind,
        "base_id": voice.base_id,
        "sha256": voice.sha256,
        "metrics": voice.metrics,
    }
