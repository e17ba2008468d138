"""What surrounds the page: cookie, language, headers, accounts, health."""

import httpx
import pytest

from voicehub import __version__
from voicehub.services.runtime import Runtime
from voicehub.ui.desk import COOKIE


def test_the_page_sets_a_cookie_that_scripts_cannot_read(address: str) -> None:
    answer = httpx.get(address)
    assert answer.status_code == 200
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    again = httpx.get(address, cookies={COOKIE: "x" * 43})
    assert COOKIE not in again.headers.get("set-cookie", "")


def test_the_language_follows_the_browser_until_it_is_chosen(address: str) -> None:
    with httpx.Client(headers={"accept-language": "zh-CN,zh"}, follow_redirects=True) as browser:
        assert browser.get(address).url.path == "/zh/"
        assert 'lang="zh-CN"' in browser.get(address).text
        assert browser.get(address + "?lang=en").url.path == "/"
        assert browser.get(address).url.path == "/"  # remembered
        assert browser.get(address + "zh/?lang=zh").url.path == "/zh/"
        assert browser.get(address).url.path == "/zh/"


def test_every_answer_has_its_security_headers(address: str) -> None:
    for path in ("", "zh/", "healthz", "config", "files/sample/x", "static-voicehub/voicehub.js"):
        headers = httpx.get(address + path).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_health_and_metrics(address: str) -> None:
    answer = httpx.get(address + "healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["version"] == __version__
    assert "voicehub_workers" in httpx.get(address + "metrics").text


def test_register_log_out_and_log_in(address: str, runtime: Runtime) -> None:
    given = {"name": "Grace Hopper", "password": "a long password"}
    with httpx.Client(base_url=address) as browser:
        browser.get("/")
        guest = browser.cookies[COOKIE]
        assert browser.post("/account/register", json=given).json() == {"name": "Grace Hopper"}
        assert browser.cookies[COOKIE] != guest
        browser.post("/account/logout", json={})
        assert COOKIE not in browser.cookies
        wrong = browser.post("/account/login?lang=zh", json=given | {"password": "wrong password"})
        assert (wrong.status_code, wrong.json()["message"][:8]) == (400, "用户名或密码不正")
        assert browser.post("/account/login", json=given).status_code == 200
        gone = browser.post("/account/delete", json={})
        assert gone.json()["data"]["action"] == "account"
        assert "<section" in gone.json()["receipt"]
        assert browser.post("/account/login", json=given).status_code == 400


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"origin": "https://elsewhere.example"}, b"{}", 403),
        ({"content-type": "text/plain"}, b"{}", 415),
        ({}, b"[", 400),
        ({}, b"[1]", 400),
        ({}, b'{"name": "a", "password": 1}', 400),
        ({}, b"{" + b" " * 9000, 400),
    ],
)
def test_bad_forms_are_refused_in_a_sentence(
    address: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    sent = {"content-type": "application/json"} | headers
    answer = httpx.post(address + "account/login", content=body, headers=sent)
    assert answer.status_code == status
    assert len(answer.json()["message"]) > 10
