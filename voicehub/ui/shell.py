"""What surrounds Gradio on the wire: the session cookie, the language, the head, security headers."""

import json
import os
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from voicehub import __version__
from voicehub.ui.desk import COOKIE
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.strings import LANGUAGES, gradio_labels, language_of, string

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATHS = {"en": "/", "zh": "/zh/"}
_LANGUAGE_COOKIE = "voicehub_lang"
_CONFIG_PATHS = ("/config", "/zh/config")  # what a program asks for first
_YEAR = 365 * 86_400
_LOCALES = {"en": "en", "zh": "zh-CN"}


class Shell:
    """Wraps the whole server; what is private to a visitor hangs on the cookie it sets."""

    def __init__(self, app: App, session_days: float) -> None:
        self.app, self.session_seconds = app, int(session_days * 86_400)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cookies = cookies_of(scope)
        path, query = str(scope["path"]), parse_qs(scope["query_string"].decode("latin-1"))
        asked = next((code for code in query.get("lang", []) if code in LANGUAGES), None)
        shown = next((code for code, where in PATHS.items() if path == where), None)
        if scope["method"] == "GET" and shown == "en" and _wished(scope, cookies, asked) == "zh":
            await _redirect(scope, send, PATHS["zh"])
            return
        added = security_headers()
        if scope["method"] == "GET" and (shown or path in _CONFIG_PATHS):
            if COOKIE not in cookies:
                token = secrets.token_urlsafe(32)
                added.append(set_cookie(scope, COOKIE, token, self.session_seconds))
            if shown and asked == shown:
                added.append(set_cookie(scope, _LANGUAGE_COOKIE, shown, _YEAR))
        answer = _Answer(send, added, shown)
        await self.app(scope, receive, answer)


class _Answer:
    """Passes an answer on with more headers, and a page with more in its head."""

    def __init__(self, send: Send, added: list[tuple[bytes, bytes]], language: str | None) -> None:
        self.send, self.added, self.language = send, added, language
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *self.added]
            kind = dict(message["headers"]).get(b"content-type", b"")
            if self.language and kind.startswith(b"text/html"):
                self.start = message
                return
        elif self.start is not None:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = dressed(self.body.decode("utf-8"), self.language or "en").encode("utf-8")
            length = (b"content-length", str(len(body)).encode())
            kept = [each for each in self.start["headers"] if each[0] != b"content-length"]
            await self.send({**self.start, "headers": [*kept, length]})
            await self.send({"type": "http.response.body", "body": body})
            return
        await self.send(message)


def dressed(page: str, language: str) -> str:
    """Return Gradio's page with our head: its own strings follow the page's language, not the browser's."""
    locale = _LOCALES[language]
    script = Markup(
        f"for (const [name, value] of [['language', '{locale}'], ['languages', ['{locale}']]])"
        " Object.defineProperty(navigator, name, {get: () => value, configurable: true});"
        " document.addEventListener('DOMContentLoaded', () => window.voicehub?.applyTheme());"
    )
    labels = Markup(json.dumps(gradio_labels(language), ensure_ascii=False))
    head = join(
        tag("meta", name="description", content=string("subtitle", language)),
        tag("link", rel="stylesheet", href=f"/static-voicehub/voicehub.css?{__version__}"),
        tag("script", script),
        tag("script", labels, type="application/json", id="vh-labels"),
        tag("script", src=f"/static-voicehub/voicehub.js?{__version__}", defer=True),
    )
    page = page.replace('lang="en"', f'lang="{locale}"', 1)
    page = page.replace("<html", f'<html data-unreachable="{string("unreachable", language)}"', 1)
    return page.replace("</head>", f"{head}</head>", 1)


def security_headers() -> list[tuple[bytes, bytes]]:
    """Return what every answer carries; Gradio's events and charts are made of inline scripts."""
    inside = " https://huggingface.co" if on_a_space() else ""
    policy = (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        f"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'{inside}"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    }
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def set_cookie(scope: Scope, name: str, value: str, seconds: int) -> tuple[bytes, bytes]:
    """Return the header that sets a cookie; within another site's frame it needs more."""
    secure = scope.get("scheme") == "https" or on_a_space()
    site = "; SameSite=None; Partitioned" if on_a_space() else "; SameSite=Lax"
    secured = "; Secure" if secure else ""
    text = f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly{site}{secured}"
    return b"set-cookie", text.encode()


def cookies_of(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request; what cannot be read is no cookie."""
    found: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found.load(value.decode("latin-1"))
            except CookieError:
                continue
    return {name: morsel.value for name, morsel in found.items()}


def on_a_space() -> bool:
    """Return whether this runs on a Hugging Face Space, which shows the page in a frame."""
    return bool(os.environ.get("SPACE_ID"))


def _wished(scope: Scope, cookies: dict[str, str], asked: str | None) -> str:
    if asked:
        return asked
    if cookies.get(_LANGUAGE_COOKIE) in LANGUAGES:
        return cookies[_LANGUAGE_COOKIE]
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return language_of(accepted)


async def _redirect(scope: Scope, send: Send, path: str) -> None:
    query = scope["query_string"]
    where = path.encode() + (b"?" + query if query else b"")
    headers = [
        (b"location", where),
        (b"content-length", b"0"),
        (b"vary", b"cookie, accept-language"),
    ]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
