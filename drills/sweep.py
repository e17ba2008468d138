"""The drill of the sweep: another visitor and strangers try everything that leads to one's things."""

import hashlib
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from drills.outcome import Options, Outcome
from drills.people import STATEMENT_SECONDS, give_consent, give_voice, plain, zero_shot
from drills.recordings import READERS, clip
from drills.server import UNLIMITED, serving
from drills.victim import Property, Victim, belongings
from drills.visitor import RefusedError, Visitor, as_file
from voicehub.services.accounts import Accounts
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.store.records import User

_PLACES = ("", "/zh")  # where the page is mounted, once for each language
_GRADIO = (
    "info", "startup-events", "openapi.json", "runs", "run-history/buckets",
    "run-history/records", "app_id", "token",
)  # fmt: skip
_OPEN = ("/healthz", "/metrics", "/config", "/monitoring", "/monitoring/summary")
_ALSO_GIVEN = {"textbox": "Hello there.", "checkbox": True}
_STREAM_SECONDS = 5.0  # of listening to an answer
# What functions are tried with: one identifier of each kind that there is.
_KINDS = ("voice", "checkpoint", "sample", "speech", "consent", "challenge", "user", "clone job")
_OWN_WORK = ("clone", "guided_demo")  # takes nothing of anybody's, and a minute
_FILES = ("audio", "uploadbutton", "file")


class Thief:
    """Somebody with a browser who knows every identifier and path of the victim's, but no cookie."""

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

    def fetch(self) -> None:
        """Try every address."""
        self.fetch_addresses()
        self.fetch_paths()
        self.read_along()

    def call(self) -> None:
        """Try every function."""
        self.call_in_session()
        for number in self.functions:
            self.call_with_ids(number)
        for (
            number
        ) in self.functions:  # afterwards: what a thief takes is then found in their things
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
        """Try every file where it lies on the disk, by Gradio's own routes."""
        home = self.owned.home
        paths = [*map(str, self.owned.files.values()), *self.owned.uploads]
        paths += [f"{home}/voicehub.db", f"{home}/salt"]
        for place, path in itertools.product(_PLACES, paths):
            for tried in (
                f"file={path}", f"file/{path}", f"file={path.replace('/', '%2F')}",
                f"file=file://{path}", f"file=/proc/self/root{path}", f"proxy={path}",
                f"file={home}/../{Path(home).name}{path.removeprefix(home)}",
            ):  # fmt: skip
                self._fetch(f"{place}/gradio_api/{tried}")
        for path in paths:
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
        """Try a function that takes a file with the victim's files in its place."""
        inputs = [self.visitor.kind(each) for each in self.visitor.functions[number]["inputs"]]
        paths = [*self.owned.uploads, *map(str, self.owned.files.values())]
        for place, path in itertools.product(range(len(inputs)), paths):
            if inputs[place] not in _FILES or not path.endswith((".wav", ".flac")):
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
                stands = self.visitor.upload(self.own)
                data[place] = [stands] if kind == "uploadbutton" else stands
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


def run(options: Options) -> Outcome:
    """Let a visitor own one of everything; then let the thieves come."""
    with tempfile.TemporaryDirectory() as name, serving(options.base, UNLIMITED) as server:
        folder = Path(name)
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        victim = Victim(server.url, runtime)
        owned = victim.live(folder)
        before = belongings(runtime, owned.user)
        thieves, hits = _thieves(server.url, runtime, owned, folder), []
        for thief in thieves:
            thief.fetch()
            if thief.visitor.token:
                thief.call()
            hits += [f"{thief.name}: {hit}" for hit in thief.hits]
        hits += _changes(before, belongings(runtime, owned.user))
        for thief in thieves:
            hits += _copies(runtime, thief, owned)
        for address in owned.addresses:
            if victim.visitor.get(address).status_code != 200:
                hits.append(f"{address} is not there for its owner any more")
    figures = {
        "hits": len(hits),
        "what": dict(Counter(hits)),
        "tries": {thief.name: thief.tries for thief in thieves},
        "identifiers": len(owned.ids),
        "addresses": len(owned.addresses),
        "files": len(owned.files),
    }
    names = ", ".join(thief.name for thief in thieves)
    verdict = f"{len(hits)} hits in {sum(thief.tries for thief in thieves)} tries by {names}"
    return Outcome(figures, not hits, verdict)


def _thieves(url: str, runtime: Runtime, owned: Property, folder: Path) -> list[Thief]:
    own = clip(folder / "thief.wav", READERS[1], 0, STATEMENT_SECONDS)
    other = Visitor(url)
    other.open()
    give_consent(other, "Bob", own)
    user = Accounts(runtime).by_token(other.token)
    assert user is not None
    voice = give_voice(runtime, user, zero_shot(runtime, READERS[1]), "Bob's voice")
    other.call("consent_statement", "Bob", "en", "a drill", True)  # one that waits for its reading
    stranger = Visitor(url, language="zh")
    stranger.open()
    bare = Visitor(url)
    bare.fetch_page()
    bare.http.cookies.clear()
    thieves = [
        Thief("another visitor", other, owned, own),
        Thief("a stranger", stranger, owned, own),
        Thief("somebody without a cookie", bare, owned, own),
    ]
    thieves[0].voice_id = voice.id
    return thieves


def _is_page(answer: httpx.Response) -> bool:
    """Return whether the page itself was answered, as to any address that is nobody's."""
    return answer.headers.get("content-type", "").startswith("text/html")


def _changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return what the thieves changed among the victim's rows."""
    return [f"{key} was changed" for key in before | after if before.get(key) != after.get(key)]


def _copies(runtime: Runtime, thief: Thief, owned: Property) -> list[str]:
    """Return what a thief now has that holds the victim's sound."""
    user: User | None = Accounts(runtime).by_token(
        thief.visitor.http.cookies.get("voicehub_session")
    )
    if user is None:
        return []
    texts = belongings(runtime, user).items()
    return [
        f"{thief.name}: {key} holds {each}"
        for key, text in texts
        for each in (*owned.files, owned.ids["voice"])
        if each in text
    ]
