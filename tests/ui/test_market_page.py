"""The market through the page's endpoints and in a browser: a sale from end to end, and no markup."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client.exceptions import AppError
from house import Believing
from playwright.sync_api import sync_playwright
from serving import GENEROUS, serving
from visiting import Visitor, member

from voicehub.services.runtime import Runtime
from voicehub.services.selling import Review

Clip = Callable[..., Path]
EVIL = "<img src=x onerror=window.ran=1> {{7*7}} <script>window.ran=1</script> [x](javascript:a)"
OFFER = {
    "name": "Calm Ada", "description": EVIL, "language": "en", "gender": "female", "age": "adult",
    "accent": "british", "tags": ["warm"], "cases": ["audiobook"], "tier": "commercial",
    "pricing": "characters", "price": 2.5, "notice_days": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Runtime:
    """A home where statements are believed: a voice under the licence of its corpus is not sold."""
    home = tmp_path_factory.mktemp("market") / "home"
    return Runtime(home, tiny_base, "cpu", GENEROUS, Believing())


@pytest.fixture(scope="module")
def address(runtime: Runtime) -> Iterator[str]:
    """The server's address."""
    with serving(runtime) as address:
        yield address


@pytest.fixture(scope="module")
def sale(address: str, runtime: Runtime, clip: Clip) -> Iterator[dict[str, Any]]:
    """A published listing, its seller, and somebody who wants it."""
    seller, buyer = member(address, "seller"), member(address, "buyer")
    voice_id = seller.voice(clip(4, "reader-f", 1), clip(6), "Ada", "speak", "convert", "sell")
    made = seller.call("offer_voice", voice_id, OFFER)
    seller.ended()
    assert seller.call("submit_listing", made["listing_id"]) == "review"
    Review(runtime).approve(made["listing_id"])
    yield {"seller": seller, "buyer": buyer, "voice_id": voice_id, "id": made["listing_id"]}
    for each in (seller, buyer):
        each.client.close()


def test_seller_text_never_runs(address: str, sale: dict[str, Any]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(locale="en-GB")
        page.set_default_timeout(120_000)
        problems: list[str] = []
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.goto(address)
        page.get_by_role("tab", name="Market", exact=True).click()
        card = page.locator(".vh-market .vh-card", has_text="Calm Ada")
        card.wait_for()
        assert EVIL.split(" {{")[0] in card.inner_text()
        assert "{{7*7}}" in card.inner_text()
        card.get_by_role("button", name="Open Calm Ada").click()
        page.get_by_role("heading", name="Passport").wait_for()
        shown = page.locator("body").inner_text()
        assert "not measured" in shown
        assert page.evaluate("window.ran") is None
        assert page.locator("img[onerror], .vh-card script, a[href^='javascript']").count() == 0
        assert problems == []
        browser.close()


def test_a_sale_from_end_to_end(sale: dict[str, Any], other: Visitor) -> None:
    seller, buyer, listing_id, voice_id = (sale[k] for k in ("seller", "buyer", "id", "voice_id"))
    found = other.call("market_search", "", {"language": "en", "price": "5"}, "newest", 10)
    assert [each["id"] for each in found["listings"]] == [listing_id]
    heard = other.get(found["listings"][0]["clips"][0]["address"])
    assert heard.headers["content-type"] == "audio/wav"
    assert len(heard.content) > 1_000
    page = buyer.call("market_listing", listing_id)
    assert page["passport"]["listening_score"] is None
    with pytest.raises(AppError, match="no voice"):
        buyer.call("speak", voice_id, "Hello there.", 1.0, 0, "wav")
    with pytest.raises(AppError, match="needs an account"):
        other.call("accept_licence", listing_id, page["licence"]["sha256"])
    assert buyer.call("accept_licence", listing_id, page["licence"]["sha256"])["price"] == 250
    assert buyer.call("top_up") == 1_000
    buyer.call("speak", voice_id, "Hello there.", 1.0, 0, "wav")
    spoken = buyer.ended()
    assert spoken["state"] == "done"
    (receipt,) = buyer.call("receipts")
    assert (receipt["characters"], receipt["amount"]) == (12, 3)
    assert buyer.call("rate_voice", listing_id, 5) == 5.0
    earned = seller.call("earnings")
    assert earned["balance"] == 2
    assert earned["listings"][0]["plays"] == 1
    table = seller.get("/files/earnings.csv")
    assert "Calm Ada" in table.text
    assert seller.get("/files/business.csv").status_code == 404

    seller.call("withdraw_listing", listing_id)
    assert other.call("market_search", "", {}, "newest", 10)["total"] == 0
    assert other.get(found["listings"][0]["clips"][0]["address"]).status_code == 404
    assert buyer.call("licences") == []
    for call in (
        lambda: other.call("market_listing", listing_id),
        lambda: buyer.call("accept_licence", listing_id, page["licence"]["sha256"]),
        lambda: buyer.call("speak", voice_id, "Again.", 1.0, 0, "wav"),
    ):
        with pytest.raises(AppError):
            call()
