"""What has expired goes, files and all, and nothing else; the figures that are watched."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from house import Clip, House, Visitor, visit

from voicehub.errors import NotFoundError
from voicehub.services.metrics import metrics_text
from voicehub.services.runtime import Runtime
from voicehub.services.sweep import Sweeper, sweep
from voicehub.settings import ServiceLimits


def with_limits(house: House, **numbers: float) -> House:
    """Return the same house under other limits."""
    limits = replace(house.runtime.limits, **numbers)  # type: ignore[arg-type]
    return House(Runtime(house.runtime.home, house.runtime.base_folder, "cpu", limits))


def files(home: Path) -> list[str]:
    return sorted(str(p.relative_to(home)) for p in home.rglob("*") if p.is_file())


def test_a_guest_is_over_after_a_day(own_home: Path, tiny_base: Path, clip: Clip) -> None:
    hours = 4.0 / 3600  # a day in a few seconds
    house = House(Runtime(own_home, tiny_base, "cpu", ServiceLimits(guest_hours=hours)))
    lasting = with_limits(house, guest_hours=24.0)
    stays = visit(lasting, clip, "reader-m")
    ada = visit(house, clip)
    expires = ada.user.expires
    assert expires is not None
    while house.accounts.by_token(ada.token) is not None:
        time.sleep(0.1)
    assert house.samples.list(ada.user) == []  # out of sight even before the sweep
    sweep(house.runtime)
    assert not any(ada.user.id in name or ada.sample.id in name for name in files(own_home))
    with pytest.raises(NotFoundError):
        house.runtime.accounts.get(ada.user.id)
    assert lasting.samples.file(stays.user, stays.sample.id).is_file()
    assert lasting.accounts.by_token(stays.token) == stays.user
    consent = house.runtime.store.consent(ada.consent.id)  # the proof, without a name
    assert (consent.statement_sha256, consent.name) == (ada.consent.statement_sha256, None)
    assert not consent.valid


def test_previews_and_leftovers_go(house: House, ada: Visitor) -> None:
    preview = house.done(house.studio.preview(ada.user, ada.consent.id, [ada.sample.id]))
    clone = house.done(house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada", 1))
    (voice,) = house.library.voices(ada.user)
    home = house.runtime.home
    for name in ("jobs/unknown/a.wav", "voices/unknown/1/voice.json", "incoming/a.wav"):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left by a crash")
        for each in (path, *path.parents):
            if home in each.parents:
                os.utime(each, (0, 0))
    sweep(house.runtime)
    assert (home / "jobs" / preview.id).is_dir()  # its hour is not over
    assert not any("unknown" in name or "incoming" in name for name in files(home))
    soon = with_limits(house, job_file_hours=1e-9, unfinished_hours=1e-9)
    sweep(soon.runtime)
    assert not (home / "jobs" / preview.id).exists()
    assert (home / "jobs" / clone.id).is_dir()  # its samples belong to a voice that is there
    house.library.delete(ada.user, voice.id)
    assert not (home / "jobs" / clone.id).exists()


def test_the_sweeper_waits_between_two_times(house: House, ada: Visitor) -> None:
    sweeper = Sweeper(house.runtime)
    sweeper.now_and_then()
    (house.runtime.home / "jobs" / "unknown").mkdir(parents=True)
    sweeper.now_and_then()
    assert (house.runtime.home / "jobs" / "unknown").exists()


def test_figures_for_those_who_watch(house: House, ada: Visitor) -> None:
    house.studio.preview(ada.user, ada.consent.id, [ada.sample.id])
    text = metrics_text(house.runtime).decode()
    assert 'voicehub_jobs{kind="preview",state="queued"} 1.0' in text
    assert 'voicehub_users{kind="guest"} 1.0' in text
    assert 'voicehub_queue_length{lane="speech"} 1.0' in text
    assert 'voicehub_queue_oldest_seconds{lane="training"} 0.0' in text
    assert 'voicehub_speech_seconds{kind="speak"} 0.0' in text
    assert "voicehub_voices 0.0" in text
    assert ada.user.id not in text
