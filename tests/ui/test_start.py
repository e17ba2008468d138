"""Starting the server: it refuses to begin what it could not do, and says what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from drills.server import Server
from drills.visitor import wait_until
from voicehub.errors import CheckpointError, VoiceHubError
from voicehub.services.runtime import Runtime
from voicehub.ui.server import Options, check_ready, serve


def test_it_does_not_start_without_a_base(own_home: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="--base"):
        check_ready(Runtime(own_home, tmp_path))


def test_it_does_not_start_on_a_damaged_database(own_home: Path, tiny_base: Path) -> None:
    runtime = Runtime(own_home, tiny_base)
    runtime.jobs.counts()  # makes the database
    runtime.store.database.connections.close()  # which folds the log into the file
    path = runtime.store.database.path
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(VoiceHubError, match="damaged"):
        serve(Runtime(own_home, tiny_base), Options(port=0, worker_options=None), print)


def test_it_says_when_the_port_is_taken(own_home: Path, tiny_base: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = Options(port=taken.getsockname()[1], worker_options=None)
        with pytest.raises(VoiceHubError, match="cannot be served"):
            serve(Runtime(own_home, tiny_base), options, print)


def test_nothing_heavy_is_imported_with_the_page() -> None:
    code = "import sys, voicehub.ui.server; print([m for m in ('torch', 'librosa') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this machine has no /proc")
def test_what_judges_recordings_is_loaded_with_or_without_workers(
    tiny_base: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, tiny_base, options=["--no-worker"])
    server.start()
    try:
        assert server.process is not None
        maps = Path(f"/proc/{server.process.pid}/maps")
        wait_until(lambda: "onnxruntime" in maps.read_text("utf-8"), 250)
        assert [line for line in server.processes().values() if "voicehub worker" in line] == []
    finally:
        server.stop()
