"""Keys of programs: made once, shown once, kept as hashes, each with its scopes and its quota."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from voicehub.errors import ConsentError, InputError, LimitError
from voicehub.services.names import checked_phrase
from voicehub.services.passwords import token_hash
from voicehub.services.runtime import Runtime
from voicehub.store.hub_records import ApiKey
from voicehub.store.records import User
from voicehub.store.rows import new_id, now

SCOPES = ("speak", "voices")
_BEGINNING = "vh_"
_SHOWN = 10  # characters by which a key is told from others
_MAX_KEYS = 20  # of one user, that are valid
_MOST_CHARACTERS = 10_000_000


@dataclass(frozen=True)
class NewKey:
    """A key with its secret, which nobody can see again."""

    key: ApiKey
    secret: str = field(repr=False)


class ApiKeys:
    """The keys of users; a key acts as its user, within its scopes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.api_keys

    def create(
        self,
        user: User,
        name: str,
        scopes: Sequence[str] | None = None,
        characters_a_day: int | None = None,
    ) -> NewKey:
        """Return a new key of a user who has an account."""
        if user.kind == "guest":
            raise InputError("a guest goes after a day, and a key with them; make an account first")
        wished = sorted(set(scopes or SCOPES))
        unknown = [each for each in wished if each not in SCOPES]
        if unknown:
            raise InputError(f"scopes are {' and '.join(SCOPES)}, not {', '.join(unknown)}")
        most = characters_a_day or self.runtime.limits.key_characters_a_day
        if not 1 <= most <= _MOST_CHARACTERS:
            raise InputError(f"need 1 to {_MOST_CHARACTERS:,} characters a day, got {most:,}")
        if sum(each.revoked is None for each in self.store.of_user(user.id)) >= _MAX_KEYS:
            raise LimitError(f"you have {_MAX_KEYS} keys, which is all there can be; revoke one")
        secret = _BEGINNING + secrets.token_urlsafe(32)
        key = ApiKey(
            new_id(), user.id, checked_phrase("a key's name", name), secret[:_SHOWN],
            token_hash(secret), wished, most, now(),
        )  # fmt: skip
        self.store.add(key)
        return NewKey(key, secret)

    def list(self, user: User) -> list[ApiKey]:
        """Return a user's keys, oldest first."""
        return self.store.of_user(user.id)

    def revoke(self, user: User, key_id: str) -> ApiKey:
        """End a user's own key."""
        return self.store.revoke(key_id, user.id)

    def used_today(self, key: ApiKey) -> int:
        """Return how many characters a key has had spoken today."""
        return self.store.used_today(key.id)

    def check(self, secret: str | None, scope: str) -> tuple[ApiKey, User]:
        """Return the key and its user; raise ``ConsentError`` for a wrong key or scope."""
        hashed = token_hash(secret or "")
        key = self.store.by_secret(hashed)
        if key is None or not hmac.compare_digest(key.secret_sha256, hashed):
            raise ConsentError("this is not a valid key; `voicehub key create` makes one")
        if scope not in key.scopes:
            raise ConsentError(f"this key may not {scope}: its scopes are {', '.join(key.scopes)}")
        return key, self.runtime.accounts.get(key.user_id)

    def charge(self, key: ApiKey, characters: int) -> None:
        """Count characters against the day; raise ``LimitError`` where they are used up."""
        if not self.store.take(key, characters):
            raise LimitError(
                f"this key may have {key.characters_a_day:,} characters spoken in a day (UTC), and "
                f"{self.store.used_today(key.id):,} are used; go on tomorrow or raise its quota"
            )

    def give_back(self, key: ApiKey, characters: int) -> None:
        """Take back what was counted for a request that was refused."""
        self.store.give_back(key, characters)
