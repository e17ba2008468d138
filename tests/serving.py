"""The page over a runtime: a real server, with all lanes of workers in threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from voicehub.jobs import Timing, run_lane
from voicehub.services.handlers import handlers
from voicehub.services.runtime import Runtime
from voicehub.settings import ServiceLimits
from voicehub.ui.server import Options, build_app, listening

GENEROUS = ServiceLimits(user_requests_a_minute=10_000, address_requests_a_minute=10_000)


@contextmanager
def serving(runtime: Runtime) -> Iterator[str]:
    """Yield the server's address."""
    with listening(Options(port=0)) as listener:
        config = uvicorn.Config(
            build_app(runtime), log_level="error", log_config=None, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        stop, timing, kinds = threading.Event(), Timing(poll_seconds=0.05), handlers(runtime)
        threads = [
            threading.Thread(target=run_lane, args=(runtime.jobs, lane, kinds, stop, timing))
            for lane in ("speech", "training", "hub")
        ]
        threads.append(threading.Thread(target=server.run, kwargs={"sockets": [listener]}))
        for thread in threads:
            thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            stop.set()
            server.should_exit = True
            for thread in threads:
                thread.join(30)
