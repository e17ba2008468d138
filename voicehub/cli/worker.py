"""The commands that keep an installation going: worker, backup, restore."""

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from voicehub.cli.console import Answer, add_base_options, progress_from, runtime_from

# The page comes first where all want the same processor, then speech, for which somebody waits.
_NICENESS = {"speech": 2, "training": 8}
_TRAINING_POLL_SECONDS = 0.5  # a job of a minute can wait that long, and the other lane computes
_WORKER_DESCRIPTION = """\
Run the jobs that the page asks for, until Ctrl-C: a process for speech and one for tuning,
each started again where it ends. The page starts workers itself, unless with --no-worker.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    worker = commands.add_parser(
        "worker",
        parents=[common],
        help="run the jobs that the page asks for",
        description=_WORKER_DESCRIPTION,
    )
    worker.add_argument(
        "--lane",
        choices=("all", "speech", "training"),
        default="all",
        help="only these jobs, in this very process; default: all",
    )
    worker.add_argument("--name", help=argparse.SUPPRESS)  # given by who watches over it
    worker.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    add_base_options(worker)
    worker.set_defaults(run=_worker)

    backup = commands.add_parser(
        "backup",
        parents=[common],
        help="write a copy of the database, also while it is in use",
        description="Write a copy of the database to FILE, also while a page or a worker runs.",
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument(
        "--files",
        action="store_true",
        help="an archive (tar) with the voices, statements, samples and speech as well",
    )
    backup.set_defaults(run=_backup)

    restore = commands.add_parser(
        "restore",
        parents=[common],
        help="put a backup in place of the data",
        description="Put a backup in place of the data; what was there before is kept aside.",
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
    restore.set_defaults(run=_restore)


def base_options(arguments: argparse.Namespace) -> list[str]:
    """Return the options of `add_base_options` as a worker takes them."""
    options = ["--device", arguments.device]
    if arguments.base is not None:
        options += ["--base", str(arguments.base.absolute())]
    return options


def _worker(arguments: argparse.Namespace) -> Answer:
    from voicehub.cli.quiet import quiet_libraries
    from voicehub.logs import start_logs
    from voicehub.settings import home
    from voicehub.store.presence import at_work

    quiet_libraries()
    start_logs("warning" if arguments.quiet else None)
    with at_work(home()), _ending() as stop:
        if arguments.lane == "all":
            _supervise(arguments, stop)
        else:
            _run_lane(arguments, stop)
    return Answer({"stopped": True}, "")


def _supervise(arguments: argparse.Namespace, stop: threading.Event) -> None:
    from voicehub.jobs.command import worker_supervisor
    from voicehub.jobs.parent import end_with_parent
    from voicehub.settings import home
    from voicehub.store.jobs import JobStore
    from voicehub.store.store import Store

    if arguments.parent is not None:
        end_with_parent(arguments.parent, stop)
    options = base_options(arguments) + (["--quiet"] if arguments.quiet else [])
    supervisor = worker_supervisor(JobStore(Store(home()).database), options)
    supervisor.start()
    stop.wait()
    supervisor.stop()


def _run_lane(arguments: argparse.Namespace, stop: threading.Event) -> None:
    from voicehub.jobs.heart import Timing
    from voicehub.jobs.parent import end_with_parent
    from voicehub.jobs.worker import run_lane
    from voicehub.store.jobs import JobStore

    if arguments.parent is not None:
        end_with_parent(arguments.parent, stop)
    if hasattr(os, "nice"):
        os.nice(_NICENESS[arguments.lane])
    threads = max(1, (os.cpu_count() or 1) // 2)  # two lanes share the machine
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # read when torch is imported
    import torch

    from voicehub.services.handlers import handlers

    torch.set_num_threads(threads)
    runtime = runtime_from(arguments)
    timing = Timing(poll_seconds=_TRAINING_POLL_SECONDS if arguments.lane == "training" else 0.15)
    store = JobStore(runtime.store.database)
    waiting = None
    if arguments.lane == "training":  # what waits for other machines needs no process of its own
        waiting = threading.Thread(
            target=run_lane, args=(store, "hub", handlers(runtime), stop, timing), name="hub"
        )
        waiting.start()
    run_lane(store, arguments.lane, handlers(runtime), stop, timing, arguments.name)
    if waiting is not None:
        waiting.join()


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and Ctrl-C set; the second time they end the process."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {each: signal.signal(each, on_signal) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _backup(arguments: argparse.Namespace) -> Answer:
    from voicehub.settings import home
    from voicehub.store.backup import back_up_all, back_up_database

    progress_from(arguments).say("copying")
    made = (back_up_all if arguments.files else back_up_database)(home(), arguments.file)
    data = {"path": str(made.path), "size_bytes": made.size_bytes, "files": made.files}
    beside = f" with {made.files} files" if arguments.files else ""
    return Answer(data, f"{made.path}: the database{beside}, {made.size_bytes / 1e6:.2f} MB")


def _restore(arguments: argparse.Namespace) -> Answer:
    from voicehub.settings import home
    from voicehub.store.restore import restore

    done = restore(home(), arguments.file)
    data = {"files": done.files, "aside": None if done.aside is None else str(done.aside)}
    text = f"restored from {arguments.file}"
    if done.files:
        text += f", with {done.files} files"
    if done.aside is not None:
        text += f"; what was there before lies in {done.aside}"
    return Answer(data, text)
