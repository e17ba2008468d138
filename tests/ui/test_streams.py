"""Who asks for something as a visit's stream of answers ends is answered in the next stream."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from drills.visitor import Visitor
from voicehub.ui.streams import PATIENCE_SECONDS


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    visitor = Visitor(address)
    visitor.fetch_page()
    yield visitor
    visitor.close()


def first_load(visitor: Visitor) -> int:
    """Return a function that the page calls as it opens."""
    return next(
        number
        for number, each in visitor.functions.items()
        if each["queue"] is not False and any(event == "load" for _, event in each["targets"])
    )


def ask(visitor: Visitor) -> str:
    """Ask for something, and return the number of the event."""
    number = first_load(visitor)
    return visitor.join(number, visitor.defaults(number))


def read_to_the_end(said_so_far: Iterator[dict[str, Any]]) -> list[str]:
    """Return what was completed by the time that the stream says it ends; it is not left."""
    completed = []
    for said in said_so_far:
        if said["msg"] == "process_completed":
            completed.append(said["event_id"])
        if said["msg"] == "close_stream":
            break
    return completed


class Asking(threading.Thread):
    """Asks while somebody else holds the stream."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__()
        self.visitor, self.event, self.seconds = visitor, "", 0.0
        self.began = time.monotonic()
        self.start()

    def run(self) -> None:
        self.event = ask(self.visitor)
        self.seconds = time.monotonic() - self.began


def test_the_answer_waits_until_the_old_stream_is_left(visitor: Visitor) -> None:
    first = ask(visitor)
    with closing(visitor.messages()) as said:
        assert read_to_the_end(said) == [first]
        asking = Asking(visitor)
        asking.join(0.4)
        assert asking.event == ""  # a browser that was told now would wait in this stream
    asking.join(PATIENCE_SECONDS + 5)
    assert asking.event
    assert asking.seconds < PATIENCE_SECONDS
    with closing(visitor.messages()) as said:
        assert read_to_the_end(said) == [asking.event]


def test_nobody_waits_longer_for_who_never_leaves(visitor: Visitor) -> None:
    ask(visitor)
    with closing(visitor.messages()) as said:
        read_to_the_end(said)
        asking = Asking(visitor)
        asking.join(PATIENCE_SECONDS + 5)
        assert asking.event
        assert asking.seconds > PATIENCE_SECONDS / 2


def test_nobody_waits_where_no_stream_ends(visitor: Visitor) -> None:
    began = time.monotonic()
    ask(visitor)
    ask(visitor)
    assert time.monotonic() - began < PATIENCE_SECONDS / 2


def test_what_is_no_call_gets_gradios_own_answer(visitor: Visitor) -> None:
    for body in (b"", b"[]", b"{}"):
        answer = visitor.http.post("/gradio_api/queue/join", content=body)
        assert answer.status_code == 422, body
