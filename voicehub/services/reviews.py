"""What the operator decides: consents that wait for a person, and voices nobody may clone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.errors import InputError, NotFoundError
from voicehub.services.runtime import Runtime
from voicehub.services.voiceprints import embed, to_bytes
from voicehub.store.check_records import OptOut, RecordingCheck
from voicehub.store.listings import ListingStore
from voicehub.store.records import OPERATOR, Consent
from voicehub.store.rows import new_id, now

_MAX_LABEL = 200  # characters


class Reviews:
    """The reviewer's queue; nothing in it makes a voice before it is accepted."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.checks
        self.listings = ListingStore(runtime.store.database)

    def waiting(self) -> list[dict[str, Any]]:
        """Return what waits: identifier, what it is, its scores, whose, and the files to listen to."""
        consents, checks = self.store.waiting()
        return [self._statement(each) for each in consents] + [self._pair(each) for each in checks]

    def sound(self, row_id: str, number: int) -> Path:
        """Return one of the files to listen to of what waits, or raise ``NotFoundError``."""
        files = [file for each in self.waiting() if each["id"] == row_id for file in each["files"]]
        listed = [each.id for each in self.listings.in_state("review")]
        if row_id in listed:
            clips = self.listings.clips(row_id)
            files = [str(self.runtime.home / each.path) for each in clips]
        if not 0 <= number < len(files):
            raise NotFoundError(f"nothing with the identifier {row_id!r} waits for a review")
        return Path(files[number])

    def decide(self, row_id: str, accept: bool, note: str = "", actor: str = OPERATOR) -> str:
        """Accept or refuse; return the consent that it concerns.

        Raises ``InputError`` where the actor would decide about their own voice.
        """
        if actor != OPERATOR:
            owners = [each["user_id"] for each in self.waiting() if each["id"] == row_id]
            if actor in owners:
                raise InputError("somebody else decides about your own voice")
        return self.store.review(row_id, accept, note.strip()[:1000], actor)

    def _statement(self, consent: Consent) -> dict[str, Any]:
        scores = _word_scores(consent.verification.get("scores", {}))
        told = ", ".join(f"{each['name']} {each['value']}" for each in scores)
        return {
            "id": consent.id,
            "what": "statement",
            "created": consent.created,
            "why": told or "nothing was compared",
            "files": self._files([consent.statement_path]),
            "user_id": consent.user_id,
            "scores": scores,
            "text": self._text(consent),
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
            "user_id": consent.user_id,
            "scores": [_score("likeness", check.score, (check.accept, check.refuse))],
            "text": "",
            "consent_id": check.consent_id,
            "sha256": check.sha256,
        }

    def _text(self, consent: Consent) -> str:
        """Return the words that were to be read; nothing where they are not kept any more."""
        try:
            return self.runtime.challenges.get(consent.challenge_id or "", consent.user_id).text
        except NotFoundError:
            return ""

    def _files(self, paths: Sequence[str | None]) -> list[str]:
        return [str(self.runtime.home / path) for path in paths if path]


def _word_scores(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the scores of the words with the limits that they were judged by; the worst of a code."""
    words, limits = scores.get("words", {}), scores.get("limits", {})
    found = []
    for name in ("overall", "share", "unexplained", "code"):
        value = words.get(name)
        if isinstance(value, list):
            value = min((each for each in value if each is not None), default=None)
        if name in limits and value is not None:
            found.append(_score(name, value, limits[name]))
    return found


def _score(name: str, value: float, limit: Sequence[float]) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "accept": limit[0], "refuse": limit[1]}


class OptOuts:
    """Voices that nobody may clone here, known by recordings of them that are not kept."""

    def __init__(self, runtime: Runtime) -> None:
        self.store = runtime.prints

    def add(self, label: str, recordings: Sequence[Path]) -> OptOut:
        """Put the voice of recordings on the list."""
        label = label.strip()
        if not 1 <= len(label) <= _MAX_LABEL:
            raise InputError(f"say whose voice it is in 1 to {_MAX_LABEL} characters")
        from voicehub.speaker.embedding import unit  # torch, when it is needed

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
