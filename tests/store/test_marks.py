"""Marks: given out once, leading to a consent that holds, kept when all else goes."""

import sqlite3
from contextlib import closing

import pytest
from store.people import HASH, give_consent, give_voice, make_guest

from voicehub.errors import ConsentError
from voicehub.store.accounts import AccountStore
from voicehub.store.mark_records import Generation, Mark
from voicehub.store.marks import MarkStore
from voicehub.store.records import User, Voice
from voicehub.store.rows import new_id, now
from voicehub.store.store import Store


@pytest.fixture
def guest(store: Store) -> User:
    return make_guest(store)


@pytest.fixture
def voice(store: Store, guest: User) -> Voice:
    return give_voice(store, give_consent(store, guest))


def reserve(store: Store, voice: Voice, **changes: object) -> Mark:
    origin = {
        "kind": "speak", "voice_id": voice.id, "consent_id": voice.consent_id,
        "model_sha256": HASH, "key_id": "k", "label": "spoken",
    }  # fmt: skip
    return MarkStore(store.database).reserve(**(origin | changes))


def test_a_mark_leads_to_its_voice_by_payload_and_by_sound(store: Store, voice: Voice) -> None:
    marks = MarkStore(store.database)
    mark, other = reserve(store, voice), reserve(store, voice)
    assert mark.payload != other.payload
    assert 0 <= mark.payload < 2**32
    marks.add_part(mark, 0, 1.5, "b" * 64)
    generation = Generation(
        new_id(), voice.id, voice.consent_id, now(), "speak", 3.0, "c" * 64, mark.payload, "{}"
    )
    store.log_generation(generation)
    assert marks.find(mark.payload) == marks.by_sound("b" * 64) == marks.by_sound("c" * 64) == mark
    assert marks.generation(mark.payload) == store.generation(generation.id) == generation
    assert marks.find(2**32 - 1 - mark.payload) is None
    assert marks.by_sound("d" * 64) is None
    assert marks.count() == 2


def test_a_mark_needs_a_consent_that_holds(store: Store, voice: Voice, guest: User) -> None:
    mark = reserve(store, voice)
    marks = MarkStore(store.database)
    other = give_consent(store, guest)
    with pytest.raises(ConsentError):
        reserve(store, voice, consent_id=other.id)
    store.revoke_consent(voice.consent_id, guest.id)
    with pytest.raises(ConsentError):
        reserve(store, voice)
    with pytest.raises(ConsentError):
        reserve(store, voice, voice_id=None, kind="preview")
    with pytest.raises(ConsentError):
        marks.add_part(mark, 0, 1.0, HASH)
    assert marks.count() == 1


def test_speech_is_logged_with_the_mark_of_its_own_consent(store: Store, voice: Voice) -> None:
    other = give_voice(store, store.consent(voice.consent_id), "Bob")
    mark = reserve(store, other)
    for payload in (None, mark.payload, 7):
        with pytest.raises(ConsentError, match="mark"):
            store.log_generation(
                Generation(new_id(), voice.id, voice.consent_id, now(), "speak", 1.0, HASH, payload)
            )


def test_marks_and_their_parts_stay_when_all_else_goes(
    store: Store, voice: Voice, guest: User
) -> None:
    mark = reserve(store, voice)
    marks = MarkStore(store.database)
    marks.add_part(mark, 0, 1.0, HASH)
    AccountStore(store.database).erase(guest.id)
    assert marks.find(mark.payload) == marks.by_sound(HASH) == mark
    with closing(sqlite3.connect(store.database.path)) as connection:
        for statement in (
            "DELETE FROM marks", "UPDATE marks SET consent_id = 'x'", "DELETE FROM mark_parts",
            "UPDATE mark_parts SET sha256 = printf('%064d', 0)",
            "INSERT INTO marks SELECT 1, created, kind, voice_id, consent_id, model_sha256, key_id,"
            " label, acknowledged FROM marks",
        ):  # fmt: skip
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


def test_no_audible_label_only_with_an_acknowledgement(store: Store, voice: Voice) -> None:
    with pytest.raises(Exception, match="CHECK"):
        reserve(store, voice, label="none")
    assert reserve(store, voice, label="none", acknowledged=True).acknowledged is True


def test_a_name_is_shown_only_while_its_owner_says_so(
    store: Store, voice: Voice, guest: User
) -> None:
    assert voice.shows_name is False
    assert store.show_name(voice.id, guest.id, True).shows_name
    assert not store.show_name(voice.id, guest.id, False).shows_name
