"""The page as it is sent: made once, as it is the same for every visitor and costs as much as any answer."""

import gzip
from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
_KEPT = 16  # pages: two languages under the few names that a server has
_NAMING = (b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server")


Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class SentPage:
    """A page in both encodings, with those of its headers that do not depend on the encoding."""

    headers: Headers
    plain: bytes
    zipped: bytes

    def answer(self, scope: Scope) -> tuple[Headers, bytes]:
        """Return the headers and the body for a browser that asks like this."""
        accepted = b",".join(
            value for name, value in scope["headers"] if name == b"accept-encoding"
        )
        zipped = b"gzip" in accepted
        body = self.zipped if zipped else self.plain
        encoding = [(b"content-encoding", b"gzip")] if zipped else []
        length = (b"content-length", str(len(body)).encode())
        return [*self.headers, (b"vary", b"accept-encoding"), *encoding, length], body


class PageCache:
    """Keeps pages by all that Gradio writes into one: its path and the names of the server."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[object, ...], SentPage] = OrderedDict()

    def get(self, scope: Scope) -> SentPage | None:
        """Return the page that was sent to such a request, None where there is none yet."""
        key = _key(scope)
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def add(self, scope: Scope, page: SentPage) -> None:
        """Keep a page that was made for such a request."""
        self._pages[_key(scope)] = page
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)


def made_page(headers: Headers, body: bytes) -> SentPage:
    """Return a page from Gradio's own headers."""
    left_out = (b"content-length", b"content-encoding", b"set-cookie")
    kept = [each for each in headers if each[0].lower() not in left_out]
    return SentPage(kept, body, gzip.compress(body, 6, mtime=0))


def can_be_kept(scope: Scope, query: Mapping[str, object]) -> bool:
    """Return whether all who ask so get the same: a link may ask for more, another site for less."""
    return set(query) <= {"lang"} and not any(name == b"origin" for name, _ in scope["headers"])


def _key(scope: Scope) -> tuple[object, ...]:
    named = tuple(
        tuple(value for name, value in scope["headers"] if name == each) for each in _NAMING
    )
    return scope["path"], scope["scheme"], scope.get("root_path", ""), named
