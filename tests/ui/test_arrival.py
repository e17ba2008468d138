"""Opening the page: a newcomer is given little, who comes back finds what goes on."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr
import httpx
from visiting import Visitor

from voicehub.services.passwords import token_hash
from voicehub.services.runtime import Runtime
from voicehub.ui.desk import COOKIE
from voicehub.ui.page import Page
from voicehub.ui.page_cache import can_be_kept
from voicehub.ui.server import services_of

Clip = Callable[..., Path]


def test_the_page_is_made_once_and_is_the_same_in_both_encodings(address: str) -> None:
    plain = httpx.get(address, headers={"accept-encoding": "identity"})
    zipped = httpx.get(address, headers={"accept-encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.text == plain.text
    assert int(zipped.headers["content-length"]) < len(plain.content) / 3
    assert "accept-encoding" in plain.headers["vary"]
    assert plain.cookies[COOKIE] != zipped.cookies[COOKIE]  # each visitor has one of their own


def test_a_page_under_another_name_is_another_page(address: str) -> None:
    named = httpx.get(address, headers={"x-forwarded-host": "voices.example"})
    assert "voices.example" in named.text
    assert "voices.example" not in httpx.get(address).text


def test_what_a_link_asks_for_is_not_kept() -> None:
    scope = {"headers": [(b"host", b"x")]}
    assert can_be_kept(scope, {})
    assert can_be_kept(scope, {"lang": ["zh"]})
    assert not can_be_kept(scope, {"deep_link": ["a"]})
    assert not can_be_kept({"headers": [(b"origin", b"https://x")]}, {})


def test_the_page_opens_with_one_small_event_and_another_where_something_goes_on(
    visitor: Visitor,
) -> None:
    functions = visitor.client.config["dependencies"]
    (load,) = [f for f in functions if any(event == "load" for _, event in f["targets"])]
    assert len(load["outputs"]) <= 12  # each costs every visitor about a millisecond
    follows = [f for f in functions if [load["outputs"][-1], "change"] in f["targets"]]
    assert len(follows) == 1
    assert len(follows[0]["outputs"]) > 30


def test_who_comes_back_finds_what_goes_on(visitor: Visitor, runtime: Runtime, clip: Clip) -> None:
    page = Page(services_of(runtime), "en")
    page.build()
    visitor.consent(clip(4, "reader-f", 1), "Ada")
    user = runtime.accounts.user_of(token_hash(visitor.client.cookies[COOKIE]))
    consent = page.clone.newest_consent(user)
    assert consent is not None
    asking = gr.Request(cookies=dict(visitor.client.cookies), headers={})
    *_, goes_on = page.enter(None, None, None, None, None, asking)
    assert goes_on == consent.id
    resumed = dict(zip([part for tab in page._resuming() for part in tab.entered],
                       page.resume(asking), strict=True))  # fmt: skip
    assert resumed[page.clone.consent] == consent.id
    nobody = gr.Request(cookies={}, headers={})
    *_, nothing = page.enter(None, None, None, None, None, nobody)
    assert nothing == ""
