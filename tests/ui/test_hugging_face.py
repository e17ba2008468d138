"""Login with Hugging Face as a Space has it: the whole round through an OpenID provider."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from provider import ACCESS, CLIENT, SECRET, Provider, providing

from voicehub.services.hub_tokens import HubTokens
from voicehub.services.runtime import Runtime
from voicehub.ui.desk import COOKIE

ROOT = Path(__file__).resolve().parents[2]
HOST = "ada-voicehub.hf.space"
SCOPES = "openid profile manage-repos"


class Browser:
    """Follows redirects between the Space, whose proxy speaks TLS, and the provider."""

    def __init__(self, space: str) -> None:
        self.space, self.cookies = space, dict[str, str]()

    def get(self, url: str) -> httpx.Response:
        """Fetch an address; the Space's own may be a path."""
        for _ in range(12):
            answer = self._once(url)
            if not answer.is_redirect:
                return answer
            url = urljoin(url, answer.headers["location"])
        raise AssertionError(f"no end of redirects at {url}")

    def _once(self, url: str) -> httpx.Response:
        at_space = urlsplit(url).netloc in ("", HOST)
        if not at_space:
            return httpx.get(url)
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"host": HOST, "x-forwarded-proto": "https", "cookie": kept}
        answer = httpx.get(self.space + path, headers=sent)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            assert "secure" in line.lower(), line
            self.cookies[name] = value
        return answer


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as provider:
        yield provider


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("space")


@pytest.fixture(scope="module")
def space(provider: Provider, home: Path) -> Iterator[str]:
    """The app as it starts on a Space; Gradio reads these variables when it is imported."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "SYSTEM": "spaces", "SPACE_ID": "ada/voicehub", "SPACE_HOST": HOST, "VOICEHUB_TRUST_PROXY": "1",
        "OAUTH_CLIENT_ID": CLIENT, "OAUTH_CLIENT_SECRET": SECRET, "OAUTH_SCOPES": SCOPES,
        "OPENID_PROVIDER_URL": provider.url, "VOICEHUB_HOME": str(home), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "voicehub", "app", "--port", str(port), "--no-worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + 240
    try:
        while True:
            assert process.poll() is None, "the app ended"
            assert time.monotonic() < until, "the app does not start"
            try:
                httpx.get(f"{url}/metrics").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def test_a_guest_logs_in_with_all_that_is_theirs(
    space: str, provider: Provider, home: Path
) -> None:
    runtime = Runtime(home, device="cpu")
    browser = Browser(space)
    page = browser.get("/")
    assert "/account/hf" in page.text
    assert browser.get("/account/hf").status_code == 200
    assert provider.asked == [SCOPES]
    user = runtime.accounts.by_subject("hf-1")
    assert user is not None
    assert (user.kind, user.name) == ("hf", "ada")
    assert COOKIE in browser.cookies
    token = HubTokens(home).of(user.id)
    assert token is not None
    assert (token.owner, token.secret) == ("ada", ACCESS)

    provider.name = "ada-renamed"
    again = Browser(space)
    again.get("/account/hf")
    renamed = runtime.accounts.by_subject("hf-1")
    assert renamed is not None
    assert (renamed.id, renamed.name) == (user.id, "ada-renamed")


def test_another_who_comes_to_the_same_browser_is_asked(space: str, provider: Provider) -> None:
    browser = Browser(space)
    browser.get("/account/hf")
    asked = len(provider.asked)
    browser.get("/account/hf")
    assert len(provider.asked) == asked + 1


def test_a_login_that_nobody_began_is_refused(space: str, home: Path) -> None:
    browser = Browser(space)
    answer = browser._once("/login/callback?code=x&state=made-up")
    assert answer.is_redirect
    assert "/login/huggingface" in answer.headers["location"]
    assert COOKIE not in browser.cookies
