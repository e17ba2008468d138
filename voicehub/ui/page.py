"""The page as a whole: header, tabs, looks; one for each language."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.ui.account_tab import AccountTab
from voicehub.ui.api import Api
from voicehub.ui.check_tab import CheckTab
from voicehub.ui.clone_tab import CloneTab
from voicehub.ui.convert_tab import ConvertTab
from voicehub.ui.desk import QUIET, Desk, Services
from voicehub.ui.evaluate_tab import EvaluateTab
from voicehub.ui.guide_tab import GuideTab
from voicehub.ui.live import JobPanel, arrive
from voicehub.ui.market_api import MarketApi
from voicehub.ui.market_tab import MarketTab
from voicehub.ui.markup import Markup, tag
from voicehub.ui.pieces import block
from voicehub.ui.publish_tab import PublishTab
from voicehub.ui.shell import PATHS
from voicehub.ui.speak_tab import SpeakTab
from voicehub.ui.strings import LANGUAGES
from voicehub.ui.theme import build_theme
from voicehub.ui.voice_choice import VoiceChoice
from voicehub.ui.voices_tab import VoicesTab

# How often the cache of uploads is swept, and how old a file may grow: what is kept of an upload
# lies elsewhere, and everything the page plays comes from `/files`.
_CACHE_SECONDS = (120, 900)
_TABS = (
    "clone", "speak", "convert", "evaluate", "voices", "market", "publish", "guide", "check",
    "account",
)  # fmt: skip
_QUEUE_LENGTH = 128
_AT_ONCE = 12  # calls of one handler: they read and write rows, networks run elsewhere


class Page:
    """The page in one language."""

    def __init__(self, services: Services, language: str) -> None:
        self.desk = Desk(services, language)
        choice = self.choice = VoiceChoice(self.desk)
        self.clone, self.speak = CloneTab(self.desk), SpeakTab(self.desk, choice)
        self.convert, self.evaluate = ConvertTab(self.desk, choice), EvaluateTab(self.desk, choice)
        self.voices, self.guide = VoicesTab(self.desk, choice), GuideTab(self.desk)
        self.market, self.publish = MarketTab(self.desk), PublishTab(self.desk, choice)
        self.account, self.check = AccountTab(self.desk), CheckTab(self.desk)
        self.opening: dict[str, gr.Tab] = {}

    def build(self) -> gr.Blocks:
        """Lay out and wire the page; nothing is loaded before a visitor asks for it."""
        say = self.desk.say
        with gr.Blocks(
            title=say("title"), delete_cache=_CACHE_SECONDS, analytics_enabled=False
        ) as blocks:
            block(self._header(), elem_classes="vh-header")
            with gr.Tabs(elem_id="vh-tabs", overflow_behavior="wrap") as tabs:
                for name in _TABS:
                    with gr.Tab(say(f"tab_{name}"), id=name) as tab:
                        getattr(self, name).build()
                    self.opening[name] = tab
            report = tag("a", say("report_footer"), href=f"/report?lang={self.desk.language}")
            block(tag("p", say("footer"), " ", report), elem_classes="vh-footer")
            news = gr.State(0)
            self._wire(blocks, tabs, news)
        return blocks.queue(max_size=_QUEUE_LENGTH, default_concurrency_limit=_AT_ONCE)

    def _wire(self, blocks: gr.Blocks, tabs: gr.Tabs, news: gr.State) -> None:
        self.clone.wire(news)
        self.speak.wire()
        self.convert.wire()
        self.evaluate.wire(news)
        self.voices.wire(news, self.clone, tabs, self.opening["voices"])
        self.guide.wire(news)
        self.market.wire(news, self.opening["market"])
        self.publish.wire(news, self.opening["publish"])
        self.account.wire(self.opening["account"])
        self.check.wire()
        lists = self.choice.lists
        goes_on = gr.State("")
        seen = [
            self.speak.history, *self.account.entered, *self.voices.entered,
            *lists, goes_on,
        ]  # fmt: skip
        blocks.load(self.enter, lists, seen, **QUIET)
        resumed = [part for tab in self._resuming() for part in tab.entered]
        goes_on.change(self.resume, None, resumed, **QUIET)
        news.change(self.choice.refresh, lists, lists, **QUIET)
        spoken = self.clone.tuning_step.speak.click(
            self.newest_voice, None, self.speak.voice, **QUIET
        )
        spoken.success(lambda: gr.Tabs(selected="speak"), None, tabs, **QUIET)
        Api(self.desk).add()
        MarketApi(self.desk).add()

    def _resuming(self) -> Sequence[JobPanel | CloneTab]:
        return self.clone, self.speak, self.convert, self.evaluate, self.guide, self.publish

    def enter(
        self, speak: str | None, convert: str | None, evaluate: str | None, own: str | None,
        publish: str | None, request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        """Fill the page when it opens, with as little as most visitors need.

        Every component that an event may fill costs a millisecond, filled or not. So what shows
        something that goes on is filled by an event of its own, and only where something does.
        """
        with self.desk.sentences():
            arrival = arrive(self.desk, request)
            lists = self.choice.filled(arrival.user, (speak, convert, evaluate, own, publish))
            history = self.speak.history_of(arrival.user)
            goes_on = " ".join([view.job.id for view in arrival.active])
            consent = self.clone.newest_consent(arrival.user)
            goes_on += consent.id if consent else ""
            member, told = self.account.enter(arrival), self.voices.enter(arrival)
            return [history, *member, *told, *lists, goes_on]

    def resume(self, request: gr.Request) -> list[Any]:
        """Fill every tab in which something goes on, wherever it was begun."""
        with self.desk.sentences():
            arrival = arrive(self.desk, request)
            return [part for tab in self._resuming() for part in tab.enter(arrival)]

    def newest_voice(self, request: gr.Request) -> Any:
        """Choose the voice that was made last."""
        with self.desk.sentences():
            voices = self.choice.voices(self.desk.known(request))
        offered = [(voice.name, voice.id) for voice in voices]
        info = self.desk.say("voice_info")
        return gr.Dropdown(choices=offered, value=voices[0].id if voices else None, info=info)

    def _header(self) -> Markup:
        say = self.desk.say
        links = [
            tag(
                "a", say(f"switch_{code}"), href=f"{PATHS[code]}?lang={code}", lang=code,
                hreflang=code, target="_self",
                aria_current="true" if code == self.desk.language else None,
            )
            for code in LANGUAGES
        ]  # fmt: skip
        theme = tag("button", tag("span", "◐", aria_hidden="true"), type="button", class_="vh-quiet",
                    data_theme_switch=True, aria_label=say("theme_switch"), title=say("theme_switch"))  # fmt: skip
        brand = tag("h1", _LOGO, tag("span", say("title")))
        nav = tag(
            "nav", tag("span", *links, class_="vh-languages"), theme, aria_label=say("language")
        )
        return tag("header", tag("div", brand, tag("p", say("subtitle"))), nav)


_LOGO = Markup(
    '<svg viewBox="0 0 28 28" aria-hidden="true" class="vh-logo"><rect width="28" height="28" rx="8"/>'
    '<path d="M7 12v4M11 9v10M15 6v16M19 10v8M22.5 12.5v3"/></svg>'
)


def mount_options(blocked: Path, max_bytes: int) -> dict[str, Any]:
    """Return what every mounting of the page is given: looks, limits, files nobody gets."""
    return {
        "theme": build_theme(),
        "max_file_size": max_bytes,
        "blocked_paths": [str(blocked)],
        "run_history": False,
        "show_error": False,
        "footer_links": [],
        "ssr_mode": False,
    }
