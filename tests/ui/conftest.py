"""A real server over a home of its own, with both lanes of workers in threads."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from gradio_client import Client
from visiting import Visitor

from drills.readers import BundledReaders
from voicehub.jobs import Timing, run_lane
from voicehub.services.handlers import handlers
from voicehub.services.runtime import Runtime
from voicehub.settings import ServiceLimits
from voicehub.ui.server import build_app


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Runtime:
    generous = ServiceLimits(user_requests_a_minute=10_000, address_requests_a_minute=10_000)
    return Runtime(
        tmp_path_factory.mktemp("page") / "home", tiny_base, "cpu", generous, BundledReaders()
    )


@pytest.fixture(scope="session")
def address(runtime: Runtime) -> Iterator[str]:
    """The server's address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(build_app(runtime), log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    stop, timing, kinds = threading.Event(), Timing(poll_seconds=0.05), handlers(runtime)
    threads = [
        threading.Thread(target=run_lane, args=(runtime.jobs, lane, kinds, stop, timing))
        for lane in ("speech", "training")
    ]
    threads.append(threading.Thread(target=server.run, kwargs={"sockets": [listener]}))
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    stop.set()
    server.should_exit = True
    for thread in threads:
        thread.join(30)
    listener.close()


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    """Somebody who has just opened the page in English."""
    client = Client(address, verbose=False)
    yield Visitor(client)
    client.close()


@pytest.fixture
def other(address: str) -> Iterator[Visitor]:
    """Somebody else."""
    client = Client(address, verbose=False)
    yield Visitor(client)
    client.close()
