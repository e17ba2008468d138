"""What the operator decides: consents that wait for a person, and voices nobody may clone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.errors import InputError
from voicehub.services.runtime import Runtime
from voicehub.services.voiceprints import embed, to_bytes
from voicehub.speaker.embedding import unit
from voicehub.store.check_records import OptOut, RecordingCheck
from voicehub.store.records import Consent
from voicehub.store.rows import new_id, now

_MAX_LABEL = 200  # characters


class Reviews:
    """The reviewer's queue; nothing in it makes a voice before it is accepted."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.checks

    def waiting(self) -> list[dict[str, Any]]:
        """Return what waits: identifier, what it is, why, and the files to listen to."""
        consents, checks = self.store.waiting()
        return [self._statement(each) for each in consents] + [self._pair(each) for each in checks]

    def decide(self, row_id: str, accept: bool, note: str = "") -> str:
        """Accept or refuse; return the consent that it concerns."""
        return self.store.review(row_id, accept, note.strip()[:1000])

    def _statement(self, consent: Consent) -> dict[str, Any]:
        words = consent.verification.get("scores", {}).get("words", {})
        return {
            "id": consent.id,
            "what": "statement",
            "created": consent.created,
            "why": f"fit {words.get('overall')}, words heard {words.get('share')}",
            "files": self._files([consent.statement_path]),
            "text_version": consent.text_version,
            "verification": consent.verification,
        }

    def _pair(self, check: RecordingCheck) -> dict[str, Any]:
        consent = self.runtime.store.consent(check.consent_id)
        samples = self.runtime.samples.of_user(consent.user_id)
        paths = [each.path for each in samples if each.sha256 == check.sha256]
        return {
            "id": check.id,
            "what": "recording",
            "created": check.created,
            "why": f"likeness {check.score:.3f}, accepted from {check.accept:g}",
            "files": self._files([consent.statement_path, *paths]),
            "consent_id": check.consent_id,
            "sha256": check.sha256,
        }

    def _files(self, paths: Sequence[str | None]) -> list[str]:
        return [str(self.runtime.home / path) for path in paths if path]


class OptOuts:
    """Voices that nobody may clone here, known by recordings of them that are not kept."""

    def __init__(self, runtime: Runtime) -> None:
        self.store = runtime.prints

    def add(self, label: str, recordings: Sequence[Path]) -> OptOut:
        """Put the voice of recordings on the list."""
        label = label.strip()
        if not 1 <= len(label) <= _MAX_LABEL:
            raise InputError(f"say whose voice it is in 1 to {_MAX_LABEL} characters")
        vectors = [embed(read_audio(path)) for path in recordings]
        entry = OptOut(new_id(), label, now())
        self.store.add_optout(entry, to_bytes(unit(np.mean(vectors, 0))))
        return entry

    def list(self) -> list[OptOut]:
        """Return all entries, oldest first, ended ones too."""
        return self.store.optouts()

    def remove(self, optout_id: str) -> None:
        """End an entry; its voiceprint is forgotten."""
        self.store.end_optout(optout_id)
