"""A worker process for tests: its jobs sleep, and write down what they did.

Arguments: home, lane, name of the worker, process of the parent, seconds of a lease.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from voicehub.jobs import Context, Supervisor, Timing, run_lane
from voicehub.jobs.parent import end_with_parent
from voicehub.store.database import Database
from voicehub.store.jobs import JobStore


def note(home: Path, text: str) -> None:
    with (home / "notes.txt").open("a", encoding="utf-8") as file:
        file.write(text + "\n")  # short enough to be written in one piece


def count(home: Path, context: Context) -> dict[str, Any]:
    """Count up to ``steps`` and remember how far, as tuning does."""
    state = home / f"{context.job.id}.step"
    step = first = int(state.read_text()) if state.exists() else 0
    note(home, f"start {context.job.id} {first}")
    while step < context.job.config["steps"]:
        if context.stopped():
            return {}
        time.sleep(0.05)
        step += 1
        state.write_text(str(step))
        context.report(step / context.job.config["steps"], f"step {step}")
    context.hold()
    note(home, f"end {context.job.id}")
    return {"first": first, "steps": step}


def sleep(home: Path, context: Context) -> dict[str, Any]:
    """Sleep without asking whether to stop."""
    note(home, f"start {context.job.id} 0")
    time.sleep(context.job.config["seconds"])
    return {}


def worker_command(home: Path, lane: str, worker: str, parent: int, lease: float) -> list[str]:
    return [sys.executable, __file__, str(home), lane, worker, str(parent), str(lease)]


def supervise(home: Path, store: JobStore) -> None:
    """Watch over a worker until killed."""

    def command(lane: str, worker: str) -> list[str]:
        return worker_command(home, lane, worker, os.getpid(), 15.0)

    Supervisor(store, ["training"], command).start()
    threading.Event().wait()


def main() -> None:
    home, lane, worker = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    parent, lease = int(sys.argv[4]), float(sys.argv[5])
    store = JobStore(Database(home / "voicehub.db"))
    if lane == "supervise":
        supervise(home, store)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    end_with_parent(parent, stop)
    handlers = {"demo": lambda c: count(home, c), "sleep": lambda c: sleep(home, c)}
    timing = Timing(0.05, lease, beat_seconds=lease / 5, look_seconds=0.1)
    run_lane(store, lane, handlers, stop, timing, worker)


if __name__ == "__main__":
    main()
