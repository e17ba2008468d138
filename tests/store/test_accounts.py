"""Accounts: a guest's things stay theirs as they become an account, and all goes when they go."""

import sqlite3
from contextlib import closing

import pytest
from store.people import HASH, give_consent, give_voice, make_guest, make_local

from voicehub.errors import InputError, NotFoundError
from voicehub.store.accounts import AccountStore
from voicehub.store.jobs import JobStore
from voicehub.store.records import OPERATOR, Sample, Session, Speech, User
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.samples import SampleStore
from voicehub.store.speeches import SpeechStore
from voicehub.store.store import Store


@pytest.fixture
def accounts(store: Store) -> AccountStore:
    return AccountStore(store.database)


def make_sample(user: User, sha256: str = HASH) -> Sample:
    identifier = new_id()
    path = f"samples/{user.id}/{identifier}.flac"
    return Sample(
        identifier, user.id, path, "me.wav", sha256, 3.0, {"snr_db": 30.0}, now(), user.expires
    )


def test_users_are_found_as_they_are(store: Store, accounts: AccountStore) -> None:
    user = make_local(store, "Grace")
    assert accounts.get(user.id) == user == accounts.by_name("gRACE")
    assert "hash" not in repr(user)
    assert accounts.by_name("operator") is None
    hugging = User(new_id(), "hf", now(), name="Grace", subject="hf-1")
    accounts.add(hugging)  # the same name elsewhere is somebody else
    assert accounts.by_subject("hf-1") == hugging
    with pytest.raises(InputError, match="already"):
        make_local(store, "GRACE")
    with pytest.raises(NotFoundError):
        accounts.get("nobody")


def test_sessions_end(store: Store, accounts: AccountStore) -> None:
    user = make_local(store)
    for token, seconds in (("a" * 64, 60.0), ("b" * 64, -1.0)):
        accounts.add_session(Session(token, user.id, now(), from_now(seconds)))
    assert accounts.user_of("a" * 64) == user
    assert accounts.user_of("b" * 64) is None
    accounts.end_session("a" * 64)
    assert accounts.user_of("a" * 64) is None


def test_an_expired_guest_is_nobody(store: Store, accounts: AccountStore) -> None:
    guest = make_guest(store, hours=-1)
    accounts.add_session(Session(HASH, guest.id, now(), from_now(60)))
    assert accounts.user_of(HASH) is None
    assert accounts.expired_guests() == [guest]
    assert accounts.erase(guest.id).voices == ()
    assert accounts.expired_guests() == []


def test_a_guest_who_registers_keeps_all(store: Store, accounts: AccountStore) -> None:
    guest = make_guest(store)
    voice = give_voice(store, give_consent(store, guest), expires=guest.expires)
    sample = SampleStore(store.database).add(make_sample(guest))
    user = accounts.upgrade(guest.id, "local", name="Grace", password_hash="hash")
    assert (user.id, user.kind, user.expires) == (guest.id, "local", None)
    assert store.own_voice(voice.id, user.id).expires is None
    assert SampleStore(store.database).get(sample.id, user.id).expires is None
    with pytest.raises(InputError):
        accounts.upgrade(user.id, "local", name="again", password_hash="hash")


def test_a_guest_moves_into_an_account(store: Store, accounts: AccountStore) -> None:
    guest, user = make_guest(store), make_local(store)
    samples, jobs = SampleStore(store.database), JobStore(store.database)
    own = give_voice(store, give_consent(store, user), "Ada")
    consent = give_consent(store, guest)
    moved = give_voice(store, consent, "ada", expires=guest.expires)
    job = jobs.submit(guest.id, "speak", "speech", {}, voice_id=moved.id, idempotency_key="k")
    jobs.submit(user.id, "demo", "training", {}, idempotency_key="k")
    samples.add(make_sample(user))
    twice, other = samples.add(make_sample(guest)), samples.add(make_sample(guest, "b" * 64))
    assert accounts.adopt(guest.id, user.id) == [twice.path]
    assert {voice.name for voice in store.voices(user.id)} == {own.name, "ada 2"}
    assert store.own_voice(moved.id, user.id).expires is None
    assert store.own_consent(consent.id, user.id).valid
    assert jobs.get(job.id, user.id).user_id == user.id
    assert samples.get(other.id, user.id).path == other.path
    with pytest.raises(NotFoundError):
        accounts.get(guest.id)
    with pytest.raises(InputError):
        accounts.adopt(user.id, OPERATOR)
    assert store.database.problems() == []


def test_erasing_leaves_the_proof_and_no_word(store: Store, accounts: AccountStore) -> None:
    user, other = make_local(store, "Grace"), make_local(store, "other")
    consent = give_consent(store, user, statement_path="statements/x.flac")
    voice = give_voice(store, consent, "my secret voice")
    kept = give_voice(store, give_consent(store, other), "kept")
    sample = SampleStore(store.database).add(make_sample(user))
    jobs = JobStore(store.database)
    config = {"text": "a secret sentence"}
    running = jobs.submit(user.id, "speak", "speech", config, voice_id=voice.id)
    jobs.claim("speech", "w")
    jobs.event(running.id, "chunk", config)
    queued = jobs.submit(user.id, "speak", "speech", config, voice_id=voice.id)
    speech = Speech(
        new_id(), user.id, voice.id, running.id, "speak", "a secret sentence", "speech/x.wav",
        HASH, 1.0, "wav", now(),
    )  # fmt: skip
    SpeechStore(store.database).add(speech)

    erased = accounts.erase(user.id)
    assert (erased.voices, erased.consents) == ((voice.id,), (consent.id,))
    assert set(erased.jobs) == {running.id, queued.id}
    assert erased.samples == (sample.path,)
    assert erased.speeches == (speech.path,)
    assert erased.statements == ("statements/x.flac",)
    jobs.event(running.id, "chunk", config)  # the worker does not know yet
    assert jobs.heartbeat(running.id, "w") is True
    with pytest.raises(NotFoundError):
        accounts.get(user.id)
    assert store.own_voice(kept.id, other.id) == kept
    left = store.consent(consent.id)
    assert (left.valid, left.name, left.scope, left.statement_sha256) == (False, None, None, HASH)
    with closing(sqlite3.connect(store.database.path)) as connection:
        dump = "\n".join(connection.iterdump())
    assert "my secret" not in dump
    assert "a secret" not in dump
    assert "Grace" not in dump.replace("'other'", "").replace("'Grace','tests'", "")
    assert store.database.problems() == []


def test_the_operator_stays(accounts: AccountStore) -> None:
    with pytest.raises(InputError, match="operator stays"):
        accounts.erase(OPERATOR)
