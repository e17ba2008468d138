"""Owners, consents given in answer to a challenge, and versions of a voice."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from store.people import HASH, give_consent, give_voice, heard, make_guest, make_local, nothing

from voicehub.errors import ConsentError, InputError, NotFoundError, VoiceHubError
from voicehub.store.challenges import ChallengeStore
from voicehub.store.jobs import JobStore
from voicehub.store.records import Challenge, Checkpoint, Consent, User, Voice
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.store import Store


def make_challenge(user: User, seconds: float = 600.0) -> Challenge:
    return Challenge(
        new_id(), user.id, "en", "Grace", "tests", "4711 red sea", "I, Grace", "2", now(),
        from_now(seconds),
    )  # fmt: skip


def answer(challenge: Challenge, user: User) -> Consent:
    return Consent(
        new_id(), "spoken", now(), statement_sha256=HASH, text_version="2", user_id=user.id,
        challenge_id=challenge.id, state="verified", verification={"verdict": "verified"},
    )  # fmt: skip


def make_version(voice: Voice, number: int, **changes: object) -> Checkpoint:
    version = Checkpoint(
        new_id(), voice.id, number, 40 * number, f"voices/{voice.id}/{number}", "b" * 64, "full",
        "base", now(), score=1.5, similarity=0.8, metrics={"steps": 40 * number},
    )  # fmt: skip
    return replace(version, **changes)


def test_names_are_unique_for_each_owner(store: Store) -> None:
    one, two = make_guest(store), make_local(store)
    consent = give_consent(store, one)
    first = give_voice(store, consent, "Ada")
    second = give_voice(store, give_consent(store, two), "Ada")
    with pytest.raises(InputError, match="already"):
        give_voice(store, consent, "ADA")
    assert store.voices(one.id) == [first]
    assert store.voices(two.id) == [second]
    assert store.voices() == []  # the command line sees the operator's
    assert len(store.voices(None)) == 2
    assert store.voice(first.id) == first
    for name in ("Ada", "nobody"):
        with pytest.raises(NotFoundError):
            store.voice(name)
    assert store.rename_voice(first.id, one.id, "aDA").name == "aDA"
    assert store.rename_voice(first.id, one.id, "Bea").name == "Bea"


def test_what_is_anothers_is_as_what_is_not(store: Store) -> None:
    owner, other = make_local(store), make_guest(store)
    consent = give_consent(store, owner)
    voice = give_voice(store, consent)
    for identifier in (voice.id, new_id()):
        with pytest.raises(NotFoundError, match=f"^there is no voice '{identifier}'$"):
            store.own_voice(identifier, other.id)
        with pytest.raises(NotFoundError):
            store.rename_voice(identifier, other.id, "mine")
    for identifier in (consent.id, new_id()):
        with pytest.raises(NotFoundError, match=f"^there is no consent '{identifier}'$"):
            store.own_consent(identifier, other.id)
        with pytest.raises(NotFoundError):
            store.revoke_consent(identifier, other.id)
    stolen = replace(voice, id=new_id(), name="x", folder="x", owner_id=other.id)
    with pytest.raises(ConsentError, match="owner's consent"):
        store.add_voice(stolen, [], nothing)


def test_an_expired_voice_is_gone_and_waits_to_be_deleted(store: Store) -> None:
    guest = make_guest(store)
    voice = give_voice(store, give_consent(store, guest), expires=from_now(-1))
    assert store.voices(guest.id) == []
    with pytest.raises(NotFoundError):
        store.own_voice(voice.id, guest.id)
    assert store.expired_voices() == [voice]
    store.delete_voice(voice.id, revoke=False)
    assert store.expired_voices() == []


def test_a_challenge_is_answered_once_in_time_and_by_its_user(store: Store) -> None:
    challenges = ChallengeStore(store.database)
    user, other = make_guest(store), make_guest(store)
    challenge = make_challenge(user)
    challenges.add(challenge)
    assert challenges.attempt(challenge.id, user.id).attempts == 1
    with pytest.raises(NotFoundError):
        challenges.attempt(challenge.id, other.id)
    with pytest.raises(ConsentError, match="used or has expired"):
        store.add_consent(answer(challenge, other))
    consent = answer(challenge, user)
    store.add_consent(consent)
    assert challenges.get(challenge.id, user.id).used == consent.created
    with pytest.raises(ConsentError, match="used or has expired"):
        store.add_consent(answer(challenge, user))
    with pytest.raises(ConsentError, match="used already"):
        challenges.attempt(challenge.id, user.id)
    late = make_challenge(user, -1.0)
    challenges.add(late)
    with pytest.raises(ConsentError, match="used or has expired"):
        store.add_consent(answer(late, user))
    with pytest.raises(ConsentError, match="expired"):
        challenges.attempt(late.id, user.id)
    assert challenges.attempts(user.id, from_now(-60)) == 1
    assert challenges.sweep(now()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE challenges SET used = NULL",
        "UPDATE challenges SET expires = '2999'",
        "UPDATE challenges SET attempts = -1",
        "UPDATE consents SET user_id = 'operator', name = 'x'",
        'UPDATE consents SET verification = \'{"verdict": "passed"}\'',
        "UPDATE consents SET challenge_id = NULL",
    ],
)
def test_a_consent_and_its_challenge_stay_as_they_were(store: Store, statement: str) -> None:
    user = make_local(store)
    challenge = make_challenge(user)
    ChallengeStore(store.database).add(challenge)
    store.add_consent(answer(challenge, user))
    with (
        closing(sqlite3.connect(store.database.path)) as connection,
        pytest.raises(sqlite3.IntegrityError),
    ):
        connection.execute(statement)


def test_revoking_ends_voices_and_jobs(store: Store) -> None:
    user, jobs = make_local(store), JobStore(store.database)
    consent = give_consent(store, user)
    voice = give_voice(store, consent)
    running = jobs.submit(user.id, "clone", "training", {}, consent_id=consent.id)
    jobs.claim("training", "w")
    queued = jobs.submit(user.id, "speak", "speech", {}, voice_id=voice.id)
    assert store.revoke_consent(consent.id, user.id) == [voice.id]
    assert jobs.get(queued.id, user.id).state == "cancelled"
    assert jobs.heartbeat(running.id, "w") is True
    assert store.voices(user.id) == []
    assert store.checkpoints.of_voice(voice.id) == []
    with pytest.raises(ConsentError):
        store.revoke_consent(consent.id, user.id)


def test_a_voice_speaks_with_its_current_version(store: Store) -> None:
    voice = give_voice(store, give_consent(store, make_local(store)))
    first = store.checkpoints.current(voice.id)
    assert (first.number, first.folder, first.step) == (1, voice.folder, 3)
    second = make_version(voice, store.checkpoints.next_number(voice.id), parent_id=first.id)
    recording = heard(store, store.consent(voice.consent_id), "c" * 64)
    before = store.recordings(voice.id)
    store.checkpoints.add(second, nothing, [recording])
    assert store.voice(voice.id) == voice
    assert store.recordings(voice.id) == [*before, recording]
    store.checkpoints.make_current(voice.id, second.id)
    now_speaks = store.voice(voice.id)
    assert (now_speaks.folder, now_speaks.kind) == (second.folder, "full")
    assert (now_speaks.sha256, now_speaks.metrics) == (second.sha256, second.metrics)
    third = make_version(voice, 3, current=True)
    store.checkpoints.add(third, nothing)
    assert [each.current for each in store.checkpoints.of_voice(voice.id)] == [False, False, True]
    store.checkpoints.set_scores(third.id, 1.25, 0.9)
    assert store.checkpoints.current(voice.id) == replace(third, score=1.25, similarity=0.9)
    with pytest.raises(InputError, match="version 3"):
        store.checkpoints.delete(voice.id, third.id)
    assert store.checkpoints.delete(voice.id, second.id).folder == second.folder
    with pytest.raises(NotFoundError):
        store.checkpoints.make_current(voice.id, second.id)
    store.checkpoints.make_current(voice.id, first.id)
    assert store.voice(voice.id) == voice
    assert store.checkpoints.next_number(voice.id) == 4


def test_a_version_is_there_with_its_files_or_not_at_all(store: Store) -> None:
    voice = give_voice(store, give_consent(store, make_local(store)))

    def fail() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(VoiceHubError, match="No space left"):
        store.checkpoints.add(make_version(voice, 2, current=True), fail)
    assert len(store.checkpoints.of_voice(voice.id)) == 1
    assert store.voice(voice.id) == voice


def test_replaced_weights_are_a_version_and_the_old_one_goes(store: Store) -> None:
    voice = give_voice(store, give_consent(store, make_local(store)))
    new = replace(voice, folder=f"voices/{voice.id}/2", sha256="d" * 64, metrics={"steps": 9})
    store.replace_weights(new, nothing)
    (version,) = store.checkpoints.of_voice(voice.id)
    assert (version.number, version.step, version.folder) == (2, 9, new.folder)
    assert store.voice(voice.id) == new
    store.delete_voice(voice.id, revoke=True)
    with pytest.raises(NotFoundError):
        store.replace_weights(new, nothing)
    with pytest.raises(ConsentError):
        store.checkpoints.add(make_version(voice, 3), nothing)
