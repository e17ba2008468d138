"""Somebody who tries everything that leads to another visitor's things."""

import hashlib
import itertools
import time
from collections.abc import Sequence
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from drills.people import plain
from drills.victim import Property
from drills.visitor import RefusedError, Visitor, as_file

_PLACES = ("", "/zh")  # where the page is mounted, once for each language
_GRADIO = (
    "info", "startup-events", "openapi.json", "runs", "run-history/buckets",
    "run-history/records", "app_id", "token",
)  # fmt: skip
_OPEN = ("/healthz", "/metrics", "/config", "/monitoring", "/monitoring/summary")
_ALSO_GIVEN = {"textbox": "Hello there.", "checkbox": True}
_STREAM_SECONDS = 2.0  # of listening to an answer
# What functions are tried with: one identifier of each kind that there is.
_KINDS = ("voice", "checkpoint", "sample", "speech", "consent", "challenge", "user", "clone job")
_OWN_WORK = ("clone", "guided_demo")  # takes nothing of anybody's, and a minute
_FILES = ("audio", "uploadbutton", "file")


class Thief:
    """Somebody with a browser who knows every identifier and path of the victim's."""

    def __init__(self, name: str, visitor: Visitor, owned: Property, own: Path) -> None:
        self.name, self.visitor, self.owned, self.own = name, visitor, owned, own
        # What the browser does by itself has nothing behind it.
        self.functions = {
            number: each
            for number, each in visitor.functions.items()
            if each["backend_fn"] and each["api_name"] not in _OWN_WORK
        }
        self.voice_id = ""  # of a voice of their own
        self.tries = 0
        self.hits: list[str] = []

    @cached_property
    def upload(self) -> dict[str, Any]:
        """A recording of their own, where the server keeps what is uploaded."""
        return self.visitor.upload(self.own)

    def try_everything(self) -> None:
        """Try every address, then every function."""
        self.fetch_addresses()
        self.fetch_paths()
        self.read_along()
        self.call_in_session()
        for number in self.functions:
            self.call_with_ids(number)
        # Afterwards: what a thief takes by them is then found in the thief's own things.
        for number in self.functions:
            self.call_with_files(number)

    def fetch_addresses(self) -> None:
        """Try every address that plays for the victim, and ways around it."""
        for address in self.owned.addresses:
            bare, _, query = address.partition("?")
            folder, _, last = bare.rpartition("/")
            for tried in (
                address, f"{folder}/./{last}", f"{folder}/%2e/{last}", f"{bare}%00?{query}",
                f"{folder}//{last}", f"/zh{address}", f"/gradio_api/proxy={address}",
                f"/gradio_api/proxy={self.visitor.http.base_url}{address.lstrip('/')}",
            ):  # fmt: skip
                self._fetch(tried)
        for kind, each in itertools.product(
            ("sample", "picture", "speech", "manifest", "export", "job"), self.owned.ids.values()
        ):
            self._fetch(f"/files/{kind}/{each}")

    def fetch_paths(self) -> None:
        """Try files where they lie on the disk, by Gradio's own routes.

        Every file by the plain way; the ways around it with one file of each folder and format.
        """
        home = self.owned.home
        for path in self.owned.paths:
            self._fetch(f"/gradio_api/file={path}")
        for place, path in itertools.product(_PLACES, self.owned.typical):
            for tried in (
                f"file={path}", f"file/{path}", f"file={path.replace('/', '%2F')}",
                f"file=file://{path}", f"file=/proc/self/root{path}", f"proxy={path}",
                f"file={home}/../{Path(home).name}{path.removeprefix(home)}",
            ):  # fmt: skip
                self._fetch(f"{place}/gradio_api/{tried}")
        for path in self.owned.typical:
            self._fetch(f"/static-voicehub/../../../../../../../..{path}")
            self._fetch(f"/static-voicehub/..%2f..%2f..%2f..%2f..%2f..%2f..{path}")

    def read_along(self) -> None:
        """Try what the server says in the open, and to listen in the victim's session."""
        for place, name in itertools.product(_PLACES, _GRADIO):
            self._fetch(f"{place}/gradio_api/{name}", open_to_all=True)
        for address in _OPEN:
            self._fetch(address, open_to_all=True)
        for place in _PLACES:
            where = f"{place}/gradio_api/queue/data?session_hash={self.owned.session}"
            self._fetch(where, open_to_all=True)

    def call_in_session(self) -> None:
        """Try what the page remembers for the victim, in the victim's session."""
        known = tuple(self.owned.ids.values())  # and a refusal may name what it refuses
        session, self.visitor.session = self.visitor.session, self.owned.session
        for number, each in self.functions.items():
            if all(self.visitor.kind(kind) == "state" for kind in each["inputs"]):
                self._call(number, [None] * len(each["inputs"]), "in the victim's session", known)
        self.visitor.session = session

    def call_with_ids(self, number: int) -> None:
        """Try a function with the victim's identifiers in every place that takes one."""
        inputs = [self.visitor.kind(each) for each in self.visitor.functions[number]["inputs"]]
        places = [place for place, kind in enumerate(inputs) if kind in ("dropdown", "api")]
        own = self._given(number, inputs)
        if not places:
            self._call(number, own, "for nothing of theirs")
        ids = {kind: self.owned.ids[kind] for kind in _KINDS}
        chosen = [(each,) * len(places) for each in ids.values()] if places else []
        if len(places) == 2:
            chosen += [(ids["voice"], ids["checkpoint"]), (self.voice_id, ids["checkpoint"])]
        for given in chosen:
            data = list(own)
            for place, identifier in zip(places, given, strict=True):
                data[place] = identifier
            self._call(number, data, f"with {given}", given)
        if not inputs and self._is_action(number):
            for act, identifier in itertools.product(("remove", "current"), ids.values()):
                event = {"act": act, "id": identifier}
                self._call(number, [], f"act {act} on {identifier}", (identifier,), event)

    def call_with_files(self, number: int) -> None:
        """Try a function that takes a file with the victim's sounds in its place."""
        inputs = [self.visitor.kind(each) for each in self.visitor.functions[number]["inputs"]]
        sounds = [path for path in self.owned.typical if path.endswith((".wav", ".flac"))]
        for place, path in itertools.product(range(len(inputs)), sounds):
            if inputs[place] not in _FILES:
                continue
            for stands in (as_file(path, "mine.wav"), {"path": path}):
                data = self._given(number, inputs)
                data[place] = [stands] if inputs[place] == "uploadbutton" else stands
                self._call(number, data, f"with the file {path}", (path,))

    def _given(self, number: int, inputs: Sequence[str]) -> list[Any]:
        """Return what a function would accept from this visitor, were it about their own things."""
        data = self.visitor.defaults(number)
        for place, kind in enumerate(inputs):
            if kind == "state":
                data[place] = None
            elif kind in _FILES:
                data[place] = [self.upload] if kind == "uploadbutton" else self.upload
            else:
                data[place] = _ALSO_GIVEN.get(kind, data[place])
        return data

    def _is_action(self, number: int) -> bool:
        return any(event == "click" for _, event in self.visitor.functions[number]["targets"])

    def _call(
        self,
        number: int,
        data: Sequence[Any],
        how: str,
        sent: Sequence[str] = (),
        event: dict[str, Any] | None = None,
    ) -> None:
        name = self.visitor.functions[number]["api_name"]
        self.tries += 1
        try:
            said = plain(self.visitor.run(number, data, event))
        except (RefusedError, httpx.HTTPError, ValueError) as error:
            said = str(error)
        self._listen(said, f"{name} {how}", sent)

    def _fetch(self, address: str, open_to_all: bool = False) -> None:
        self.tries += 1
        content, until = b"", time.monotonic() + _STREAM_SECONDS
        try:
            with self.visitor.http.stream("GET", address, timeout=_STREAM_SECONDS) as answer:
                for part in answer.iter_bytes():
                    content += part
                    if time.monotonic() > until:  # a stream that goes on for ever
                        break
        except httpx.InvalidURL:
            return
        except httpx.HTTPError:
            if not content:
                return
        if hashlib.sha256(content).hexdigest() in self.owned.files:
            self.hits.append(f"GET {address}: the victim's file")
        elif answer.status_code == 200 and not open_to_all and not _is_page(answer):
            self.hits.append(f"GET {address}: {answer.headers.get('content-type')}")
        self._listen(content.decode("utf-8", "replace"), f"GET {address}", (address,))

    def _listen(self, said: str, how: str, sent: Sequence[str]) -> None:
        """Look for the victim's words, and for identifiers that were not sent, in an answer."""
        secrets = [*self.owned.words, *self.owned.ids.values(), *self.owned.files]
        found = [each for each in secrets if each in said and not any(each in s for s in sent)]
        if found:
            self.hits.append(f"{how}: tells {found}")


def without_cookies(visitor: Visitor) -> Visitor:
    """Return a visitor whose browser takes no cookie from anybody, and has none."""
    visitor.http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    visitor.http.cookies.clear()
    return visitor


def _is_page(answer: httpx.Response) -> bool:
    """Return whether the page itself was answered, as to any address that is nobody's."""
    return answer.headers.get("content-type", "").startswith("text/html")
