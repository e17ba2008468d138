"""The tab of sellers: offer a voice step by step, and see what it comes to."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from voicehub.services.offers import Draft
from voicehub.store.ledger import money
from voicehub.store.market_records import (
    ACCENTS,
    AGES,
    CASES,
    GENDERS,
    LANGUAGES,
    PRICINGS,
    TIERS,
    Listing,
)
from voicehub.store.records import User
from voicehub.ui.business_view import earned_view, overview_view
from voicehub.ui.desk import QUIET, Desk, is_founder
from voicehub.ui.job_view import Seen, status
from voicehub.ui.listing_view import clip_address
from voicehub.ui.live import SPEECH_SECONDS, JobPanel, redraw
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import ACTIONS, action, badge, block, notice, player
from voicehub.ui.voice_choice import VoiceChoice

_TONES = {"draft": "plain", "review": "fair", "published": "good", "refused": "bad",
          "withdrawn": "plain"}  # fmt: skip


class PublishTab(JobPanel):
    """Offering one's voices."""

    kind = "clips"
    look_seconds = SPEECH_SECONDS

    def __init__(self, desk: Desk, choice: VoiceChoice) -> None:
        super().__init__(desk)
        self.choice = choice

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        block(tag("h2", say("publish_title")) + tag("p", say("publish_intro"), class_="vh-soft"))
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=320, elem_classes="vh-panel"):
                block(tag("h3", say("publish_step_1")))
                self.voice = self.choice.build()
                self.name = gr.Textbox(
                    label=say("publish_name"), max_length=40, info=say("publish_name_info")
                )
                self.description = gr.Textbox(
                    label=say("publish_description"), lines=3, max_length=600
                )
                with gr.Row():
                    self.language = self._choice(
                        "language", LANGUAGES, "language", self.desk.language
                    )
                    self.gender = self._choice("gender", GENDERS, "facet", GENDERS[0])
                    self.age = self._choice("age", AGES, "facet", "adult")
                    self.accent = self._choice("accent", ACCENTS, "facet", "other")
                self.tags = gr.Textbox(
                    label=say("publish_tags"), max_length=220, info=say("publish_tags_info")
                )
                self.cases = gr.CheckboxGroup([(say(f"facet_{each}"), each) for each in CASES],
                                              label=say("filter_case"))  # fmt: skip
                block(tag("h3", say("publish_step_2")))
                with gr.Row():
                    self.tier = self._choice("tier", TIERS, "facet", "personal")
                    self.pricing = self._choice("pricing", PRICINGS, "pricing", "free")
                    self.price = gr.Number(
                        0, label=say("publish_price"), minimum=0, step=0.01, min_width=200
                    )
                    self.notice = gr.Number(
                        30, label=say("publish_notice"), minimum=0, precision=0, min_width=200
                    )
                with gr.Row(visible=False) as self.custom:
                    self.attribution = gr.Checkbox(False, label=say("publish_attribution"))
                    self.days = gr.Number(None, label=say("publish_days"), precision=0)
                    self.most = gr.Number(None, label=say("publish_most"), precision=0)
                self.save = gr.Button(say("publish_save"), variant="primary")
                self.progress = block()
            with gr.Column(scale=2, min_width=320):
                block(tag("h3", say("publish_mine")))
                self.mine = block(js_on_load=ACTIONS, min_height=120)
        block(tag("h3", say("publish_earned")))
        self.earned = block(min_height=80)
        self.overview = block()
        self.build_watch()

    @property
    def filled(self) -> list[Any]:
        """What a look at the clips fills."""
        return [self.progress, self.mine]

    def wire(self, news: gr.State, tab: gr.Tab) -> None:
        """Wire the tab, which is filled when it is opened."""
        given = [
            self.voice, self.name, self.description, self.language, self.gender, self.age,
            self.accent, self.tags, self.cases, self.tier, self.pricing, self.price, self.notice,
            self.attribution, self.days, self.most,
        ]  # fmt: skip
        self.save.click(self.offer, given, self.entered, api_visibility="private")
        self.timer.tick(self.look, [self.job_id, self.drawn], self.shown, queue=False, **QUIET)
        self.tier.change(
            lambda tier: gr.Row(visible=tier == "custom"), self.tier, self.custom, **QUIET
        )
        tab.select(self.offers, None, [self.mine, self.earned, self.overview], **QUIET)
        self.mine.click(self.act, None, [self.mine, self.earned], **QUIET)
        news.change(self.refreshed, None, [self.mine, self.earned], **QUIET)

    def offers(self, request: gr.Request) -> list[Any]:
        """Return one's listings and what they came to, and for founders how all does."""
        with self.desk.sentences():
            user = self.desk.known(request)
            founder = user is not None and is_founder(user)
            overview = self.desk.services.review.overview() if founder else None
            return [*self._mine(user), overview_view(self.desk, overview) if overview else ""]

    def offer(
        self, voice_id: str | None, name: str, description: str, language: str, gender: str,
        age: str, accent: str, tags: str, cases: list[str], tier: str, pricing: str,
        price: float | None, notice_days: float | None, attribution: bool, days: float | None,
        most: float | None, request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        """Save a draft and let its clips be made."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "look")
            draft = Draft(
                name or "", description or "", language, gender, age, accent, split_tags(tags),
                cases or [], tier, pricing, price or 0.0, int(notice_days or 0), attribution,
                int(days) if days else None, int(most) if most else None,
            )  # fmt: skip
            selling = desk.services.selling
            listing = selling.offer(user, voice_id or "", draft)
            return self.begun(user, selling.make_clips(user, listing.id))

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return how far the clips are, and one's listings as they are with them."""
        return redraw([status(self.desk, seen), self._mine(seen.user)[0]], drawn)

    def act(self, request: gr.Request, event: gr.EventData) -> list[Any]:
        """Send a draft to its review, or withdraw a listing."""
        desk, listing_id = self.desk, str(event.id)
        with desk.sentences():
            user = desk.acting(request, "look")
            selling = desk.services.selling
            if str(event.act) == "submit":
                selling.submit(user, listing_id)
            else:
                selling.withdraw(user, listing_id)
            return self._mine(user)

    def refreshed(self, request: gr.Request) -> list[Any]:
        """Return one's listings and what they came to."""
        with self.desk.sentences():
            return self._mine(self.desk.known(request))

    def _choice(self, name: str, values: tuple[str, ...], prefix: str, value: str) -> gr.Dropdown:
        say = self.desk.say
        return gr.Dropdown([(say(f"{prefix}_{each}"), each) for each in values], value=value,
                           label=say(f"filter_{name}"), min_width=200)  # fmt: skip

    def _mine(self, user: User | None) -> list[Any]:
        desk = self.desk
        if user is None or user.kind == "guest":
            return [notice(desk.say("market_need_account")), ""]
        found = desk.services.selling.own(user)
        none = tag("p", desk.say("publish_none"), class_="vh-soft")
        shown = join(*(self._card(user, each) for each in found)) if found else none
        return [shown, earned_view(desk, desk.services.selling.earned(user))]

    def _card(self, user: User, listing: Listing) -> Markup:
        say = self.desk.say
        clips = self.desk.services.selling.clips(user, listing.id)
        parts = [(clip_address(listing.id, each.number), each.seconds) for each in clips]
        sound = (
            player(self.desk, parts, listing.name)
            if clips and listing.state != "withdrawn"
            else None
        )
        buttons = []
        if listing.state == "draft" and clips:
            buttons.append(action(self.desk, "submit", "publish_submit", listing.id,
                                  class_="vh-button vh-primary"))  # fmt: skip
        if listing.state != "withdrawn":
            buttons.append(action(self.desk, "withdraw", "publish_withdraw", listing.id,
                                  title=say("publish_withdraw_info")))  # fmt: skip
        cost = say(f"market_price_{listing.pricing}", amount=money(listing.price))
        state = badge(say(f"listing_{listing.state}"), _TONES[listing.state])
        ends = (
            tag("p", say("publish_ends", time=listing.ends[:10]), class_="vh-soft")
            if listing.ends else None
        )  # fmt: skip
        return tag(
            "article", tag("header", tag("strong", listing.name, class_="vh-clip"), state),
            tag("p", cost, class_="vh-soft"), ends,
            tag("p", say("publish_reason", reason=listing.reason)) if listing.state == "refused" else None,
            sound, tag("footer", *buttons), class_="vh-card",
        )  # fmt: skip


def split_tags(tags: str | None) -> list[str]:
    """Return tags that were written with commas of either language between them."""
    return (tags or "").replace("，", ",").replace("、", ",").split(",")
