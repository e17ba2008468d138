"""The Hub's tokens of accounts that signed in with Hugging Face: one file each, for some hours."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from voicehub.services.storage import made
from voicehub.store.rows import new_id, now

# What a token must have been given for; the front matter of a Space asks for it.
WRITING_SCOPES = ("manage-repos", "write-repos")


@dataclass(frozen=True)
class HubToken:
    """A token, whose repositories it reaches, and until when."""

    owner: str
    secret: str = field(repr=False)
    expires: str


class HubTokens:
    """Kept in files, as workers are other processes; in no table, no log, no backup."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "tokens"

    def keep(self, user_id: str, token: HubToken) -> None:
        """Keep the token of an account in place of an earlier one."""
        partial = made(self.folder) / f".{new_id()}.part"
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(token), file)
        os.replace(partial, self.folder / user_id)

    def of(self, user_id: str) -> HubToken | None:
        """Return the token of an account, None where there is none that holds."""
        with suppress(OSError, ValueError, TypeError):
            token = HubToken(**json.loads((self.folder / user_id).read_text("utf-8")))
            return token if token.expires > now() else None
        return None

    def sweep(self) -> None:
        """Remove what has ended."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if self.of(path.name) is None:
                path.unlink(missing_ok=True)
