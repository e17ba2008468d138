"""Keeps worker processes alive: starts them, starts them again, and ends them in time."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from voicehub.errors import VoiceHubError
from voicehub.jobs.worker import worker_name
from voicehub.logs import Log
from voicehub.store.jobs import JobStore
from voicehub.store.pulses import PulseStore

_LOG = Log(__name__)
_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 2.0  # for a handler to save what it has
_FIRST_WAIT_SECONDS = 0.2  # before a worker is started again
_LONGEST_WAIT_SECONDS = 30.0
_HEALTHY_SECONDS = 10.0  # after which an end is not taken for a failure to start

Command = Callable[[str, str], Sequence[str]]


@dataclass
class _Child:
    lane: str
    worker: str
    process: subprocess.Popen[bytes]
    began: float


class Supervisor:
    """One process for each lane; ``command(lane, worker)`` is what to run in it.

    The processes are told whose children they are by their command, see `end_with_parent`.
    """

    def __init__(
        self,
        store: JobStore,
        lanes: Sequence[str],
        command: Command,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._store, self._lanes, self._command = store, tuple(lanes), command
        self._environment = environment
        self._stop = threading.Event()
        self._children: dict[str, _Child] = {}
        self._start_at = dict.fromkeys(lanes, 0.0)
        self._wait = dict.fromkeys(lanes, _FIRST_WAIT_SECONDS)
        # The thread outlives every child: Linux takes its end for that of their parent.
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start the workers and watch over them."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the workers to end, end those that do not, and put back what they held."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def pids(self) -> dict[str, int]:
        """Return the process of each lane that runs."""
        return {lane: child.process.pid for lane, child in dict(self._children).items()}

    def _watch(self) -> None:
        try:
            while not self._stop.is_set():
                for lane in self._lanes:
                    self._look_after(lane)
                self._stop.wait(_LOOK_SECONDS)
        finally:
            self._end_all()

    def _look_after(self, lane: str) -> None:
        child = self._children.get(lane)
        if child is None:
            if time.monotonic() >= self._start_at[lane]:
                self._start(lane)
            return
        code = child.process.poll()
        if code is None:
            return
        del self._children[lane]
        lived = time.monotonic() - child.began
        wait = _FIRST_WAIT_SECONDS if lived > _HEALTHY_SECONDS else self._wait[lane]
        self._wait[lane] = min(2.0 * wait, _LONGEST_WAIT_SECONDS)
        self._start_at[lane] = time.monotonic() + wait
        _LOG.warning("worker_ended", worker=child.worker, code=code, seconds=wait)  # until the next
        self._settle(child, self._store.abandon)

    def _start(self, lane: str) -> None:
        worker = worker_name(lane)
        try:
            process = subprocess.Popen(
                list(self._command(lane, worker)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # logs go to standard error
                stderr=_log_file(),
                env=self._environment,
                process_group=0,  # Ctrl-C is for the supervisor, which ends them in order
            )
        except OSError as error:
            _LOG.error("worker_not_started", lane=lane, error=error)
            self._start_at[lane] = time.monotonic() + _LONGEST_WAIT_SECONDS
            return
        self._children[lane] = _Child(lane, worker, process, time.monotonic())
        _LOG.info("worker_started", worker=worker, process=process.pid)

    def _end_all(self) -> None:
        children = list(self._children.values())
        for child in children:
            child.process.terminate()
        until = time.monotonic() + _GRACE_SECONDS
        for child in children:
            try:
                child.process.wait(max(until - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            self._settle(child, self._store.release_all)
        self._children.clear()

    def _settle(self, child: _Child, give_back: Callable[[str], None]) -> None:
        """Let others have at once what a worker held that is no more."""
        try:
            give_back(child.worker)
            PulseStore(self._store.database).gone(child.worker)
        except VoiceHubError as error:  # its lease runs out all the same
            _LOG.warning("jobs_not_given_back", worker=child.worker, error=error)


def _log_file() -> int | None:
    """Return where this process writes its log, which may be another file than its standard error."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        return None
