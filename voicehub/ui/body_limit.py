"""A limit on what a request may send, before anything reads it: huge JSON fills no memory."""

from fastapi import Request

from voicehub.errors import InputError
from voicehub.ui.asgi import App, Message, Receive, Scope, Send

_DRAINED = 2**28  # bytes that are let in and thrown away: who still sends does not hear an answer
MAX_BODY = 2**20  # bytes of anything but an upload: the longest text takes a fiftieth of it
_UPLOAD = "/upload"
_SAID = b'{"message": "this request is larger than the server takes"}'


class BodyLimit:
    """Refuses a larger body with status 413, by what its header says or by what arrives."""

    def __init__(self, app: App, max_upload: int, max_body: int = MAX_BODY) -> None:
        self.app, self.max_upload, self.max_body = app, max_upload, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.max_upload if str(scope["path"]).endswith(_UPLOAD) else self.max_body
        if _told(scope) > most:
            await _drain(receive, _told(scope))
            await _refuse(send)
            return
        body = _Counted(receive, send, most)
        try:
            await self.app(scope, body.receive, body.send)
        except TooLargeError:
            if not body.started:
                await _refuse(send)


async def read_within(request: Request, most: int, said: str) -> bytes:
    """Return the body of a request; raise ``InputError`` with ``said`` where it has more than ``most`` bytes."""
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > most:
            raise InputError(said)
    return raw


class TooLargeError(Exception):
    """More arrived than was allowed."""


class _Counted:
    """Counts what arrives, and remembers whether an answer has begun."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self.most = receive, send, most
        self.arrived, self.started = 0, False

    async def receive(self) -> Message:
        """Pass a part of the body on, as long as it is within the limit."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.arrived += len(message.get("body", b""))
            if self.arrived > self.most:
                raise TooLargeError
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        self.started = True
        await self._send(message)


def _told(scope: Scope) -> int:
    """Return the length that the header tells, 0 where it tells none."""
    given = dict(scope["headers"]).get(b"content-length", b"0")
    return int(given) if given.isdigit() and len(given) < 19 else 0


async def _drain(receive: Receive, told: int) -> None:
    """Let a body of a bearable size arrive, as a connection that is closed before takes the answer with it."""
    left = told if told <= _DRAINED else 0
    while left > 0:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
        left -= len(message.get("body", b""))


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_SAID)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _SAID})
