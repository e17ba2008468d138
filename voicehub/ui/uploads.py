"""What visitors upload lies in Gradio's cache, where a path is enough to get at it: here it needs its owner too.

Gradio names a file there by the hash of what is in it, and serves and takes it from whoever knows the name. Each folder
of the cache gets an empty file named after everyone who uploaded it; who has none neither fetches nor uses it.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voicehub.ui.asgi import App, Message, Receive, Scope, Send, given_again, whole_body
from voicehub.ui.desk import COOKIE
from voicehub.ui.shell import cookies_of
from voicehub.ui.strings import string

KEPT_SECONDS = 3600.0  # longer than Gradio keeps them, which forgets all when it is killed
_SWEPT_SECONDS = 600.0
_ROUTES = "/gradio_api/"
_FILES = ("file=", "file/")
_MARK = ".of-"


class Uploads:
    """Wraps Gradio's routes; ``cache`` is where it keeps what is uploaded."""

    def __init__(self, app: App, cache: Path) -> None:
        self.app, self.cache = app, Path(os.path.realpath(cache))
        self._swept = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        before, found, route = str(scope.get("path", "")).partition(_ROUTES)
        if scope["type"] != "http" or not found:
            await self.app(scope, receive, send)
            return
        owner = _owner(scope)
        if route.startswith(_FILES):
            if self._own(route[len(_FILES[0]) :], owner):
                await self.app(scope, receive, send)
            else:
                await _refuse(send, 404, before)
        elif scope["method"] == "POST" and route == "upload":
            self.sweep()
            await self.app(scope, receive, _Marking(send, self, owner))
        elif scope["method"] == "POST":
            body = await whole_body(receive)
            if all(self._own(path, owner) for path in self._named(body)):
                await self.app(scope, given_again(body, receive), send)
            else:
                await _refuse(send, 403, before)
        else:
            await self.app(scope, receive, send)

    def mark(self, path: str, owner: str) -> None:
        """Remember that a visitor uploaded a file."""
        real = self._inside(path)
        if real is not None:
            real.parent.mkdir(parents=True, exist_ok=True)  # Gradio moves the file after its answer
            (real.parent / f"{_MARK}{owner}").touch()

    def _own(self, path: str, owner: str) -> bool:
        real = self._inside(path)
        return real is not None and bool(owner) and (real.parent / f"{_MARK}{owner}").is_file()

    def _inside(self, path: str) -> Path | None:
        """Return where a path leads, None where that is not a file of the cache."""
        try:
            real = Path(os.path.realpath(path))
        except (OSError, ValueError):
            return None
        return real if real.is_relative_to(self.cache) and real.parent != self.cache else None

    def _named(self, body: bytes) -> Iterator[str]:
        """Yield every file that a call names, however it names it and wherever it lies.

        Gradio itself would take files from anywhere in the system's folder for temporary ones.
        """
        try:
            data = json.loads(body)
        except ValueError:  # no call either
            return
        for text in _texts(data):
            for path in (text, text.rpartition("file=")[2], text.rpartition("file://")[2]):
                if "/" in path and (self._inside(path) or _is_file(path)):
                    yield path

    def sweep(self) -> None:
        """Remove old uploads, now and then; of the cache only what has a mark of ours."""
        if time.monotonic() < self._swept:
            return
        self._swept = time.monotonic() + _SWEPT_SECONDS
        oldest = time.time() - KEPT_SECONDS
        for mark in self.cache.glob(f"*/{_MARK}*"):
            folder = mark.parent
            if folder.is_dir() and all(each.stat().st_mtime < oldest for each in folder.iterdir()):
                shutil.rmtree(folder, ignore_errors=True)


class _Marking:
    """Passes the answer to an upload on, and marks what it names."""

    def __init__(self, send: Send, uploads: Uploads, owner: str) -> None:
        self._send, self._uploads, self._owner = send, uploads, owner
        self._status, self._body = 0, b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
        elif self._status == 200 and self._owner:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                for path in _texts(json.loads(self._body)):
                    self._uploads.mark(path, self._owner)
        await self._send(message)


def _owner(scope: Scope) -> str:
    """Return what stands for a visitor on the disk, nothing for one without a cookie."""
    token = cookies_of(scope).get(COOKIE, "")
    return hashlib.sha256(token.encode()).hexdigest()[:32] if token else ""


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


def _is_file(path: str) -> bool:
    try:
        return os.path.isfile(path)
    except ValueError:  # a null byte
        return False


async def _refuse(send: Send, status: int, place: str) -> None:
    said = string("upload_not_yours", "zh" if place == "/zh" else "en")
    body = json.dumps({"detail": said, "error": said}, ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
