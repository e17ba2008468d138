"""A tuning on a rented machine: the Hub on loopback, the machine a process of this one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from stub_hub import OWNER, TOKEN, Fault, StubHub

from voicehub.engines import Order
from voicehub.errors import HubBusyError, HubError, InputError
from voicehub.hub.rented import RentedEngine
from voicehub.model.base import load_base
from voicehub.model.voice import load_voice
from voicehub.settings import CHECKPOINTS

pytestmark = pytest.mark.filterwarnings("ignore:.*is experimental:UserWarning")
BASE = CHECKPOINTS / "base"
Clip = Callable[..., Path]


def quiet(fraction: float, message: str) -> None:
    """Say nothing."""


def engine(hub: StubHub) -> RentedEngine:
    return RentedEngine(f"{OWNER}/voicehub", hub.url, TOKEN, look_seconds=0.1)


def order(clip: Clip, base: Path = BASE) -> Order:
    return Order("tune", str(base), (str(clip(5)),), {"steps": 2, "critics_share": 0.0})


def test_a_voice_is_tuned_elsewhere_and_nothing_stays_there(
    hub: StubHub, clip: Clip, tmp_path: Path
) -> None:
    hub.rents = True
    said: list[str] = []
    (made,) = engine(hub).run([order(clip)], tmp_path, lambda part, words: said.append(words))
    (job,) = hub.jobs.values()
    assert job["asked"]["spaceId"] == f"{OWNER}/voicehub"
    assert TOKEN not in json.dumps(job["environment"])
    assert "sending the recordings" in said
    assert made.metrics["steps"] == 2
    assert load_voice(Path(made.folder), load_base(BASE, "cpu")).adapter
    assert hub.repos == {}
    assert engine(hub).run([order(clip)], tmp_path, quiet) == [made]  # it is here already
    assert len(hub.jobs) == 1


def test_a_job_that_was_not_waited_for_is_found_again(
    hub: StubHub, clip: Clip, tmp_path: Path
) -> None:
    hub.faults = [Fault("job", "500-done")]
    with pytest.raises(HubBusyError):
        engine(hub).run([order(clip)], tmp_path, quiet)
    (repo,) = hub.repos.values()
    assert repo.private
    (job_id,) = hub.jobs
    hub.carry_out(job_id)
    (made,) = engine(hub).run([order(clip)], tmp_path, quiet)
    assert list(hub.jobs) == [job_id]
    assert (Path(made.folder) / "voice.safetensors").is_file()
    assert hub.repos == {}


def test_what_fails_there_is_said_and_taken_away(
    hub: StubHub, clip: Clip, tiny_base: Path, tmp_path: Path
) -> None:
    hub.rents = True
    with pytest.raises(HubError, match="failed"):  # the Space has another base
        engine(hub).run([order(clip, tiny_base)], tmp_path, quiet)
    (job,) = hub.jobs.values()
    assert "another base checkpoint" in job["said"]
    assert hub.repos == {}
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="only tunings"):
        engine(hub).run([Order("evaluate", str(BASE), ("a", "b"))], tmp_path, quiet)
