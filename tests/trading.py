"""What traders do on the page: make an account, offer, find, license, speak, get a key, publish."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator

from drills.journey import Journey
from voicehub.ui.desk import COOKIE
from voicehub.ui.strings import catalogue

PASSWORD = "a long password"


@dataclass
class Trader(Journey):
    """A visitor with an account; every step ends when the page shows what came of it."""

    patience_seconds: float = 120.0

    @property
    def panel(self) -> Locator:
        """The tab that is open."""
        return self.page.get_by_role("tabpanel")

    @property
    def cookies(self) -> dict[str, str]:
        """The session, for requests beside the browser's."""
        kept = {each["name"]: each["value"] for each in self.page.context.cookies()}
        return {COOKIE: kept[COOKIE]}

    def field(self, key: str) -> Locator:
        """Return what is filled in, by its label, behind which advice may stand."""
        return self.panel.get_by_label(re.compile(r"^\s*" + re.escape(self.say(key))))

    def begins(self, key: str) -> str:
        """Return the beginning of a sentence, up to what is filled in."""
        return str(catalogue(self.language)["page"][key]).partition("{")[0]

    def choose(self, key: str, option: str) -> None:
        """Choose from a list."""
        self.hand.click(self.field(key))
        self.hand.click(self.page.get_by_role("option", name=self.say(option), exact=True))

    def press(self, key: str) -> None:
        """Press a button of the tab that is open."""
        self.hand.click(self.panel.get_by_role("button", name=self.say(key), exact=True))

    def register(self, name: str) -> None:
        """Make an account; the page is then loaded anew."""
        self.began = time.monotonic()
        self.page.goto(self.url)
        self.open_tab("account")
        self.field("user_name").fill(name)
        self.field("password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.press("register")
        self.open_tab("account")
        self.see(self.panel.get_by_role("heading", name=name))
        self.reached("registered")

    def offer(self, name: str, description: str) -> None:
        """Offer the voice for credits, wait for its clips, hear one, and send it to be reviewed."""
        self.open_tab("publish")
        self.field("publish_name").fill(name)
        self.field("publish_description").fill(description)
        self.field("publish_tags").fill("calm, 温柔")
        self.hand.click(self.field("facet_audiobook"))
        self.choose("filter_tier", "facet_commercial")
        self.choose("filter_pricing", "pricing_characters")
        self.field("publish_price").fill("2.5")
        self.field("publish_notice").fill("0")
        self.reached("offer")
        self.press("publish_save")
        self.see(self.panel.get_by_role("button", name=self.say("publish_submit")))
        self.play(self.panel.locator("vh-player").first)
        self.reached("clips")
        self.press("publish_submit")
        self.see(self.panel.get_by_text(self.say("listing_review"), exact=True).first)

    def find(self, words: str) -> Locator:
        """Search for a voice; return what was found."""
        self.open_tab("market")
        self.field("market_search").fill(words)
        self.press("market_find")
        return self.panel.locator(".vh-market .vh-card:has(vh-player)")

    def license(self, card: Locator, name: str) -> None:
        """Hear a voice, open its page, read the licence, accept it, and get credits."""
        self.play(card.locator("vh-player"))
        self.reached("found")
        self.open_listing(card, name)
        self.see(self.panel.get_by_role("heading", name=self.say("passport_title")))
        self.hand.click(self.field("market_agree"))
        self.press("market_accept")
        self.see(self.panel.get_by_text(self.begins("market_accepted")))
        self.press("market_top_up")
        self.see(self.panel.get_by_text("10.00"))
        self.reached("licensed")

    def open_listing(self, card: Locator, name: str) -> None:
        """Open the page of a listing."""
        opens = self.say("market_open_name", name=name)
        self.hand.click(card.get_by_role("button", name=opens, exact=True))

    def rate(self, stars: int) -> None:
        """Rate the voice whose page is open in the market."""
        self.open_tab("market")
        self.hand.click(self.panel.get_by_role("radio", name="★" * stars, exact=True))
        self.press("market_rate_do")
        self.see(self.panel.get_by_text(self.say("market_rated")))

    def speak_licensed(self, text: str) -> float:
        """Let the licensed voice say a text; return how loud it is."""
        self.open_tab("speak")
        self.field("text").fill(text)
        self.press("speak")
        self.see(self.panel.locator("a[href*='/files/speech/']").first)
        loudness = self.play(self.panel.locator(".vh-panel vh-player").first)
        self.reached("speech")
        return loudness

    def make_key(self, name: str) -> str:
        """Make a key for programs; return the secret that is shown once."""
        self.open_tab("account")
        self.field("key_name").fill(name)
        self.press("key_make")
        secret = self.panel.locator(".vh-secret")
        self.see(secret)
        self.reached("key")
        return secret.inner_text()

    def revoke_key(self, name: str) -> None:
        """Revoke the key that is chosen, which is the only one."""
        self.open_tab("account")
        self.press("key_revoke")
        self.see(self.panel.get_by_text(self.say("key_revoked", name=name)))

    def earned(self) -> str:
        """Return what the page says that the voices came to."""
        self.page.reload()
        self.open_tab("publish")
        total = self.panel.get_by_text(self.begins("earned_total"))
        self.see(total)
        self.reached("earned")
        return total.inner_text()

    def send_to_hub(self) -> str:
        """Send the voice to the repository that the page suggests, and wait until it is there."""
        self.open_tab("voices")
        repo = self.field("hub_repo")
        self.see(repo)
        name = repo.input_value()
        self.press("hub_send")
        self.see(self.panel.get_by_text(self.say("hub_state_there"), exact=True))
        self.reached("hub")
        return name

    def withdraw(self) -> None:
        """Withdraw the one listing."""
        self.open_tab("publish")
        self.press("publish_withdraw")
        self.see(self.panel.get_by_text(self.say("listing_withdrawn"), exact=True).first)
        self.reached("withdrawn")

    def finds_nothing(self, words: str) -> bool:
        """Return whether the market has nothing for words that it had something for."""
        self.page.reload()
        self.find(words)
        self.see(self.panel.get_by_text(self.say("market_nothing")))
        self.reached("nothing")
        return True

    def voices_to_speak_with(self) -> list[str]:
        """Return what the list of voices offers."""
        self.page.reload()
        self.open_tab("speak")
        self.hand.click(self.field("voice"))
        return self.page.get_by_role("option").all_inner_texts()

    def tour(self, listed: str) -> Iterator[str]:
        """Open what there is to see of trade, one after the other; yield what it is."""
        seen = {
            "market": ".vh-market .vh-card:has(vh-player)", "passport": ".vh-passport",
            "publish": ".vh-card, .vh-soft", "voices": ".vh-panel, .vh-notice",
            "account": ".vh-panel:has(button)",
        }  # fmt: skip
        for name, filled in seen.items():
            if name == "passport":
                self.open_listing(self.panel.locator(seen["market"]), listed)
            else:
                self.open_tab(name)
            self.panel.locator(f"{filled} >> visible=true").first.wait_for()
            self.page.wait_for_timeout(500)  # what fades in is there
            self.reached(name)
            yield name
