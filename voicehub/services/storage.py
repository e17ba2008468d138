"""Where a user's files lie under the home, and how much room they take."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from voicehub.services.runtime import Runtime
from voicehub.store.records import User

_ALL = 10_000  # rows, more than the limits let anybody have


def job_folder(runtime: Runtime, job_id: str) -> Path:
    """Return where a job's files lie, made where it is not there yet."""
    return made(runtime.home / "jobs" / job_id)


def made(folder: Path) -> Path:
    """Return ``folder``, made for this user of the machine alone where it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def work_folder(
    runtime: Runtime, name: str, hashes: Sequence[str], base_id: str, full: bool
) -> Path:
    """Return where an interrupted tuning of the same recordings left its state."""
    parts = [*sorted(hashes), name.lower(), base_id, str(full)]
    return runtime.home / "work" / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def beside(path: Path) -> list[Path]:
    """Return a file and what was made of it, which bears its name up to the first dot."""
    stem = path.name.partition(".")[0]
    return sorted(path.parent.glob(f"{stem}.*")) if stem and path.parent.is_dir() else []


def storage_bytes(runtime: Runtime, user: User) -> int:
    """Return the size of a user's voices, samples, speech and statements."""
    return sum(path.stat().st_size for path in files_of(runtime, user) if path.is_file())


def files_of(runtime: Runtime, user: User) -> Iterator[Path]:
    """Yield the files of a user's voices, samples, speech and statements, and their folders."""
    home = runtime.home
    for voice in runtime.store.voices(user.id):
        yield from (home / "voices" / voice.id).rglob("*")
    for sample in runtime.samples.of_user(user.id):
        yield from beside(home / sample.path)
    for speech in runtime.speeches.of_user(user.id, _ALL):
        yield from beside(home / speech.path)
    for consent in runtime.store.consents(user.id):
        if consent.statement_path:
            yield from beside(home / consent.statement_path)
