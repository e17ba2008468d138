"""Who is acting: guests, accounts with a password or of Hugging Face, and their sessions."""

import re

from voicehub.errors import InputError, LimitError
from voicehub.services.limits import Limits
from voicehub.services.names import is_unwanted
from voicehub.services.passwords import (
    hash_password,
    needs_rehash,
    new_token,
    password_matches,
    token_hash,
)
from voicehub.services.receipts import Receipt
from voicehub.services.removal import remove_user
from voicehub.services.runtime import Runtime
from voicehub.store.records import Session, User
from voicehub.store.rows import from_now, new_id, now

_NAME = (3, 40)  # characters
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43,128}")  # 32 random bytes or more
_HOUR, _DAY = 3600.0, 86_400.0


class Accounts:
    """Users and the tokens that their browsers keep; only hashes of tokens are stored."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.accounts
        self.limits = Limits(runtime)

    def guest(self, token: str | None = None, address: str = "") -> tuple[User, str]:
        """Make a guest, who goes after a day with all that is theirs; return them and their token.

        ``token`` is what the browser was given already, before there was anything to keep.
        """
        self.limits.check_newcomer(address)
        hours = self.runtime.limits.guest_hours
        user = User(new_id(), "guest", now(), expires=from_now(hours * _HOUR))
        self.store.add(user)
        try:
            return user, self._session(user, token)
        except InputError:
            known = self.by_token(token)  # two first requests of one browser came at once
            if known is None or token is None:
                raise
            return known, token

    def by_token(self, token: str | None) -> User | None:
        """Return whose token this is, or None for nobody's."""
        return self.store.user_of(token_hash(token)) if token else None

    def register(self, name: str, password: str, upgrade: User | None = None) -> tuple[User, str]:
        """Make an account; a guest who makes one keeps all that is theirs."""
        clean, hashed = _checked_name(name), hash_password(password)
        if upgrade is not None and upgrade.kind == "guest":
            user = self.store.upgrade(upgrade.id, "local", name=clean, password_hash=hashed)
            self.store.end_sessions(user.id)  # a token from before is worth nothing after
        else:
            user = User(new_id(), "local", now(), name=clean, password_hash=hashed)
            self.store.add(user)
        return user, self._session(user)

    def login(
        self, name: str, password: str, upgrade: User | None = None, address: str = ""
    ) -> tuple[User, str]:
        """Return the account of ``name`` and a new token; a guest's things move to it.

        A wrong name and a wrong password are refused in the same words and take as long.
        """
        name = " ".join(name.split())
        self._check_login(name, address)
        user = self.store.by_name(name)
        stored = user.password_hash if user else None
        if not password_matches(stored, password) or user is None or stored is None:
            self._refused("login.failed", name)
            raise InputError("the name or the password is not right; check both and try again")
        self.limits.forget_logins(name)
        if needs_rehash(stored):
            self.store.set_password(user.id, hash_password(password))
        return self._enter(user, upgrade)

    def hf_login(self, subject: str, name: str, upgrade: User | None = None) -> tuple[User, str]:
        """Return the account of a Hugging Face user, made at the first login, and a new token."""
        if not subject:
            raise InputError("Hugging Face did not say who you are; log in there again")
        shown = " ".join(name.split())[: _NAME[1]] or "Hugging Face"
        user = self.store.by_subject(subject)
        if user is not None:
            if user.name != shown:
                self.store.rename(user.id, shown)
            return self._enter(self.store.get(user.id), upgrade)
        if upgrade is not None and upgrade.kind == "guest":
            user = self.store.upgrade(upgrade.id, "hf", name=shown, subject=subject)
            self.store.end_sessions(user.id)
        else:
            user = User(new_id(), "hf", now(), name=shown, subject=subject)
            self.store.add(user)
        return user, self._session(user)

    def logout(self, token: str | None) -> None:
        """Forget a browser; what a guest made stays until it expires."""
        if token:
            self.store.end_session(token_hash(token))

    def delete_account(self, user: User) -> Receipt:
        """Remove a user with all that is theirs; return what went."""
        if user.kind == "operator":
            raise InputError("the operator of this installation cannot be deleted")
        return remove_user(self.runtime, user.id)

    def _check_login(self, name: str, address: str) -> None:
        try:
            self.limits.check_login(name, address)
        except LimitError:
            self._refused("login.blocked", name)
            raise

    def _refused(self, kind: str, name: str) -> None:
        """Note a try to log in: the name, which may be a mistyped password, as a salted hash."""
        self.runtime.audit.record(kind, "anybody", self.limits.pseudonym(name))

    def _enter(self, user: User, upgrade: User | None) -> tuple[User, str]:
        if upgrade is not None and upgrade.kind == "guest" and upgrade.id != user.id:
            self.store.adopt(upgrade.id, user.id)
        return user, self._session(user)

    def _session(self, user: User, token: str | None = None) -> str:
        if token is not None and not _TOKEN.fullmatch(token):
            raise InputError("the browser's session cookie is damaged; delete it and try again")
        token = token or new_token()
        ends = from_now(self.runtime.limits.session_days * _DAY)
        self.store.add_session(Session(token_hash(token), user.id, now(), user.expires or ends))
        return token


def _checked_name(name: str) -> str:
    clean = " ".join(name.split())
    low, high = _NAME
    if not low <= len(clean) <= high or any(is_unwanted(character) for character in clean):
        raise InputError(
            f"an account's name needs {low} to {high} letters, digits, blanks and plain marks, "
            f"got {clean!r}"
        )
    return clean
