"""The same order makes the same thing once, here or on a cluster that loses a machine."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicehub.engines import LocalEngine, Order
from voicehub.engines.work import perform
from voicehub.errors import CheckpointError, InputError

Clip = Callable[..., Path]


def quiet(fraction: float, message: str) -> None:
    """Say nothing."""


def order(base: Path, recording: Path, steps: int = 4) -> Order:
    return Order(
        "tune", str(base), (str(recording),), {"steps": steps, "critics_share": 0.0}, "cpu"
    )


def test_work_is_done_once_and_named_by_what_goes_in(
    tiny_base: Path, clip: Clip, tmp_path: Path
) -> None:
    copy = shutil.copyfile(clip(5), tmp_path / "copy.wav")
    orders = [order(tiny_base, clip(5)), order(tiny_base, copy), order(tiny_base, clip(5), 5)]
    told: list[float] = []
    seen: set[str] = set()

    def look(fraction: float, message: str) -> None:
        told.append(fraction)
        seen.update(path.suffix for path in (tmp_path / "p").iterdir())

    first, second, third = LocalEngine().run(orders, tmp_path / "p", look)
    assert seen <= {"", ".work"}  # a kill at any of these moments leaves the checkpoint alone
    assert first == second
    assert first.key != third.key
    assert set(first.files) == {"voice.safetensors", "voice.json"}
    assert first.metrics["steps"] == 4
    assert [each["kind"] for each in first.events][:2] == ["started", "score"]
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == sorted(
        [first.key, third.key]
    )
    assert max(told) <= 1.0
    (Path(first.folder) / "voice.json").write_text("{}")
    with pytest.raises(CheckpointError, match="was changed"):
        perform(orders[0], tmp_path / "p", quiet)


def test_orders_are_checked(tiny_base: Path) -> None:
    with pytest.raises(InputError):
        Order("narrate", str(tiny_base), ("a.wav",))  # type: ignore[arg-type]
    with pytest.raises(InputError):
        Order("tune", str(tiny_base), ())


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    if not os.environ.get("VOICEHUB_TEST_CLUSTER"):
        pytest.skip("optional: takes minutes; set VOICEHUB_TEST_CLUSTER=1")
    ray = pytest.importorskip("ray", reason="optional: the extra `ray`")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # 15 by default, and then others starve it
    from ray.cluster_utils import Cluster

    given = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args=given | {"num_cpus": 0})
    cluster.add_node(**given)
    cluster.add_node(**given)
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.mark.cluster
@pytest.mark.timeout(1500)
@pytest.mark.filterwarnings("ignore")  # Ray's own, from its processes and sockets
def test_a_machine_that_is_lost_costs_nothing(
    cluster: Any, tiny_base: Path, clip: Clip, tmp_path: Path
) -> None:
    from voicehub.engines.cluster import RayEngine

    place = tmp_path / "place"
    orders = [order(tiny_base, clip(5), 300), order(tiny_base, clip(5, "reader-m"), 300)]
    lost = threading.Event()

    def lose() -> None:
        until = time.monotonic() + 1200
        while time.monotonic() < until:
            if len(list(place.glob(".*.work/tuning.safetensors"))) == 2:
                cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
                lost.set()
                return
            time.sleep(0.05)

    thread = threading.Thread(target=lose)
    thread.start()
    made = RayEngine().run([*orders, orders[0]], place, quiet)
    thread.join()
    assert lost.is_set()
    assert made[0] == made[2]
    assert all(each.metrics["steps"] > 0 for each in made)
    assert "resumed" in [each.events[0]["kind"] for each in made]
    assert sorted(path.name for path in place.iterdir()) == sorted({each.key for each in made})
