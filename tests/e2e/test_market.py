"""A voice from its creator to a buyer, to a program, to the Hub and a third place; and gone from all."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from looking import nameless, sticking_out, untranslated
from playwright.sync_api import Browser
from stub_hub import OWNER, TOKEN, StubHub
from trading import Trader

from drills.browser import Ear, browsing, profile
from drills.people import give_sold_voice, zero_shot
from drills.recordings import READERS
from drills.server import ROOT, UNLIMITED, Server, serving
from drills.visitor import wait_until
from voicehub.services.market import Market
from voicehub.services.runtime import Runtime
from voicehub.services.selling import Review, Selling
from voicehub.store.ledger import money
from voicehub.ui.desk import COOKIE

WAIT_SECONDS = 120.0  # for anything in the page, on a busy machine
CREATOR, BUYER, VOICE, LISTED = "grace", "bob", "Countess", "Calm Countess"
ABOUT = "A calm voice for long evenings. 温柔的女声。"
TEXT, SCOPE = "Good morning! 你好。", "a drill"
KEY = "answering machine"
REPO = f"{OWNER}/voice-countess"
# What traders wrote themselves, and what is the same in every language.
GIVEN = ("VoiceHub", CREATOR, BUYER, LISTED, VOICE, ABOUT, TEXT, SCOPE, KEY, REPO, "calm", "温柔", "SHA-256",
         "Fake Default Audio Input", "Fake Audio Input", "Hub", "CSV", "API", "/v1", "OWNER/NAME",
         "HF_TOKEN", "VOICEHUB_HUB_OWNERS", "MP3", "Opus")  # fmt: skip

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def hub() -> Iterator[StubHub]:
    with StubHub().running() as hub:
        yield hub


@pytest.fixture
def server(tiny_base: Path, hub: StubHub) -> Iterator[Server]:
    """A server that may write to the stub Hub."""
    settings = {
        "HF_ENDPOINT": hub.url, "VOICEHUB_HF_TOKEN": TOKEN, "VOICEHUB_HUB_OWNERS": OWNER,
        "HF_HUB_DISABLE_XET": "1",
    }  # fmt: skip
    with serving(tiny_base, UNLIMITED | settings) as server:
        yield server


def test_a_sale_from_the_creator_to_a_third_installation_and_back(
    server: Server, hub: StubHub, tiny_base: Path, clip: Callable[..., Path], shots: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    runtime = Runtime(server.home, tiny_base, "cpu")
    with browsing(clip(2), "en", 1280, WAIT_SECONDS) as context:
        assert context.browser is not None
        other = profile(context.browser, "en", 1280, WAIT_SECONDS)
        creator = Trader(context.new_page(), server.url, "en", shots / "creator")
        buyer = Trader(other.new_page(), server.url, "en", shots / "buyer")
        ears = Ear(creator.page), Ear(buyer.page)
        creator.register(CREATOR)
        user = runtime.accounts.by_name(CREATOR)
        assert user is not None
        voice = give_sold_voice(runtime, user, zero_shot(runtime, READERS[0]), VOICE)
        creator.page.reload()
        creator.offer(LISTED, ABOUT)
        (waiting,) = Review(runtime).waiting()
        Review(runtime).approve(waiting.id)

        buyer.register(BUYER)
        buyer.license(buyer.find("温柔"), LISTED)
        assert buyer.speak_licensed(TEXT) > 0.0  # the tiny networks whisper
        buyer.rate(4)
        secret = buyer.make_key(KEY)
        assert ask(server, secret, voice.id).status_code == 200
        earned = Selling(runtime).earned(user)
        assert earned.balance > 0
        assert creator.earned() == f"Earned: {money(earned.balance)} demo credits"
        assert creator.send_to_hub() == REPO
        assert hub.repos[REPO].private

        third = Installation(tmp_path / "third", tiny_base, hub)
        pulled = third.run("pull", REPO, "--name", "Guest")
        assert pulled["sha256"] == voice.sha256
        assert f"pulled from the hub {REPO}" in pulled["basis"]
        spoken = third.run("speak", "Guest", "Hello.", "-o", str(tmp_path / "third.wav"))
        assert spoken["seconds"] > 0
        assert third.run("audit", "verify")["problem"] is None

        market = Market(runtime)
        hashes = [market.text(waiting.id, language)[1] for language in ("en", "zh")]
        codes = (secret[:10], waiting.id, *hashes, *(each[:12] for each in hashes))
        for trader in (creator, buyer):
            look_around(trader, context.browser, (*codes, *GIVEN))

        creator.withdraw()
        wait_until(lambda: not runtime.outbox.waiting(), WAIT_SECONDS)
        assert hub.repos == {}
        assert third.run("pull", "--check")["gone"] == [REPO]
        assert buyer.finds_nothing("温柔")
        assert buyer.voices_to_speak_with() == []
        assert ask(server, secret, voice.id).status_code == 404
        heard = f"{server.url}/files/listing/{waiting.id}/0"
        assert httpx.get(heard, cookies=buyer.cookies).status_code == 404
        buyer.revoke_key(KEY)
        assert ask(server, secret, voice.id).status_code == 401
    assert [each for ear in ears for each in ear.heard] == []


def ask(server: Server, secret: str, voice: str) -> httpx.Response:
    """Let a program speak with a voice."""
    return httpx.post(
        f"{server.url}/v1/audio/speech", headers={"authorization": f"Bearer {secret}"},
        json={"model": "tts-1", "voice": voice, "input": "Hello.", "response_format": "wav"},
        timeout=WAIT_SECONDS,
    )  # fmt: skip


def look_around(trader: Trader, browser: Browser, given: tuple[str, ...]) -> None:
    """See every tab of trade in both languages, at a desk and on a phone; nothing is amiss."""
    token, found = trader.cookies[COOKIE], {}
    for language, width in (("en", 1280), ("en", 390), ("zh", 1280), ("zh", 390)):
        context = profile(browser, language, width, WAIT_SECONDS)
        context.add_cookies([{"name": COOKIE, "value": token, "url": trader.url}])
        visitor = Trader(context.new_page(), trader.url, language, trader.shots)
        ear, where = Ear(visitor.page), f"{trader.shots} {language} {width}"
        visitor.page.goto(visitor.url)
        for name in visitor.tour(LISTED):
            found[f"{where} {name}: sticks out"] = sticking_out(visitor.page)
            found[f"{where} {name}: has no name"] = nameless(visitor.page)
            found[f"{where} {name}: is not translated"] = untranslated(
                visitor.page, language, given
            )
        found[f"{where}: errors"] = ear.heard
        context.close()
    amiss = {where: what for where, what in found.items() if what}
    assert not amiss, "\n".join(f"{where}: {what}" for where, what in amiss.items())


@dataclass(frozen=True)
class Installation:
    """Another installation, which has nothing in common with the first but base and Hub."""

    home: Path
    base: Path
    hub: StubHub

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command; return what it says."""
        environment = os.environ | {
            "VOICEHUB_HOME": str(self.home), "HF_ENDPOINT": self.hub.url, "HF_TOKEN": TOKEN,
            "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        base = ["--base", str(self.base)] if arguments[0] in ("pull", "speak") else []
        command = [sys.executable, "-m", "voicehub", *arguments, *base, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))
