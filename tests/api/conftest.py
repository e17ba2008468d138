"""The API on loopback over a home of its own, with the speech lane in a thread."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import fastapi
import pytest
import uvicorn
from house import House

from voicehub.api.app import build_api
from voicehub.jobs import Timing, run_lane
from voicehub.services.handlers import handlers
from voicehub.services.runtime import Runtime
from voicehub.settings import ServiceLimits


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> House:
    limits = ServiceLimits(user_requests_a_minute=10_000, address_requests_a_minute=10_000)
    return House(Runtime(tmp_path_factory.mktemp("api") / "home", tiny_base, "cpu", limits))


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    app = fastapi.FastAPI()
    app.mount("/v1", build_api(house.runtime, lambda request: "127.0.0.1"))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", log_config=None, timeout_graceful_shutdown=1)
    )
    stop, timing = threading.Event(), Timing(poll_seconds=0.02, look_seconds=0.05)
    arguments = (house.runtime.jobs, "speech", handlers(house.runtime), stop, timing)
    threads = [
        threading.Thread(target=run_lane, args=arguments),
        threading.Thread(target=server.run, kwargs={"sockets": [listener]}),
    ]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    stop.set()
    server.should_exit = True
    for thread in threads:
        thread.join(30)
    listener.close()
