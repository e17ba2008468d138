"""An installation of a drill's own: the app on a free port over an empty home, with its workers."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from drills.outcome import DrillError

ROOT = Path(__file__).resolve().parent.parent
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 15.0  # more than the app and its workers take to end in order
# One machine plays all the visitors: what is allowed to an address is not what is measured.
UNLIMITED = {
    "VOICEHUB_USER_REQUESTS_A_MINUTE": "1000000",
    "VOICEHUB_ADDRESS_REQUESTS_A_MINUTE": "1000000",
    "VOICEHUB_ADDRESS_GUESTS_AN_HOUR": "1000000",
    "VOICEHUB_MAX_VOICES": "10000",
    "VOICEHUB_MAX_GUEST_MB": "10000",
}


class Server:
    """The app as a process; ``settings`` are variables of its environment, ``options`` its own."""

    def __init__(
        self,
        folder: Path,
        base: Path | None = None,
        settings: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.home, self.log = folder / "home", folder / "server.log"
        self.options = [*(["--base", str(base)] if base else []), *options]
        self.port = free_port()
        self.environment = os.environ | {
            "VOICEHUB_HOME": str(self.home),
            "GRADIO_TEMP_DIR": str(folder / "cache"),
            "PYTHONPATH": str(ROOT),
            **(settings or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the app, and with it its workers; it listens some seconds later."""
        command = [sys.executable, "-m", "drills.app", "--port", str(self.port), *self.options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def wait_page(self, seconds: float = 300.0) -> None:
        """Wait until the page is served."""
        self._wait("/", seconds)

    def wait_ready(self, seconds: float = 300.0) -> None:
        """Wait until the workers are there as well."""
        self._wait("/healthz", seconds)

    def processes(self) -> dict[int, str]:
        """Return the command line of every process of this installation, by its number."""
        mark, found = f"VOICEHUB_HOME={self.home}\0".encode(), {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                if mark in (folder / "environ").read_bytes() + b"\0":
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = command.decode("utf-8", "replace").strip()
            except OSError:  # it ended meanwhile, or is somebody else's
                continue
        return found

    def lane(self, name: str) -> int | None:
        """Return the worker process of a lane, None while there is none."""
        workers = [pid for pid, line in self.processes().items() if f"--lane {name}" in line]
        return workers[0] if workers else None

    def kill(self) -> None:
        """End the app alone by a signal that it cannot catch."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the app and all it started: in order, and by force where that takes too long."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        until = time.monotonic() + _STOP_SECONDS
        while self.processes() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def _wait(self, path: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                if httpx.get(self.url + path, timeout=10.0).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self.process is None or self.process.poll() is not None:
                raise DrillError(f"the server ended:\n{self.tail()}")
            if time.monotonic() > until:
                raise DrillError(f"{path} did not answer in {seconds:g} s:\n{self.tail()}")
            time.sleep(_LOOK_SECONDS)

    def tail(self) -> str:
        """Return the last lines that the server wrote."""
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-30:])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(
    base: Path | None = None,
    settings: Mapping[str, str] | None = None,
    ready: bool = True,
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """Yield a server over an empty home in a temporary folder; nothing of it outlives the block."""
    with tempfile.TemporaryDirectory(prefix="voicehub-drill-") as folder:
        server = Server(Path(folder).resolve(), base, settings, options)
        server.start()
        try:
            server.wait_page()
            if ready:
                server.wait_ready()
            yield server
        finally:
            server.stop()
