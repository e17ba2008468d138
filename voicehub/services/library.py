"""Looking after one's own voices: list, show, versions, rename, export, delete, revoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicehub.services.exports import write_export
from voicehub.services.misuse import check_new_name
from voicehub.services.names import checked_name
from voicehub.services.ownership import own_voice
from voicehub.services.receipts import Receipt, Remover
from voicehub.services.removal import remove_consent, remove_voice
from voicehub.services.runtime import Runtime
from voicehub.services.storage import storage_bytes
from voicehub.store.records import Checkpoint, Consent, Evaluation, Recording, User, Voice


@dataclass(frozen=True)
class VoiceDetails:
    """All that is known of a voice; ``size_bytes`` is that of all its versions."""

    voice: Voice
    consent: Consent
    recordings: Sequence[Recording]
    checkpoints: Sequence[Checkpoint]
    size_bytes: int
    generations: int


class Library:
    """The voices of users; what is somebody else's is not found."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.store
        self.versions = runtime.store.checkpoints

    def voices(self, user: User) -> list[Voice]:
        """Return a user's voices, oldest first."""
        return self.store.voices(user.id)

    def details(self, user: User, voice_id: str) -> VoiceDetails:
        """Return all that is known of a voice."""
        voice = own_voice(self.store, voice_id, user.id)
        files = (self.runtime.home / "voices" / voice.id).rglob("*")
        return VoiceDetails(
            voice,
            self.store.consent(voice.consent_id),
            self.store.recordings(voice.id),
            self.versions.of_voice(voice.id),
            sum(path.stat().st_size for path in files if path.is_file()),
            len(self.store.generations(voice.id)),
        )

    def rename(self, user: User, voice_id: str, name: str) -> Voice:
        """Give a voice another name."""
        voice = own_voice(self.store, voice_id, user.id)
        check_new_name(self.runtime, user.id, name)
        return self.store.rename_voice(voice.id, user.id, checked_name(name))

    def show_name(self, user: User, voice_id: str, shown: bool) -> Voice:
        """Say whether the public checker may tell what a voice is called."""
        voice = own_voice(self.store, voice_id, user.id)
        return self.store.show_name(voice.id, voice.owner_id, shown)

    def checkpoints(self, user: User, voice_id: str) -> list[Checkpoint]:
        """Return the versions of a voice, the best first; those that were not scored come last."""
        voice = own_voice(self.store, voice_id, user.id)
        unscored = float("inf")
        return sorted(
            self.versions.of_voice(voice.id),
            key=lambda each: (unscored if each.score is None else each.score, -each.number),
        )

    def make_current(self, user: User, voice_id: str, checkpoint_id: str) -> Checkpoint:
        """Let a voice speak with this version from now on."""
        voice = own_voice(self.store, voice_id, user.id)
        return self.versions.make_current(voice.id, checkpoint_id)

    def remove_checkpoint(self, user: User, voice_id: str, checkpoint_id: str) -> Receipt:
        """Delete a version that is not the current one."""
        voice = own_voice(self.store, voice_id, user.id)
        checkpoint = self.versions.delete(voice.id, checkpoint_id)
        remover = Remover(self.runtime.home)
        remover.remove("version", checkpoint.folder)
        return remover.receipt("delete", [], [voice.consent_id])

    def evaluations(self, user: User, voice_id: str) -> list[Evaluation]:
        """Return the scores of a voice, newest first."""
        voice = own_voice(self.store, voice_id, user.id)
        return self.store.evaluations(voice.id)[::-1]

    def delete(self, user: User, voice_id: str) -> Receipt:
        """Remove a voice, its versions and its speech; the consent stays."""
        voice = own_voice(self.store, voice_id, user.id)
        return remove_voice(self.runtime, voice)

    def revoke(self, user: User, voice_id: str) -> Receipt:
        """End the consent of a voice and remove every voice made under it.

        Only the proof of consent stays.
        """
        voice = own_voice(self.store, voice_id, user.id)
        consent = self.store.consent(voice.consent_id)
        return remove_consent(self.runtime, voice.owner_id, consent)

    def export(self, user: User, voice_id: str) -> Path:
        """Return a ZIP of a voice: its current weights, what is known of it, and of its consent."""
        details = self.details(user, voice_id)
        self.store.check_consent(details.voice)
        path = write_export(self.runtime, details.voice, details.consent, details.recordings)
        told = {"sha256": details.voice.sha256}
        self.runtime.audit.record("voice.exported", user.id, details.voice.id, told)
        return path

    def storage_bytes(self, user: User) -> int:
        """Return how much room a user's files take."""
        return storage_bytes(self.runtime, user)


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
