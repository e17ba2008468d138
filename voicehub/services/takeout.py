"""Everything of a user in one ZIP: their rows as JSON, and every file of theirs as it is."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from voicehub.errors import NotFoundError, VoiceHubError
from voicehub.services.limits import Limits
from voicehub.services.runtime import Runtime
from voicehub.services.storage import files_of, made
from voicehub.store.records import User
from voicehub.store.rows import new_id, now
from voicehub.store.takeout import rows_about

_README = """\
All that this installation of VoiceHub keeps about you, written at {at}.

rows/TABLE.json   what stands in the database: times are UTC, a file is named by its hash
files/            your recordings, statements, voices and speech, as they were kept

A password is kept as a hash and a session as the hash of its token: neither is in here.
"""


@dataclass(frozen=True)
class TakenOut:
    """What an archive holds; ``rows`` counts them by table."""

    path: Path
    rows: dict[str, int]
    files: int


def takeout(runtime: Runtime, user: User) -> Path:
    """Return the archive of a user's things, written anew; the sweep removes it after an hour."""
    Limits(runtime).check_takeout(user)
    path = made(runtime.home / "exports") / f"{user.id}.zip"
    return write_takeout(runtime, user, path).path


def write_takeout(runtime: Runtime, user: User, path: Path) -> TakenOut:
    """Write the archive of a user's things to ``path``, which appears whole or not at all."""
    rows = rows_about(runtime.store.database, user.id)
    if not rows["user"]:
        raise NotFoundError(f"there is no user {user.id!r}")
    partial = path.with_name(f".{new_id()}.part")
    files = 0
    try:
        partial.touch(mode=0o600)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("README.txt", _README.format(at=now()))
            for table, found in rows.items():
                text = json.dumps(found, ensure_ascii=False, indent=2)
                archive.writestr(f"rows/{table}.json", text + "\n")
            for file in files_of(runtime, user):
                if file.is_file():
                    archive.write(file, f"files/{file.relative_to(runtime.home).as_posix()}")
                    files += 1
        partial.replace(path)
    except OSError as error:
        raise VoiceHubError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    runtime.audit.record("account.exported", user.id, user.id, {"files": files})
    return TakenOut(path, {table: len(found) for table, found in rows.items()}, files)
