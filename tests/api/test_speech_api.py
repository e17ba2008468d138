"""The API as a program meets it: a server on loopback, workers in threads, and plain HTTP."""

import asyncio
import hashlib
import runpy
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import House, Visitor, visit

from voicehub.api.mcp import Tools, build_server
from voicehub.services.api_keys import ApiKeys
from voicehub.services.clone import CloneRequest, CloneService
from voicehub.services.consent import CorpusLicence
from voicehub.store.records import Voice

Clip = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def voice(house: House, clip: Clip) -> Voice:
    request = CloneRequest(
        [clip(5)], "Ada", CorpusLicence("CC BY 4.0", "LibriSpeech"), zero_shot=True
    )
    return CloneService(house.runtime).clone(request, lambda fraction, message: None).voice


@pytest.fixture(scope="module")
def secret(house: House) -> str:
    return ApiKeys(house.runtime).create(house.runtime.operator, "tests").secret


@pytest.fixture
def client(address: str, secret: str) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        yield client


def ask(**changes: Any) -> dict[str, Any]:
    return {"model": "tts-1", "voice": "Ada", "input": "Hello there.", **changes}


def nothing_runs(house: House, user_id: str = "operator") -> None:
    until = time.monotonic() + 30
    while house.runtime.jobs.active_count(user_id) or house.runtime.speeches.of_user(user_id, 9):
        assert time.monotonic() < until, "something is kept"
        time.sleep(0.02)


@pytest.mark.usefixtures("voice")
@pytest.mark.parametrize("kind", ["mp3", "opus", "flac", "wav", "pcm"])
def test_every_format_says_the_same(client: httpx.Client, house: House, kind: str) -> None:
    answer = client.post("/audio/speech", json=ask(response_format=kind, speed=1.5))
    assert answer.status_code == 200, answer.text
    made = house.runtime.store.generations(house.library.voices(house.runtime.operator)[0].id)[-1]
    assert answer.headers["content-type"].startswith("audio/")
    if kind in ("pcm", "wav"):
        raw = answer.content[44 if kind == "wav" else 0 :]
        assert hashlib.sha256(raw).hexdigest() == made.sha256
        assert len(raw) == round(made.seconds * 24_000) * 2
        return
    assert len(answer.content) > 1000
    nothing_runs(house)


@pytest.mark.usefixtures("voice")
def test_the_first_sentence_is_heard_before_the_last_is_made(
    client: httpx.Client, house: House
) -> None:
    text = "This is one sentence of many. " * 30
    with client.stream("POST", "/audio/speech", json=ask(input=text, response_format="pcm")) as got:
        parts = got.iter_bytes()
        assert len(next(parts)) > 1000
        assert house.runtime.jobs.active_count() == 1
        (job,) = house.runtime.jobs.of_user("operator", active=True)
    # Whoever goes away ends the work, and no text stays.
    nothing_runs(house)
    until = time.monotonic() + 30
    while (gone := house.runtime.jobs.get(job.id, "operator")).config:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert gone.state == "cancelled"


@pytest.mark.usefixtures("voice")
@pytest.mark.parametrize(
    ("asked", "status", "code", "param"),
    [
        (ask(voice="Nobody"), 404, "voice_not_found", "voice"),
        (ask(model="gpt-9"), 404, "model_not_found", "model"),
        (ask(input=""), 400, "invalid_value", "input"),
        (ask(input="♪ ♫"), 400, "invalid_value", None),
        (ask(input="a" * 6000), 400, "invalid_value", None),
        (ask(speed=9), 400, "invalid_value", "speed"),
        (ask(response_format="aac"), 400, "invalid_value", "response_format"),
        (ask(instructions="whisper"), 400, "invalid_value", "instructions"),
        ({"voice": "Ada"}, 400, "invalid_value", "model"),
        ([], 400, "invalid_value", None),
    ],
)
def test_refusals_have_openais_shape(
    client: httpx.Client, asked: Any, status: int, code: str | None, param: str | None
) -> None:
    answer = client.post("/audio/speech", json=asked)
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert len(error["message"]) > 10


@pytest.mark.usefixtures("voice")
def test_keys_open_what_they_are_for(house: House, address: str) -> None:
    keys, operator = ApiKeys(house.runtime), house.runtime.operator

    def status(secret: str | None, path: str = "/voices") -> tuple[int, str]:
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        if path == "/voices":
            answer = httpx.get(address + path, headers=headers)
        else:
            answer = httpx.post(address + path, headers=headers, json=ask())
        return answer.status_code, answer.json().get("error", {}).get("code", "")

    assert status(None) == (401, "missing_api_key")
    assert status("vh_wrong") == (401, "invalid_api_key")
    made = keys.create(operator, "list", ["voices"], 100)
    assert status(made.secret) == (200, "")
    assert status(made.secret, "/audio/speech") == (403, "insufficient_scope")
    small = keys.create(operator, "small", None, 20)
    assert (
        httpx.post(
            address + "/audio/speech",
            headers={"authorization": f"Bearer {small.secret}"},
            json=ask(),
        ).status_code
        == 200
    )
    assert status(small.secret, "/audio/speech") == (429, "insufficient_quota")
    assert keys.used_today(small.key) == len("Hello there.")
    large = keys.create(operator, "large", None, 10_000)
    refused = httpx.post(
        address + "/audio/speech", json=ask(input="a" * 6000),
        headers={"authorization": f"Bearer {large.secret}"},
    )  # fmt: skip
    assert (refused.status_code, keys.used_today(large.key)) == (400, 0)
    keys.revoke(operator, made.key.id)
    assert status(made.secret) == (401, "invalid_api_key")
    database = house.runtime.store.database.path.read_bytes()
    assert made.secret.encode() not in database
    nothing_runs(house)


def test_what_is_somebody_elses_is_not_there(
    house: House, address: str, voice: Voice, clip: Clip
) -> None:
    guest: Visitor = visit(house, clip)
    with pytest.raises(Exception, match="make an account"):
        ApiKeys(house.runtime).create(guest.user, "mine")
    user, _ = house.accounts.register("Grace", "a long password", guest.user)
    made = ApiKeys(house.runtime).create(user, "mine")
    headers = {"authorization": f"Bearer {made.secret}"}
    assert httpx.get(address + "/voices", headers=headers).json()["data"] == []
    for name in (voice.id, voice.name):
        answer = httpx.post(address + "/audio/speech", headers=headers, json=ask(voice=name))
        assert answer.status_code == 404
    house.accounts.delete_account(user)
    assert httpx.get(address + "/voices", headers=headers).status_code == 401


@pytest.mark.usefixtures("voice")
def test_lists_and_the_document(client: httpx.Client) -> None:
    (shown,) = client.get("/voices").json()["data"]
    assert (shown["object"], shown["name"]) == ("voice", "Ada")
    assert client.get("/models").json()["data"][0]["id"] == "voicehub-1"
    assert client.get("/nothing").json()["error"]["code"] == "unknown_url"
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) == {"/audio/speech", "/voices", "/models"}
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


@pytest.mark.usefixtures("voice")
def test_the_examples_run(
    address: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEHUB_API_KEY", secret)
    for name in ("customer_service", "assistant"):
        given = "Where is order 4711?"
        if name == "assistant":
            given = str(tmp_path / "notes.txt")
            Path(given).write_text("First this. Then that.", "utf-8")
        out = tmp_path / f"{name}.wav"
        module = runpy.run_path(str(ROOT / "examples" / f"{name}.py"))
        asked = [given, "--voice", "Ada", "--address", address, "-o", str(out)]
        assert module["main"](asked) == 0
        assert out.stat().st_size > 10_000
    answer = runpy.run_path(str(ROOT / "examples" / "customer_service.py"))["answer"]
    assert answer("where is parcel 12?").startswith("Your order 12 is on its way")
    assert "a person" in answer("tell me a joke")
    with pytest.raises(SystemExit, match="no voice"):
        module["main"]([given, "--voice", "Nobody", "--address", address, "-o", str(out)])


@pytest.mark.usefixtures("voice")
def test_tools_for_assistants(house: House, clip: Clip, tmp_path: Path) -> None:
    pytest.importorskip("mcp", reason="optional: the extra `mcp`")
    server = build_server(house.runtime)
    names = {each.name for each in asyncio.run(server.list_tools())}
    assert names == {"list_voices", "speak", "convert", "check"}
    tools = Tools(house.runtime)
    assert [each["name"] for each in tools.list_voices()] == ["Ada"]
    out = str(tmp_path / "a.flac")
    asyncio.run(server.call_tool("speak", {"voice": "Ada", "text": "Hi there.", "output": out}))
    assert (tools.check(out)["ours"], tools.check(out)["evidence"]) == (True, "sound")
    tools.convert("Ada", str(clip(3, "reader-m")), str(tmp_path / "b.wav"))
    assert tools.check(str(tmp_path / "b.wav"))["evidence"] == "sound"
    assert not tools.check(str(clip(5)))["ours"]


def test_a_voice_that_is_gone_is_not_found(client: httpx.Client, house: House, clip: Clip) -> None:
    request = CloneRequest([clip(5)], "Bob", CorpusLicence("CC0", "nobody"), zero_shot=True)
    bob = CloneService(house.runtime).clone(request, lambda fraction, message: None).voice
    assert client.post("/audio/speech", json=ask(voice="bob")).status_code == 200
    house.library.revoke(house.runtime.operator, bob.id)
    assert client.post("/audio/speech", json=ask(voice="bob")).status_code == 404
