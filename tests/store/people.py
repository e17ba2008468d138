"""Users, consents and voices for tests of the store."""

from voicehub.store.accounts import AccountStore
from voicehub.store.records import Consent, User, Voice
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.store import Store

HASH = "a" * 64


def nothing() -> None:
    """Put no files in place."""


def make_guest(store: Store, hours: float = 24.0) -> User:
    guest = User(new_id(), "guest", now(), expires=from_now(hours * 3600))
    AccountStore(store.database).add(guest)
    return guest


def make_local(store: Store, name: str = "grace") -> User:
    user = User(new_id(), "local", now(), name=name, password_hash="hash")
    AccountStore(store.database).add(user)
    return user


def give_consent(store: Store, user: User, **changes: object) -> Consent:
    consent = Consent(
        new_id(), "spoken", now(), statement_sha256=HASH, text_version="2", user_id=user.id,
        name="Grace", scope="tests", **changes,
    )  # fmt: skip
    store.add_consent(consent)
    return consent


def give_voice(store: Store, consent: Consent, name: str = "Ada", **changes: object) -> Voice:
    identifier = new_id()
    voice = Voice(
        identifier, name, now(), "adapter", "base", f"voices/{identifier}/1", HASH, consent.id,
        {"steps": 3}, consent.user_id, **changes,
    )  # fmt: skip
    store.add_voice(voice, [], nothing)
    return voice
