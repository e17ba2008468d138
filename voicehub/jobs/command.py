"""How the worker processes of this installation are started."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from voicehub.jobs.supervisor import Supervisor
from voicehub.store.jobs import JobStore

LANES = ("speech", "training")
_ROOT = Path(__file__).resolve().parents[2]


def worker_supervisor(store: JobStore, options: Sequence[str] = ()) -> Supervisor:
    """Return who keeps one `voicehub worker` for each lane alive; ``options`` go to each."""

    def command(lane: str, worker: str) -> list[str]:
        own = ["--lane", lane, "--name", worker, "--parent", str(os.getpid())]
        return [sys.executable, "-m", "voicehub", "worker", *own, *options]

    path = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]  # wherever it was started
    environment = os.environ | {
        "VOICEHUB_HOME": str(store.database.path.parent.absolute()),
        "PYTHONPATH": os.pathsep.join(path),
    }
    return Supervisor(store, LANES, command, environment)
