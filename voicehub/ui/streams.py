"""Keeps Gradio from losing a click: who asks as a visit's stream of answers ends is answered in the next one.

A visit's answers come in one stream of events, which Gradio ends after the last one it owes. A browser that asks for
something before it has read that end takes the stream to go on, opens no other, and waits for ever. Here the answer to
such a request waits until the browser has left the stream that ends: it then opens the next, where its answer comes.
"""

import asyncio
import json
from contextlib import suppress
from urllib.parse import parse_qs

from voicehub.ui.asgi import App, Message, Receive, Scope, Send, given_again, whole_body

_ROUTES = "/gradio_api/queue/"
_CLOSING = b'"msg":"close_stream"'
PATIENCE_SECONDS = 2.0  # for a browser to read the end of a stream


class Streams:
    """Wraps Gradio's routes for streams of answers and for what asks for one."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._ending: dict[tuple[str, str], asyncio.Event] = {}  # set once the browser has left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        place, found, route = str(scope.get("path", "")).partition(_ROUTES)
        if scope["type"] == "http" and found and route == "data":
            await self._stream(place, scope, receive, send)
        elif scope["type"] == "http" and found and route == "join":
            await self._join(place, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _stream(self, place: str, scope: Scope, receive: Receive, send: Send) -> None:
        visit = place, _session_of_query(scope)
        left = asyncio.Event()

        async def listen() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                left.set()
            return message

        async def pass_on(message: Message) -> None:
            if _CLOSING in message.get("body", b""):
                self._ending[visit] = left
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await _wait(left)
            await send(message)

        try:
            await self.app(scope, listen, pass_on)
        finally:
            left.set()
            if self._ending.get(visit) is left:
                del self._ending[visit]

    async def _join(self, place: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = await whole_body(receive)

        async def pass_on(message: Message) -> None:
            if message["type"] == "http.response.start" and self._ending:
                left = self._ending.get((place, _session_of_body(body)))
                if left:
                    await _wait(left)
            await send(message)

        await self.app(scope, given_again(body, receive), pass_on)


async def _wait(left: asyncio.Event) -> None:
    """Wait until a browser has left its stream, or for as long as one is waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await left.wait()


def _session_of_query(scope: Scope) -> str:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("session_hash", [""])[0]


def _session_of_body(body: bytes) -> str:
    try:
        data = json.loads(body)
    except ValueError:  # Gradio says so itself
        return ""
    return str(data.get("session_hash", "")) if isinstance(data, dict) else ""
