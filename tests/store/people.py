"""Users, consents and voices for tests of the store."""

from typing import Any

from voicehub.store.accounts import AccountStore
from voicehub.store.challenges import ChallengeStore
from voicehub.store.check_records import RecordingCheck
from voicehub.store.checks import CheckStore
from voicehub.store.mark_records import Generation
from voicehub.store.marks import MarkStore
from voicehub.store.records import Challenge, Consent, Recording, User, Voice
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
    uses = ("for_speech", "for_conversion", "for_sale", "until")
    challenge = Challenge(
        new_id(), user.id, "en", "Grace", "tests", "code", "text", "2", now(), from_now(600.0),
        **{name: value for name, value in changes.items() if name in uses},
    )  # fmt: skip
    ChallengeStore(store.database).add(challenge)
    given: dict[str, Any] = {
        "statement_sha256": HASH, "text_version": "2", "user_id": user.id, "name": "Grace",
        "scope": "tests", "challenge_id": challenge.id, "state": "verified",
        "verification": {"verdict": "verified"}, **changes,
    }  # fmt: skip
    consent = Consent(new_id(), "spoken", now(), **given)
    store.add_consent(consent)
    return consent


def heard(store: Store, consent: Consent, sha256: str = HASH) -> Recording:
    """Return a recording that was compared with the statement of a consent."""
    check = RecordingCheck(new_id(), consent.id, sha256, 0.9, "matched", 0.8, 0.7, "tests", now())
    CheckStore(store.database).add([check])
    return Recording(sha256, 5.0, {"level": "pass", "checks": []})


def give_voice(store: Store, consent: Consent, name: str = "Ada", **changes: object) -> Voice:
    identifier = new_id()
    voice = Voice(
        identifier, name, now(), "adapter", "base", f"voices/{identifier}/1", HASH, consent.id,
        {"steps": 3}, consent.user_id, **changes,
    )  # fmt: skip
    store.add_voice(voice, [heard(store, consent)], nothing)
    return voice


def marked(store: Store, voice: Voice, sha256: str = HASH) -> Generation:
    """Return an entry of the log for speech whose mark is recorded."""
    origin = {
        "kind": "speak", "voice_id": voice.id, "consent_id": voice.consent_id,
        "model_sha256": HASH, "key_id": "k", "label": "spoken",
    }  # fmt: skip
    mark = MarkStore(store.database).reserve(**origin)
    return Generation(
        new_id(), voice.id, voice.consent_id, now(), "speak", 1.0, sha256, mark.payload
    )
