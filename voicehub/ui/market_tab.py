"""The tab of the market: find voices by words, facets and sound; open one, accept its licence, rate it."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import gradio as gr

from voicehub.services.market import Card
from voicehub.store.market_records import ACCENTS, AGES, CASES, GENDERS, LANGUAGES, PRICES, TIERS
from voicehub.store.records import User
from voicehub.store.search import MANY, ORDERS, Order, Query
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.listing_view import cards, listing_page
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import ACTIONS, block, notice
from voicehub.ui.shelf import shelf

_PAGE = 12  # cards
_FACETS = ("language", "gender", "age", "accent", "case", "tier", "price")
_VALUES = (LANGUAGES, GENDERS, AGES, ACCENTS, CASES, TIERS, tuple(PRICES))


class MarketTab:
    """Finding, licensing and keeping voices."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        with gr.Column() as self.finding:
            block(tag("h2", say("market_title")) + tag("p", say("market_intro"), class_="vh-soft"))
            with gr.Row(elem_classes="vh-level-buttons"):
                self.text = gr.Textbox(label=say("market_search"), max_length=200, scale=4,
                                       placeholder=say("market_placeholder"))  # fmt: skip
                self.order = gr.Dropdown([(say(f"order_{each}"), each) for each in ORDERS],
                                         value="relevance", label=say("market_order"), scale=2)  # fmt: skip
                self.go = gr.Button(say("market_find"), variant="primary", scale=1)
            with gr.Accordion(say("market_filters"), open=False), gr.Row():
                self.facets = [
                    self._facet(name, values) for name, values in zip(_FACETS, _VALUES, strict=True)
                ]
            with gr.Accordion(say("market_similar"), open=False):
                self.sample = gr.Audio(sources=["upload", "microphone"], type="filepath",
                                       label=say("market_sample"))  # fmt: skip
                self.like = gr.Button(say("market_like"))
            self.found = block(js_on_load=ACTIONS, min_height=160)
            self.more = gr.Button(say("market_more"), visible=False)
        with gr.Column(visible=False) as self.reading:
            self.back = gr.Button(say("market_back"), size="sm", elem_classes="vh-back")
            self.page = block(min_height=300)
            with gr.Column(elem_classes="vh-panel"):
                self.agreed = gr.Checkbox(False, label=say("market_agree"))
                self.accept = gr.Button(say("market_accept"), variant="primary")
                with gr.Row(elem_classes="vh-level-buttons"):
                    self.stars = gr.Radio([("★" * each, each) for each in range(1, 6)],
                                          label=say("market_rate"), scale=3)  # fmt: skip
                    self.rate = gr.Button(say("market_rate_do"), scale=1)
                with gr.Row(elem_classes="vh-level-buttons"):
                    self.collection = gr.Textbox(
                        label=say("market_collection"), max_length=60, scale=3
                    )
                    self.collect = gr.Button(say("market_collect"), scale=1)
                self.said = block()
        block(tag("h3", say("market_shelf")))
        self.shelf = block(js_on_load=ACTIONS, min_height=80)
        self.top_up = gr.Button(say("market_top_up"), size="sm", elem_classes="vh-back")
        self.shown, self.opened, self.digest = gr.State(_PAGE), gr.State(""), gr.State("")

    def wire(self, news: gr.State, tab: gr.Tab) -> None:
        """Wire the tab, which is filled when it is opened; a licence is news to the lists of voices."""
        asked = [self.text, *self.facets, self.order]
        listed = [self.found, self.more, self.shown]
        first = [*asked, gr.State(_PAGE)]
        for event in (self.go.click, self.text.submit, self.order.change,
                      *(each.change for each in self.facets)):  # fmt: skip
            event(self.search, first, listed, **QUIET)
        tab.select(self.search, [*asked, self.shown], listed, **QUIET)
        tab.select(self.refreshed_shelf, None, self.shelf, **QUIET)
        self.more.click(self.search_more, [*asked, self.shown], listed, **QUIET)
        self.like.click(self.alike, self.sample, listed, api_visibility="private")
        page = [
            self.finding,
            self.reading,
            self.page,
            self.opened,
            self.digest,
            self.agreed,
            self.said,
        ]
        for place in (self.found, self.shelf):
            place.click(self.act, [*asked, self.shown],
                        [*page, self.found, self.shelf], **QUIET)  # fmt: skip
        self.back.click(self.close, None, [self.finding, self.reading], **QUIET)
        accepted = self.accept.click(self.take, [self.opened, self.digest, self.agreed],
                                     [self.said, self.shelf], api_visibility="private")  # fmt: skip
        accepted.success(lambda count: count + 1, news, news, **QUIET)
        self.rate.click(self.judge, [self.opened, self.stars], self.said, **QUIET)
        self.collect.click(
            self.gather, [self.opened, self.collection], [self.said, self.shelf], **QUIET
        )
        self.top_up.click(self.add_credits, None, self.shelf, **QUIET)
        news.change(self.refreshed_shelf, None, self.shelf, **QUIET)

    def search(
        self, text: str, language: str, gender: str, age: str, accent: str, case: str, tier: str,
        price: str, order: str, shown: int, request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        """Return the cards of what matches."""
        asked = [text, language, gender, age, accent, case, tier, price, order]
        return self._search(asked, shown, request)

    def search_more(
        self, text: str, language: str, gender: str, age: str, accent: str, case: str, tier: str,
        price: str, order: str, shown: int, request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        """Return more of them."""
        asked = [text, language, gender, age, accent, case, tier, price, order]
        return self._search(asked, shown + _PAGE, request)

    def alike(self, sample: str | None, request: gr.Request) -> list[Any]:
        """Return the voices that sound like a recording."""
        desk = self.desk
        with desk.sentences():
            desk.needed(sample, "market_need_sample")
            user = desk.acting(request, "look")
            found = desk.services.market.similar(Path(sample or ""), _PAGE)
            return [self._cards(found, len(found), user), gr.Button(visible=False), _PAGE]

    def act(
        self, text: str, language: str, gender: str, age: str, accent: str, case: str, tier: str,
        price: str, order: str, shown: int, request: gr.Request, event: gr.EventData,
    ) -> list[Any]:  # fmt: skip
        """Open a listing, keep it, or take it off one's shelf."""
        asked = [text, language, gender, age, accent, case, tier, price, order]
        desk, act, listing_id = self.desk, str(event.act), str(event.id)
        with desk.sentences():
            if act == "open":
                return [*self._open(listing_id, request), gr.skip(), gr.skip()]
            user = desk.acting(request, "look")
            market = desk.services.market
            if act == "take-out":
                collection, _, item = listing_id.partition(" ")
                market.take_out(user, collection, item)
            else:
                kept = {card.listing.id for card in market.favourites(user)}
                market.set_favourite(user, listing_id, listing_id not in kept)
            found, total = market.search(_query(asked, shown))
            return [*[gr.skip()] * 7, self._cards(found, total, user), shelf(desk, user)]

    def close(self) -> list[Any]:
        """Go back to what was found."""
        return [gr.Column(visible=True), gr.Column(visible=False)]

    def take(
        self, listing_id: str, digest: str, agreed: bool, request: gr.Request
    ) -> tuple[Markup, Markup]:
        """Accept the licence that was read."""
        desk = self.desk
        with desk.sentences():
            desk.needed(agreed, "market_need_agree")
            user = desk.acting(request, "look")
            licence = desk.services.market.accept(user, listing_id, digest, desk.language)
            said = desk.say("market_accepted", hash=licence.text_sha256[:12])
            return notice(said, "good"), shelf(desk, user)

    def judge(self, listing_id: str, stars: int | None, request: gr.Request) -> Markup:
        """Rate a voice that one has used."""
        desk = self.desk
        with desk.sentences():
            desk.needed(stars, "market_need_stars")
            desk.services.market.rate(desk.acting(request, "look"), listing_id, int(stars or 0))
            return notice(desk.say("market_rated"), "good")

    def gather(self, listing_id: str, name: str, request: gr.Request) -> tuple[Markup, Markup]:
        """Put a voice into a collection."""
        desk = self.desk
        with desk.sentences():
            desk.needed((name or "").strip(), "market_need_collection")
            user = desk.acting(request, "look")
            desk.services.market.collect(user, name, listing_id)
            return notice(desk.say("market_collected", name=name), "good"), shelf(desk, user)

    def add_credits(self, request: gr.Request) -> Markup:
        """Bring the day's demo credits to the account."""
        desk = self.desk
        with desk.sentences():
            user = desk.acting(request, "look")
            desk.services.market.top_up(user)
            return shelf(desk, user)

    def refreshed_shelf(self, request: gr.Request) -> Markup:
        """Return what is one's own here."""
        with self.desk.sentences():
            return shelf(self.desk, self.desk.known(request))

    def _search(self, asked: list[str], shown: int, request: gr.Request) -> list[Any]:
        with self.desk.sentences():
            user = self.desk.known(request)
            found, total = self.desk.services.market.search(_query(asked, shown))
            return [self._cards(found, total, user), gr.Button(visible=total > shown), shown]

    def _facet(self, name: str, values: tuple[str, ...]) -> gr.Dropdown:
        prefix = {"language": "language", "price": "price"}.get(name, "facet")
        offered = [(self.desk.say("market_any"), "")]
        offered += [(self.desk.say(f"{prefix}_{value}"), value) for value in values]
        return gr.Dropdown(offered, value="", label=self.desk.say(f"filter_{name}"), min_width=150)

    def _open(self, listing_id: str, request: gr.Request) -> list[Any]:
        market = self.desk.services.market
        card, found = market.card(listing_id), market.passport(listing_id)
        text, digest = market.text(listing_id, self.desk.language)
        page = listing_page(self.desk, card, found, text, digest)
        return [
            gr.Column(visible=False),
            gr.Column(visible=True),
            page,
            listing_id,
            digest,
            False,
            "",
        ]

    def _cards(self, found: list[Card], total: int, user: User | None) -> Markup:
        desk = self.desk
        if not found:
            return notice(desk.say("market_nothing"))
        kept = [card.listing.id for card in desk.services.market.favourites(user)] if user else []
        many = f"{MANY:,}+" if total >= MANY else str(total)
        count = tag("p", desk.say("market_count", count=many), class_="vh-soft", role="status")
        return join(count, cards(desk, found, kept))


def _query(asked: list[str], shown: int) -> Query:
    text, *facets, order = asked
    query = Query(text or "", order=cast(Order, order or "relevance"), limit=int(shown))
    return replace(query, **dict(zip(_FACETS, facets, strict=True)))  # type: ignore[arg-type]
