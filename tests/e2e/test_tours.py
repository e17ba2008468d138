"""Tours of the page in a browser: every tab, both languages, at a desk and on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from looking import nameless, sticking_out, untranslated
from playwright.sync_api import BrowserContext
from residing import OWNER, TEXT, VOICE, Residence

from drills.browser import Ear, browsing
from drills.journey import Journey
from voicehub.ui.desk import COOKIE

# Each tab, and what is there once it has been filled for somebody who has one of everything.
TABS = {
    "clone": ".vh-sample", "speak": ".vh-cards .vh-player", "convert": ".vh-recorder",
    "evaluate": ".vh-table", "voices": ".vh-voice", "market": ".vh-notice",
    "publish": ".vh-notice", "guide": ".vh-timeline", "check": ".vh-start", "account": ".vh-card",
}  # fmt: skip
# What the visitor, or the browser, has brought along.
GIVEN = (OWNER, VOICE, TEXT, "Recording 1", "Fake Default Audio Input", "Fake Audio Input")
WAIT_SECONDS = 120.0  # for anything in the page, on a busy machine

pytestmark = pytest.mark.timeout(1200)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_tab_looks_right(
    residence: Residence, clip: Callable[..., Path], shots: Path, language: str, width: int
) -> None:
    """To a newcomer, and to somebody who has one of everything."""
    with browsing(clip(2), language, width, WAIT_SECONDS) as context:
        found = tour(context, residence, language, shots / "newcomer")
        cookie = {"name": COOKIE, "value": residence.token, "url": residence.server.url}
        context.clear_cookies()
        context.add_cookies([cookie])
        found |= tour(context, residence, language, shots / "resident")
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def tour(
    context: BrowserContext, residence: Residence, language: str, shots: Path
) -> dict[str, list[str]]:
    """Open every tab; return what is wrong, by where and what."""
    page = context.new_page()
    ear = Ear(page)
    journey = Journey(page, residence.server.url, language, shots)
    page.goto(journey.url)
    found = {}
    for name, filled in TABS.items():
        journey.open_tab(name)
        if shots.name == "resident":
            page.locator(f"{filled}:visible").first.wait_for()
        page.wait_for_timeout(300)  # what fades in is there
        journey.reached(name)
        found[f"{shots.name} {name}: sticks out"] = sticking_out(page)
        found[f"{shots.name} {name}: has no name"] = nameless(page)
        strange = untranslated(page, language, GIVEN)
        found[f"{shots.name} {name}: is not translated"] = strange
    found[f"{shots.name}: errors"] = ear.heard
    page.close()
    return {where: what for where, what in found.items() if what}
