"""What surrounds Gradio on the wire: the session cookie, the language, the head, security headers."""

import json
import os
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from voicehub import __version__
from voicehub.ui.asgi import App, Message, Receive, Scope, Send
from voicehub.ui.desk import COOKIE
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.page_cache import Headers, PageCache, SentPage, can_be_kept, made_page
from voicehub.ui.request_log import told
from voicehub.ui.strings import LANGUAGES, gradio_labels, language_of, string

PATHS = {"en": "/", "zh": "/zh/"}
_LANGUAGE_COOKIE = "voicehub_lang"
_CONFIG_PATHS = ("/config", "/zh/config")  # what a program asks for first
_YEAR = 365 * 86_400
_LOCALES = {"en": "en", "zh": "zh-CN"}


class Shell:
    """Wraps the whole server; what is private to a visitor hangs on the cookie it sets."""

    def __init__(self, app: App, session_days: float) -> None:
        self.app, self.session_seconds = app, int(session_days * 86_400)
        self.pages = PageCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with told(scope, send) as noted:
            await self._answer(scope, receive, noted)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
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
        if scope["method"] != "GET" or shown is None:
            await self.app(scope, receive, _Answer(send, added))
        else:
            await self._page(scope, receive, _PageAnswer(send, added, scope, shown), query)

    async def _page(
        self, scope: Scope, receive: Receive, answer: "_PageAnswer", query: Mapping[str, object]
    ) -> None:
        """Answer with the page, which is made where it was not made yet for such a request."""
        kept = can_be_kept(scope, query)
        page = self.pages.get(scope) if kept else None
        if page is not None:
            await answer.give(page, 200)
            return
        await self.app(scope, receive, answer)
        if kept and answer.page is not None and answer.status == 200:
            self.pages.add(scope, answer.page)


class _Answer:
    """Passes an answer on with more headers."""

    def __init__(self, send: Send, added: Headers) -> None:
        self.send, self.added = send, added

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *self.added]
        await self.send(message)


class _PageAnswer(_Answer):
    """Passes a page on with more headers, and with more in its head."""

    def __init__(self, send: Send, added: Headers, scope: Scope, language: str) -> None:
        super().__init__(send, added)
        self.scope, self.language = scope, language
        self.page: SentPage | None = None
        self.status = 0
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = dict(message["headers"]).get(b"content-type", b"")
            if kind.startswith(b"text/html"):
                self._start, self.status = message, int(message["status"])
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                body = dressed(self._body.decode("utf-8"), self.language).encode("utf-8")
                self.page = made_page(list(self._start["headers"]), body)
                await self.give(self.page, self.status)
            return
        await super().__call__(message)

    async def give(self, page: SentPage, status: int) -> None:
        """Send a whole page."""
        headers, body = page.answer(self.scope)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await super().__call__(start)
        await self.send({"type": "http.response.body", "body": body})


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


def offers_hugging_face() -> bool:
    """Return whether one can log in with Hugging Face: on a Space whose README says `hf_oauth: true`."""
    return on_a_space() and bool(os.environ.get("OAUTH_CLIENT_ID"))


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
