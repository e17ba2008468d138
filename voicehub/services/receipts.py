"""Receipts: what was removed for good, told by kind, hash and time, and what stays as proof."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from voicehub.errors import VoiceHubError
from voicehub.services.consent import file_sha256
from voicehub.store.records import Voice
from voicehub.store.rows import now

Action = Literal["delete", "revoke", "account"]


@dataclass(frozen=True)
class Removed:
    """A file that is no more; ``kind`` says what it was."""

    kind: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Receipt:
    """What an owner gets for a deletion: which voices, and every file that went.

    ``kept`` are the consents whose proof stays: hash, times and version of the text.
    """

    action: Action
    at: str
    voices: tuple[str, ...]  # identifiers
    names: tuple[str, ...]  # of the voices
    removed: tuple[Removed, ...]
    kept: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)


class Remover:
    """Removes files and folders under the user data's home and notes each with its hash."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.removed: list[Removed] = []

    def remove(self, kind: str, path: str) -> None:
        """Remove what lies at ``path``, relative to the home; nothing there is no error."""
        target = self.home / path
        if not target.resolve().is_relative_to(self.home.resolve()) or not path:
            raise VoiceHubError(f"{path!r} does not lie under {self.home}, nothing was removed")
        files = sorted(p for p in target.rglob("*") if p.is_file()) if target.is_dir() else [target]
        for file in files:
            if file.is_file():
                self.removed.append(Removed(kind, file_sha256(file), file.stat().st_size))
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
        if target.exists():
            raise VoiceHubError(f"it is out of use, but {target} cannot be removed")

    def receipt(self, action: Action, voices: Sequence[Voice], kept: Sequence[str]) -> Receipt:
        """Return the receipt of all that was removed, with ``voices`` as they were."""
        ids, names = (tuple(each.id for each in voices), tuple(each.name for each in voices))
        return Receipt(action, now(), ids, names, tuple(self.removed), tuple(kept))
