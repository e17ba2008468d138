"""A visitor without a browser: speaks to the page over HTTP as the browser's half of it does."""

import json
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from voicehub.ui.desk import COOKIE

Function = dict[str, Any]
_CONFIG = "window.gradio_config ="
_TIMEOUT = httpx.Timeout(120.0)


class RefusedError(Exception):
    """The page answered with an error; the text is what the visitor reads."""


class Visitor:
    """One browser: a session cookie, and a session of the page once it is open.

    ``address`` is where it seems to come from, for a server that trusts its proxy.
    """

    def __init__(
        self, url: str, *, token: str | None = None, language: str = "en", address: str = ""
    ) -> None:
        headers = {"accept-language": language} | ({"x-forwarded-for": address} if address else {})
        self.http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT)
        if token:
            self.http.cookies.set(COOKIE, token)
        self.path = "/zh" if language == "zh" else ""
        self.session = ""
        self.functions: dict[int, Function] = {}
        self.components: dict[int, dict[str, Any]] = {}

    def close(self) -> None:
        """Leave."""
        self.http.close()

    @property
    def token(self) -> str:
        """The session cookie, nothing where there is none."""
        return self.http.cookies.get(COOKIE) or ""

    def fetch_page(self) -> None:
        """Get the page with the files that its head names, and what it is made of."""
        answer = self.http.get(f"{self.path}/").raise_for_status()
        for source in re.findall(r'(?:src|href)="(\.?/[^"]+\.(?:js|css)[^"]*)"', answer.text):
            where = f"{self.path}/{source[2:]}" if source.startswith("./") else source
            self.http.get(where).raise_for_status()
        config = _config(answer.text)
        self.functions = {int(each["id"]): each for each in config["dependencies"]}
        self.components = {int(each["id"]): each for each in config["components"]}
        self.session = secrets.token_hex(6)

    def open(self) -> list[Any]:
        """Open the page and let it fill itself, as after a reload; return all that it is filled with.

        What changes a state of the session that is watched is followed by what watches it.
        """
        self.fetch_page()
        filled: list[Any] = []
        begun = [
            number
            for number, each in self.functions.items()
            if any(event == "load" for _, event in each["targets"])
        ]
        while begun:
            asked = {self.join(number, self.defaults(number)) for number in begun}
            changed: set[int] = set()
            for said in self.messages():
                if said.get("msg") == "process_completed":
                    filled += _outputs(said)
                    changed |= set(said["output"].get("changed_state_ids") or ())
                    asked.discard(said.get("event_id"))
                if not asked:
                    break
            begun = [
                number
                for number, each in self.functions.items()
                if any(event == "change" and state in changed for state, event in each["targets"])
            ]
        return filled

    def named(self) -> dict[str, int]:
        """Return the number of each function that the page names in public."""
        return {
            str(each["api_name"]): number
            for number, each in self.functions.items()
            if each.get("api_visibility") == "public" and each.get("api_name")
        }

    def call(self, name: str, *given: Any) -> list[Any]:
        """Call a named function; what the session remembers itself is not given."""
        number = self.named()[name]
        kinds = [self.kind(each) for each in self.functions[number]["inputs"]]
        values = iter(given)
        fallback = self.defaults(number)  # what a visitor leaves as it is
        data = [
            None if kind == "state" else next(values, fallback[place])
            for place, kind in enumerate(kinds)
        ]
        return self.run(number, data)

    def run(
        self, number: int, data: Sequence[Any], event_data: dict[str, Any] | None = None
    ) -> list[Any]:
        """Call a function by its number and return what it fills; raise ``RefusedError``."""
        if self.functions[number]["queue"] is False:
            return self._run_at_once(number, data, event_data)
        event = self.join(number, data, event_data)
        for said in self.messages():
            if said.get("msg") == "process_completed" and said.get("event_id") == event:
                return _outputs(said)
            if said.get("msg") in ("unexpected_error", "server_stopped"):
                raise RefusedError(str(said.get("message")))
        raise RefusedError("the server said nothing more")

    def defaults(self, number: int) -> list[Any]:
        """Return what the page gives to a function before a visitor changes anything."""
        inputs = self.functions[number]["inputs"]
        return [self.components[each]["props"].get("value") for each in inputs]

    def kind(self, component: int) -> str:
        """Return what a component of the page is."""
        return str(self.components[component]["type"])

    def upload(self, path: Path) -> dict[str, Any]:
        """Give a file, and return what stands for it in a call."""
        with path.open("rb") as file:
            answer = self.http.post(
                f"{self.path}/gradio_api/upload", files={"files": (path.name, file)}
            )
        return as_file(answer.raise_for_status().json()[0], path.name)

    def get(self, path: str) -> httpx.Response:
        """Fetch an address of the server."""
        return self.http.get(path)

    def _run_at_once(
        self, number: int, data: Sequence[Any], event_data: dict[str, Any] | None
    ) -> list[Any]:
        name = self.functions[number]["api_name"] or "predict"
        body = self._body(number, data, event_data)
        answer = self.http.post(f"{self.path}/gradio_api/run/{name}", json=body)
        said = answer.json()
        if answer.status_code != 200:
            raise RefusedError(str(said.get("error") or said.get("detail") or said))
        return list(said["data"])

    def join(
        self, number: int, data: Sequence[Any], event_data: dict[str, Any] | None = None
    ) -> str:
        """Ask for a function and return the number of the event; its answer comes in ``messages``."""
        body = self._body(number, data, event_data)
        answer = self.http.post(f"{self.path}/gradio_api/queue/join", json=body)
        if answer.status_code != 200:
            raise RefusedError(f"{answer.status_code} {answer.text}")
        return str(answer.json()["event_id"])

    def _body(
        self, number: int, data: Sequence[Any], event_data: dict[str, Any] | None
    ) -> dict[str, Any]:
        return {
            "data": list(data), "fn_index": number, "session_hash": self.session,
            "event_data": event_data, "trigger_id": None,
        }  # fmt: skip

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what the stream of answers says; whoever closes the iterator leaves the stream."""
        where = f"{self.path}/gradio_api/queue/data"
        with self.http.stream("GET", where, params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])


def as_file(path: str, name: str) -> dict[str, Any]:
    """Return what stands for a file of the server in a call."""
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


@contextmanager
def visiting(url: str, **given: Any) -> Iterator[Visitor]:
    """Yield a visitor who has the page open."""
    visitor = Visitor(url, **given)
    try:
        visitor.open()
        yield visitor
    finally:
        visitor.close()


def addresses(value: Any) -> list[str]:
    """Return the addresses of files that stand in what a function filled."""
    text = json.dumps(value, ensure_ascii=False).replace("&quot;", '"').replace('\\"', '"')
    return list(dict.fromkeys(re.findall(r"/files/[\w/.-]+", text)))


def wait_until(reached: Any, seconds: float, every: float = 0.5) -> Any:
    """Return the first true answer of ``reached()``, asked as often as the page asks."""
    until = time.monotonic() + seconds
    while True:
        answer = reached()
        if answer:
            return answer
        if time.monotonic() > until:
            raise TimeoutError(f"it did not happen in {seconds:g} s")
        time.sleep(every)


def _config(page: str) -> dict[str, Any]:
    """Return what the page says in its head that it is made of."""
    _, _, rest = page.partition(_CONFIG)
    return dict(json.JSONDecoder().raw_decode(rest.lstrip())[0])


def _outputs(said: dict[str, Any]) -> list[Any]:
    output = said.get("output") or {}
    if not said.get("success"):
        raise RefusedError(str(output.get("error") or output))
    return list(output.get("data") or [])
