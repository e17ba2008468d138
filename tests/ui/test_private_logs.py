"""What is logged while a visitor clones and speaks holds nothing of the visitor."""

import io
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from visiting import Visitor

from voicehub.logs import JsonFormatter
from voicehub.ui.desk import COOKIE
from voicehub.ui.request_log import route_of

Clip = Callable[..., Path]
OWNER, VOICE = "Ottilie Quillfeather", "Grandmother Zinnia"
TEXT = "Marmalade hides the pantry keys."
ACCOUNT, PASSWORD = "xanthippe", "correct horse battery"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


def test_nothing_personal_is_logged(
    visitor: Visitor, address: str, clip: Clip, tmp_path: Path, log: io.StringIO
) -> None:
    upload = tmp_path / "kitchen-table.wav"
    shutil.copy(clip(6), upload)
    visitor.consent(clip(4, "reader-f", 1), OWNER)
    visitor.call("add_sample", handle_file(upload))
    visitor.call("clone", VOICE)
    visitor.until("sample")
    visitor.call("stop_clone")
    voice_id = str(visitor.ended()["result"]["voice_id"])
    visitor.call("speak", voice_id, TEXT, 1.0, 0, "wav")
    assert visitor.ended()["state"] == "done"
    with pytest.raises(AppError):
        visitor.call("speak", VOICE, TEXT, 9.0, 0, "wav")
    visitor.get(f"/{ACCOUNT}/{OWNER}?text={TEXT}")
    given = {"name": ACCOUNT, "password": PASSWORD}
    httpx.post(address + "account/register", json=given)

    written = log.getvalue()
    lines = [json.loads(line) for line in written.splitlines()]
    events = {line["event"] for line in lines}
    assert {"request", "job_asked", "job_started", "job_ended"} <= events
    asked = [line for line in lines if line["event"] == "job_asked"]
    assert {line["kind"] for line in asked} >= {"clone", "speak"}
    requests = {line["request"] for line in lines if line["event"] == "request"}
    assert all(line["request"] in requests for line in asked)
    personal = (OWNER, VOICE, ACCOUNT, PASSWORD, TEXT, "trying it out", "kitchen-table", str(tmp_path),
                "127.0.0.1", visitor.client.cookies[COOKIE])  # fmt: skip
    words = [
        word for each in (OWNER, VOICE, TEXT) for word in each.strip(".").split() if len(word) > 4
    ]
    for each in (*personal, *words):
        assert each.lower() not in written.lower(), each


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/zh/", "/"),
        ("/files/speech/123", "/files/speech"),
        ("/zh/gradio_api/run/speak", "/gradio_api/run"),
        ("/gradio_api/file=/tmp/Ada.wav", "/gradio_api/file"),
        ("/files/speechless", "other"),
        ("/ada", "other"),
        ("/zhada", "other"),
    ],
)
def test_a_route_is_known_or_other(path: str, route: str) -> None:
    assert route_of(path) == route
