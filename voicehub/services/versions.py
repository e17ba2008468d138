"""The versions that one tuning makes of a voice: files and rows together, both or neither."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from voicehub.model.base import file_hash
from voicehub.model.voice import save_voice
from voicehub.services.runtime import Runtime
from voicehub.services.storage import made
from voicehub.services.voiceprints import to_bytes
from voicehub.store.records import Checkpoint, Recording, Voice
from voicehub.store.rows import new_id, now
from voicehub.training.finetune import Score


class VersionKeeper:
    """Adds versions to a voice; the first one of a new voice makes it.

    ``run`` names the tuning: versions that it made before it was interrupted are known by it.
    """

    def __init__(
        self, runtime: Runtime, draft: Voice, recordings: Sequence[Recording], run: str
    ) -> None:
        self.runtime, self.store = runtime, runtime.store
        self.draft, self.recordings, self.run = draft, recordings, run

    def is_new(self) -> bool:
        """Return whether the voice is this tuning's own, and not one that is tuned again."""
        return len(self.of_run()) == len(self.store.checkpoints.of_voice(self.draft.id))

    def voice(self) -> Voice:
        """Return the voice as it is now."""
        return self.store.own_voice(self.draft.id, self.draft.owner_id)

    def of_run(self) -> list[Checkpoint]:
        """Return the versions that this tuning has made so far."""
        every = self.store.checkpoints.of_voice(self.draft.id)
        return [each for each in every if each.metrics.get("run") == self.run]

    def add(self, score: Score, similarity: float) -> Checkpoint:
        """Keep the voice as it was scored; it does not become the current version by it."""
        number = self.store.checkpoints.next_number(self.draft.id)
        folder = f"voices/{self.draft.id}/{number}"
        partial = made(self.runtime.home / "voices" / f".{new_id()}.part")
        metrics = {
            "steps": score.step,
            "held_out": round(score.held_out, 4),
            "similarity": similarity,
            "run": self.run,
        }
        try:
            save_voice(score.voice, partial, {"name": self.draft.name, **metrics})
            checkpoint = Checkpoint(
                new_id(), self.draft.id, number, score.step, folder,
                file_hash(partial / "voice.safetensors"), "adapter", score.voice.base_id, now(),
                score=round(score.held_out, 5), similarity=similarity, metrics=metrics,
            )  # fmt: skip
            return self._record(checkpoint, partial, to_bytes(score.voice.embedding))
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def make_current(self, checkpoint: Checkpoint) -> Checkpoint:
        """Let the voice speak with a version from now on."""
        if self.store.checkpoints.current(self.draft.id).id == checkpoint.id:
            return checkpoint
        return self.store.checkpoints.make_current(self.draft.id, checkpoint.id)

    def _record(self, checkpoint: Checkpoint, partial: Path, voiceprint: bytes) -> Checkpoint:
        def publish() -> None:
            target = self.runtime.home / checkpoint.folder
            made(target.parent)
            # Left by a crash between the rename and the commit: no row leads to it.
            shutil.rmtree(target, ignore_errors=True)
            os.replace(partial, target)

        if checkpoint.number == 1:
            checkpoint = replace(checkpoint, current=True)
            voice = replace(
                self.draft, folder=checkpoint.folder, sha256=checkpoint.sha256,
                metrics=checkpoint.metrics,
            )  # fmt: skip
            spoken = self.store.consent(voice.consent_id).kind == "spoken"
            self.store.add_voice(
                voice, self.recordings, publish, checkpoint, voiceprint if spoken else None
            )
            return checkpoint
        checkpoint = replace(checkpoint, parent_id=self._parent().id)
        self.store.checkpoints.add(checkpoint, publish, self.recordings)
        return checkpoint

    def _parent(self) -> Checkpoint:
        """Return the version before in this tuning, at its beginning the one it was asked for."""
        made_before = self.of_run()
        if made_before:
            return made_before[-1]
        return self.store.checkpoints.current(self.draft.id)
