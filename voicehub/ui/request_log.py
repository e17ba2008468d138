"""A number for each request and one line about it: which route, how it ended, and how long it took."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from voicehub.logs import Log, remember_request
from voicehub.ui.desk import REQUEST_ID

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_log = Log(__name__)
# What a path may begin with; the rest of it, which anybody can write, is not logged.
_ROUTES = (
    "/account/login", "/account/register", "/account/logout", "/account/delete", "/account/hf",
    "/files/sample", "/files/picture", "/files/speech", "/files/job", "/files/export",
    "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/run", "/gradio_api/call",
    "/gradio_api/upload", "/gradio_api/file", "/gradio_api/heartbeat", "/gradio_api",
    "/login", "/healthz", "/metrics", "/static-voicehub", "/assets", "/static", "/config",
)  # fmt: skip
_OFTEN = frozenset({"/gradio_api/run", "/gradio_api/queue/data", "/gradio_api/heartbeat", "/healthz",
                    "/metrics", "/static-voicehub", "/assets", "/static"})  # fmt: skip


@contextmanager
def told(scope: MutableMapping[str, Any], send: Send) -> Iterator[Send]:
    """Number a request for the logs and for who asked; yield a ``send`` that sees how it ends."""
    number, began, status = secrets.token_hex(6), time.monotonic(), [0]
    name = REQUEST_ID.encode()
    scope["headers"] = [each for each in scope["headers"] if each[0] != name]
    scope["headers"].append((name, number.encode()))
    remember_request(number)

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            status[0] = int(message["status"])
            message["headers"] = [*message["headers"], (name, number.encode())]
        await send(message)

    try:
        yield noted
    finally:
        route, seconds = route_of(str(scope["path"])), time.monotonic() - began
        usual = route in _OFTEN and status[0] < 500
        method = str(scope["method"]) if scope["method"] in _METHODS else "other"
        write = _log.debug if usual else _log.info
        write("request", method=method, route=route, status=status[0], seconds=seconds)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


def route_of(path: str) -> str:
    """Return the known beginning of a path, the same in both languages."""
    rest = path.removeprefix("/zh") if path.startswith("/zh/") else path
    if rest == "/":
        return "/"
    return next(
        (each for each in _ROUTES if f"{rest}/".startswith((f"{each}/", f"{each}="))), "other"
    )
