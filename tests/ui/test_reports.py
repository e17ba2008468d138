"""Reporting misuse and appealing: pages for anybody, in whose fields text stays text."""

import re

import httpx
import pytest
from store.people import give_consent, give_voice, make_local

from voicehub.services.misuse import Misuse
from voicehub.services.passwords import new_token, token_hash
from voicehub.services.runtime import Runtime
from voicehub.store.records import Session
from voicehub.store.rows import from_now, now
from voicehub.ui.desk import COOKIE

HOSTILE = "\"><script>alert(1)</script>{{7*7}} =cmd|'/C calc'!A0"


def test_anybody_reports_and_sees_how_it_stands(address: str, runtime: Runtime) -> None:
    with httpx.Client(base_url=address, follow_redirects=True) as browser:
        form = browser.get("/report?about=abc&lang=en")
        assert 'value="abc"' in form.text
        assert "Report misuse" in form.text
        given = {"about": HOSTILE, "category": "fraud", "words": HOSTILE, "contact": ""}
        answer = browser.post("/report?lang=en", data=given)
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        report_id = re.search(r"/report/([0-9a-f-]{36})", str(answer.url))
        assert report_id
        misuse = Misuse(runtime)
        assert misuse.show(report_id[1]).report.words == HOSTILE
        assert "received" in answer.text
        misuse.acknowledge(report_id[1])
        assert "being looked at" in browser.get(f"/report/{report_id[1]}?lang=en").text
        misuse.decide(report_id[1], "rejected")
        assert "举报不成立" in browser.get(f"/report/{report_id[1]}?lang=zh").text
        assert browser.get("/report/nothing").status_code == 404


def test_what_is_no_report(address: str) -> None:
    with httpx.Client(base_url=address, headers={"accept-language": "en"}) as browser:
        for given, said in (
            ({"about": "", "category": "fraud"}, "Say what the report is about"),
            ({"about": "x", "category": "boredom"}, "Choose a category"),
            ({"about": "x" * 501, "category": "fraud"}, "500 are allowed"),
        ):
            answer = browser.post("/report", data=given)
            assert answer.status_code == 400
            assert said in answer.text
        assert browser.post("/report", content=b"x" * 40_000).status_code == 400
        elsewhere = {"origin": "https://evil.example"}
        assert browser.post("/report", data={"about": "x"}, headers=elsewhere).status_code == 403


def test_an_owner_appeals_and_nobody_else(address: str, runtime: Runtime) -> None:
    owner = make_local(runtime.store, "appealing")
    voice = give_voice(runtime.store, give_consent(runtime.store, owner))
    misuse = Misuse(runtime)
    report = misuse.report(f"{address}report/{voice.id}", "impersonation").id
    assert misuse.decide(report, "upheld").strikes == 1
    token = new_token()
    runtime.accounts.add_session(Session(token_hash(token), owner.id, now(), from_now(600)))
    reasons = {"words": "it is my own voice"}
    for cookies, status in (({}, 400), ({COOKIE: "x" * 43}, 400), ({COOKIE: token}, 200)):
        answer = httpx.post(f"{address}appeal/{report}", data=reasons, cookies=cookies)
        assert answer.status_code == status
    assert misuse.show(report).report.appeal == "it is my own voice"


@pytest.mark.parametrize("path", ["gradio_api/queue/join", "account/login", "report"])
def test_a_huge_body_is_refused_before_it_is_read(address: str, path: str) -> None:
    answer = httpx.post(
        address + path, content=b"[" * 2**21, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


def test_a_huge_body_of_unknown_length_is_refused_too(address: str) -> None:
    def parts():  # type: ignore[no-untyped-def]
        for _ in range(64):
            yield b"[" * 2**16

    try:
        answer = httpx.post(
            address + "gradio_api/queue/join", content=parts(),
            headers={"content-type": "application/json"},
        )  # fmt: skip
        assert answer.status_code in (400, 413)
    except httpx.TransportError:
        pass  # it hung up in between
    assert httpx.get(address + "healthz").status_code in (200, 503)
