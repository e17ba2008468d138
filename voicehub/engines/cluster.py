"""The engine of several machines: Ray tasks over a folder that all of them see."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voicehub.engines.work import Made, Order, Report, perform
from voicehub.errors import MissingToolError, VoiceHubError

_RETRIES = 5  # of a task whose machine goes away; it goes on from its last checkpoint
_LOOK_SECONDS = 1.0


class RayEngine:
    """Runs each order as a task of a Ray cluster; ``gpus`` and ``cpus`` are what one task needs.

    Connect with `ray.init` first, or give the ``address`` of a cluster.
    """

    def __init__(self, address: str | None = None, cpus: float = 1.0, gpus: float = 0.0) -> None:
        try:
            import ray
        except ImportError as error:
            raise MissingToolError(
                "the engine ray needs its package: pip install 'voicehub[ray]'"
            ) from error
        self.ray: Any = ray
        if not ray.is_initialized():
            try:
                ray.init(address=address, log_to_driver=False, include_dashboard=False)
            except (ConnectionError, ValueError) as error:
                raise VoiceHubError(f"no Ray cluster answers at {address!r}") from error
        options = {"num_cpus": cpus, "num_gpus": gpus, "max_retries": _RETRIES}
        self._task = self.ray.remote(**options)(_task)

    def run(self, orders: Sequence[Order], place: Path, report: Report) -> list[Made]:
        """Return what came of each order; a machine that is lost costs what its last checkpoint lacks.

        The same order given twice is one task. Raises ``VoiceHubError`` with the reason of a failure.
        """
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        once = {orders_key(each): each for each in orders}
        tasks = {key: self._task.remote(order, str(place)) for key, order in once.items()}
        waiting = list(tasks.values())
        try:
            while waiting:
                _, waiting = self.ray.wait(waiting, timeout=_LOOK_SECONDS)
                done = len(tasks) - len(waiting)
                report(done / len(tasks), f"{done} of {len(tasks)} done")
        except BaseException:  # nobody waits for it any more
            for task in waiting:
                self.ray.cancel(task)
            raise
        try:
            found = {key: self.ray.get(task) for key, task in tasks.items()}
        except self.ray.exceptions.RayTaskError as error:
            raise VoiceHubError(str(error.cause)) from error
        except self.ray.exceptions.RayError as error:
            raise VoiceHubError(f"the cluster lost the work: {type(error).__name__}") from error
        return [found[orders_key(each)] for each in orders]


def orders_key(order: Order) -> str:
    """Return what tells orders apart before anything is read."""
    return repr((order.kind, order.base, order.inputs, sorted(order.config.items()), order.device))


def _task(order: Order, place: str) -> Made:
    return perform(order, Path(place), lambda fraction, message: None)
