"""The drill of the cluster: how much more two nodes tune than one, each with one processor of this machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drills.outcome import DrillError, Options, Outcome
from drills.recordings import READERS, demo_recordings
from voicehub.engines import Order
from voicehub.services.runtime import BASE_FOLDER

MIN_GAIN = 1.5  # of two nodes: the processors share memory and caches
_ORDERS, _STEPS = 6, 20
_MEMORY = 80 * 2**20  # bytes of each node's store of objects, which hold next to nothing


def run(options: Options) -> Outcome:
    """Tune the same voices on one node and on two; each node has worked before."""
    try:
        from ray.cluster_utils import Cluster
    except ImportError as error:
        raise DrillError("the extra `ray` is missing: pip install -e '.[ray]'") from error
    figures: dict[str, Any] = {"orders": _ORDERS, "steps": _STEPS}
    for nodes in (1, 2):
        with TemporaryDirectory() as name, _cluster(Cluster, nodes):
            figures[f"seconds_on_{nodes}"] = _timed(options, Path(name), nodes)
    gain = figures["seconds_on_1"] / figures["seconds_on_2"]
    figures |= {
        f"voices_a_minute_on_{nodes}": round(60 * _ORDERS / figures[f"seconds_on_{nodes}"], 1)
        for nodes in (1, 2)
    }
    figures["gain"] = round(gain, 2)
    verdict = (
        f"two nodes of one processor tune {gain:.2f} times as many voices as one (at least "
        f"{MIN_GAIN:g}): {figures['voices_a_minute_on_2']} and {figures['voices_a_minute_on_1']} "
        f"a minute of {_STEPS} steps each"
    )
    return Outcome(figures, gain >= MIN_GAIN, verdict)


@contextmanager
def _cluster(make: Any, nodes: int) -> Iterator[None]:
    import ray

    given = {"num_cpus": 1, "object_store_memory": _MEMORY}
    cluster = make(initialize_head=True, head_node_args=given | {"num_cpus": 0})
    try:
        for _ in range(nodes):
            cluster.add_node(**given)
        ray.init(address=cluster.address, log_to_driver=False)
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()


def _timed(options: Options, place: Path, nodes: int) -> float:
    from voicehub.engines.cluster import RayEngine

    engine = RayEngine()
    base = str((options.base or BASE_FOLDER).absolute())
    recordings = tuple(str(path) for path in demo_recordings(READERS[0])[:2])

    def order(seed: int) -> Order:
        return Order("tune", base, recordings, {"steps": _STEPS, "seed": seed}, "cpu")

    engine.run([order(1_000 + number) for number in range(nodes)], place, _quiet)
    began = time.monotonic()
    engine.run([order(options.seed + number) for number in range(_ORDERS)], place, _quiet)
    return round(time.monotonic() - began, 1)


def _quiet(fraction: float, message: str) -> None:
    """Say nothing."""
