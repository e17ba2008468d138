"""Samples and speech are their user's alone; requests are counted, and only so many pass."""

import threading
from dataclasses import replace

import pytest
from store.people import HASH, give_consent, give_voice, make_guest, make_local

from voicehub.errors import ConsentError, NotFoundError
from voicehub.store.limits import LimitStore
from voicehub.store.records import Sample, Speech, User, Voice
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.samples import SampleStore
from voicehub.store.speeches import SpeechStore
from voicehub.store.store import Store


def make_sample(user: User, **changes: object) -> Sample:
    sample = Sample(new_id(), user.id, "samples/x.flac", "me.wav", HASH, 3.0, {"ok": True}, now())
    return replace(sample, **changes)


def make_speech(voice: Voice, **changes: object) -> Speech:
    speech = Speech(
        new_id(), voice.owner_id, voice.id, None, "speak", "hello", "speech/x.wav", HASH, 1.0,
        "wav", now(),
    )  # fmt: skip
    return replace(speech, **changes)


def test_the_same_sound_is_one_sample(store: Store) -> None:
    samples, user, other = SampleStore(store.database), make_guest(store), make_guest(store)
    first = samples.add(make_sample(user))
    assert samples.add(make_sample(user)) == first
    others = samples.add(make_sample(other))
    assert samples.of_user(user.id) == [first]
    assert samples.of_user(other.id) == [others]
    with pytest.raises(NotFoundError, match=f"^there is no sample '{first.id}'$"):
        samples.get(first.id, other.id)
    with pytest.raises(NotFoundError):
        samples.remove(first.id, other.id)
    assert samples.remove(first.id, user.id) == first
    for ask in (samples.get, samples.remove):
        with pytest.raises(NotFoundError):
            ask(first.id, user.id)
    assert samples.of_user(user.id) == []
    again = samples.add(make_sample(user, expires=from_now(-1)))
    assert samples.of_user(user.id) == []
    assert samples.expired() == [again]


def test_speech_is_kept_for_whom_it_was_made(store: Store) -> None:
    speeches, user, other = SpeechStore(store.database), make_local(store), make_guest(store)
    voice = give_voice(store, give_consent(store, user))
    first, second = make_speech(voice), make_speech(voice)
    for speech in (first, second):
        speeches.add(speech)
    with pytest.raises(ConsentError):
        speeches.add(make_speech(voice, user_id=other.id))
    assert speeches.of_user(user.id) == [second, first]
    assert speeches.of_user(user.id, limit=1) == [second]
    with pytest.raises(NotFoundError):
        speeches.get(first.id, other.id)
    assert speeches.remove(first.id, user.id) == first
    assert speeches.of_voice(voice.id) == [second]
    over = make_speech(voice, expires=from_now(-1))
    speeches.add(over)
    assert speeches.expired() == [over]
    store.delete_voice(voice.id, revoke=False)
    with pytest.raises(ConsentError):
        speeches.add(make_speech(voice))


def test_only_so_many_requests_pass_however_many_come_at_once(store: Store) -> None:
    limits, user = LimitStore(store.database), make_guest(store)
    passed: list[bool] = []

    def ask() -> None:
        for _ in range(5):
            passed.append(limits.take("speak", 60.0, 7, user_id=user.id))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False] * 23 + [True] * 7
    assert limits.take("speak", 60.0, 1, address_sha256=HASH)
    assert limits.count("speak", 60.0, address_sha256=HASH) == 1
    assert limits.count("speak", 60.0) == 8
    assert limits.count("speak", -1.0, user_id=user.id) == 0
    limits.add("login", address_sha256=HASH)
    limits.clear("login", HASH)
    assert limits.count("login", 60.0) == 0
    assert limits.sweep() == 0
    assert limits.sweep(-1.0) == 8
