"""Passwords and session tokens: what is kept of them tells nobody what they were."""

import hashlib
import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from voicehub.errors import InputError

MIN_PASSWORD = 8  # characters
MAX_PASSWORD = 256  # more would only cost time to hash
_TOKEN_BYTES = 32


def new_token() -> str:
    """Return a session token that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return what is kept of a token, in hex; a fast hash does, for it is random."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def hash_password(password: str) -> str:
    """Return the argon2 hash of ``password``, or raise ``InputError`` where it is too short."""
    clean = _normalised(password)
    if not MIN_PASSWORD <= len(clean) <= MAX_PASSWORD:
        raise InputError(
            f"a password needs {MIN_PASSWORD} to {MAX_PASSWORD} characters, got {len(clean)}"
        )
    return _hasher().hash(clean)


def password_matches(stored: str | None, password: str) -> bool:
    """Return whether ``password`` has the hash ``stored``.

    Where there is no account, ``stored`` is None and as much work is done: the time an answer takes
    does not tell which names exist.
    """
    clean, nobody = _normalised(password)[:MAX_PASSWORD], _nobody()
    try:
        return _hasher().verify(stored or nobody, clean) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Return whether ``stored`` was made with weaker parameters than those of today."""
    return _hasher().check_needs_rehash(stored)


def _normalised(password: str) -> str:
    # The same keys give other characters on other systems: NFKC makes them one.
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    # OWASP's parameters for argon2id: strong, and thirty logins at once do not fill the memory.
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher().hash(new_token())
