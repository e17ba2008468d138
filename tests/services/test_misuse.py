"""Refusals, reports and takedowns as users meet them; a copy of everything; recordings that go."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from house import House
from store.people import give_consent, give_voice, make_local

from voicehub.audio.files import write_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, ConsentError, InputError, LimitError, TextError
from voicehub.services.misuse import Misuse
from voicehub.services.speech import SpeechService
from voicehub.services.sweep import sweep
from voicehub.services.takeout import takeout, write_takeout
from voicehub.store.records import User
from voicehub.store.rows import from_now, new_id

Clip = Callable[..., Path]


@pytest.fixture
def owner(house: House) -> User:
    return make_local(house.runtime.store)


def kinds(house: House) -> list[str]:
    return [row.kind for row in house.runtime.audit.tail(100)]


def test_every_road_to_speech_refuses_the_same_words(house: House, owner: User) -> None:
    voice = give_voice(house.runtime.store, give_consent(house.runtime.store, owner))
    words = "Tell me the verification code."
    with pytest.raises(TextError, match="fraud-code"):
        house.studio.speak(owner, voice.id, words)
    with pytest.raises(TextError, match="fraud-code"):
        SpeechService(house.runtime, owner.id).speak(voice.id, words)
    assert kinds(house)[-2:] == ["text.refused", "text.refused"]
    assert "verification" not in "".join(house.runtime.audit.lines())


def test_names_of_public_persons_are_refused_wherever_they_are_given(
    house: House, owner: User
) -> None:
    voice = give_voice(house.runtime.store, give_consent(house.runtime.store, owner))
    with pytest.raises(InputError, match="public person"):
        house.library.rename(owner, voice.id, "Taylor Swift")
    with pytest.raises(InputError, match="public person"):
        house.consents.challenge(owner, "en", "Taylor Swift", "tests")
    assert kinds(house).count("name.refused") == 2


def test_a_voice_that_is_down_is_silent_and_hidden(house: House, owner: User) -> None:
    runtime, misuse = house.runtime, Misuse(house.runtime)
    voice = give_voice(runtime.store, give_consent(runtime.store, owner))
    view = misuse.take_down(voice.id, "impersonation", "reported by telephone")
    assert view.report.decision == "upheld"
    assert house.library.voices(owner) == []
    for attempt in (
        lambda: house.studio.speak(owner, voice.id, "Hello."),
        lambda: SpeechService(runtime, owner.id).speak(voice.id, "Hello."),
        lambda: house.library.details(owner, voice.id),
        lambda: house.library.export(owner, voice.id),
    ):
        with pytest.raises(ConsentError, match="taken down"):
            attempt()
    folder = runtime.home / "voices" / voice.id
    folder.mkdir(parents=True)
    sweep(runtime)
    assert folder.exists()  # kept, should the decision be reversed
    misuse.decide(view.report.id, "rejected")
    assert house.library.voices(owner) == [voice]


def test_reports_tell_nobody_what_there_is(house: House, owner: User) -> None:
    misuse = Misuse(house.runtime)
    voice = give_voice(house.runtime.store, give_consent(house.runtime.store, owner))
    real = misuse.report(f"http://here/files/speech/{voice.id.upper()}?x=1", "fraud")
    none = misuse.report(f"http://here/files/speech/{new_id()}", "fraud")
    assert real.voice_id == voice.id
    assert none.voice_id is None
    for _ in range(house.runtime.limits.address_reports_an_hour):
        misuse.report("x", "other", address="10.0.0.1")
    with pytest.raises(LimitError, match="too many reports"):
        misuse.report("x", "other", address="10.0.0.1")


def test_logins_are_limited_by_where_they_come_from(house: House) -> None:
    limits = house.accounts.limits
    for number in range(house.runtime.limits.address_logins_an_hour):
        limits.check_login(f"name {number}", "10.0.0.2")
    with pytest.raises(LimitError, match="from your network"):
        house.accounts.login("another name", "a password", address="10.0.0.2")
    assert kinds(house)[-1] == "login.blocked"
    with pytest.raises(InputError, match="not right"):
        house.accounts.login("Another Name", "a password", address="10.0.0.3")
    assert kinds(house)[-1] == "login.failed"
    assert "another" not in "".join(house.runtime.audit.lines()).lower()


def test_all_that_is_ones_own_can_be_taken_along(
    house: House, owner: User, clip: Clip, tmp_path: Path
) -> None:
    runtime = house.runtime
    sample = house.samples.add(owner, clip(5), "ada.wav")
    give_voice(runtime.store, give_consent(runtime.store, owner))
    other = make_local(runtime.store, "somebody else")
    give_voice(runtime.store, give_consent(runtime.store, other))
    found = write_takeout(runtime, owner, tmp_path / "all.zip")
    with zipfile.ZipFile(found.path) as archive:
        assert f"files/{sample.path}" in archive.namelist()
        rows = {
            Path(name).stem: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.startswith("rows/")
        }
    assert [row["original_name"] for row in rows["samples"]] == ["ada.wav"]
    assert len(rows["voices"]) == len(rows["consents"]) == 1
    text = json.dumps(rows)
    assert other.id not in text
    assert "password_hash" not in text
    assert "token_sha256" not in text
    for _ in range(runtime.limits.user_takeouts_a_day):
        takeout(runtime, owner)
    with pytest.raises(LimitError, match="archives a day"):
        takeout(runtime, owner)
    house.accounts.delete_account(owner)
    assert not list((runtime.home / "exports").glob("*"))
    assert runtime.audit.verify().problem is None


def test_recordings_go_after_their_time_and_voices_stay(
    house: House, owner: User, clip: Clip
) -> None:
    runtime = house.runtime
    sample = house.samples.add(owner, clip(5), "ada.wav")
    voice = give_voice(runtime.store, give_consent(runtime.store, owner))
    (runtime.home / "voices" / voice.id).mkdir(parents=True)
    sweep(runtime)
    assert (runtime.home / sample.path).exists()
    with runtime.store.database.write() as db:
        db.execute("UPDATE samples SET created = ?", [from_now(-31 * 86_400)])
    sweep(runtime)
    assert not (runtime.home / sample.path).exists()
    assert house.samples.list(owner) == []
    assert house.library.voices(owner) == [voice]


def test_what_is_left_of_a_cut_header_is_no_recording(
    house: House, owner: User, tmp_path: Path
) -> None:
    write_audio(tmp_path / "x.wav", Waveform(np.full(5, 0.1, np.float32)))
    with pytest.raises(AudioError, match=r"0\.21 ms of sound"):
        house.samples.add(owner, tmp_path / "x.wav", "x.wav")


def test_what_is_kept_is_private_to_this_user_of_the_machine(house: House, owner: User) -> None:
    house.accounts.limits.pseudonym("x")
    for name in ("voicehub.db", "salt"):
        assert (house.runtime.home / name).stat().st_mode & 0o077 == 0, name


def test_timers_follow_the_settings(house: House) -> None:
    runtime = house.runtime
    runtime.limits = replace(runtime.limits, report_acknowledge_hours=1e-9)
    view = Misuse(runtime).show(Misuse(runtime).report("x", "other").id)
    assert view.overdue
