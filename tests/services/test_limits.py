"""Limits: each refusal says what is allowed; settings can be overridden and are checked."""

import subprocess
import sys
from pathlib import Path

import pytest
from house import Clip, House, Visitor, visit

from voicehub.errors import AudioError, InputError, LimitError, SettingsError, TextError
from voicehub.services.limits import Limits
from voicehub.services.runtime import Runtime
from voicehub.settings import ServiceLimits


def tight(home: Path, base: Path, **numbers: float) -> House:
    return House(Runtime(home, base, "cpu", ServiceLimits(**numbers)))  # type: ignore[arg-type]


def test_requests_a_minute_by_user_and_by_address(own_home: Path, tiny_base: Path) -> None:
    house = tight(own_home, tiny_base, user_requests_a_minute=2, address_requests_a_minute=3)
    limits = Limits(house.runtime)
    ada, bob = house.accounts.guest()[0], house.accounts.guest()[0]
    limits.check(ada, "10.0.0.1", "speak")
    limits.check(ada, "10.0.0.1", "speak")
    with pytest.raises(LimitError, match="2 a minute"):
        limits.check(ada, "10.0.0.1", "speak")
    limits.check(ada, "10.0.0.1", "clone")
    limits.check(bob, "10.0.0.1", "speak")
    with pytest.raises(LimitError, match="network: 3 a minute"):
        limits.check(bob, "10.0.0.1", "speak")
    limits.check(bob, "10.0.0.2", "clone")
    kept = house.runtime.store.database.path.parent.glob("voicehub.db*")
    assert all(b"10.0.0" not in path.read_bytes() for path in kept)


def test_newcomers_of_one_address(own_home: Path, tiny_base: Path) -> None:
    house = tight(own_home, tiny_base, address_guests_an_hour=1)
    house.accounts.guest(address="10.0.0.1")
    with pytest.raises(LimitError, match="1 an hour"):
        house.accounts.guest(address="10.0.0.1")
    house.accounts.guest(address="10.0.0.2")


def test_jobs_at_once(own_home: Path, tiny_base: Path, clip: Clip) -> None:
    house = tight(own_home, tiny_base, max_user_jobs=1, max_queue=2)
    ada, bob, eve = (visit(house, clip) for _ in range(3))
    job = house.studio.preview(ada.user, ada.consent.id, [ada.sample.id])
    with pytest.raises(LimitError, match="1 are allowed"):
        house.studio.preview(ada.user, ada.consent.id, [ada.sample.id])
    house.studio.preview(bob.user, bob.consent.id, [bob.sample.id])
    with pytest.raises(LimitError, match="2 jobs are waiting"):
        house.studio.preview(eve.user, eve.consent.id, [eve.sample.id])
    house.studio.cancel(ada.user, job.id)
    house.studio.preview(eve.user, eve.consent.id, [eve.sample.id])
    assert house.studio.active(ada.user) == []
    (view,) = house.studio.active(eve.user)
    assert view.position == 1
    assert view.waiting_seconds > 0


def test_recordings_and_room(own_home: Path, tiny_base: Path, clip: Clip) -> None:
    house = tight(own_home, tiny_base, max_samples=1, max_sample_seconds=4.5)
    user, _ = house.accounts.guest()
    with pytest.raises(AudioError, match=r"more than the 4\.5 s"):
        house.samples.add(user, clip(5), "long.wav")
    house.samples.add(user, clip(4), "a.wav")
    with pytest.raises(LimitError, match="1 are allowed"):
        house.samples.add(user, clip(3), "b.wav")
    runtime = Runtime(own_home, tiny_base, "cpu", ServiceLimits(max_guest_mb=1))
    Limits(runtime).check_room(user, 100_000)
    with pytest.raises(LimitError, match="1 MB are allowed"):
        Limits(runtime).check_room(user, 2**20)
    small = House(Runtime(own_home, tiny_base, "cpu", ServiceLimits(max_upload_mb=1)))
    with pytest.raises(AudioError, match="1 MB are allowed"):
        small.samples.add(user, _large(own_home), "big.wav")


def _large(home: Path) -> Path:
    path = home / "large.wav"
    path.write_bytes(b"\0" * (2**20 + 1))
    return path


def test_the_same_recording_is_kept_once(house: House, ada: Visitor, clip: Clip) -> None:
    again = house.samples.add(ada.user, clip(5), "another name.wav")
    assert again == ada.sample
    assert len(list((house.runtime.home / "samples").rglob("*.wav"))) == 1
    picture = house.samples.picture(ada.user, ada.sample.id, "zh")
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert house.samples.picture(ada.user, ada.sample.id, "zh") == picture
    house.samples.remove(ada.user, ada.sample.id)
    assert list((house.runtime.home / "samples").rglob("*.*")) == []
    assert house.samples.add(ada.user, clip(5), "ada.wav").id != ada.sample.id


def test_words_and_numbers_of_jobs(house: House, ada: Visitor, clip: Clip) -> None:
    house.done(house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada", 1))
    (voice,) = house.library.voices(ada.user)
    with pytest.raises(TextError, match="5,000 are allowed"):
        house.studio.speak(ada.user, voice.id, "a" * 5001)
    with pytest.raises(TextError):
        house.studio.speak(ada.user, voice.id, "  ")
    with pytest.raises(InputError, match="speed"):
        house.studio.speak(ada.user, voice.id, "Hello.", speed=3.0)
    with pytest.raises(AudioError, match="wav, mp3, flac, ogg"):
        house.studio.speak(ada.user, voice.id, "Hello.", format="exe")
    with pytest.raises(InputError, match="steps"):
        house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Bob", 5000)
    with pytest.raises(InputError, match="already"):
        house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "ADA")
    with pytest.raises(InputError, match="at least one"):
        house.studio.clone(ada.user, ada.consent.id, [], "Bob")
    short = house.samples.add(ada.user, clip(1.5), "short.wav")
    with pytest.raises(AudioError, match="at least 3 s"):
        house.studio.clone(ada.user, ada.consent.id, [short.id], "Bob")
    queued = house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Bob")
    with pytest.raises(InputError, match="being made"):
        house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "bob")
    assert (queued.config["steps"], queued.config["seconds"]) == (120, 60.0)
    house.runtime.jobs.cancel(queued.id, ada.user.id)
    chosen = house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Bob", 200)
    assert (chosen.config["steps"], chosen.config["seconds"]) == (200, None)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEHUB_MAX_VOICES", "3")
    monkeypatch.setenv("VOICEHUB_GUEST_HOURS", "0.5")
    limits = ServiceLimits.from_environment()
    assert (limits.max_voices, limits.guest_hours, limits.max_samples) == (3, 0.5, 50)
    for wrong in ("0", "-1", "many", "nan"):
        monkeypatch.setenv("VOICEHUB_MAX_VOICES", wrong)
        with pytest.raises(SettingsError, match=r"(?i)max_voices"):
            ServiceLimits.from_environment()


def test_what_the_page_imports_waits_for_no_network() -> None:
    names = "accounts consents library limits metrics samples speeches studio sweep"
    modules = ", ".join(f"voicehub.services.{name}" for name in names.split())
    heavy = "{'torch', 'librosa', 'matplotlib', 'gradio'} & set(sys.modules)"
    code = f"import sys, {modules}; print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
