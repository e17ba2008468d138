"""Logs are lines of JSON that hold known fields and nobody's words."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from voicehub.errors import InputError, SettingsError
from voicehub.logs import JsonFormatter, Log, remember_request, start_logs, through_root


@pytest.fixture
def lines() -> Iterator[Any]:
    """Return what was logged so far, each time it is called."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    through_root()  # another test may have run a server that kept its logs to itself
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(level)
    root.removeHandler(handler)


def test_an_event_is_a_line_with_its_fields(lines: Any) -> None:
    remember_request("abc")
    Log("voicehub.x").info("job_ended", job="7", seconds=1.23456, state="done", count=2)
    remember_request(None)
    (line,) = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info", "from": "voicehub.x", "event": "job_ended", "request": "abc", "job": "7",
        "seconds": 1.2346, "state": "done", "count": 2,
    }  # fmt: skip


def test_an_error_is_its_class_and_its_place(lines: Any) -> None:
    try:
        raise InputError("no voice called 'Ada Lovelace'")
    except InputError as error:
        Log("voicehub.x").error("job_failed", error=error)
        Log("voicehub.x").warning("beat_failed", error=error)
    first, second = lines()
    assert first["error"] == second["error"] == "InputError"
    assert first["trace"][-1].startswith("tests/test_logs.py:")
    assert "trace" not in second
    assert "Ada" not in json.dumps([first, second])


def test_what_others_log_keeps_its_words_to_itself(lines: Any) -> None:
    other = logging.getLogger("uvicorn.error")
    other.setLevel(logging.NOTSET)  # another test's server may have asked for errors alone
    other.warning("%s - wrote /home/ada/secret.wav", "10.0.0.7")
    try:
        raise ValueError("/tmp/upload/Ada's voice.wav")
    except ValueError:
        other.exception("Exception in ASGI application")
    first, second = lines()
    assert (first["event"], first["from"]) == ("other", "uvicorn.error")
    assert first["line"].startswith("test_logs.py:")
    assert second["error"] == "ValueError"
    assert not {"ada", "10.0.0.7", "wrote"} & set(json.dumps([first, second]).lower().split())
    assert "Ada" not in json.dumps(second)


def test_a_field_that_is_not_known_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="no field text"):
        Log("voicehub.x").debug("spoken", text="hello")


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="debug, info, warning, error"):
        start_logs("loud")
