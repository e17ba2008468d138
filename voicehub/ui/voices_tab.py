"""The tab of one's own voices: versions, consent, storage; rename, tune on, export, delete, revoke."""

from typing import Any
from urllib.parse import quote

import gradio as gr

from voicehub.services.receipts import Receipt
from voicehub.ui.clone_tab import CloneTab
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.hub_section import HubSection
from voicehub.ui.live import Arrival
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import badge, block, megabytes, notice, receipt
from voicehub.ui.report_card import figure, table
from voicehub.ui.report_routes import report_link, takedown_notices
from voicehub.ui.voice_choice import VoiceChoice


class VoicesTab:
    """What an owner can do with their voices."""

    def __init__(self, desk: Desk, choice: VoiceChoice) -> None:
        self.desk, self.choice = desk, choice
        self.hub = HubSection(desk)

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        block(tag("h2", say("voices_title")) + tag("p", say("voices_intro"), class_="vh-soft"))
        self.taken = block()
        self.voice = self.choice.build()
        self.details = block(min_height=120)
        with gr.Column(visible=False) as self.tools:
            with gr.Row(elem_classes="vh-level-buttons"):
                self.name = gr.Textbox(label=say("rename"), max_length=64, scale=3)
                self.rename = gr.Button(say("rename_do"), scale=1)
                self.retune = gr.Button(say("retune"), scale=2)
            self.shown = gr.Checkbox(False, label=say("shows_name"), info=say("shows_name_info"))
            with gr.Row():
                self.delete = gr.Button(say("delete_voice"), variant="secondary", size="sm")
                self.revoke = gr.Button(say("revoke_consent"), variant="secondary", size="sm")
            with gr.Column(visible=False, elem_classes="vh-panel vh-danger") as self.asked:
                self.question = block()
                with gr.Row():
                    self.sure = gr.Button(say("sure"), variant="stop")
                    self.keep = gr.Button(say("keep_it"))
        self.hub.build()
        self.receipt = block()
        self.wanted = gr.State("")

    def wire(self, news: gr.State, clone: CloneTab, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Wire the tab; every change is news to the other tabs."""
        self.hub.wire(self.voice, tab)
        self.voice.change(
            self.show, self.voice, [self.details, self.tools, self.name, self.asked, self.shown],
            api_name="voice_details", show_progress="hidden",
        )  # fmt: skip
        self.shown.input(
            self.show_name, [self.voice, self.shown], self.shown, api_name="show_name",
            show_progress="hidden",
        )  # fmt: skip
        renamed = self.rename.click(
            self.change_name, [self.voice, self.name], self.details, api_name="rename_voice"
        )
        for button, wanted in ((self.delete, "delete"), (self.revoke, "revoke")):
            button.click(
                self._asker(wanted), None, [self.asked, self.question, self.wanted], **QUIET
            )
        self.keep.click(lambda: gr.Column(visible=False), None, self.asked, **QUIET)
        gone = self.sure.click(
            self.remove,
            [self.voice, self.wanted],
            [self.receipt, self.asked],
            api_visibility="private",
        )
        for event in (renamed, gone):
            event.success(lambda count: count + 1, news, news, **QUIET)
        opened = self.retune.click(clone.retune, self.voice, clone.opened, **QUIET)
        opened.success(lambda: gr.Tabs(selected="clone"), None, tabs, **QUIET)

    @property
    def entered(self) -> list[Any]:
        """What `enter` fills."""
        return [self.taken]

    def enter(self, arrival: Arrival) -> list[Any]:
        """Return what is to be told of one's voices that were taken down."""
        user = arrival.user
        found = self.desk.services.misuse.against(user) if user else []
        return [takedown_notices(self.desk, found)]

    def _asker(self, wanted: str) -> Any:
        question = notice(self.desk.say(f"ask_{wanted}"), "bad")
        return lambda: (gr.Column(visible=True), question, wanted)

    def show(self, voice_id: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Return all that is known of a voice."""
        desk = self.desk
        user = desk.known(request)
        hidden = gr.Column(visible=False)
        if user is None or not voice_id:
            return notice(desk.say("no_voice")), hidden, gr.skip(), hidden, gr.skip()
        with desk.sentences():
            card, name = self._card(user, voice_id)
            shown = desk.services.library.details(user, voice_id).voice.shows_name
        return card, gr.Column(visible=True), name, hidden, shown

    def _card(self, user: Any, voice_id: str) -> tuple[Markup, str]:
        desk, say = self.desk, self.desk.say
        found = desk.services.library.details(user, voice_id)
        consent, voice = found.consent, found.voice
        state = "revoked" if consent.revoked else consent.state
        held = badge(say(f"consent_{state}"), "good" if consent.valid else "bad")
        uses = {
            "speak": consent.for_speech, "convert": consent.for_conversion, "sell": consent.for_sale
        }  # fmt: skip
        allowed = [say(f"use_{use}") for use, given in uses.items() if given]
        if consent.until:
            allowed.append(say("until", date=consent.until[:10]))
        rows = [
            (say("consent_state"), join(held, " ", consent.scope or consent.licence or "")),
            (say("uses"), " · ".join(allowed)),
            (say("created"), voice.created[:16].replace("T", " ")),
            (say("made_from"), say("recordings_count", count=len(found.recordings),
                                   seconds=sum(each.seconds for each in found.recordings))),
            (say("storage"), megabytes(found.size_bytes)),
            (say("spoken_count"), str(found.generations)),
        ]  # fmt: skip
        if voice.expires:
            rows.append((say("expires"), voice.expires[:16].replace("T", " ")))
        versions = desk.services.library.checkpoints(user, voice_id)
        lines = [
            tag(
                "tr", tag("td", f"v{each.number}"), tag("td", each.created[:16].replace("T", " ")),
                tag("td", str(each.step)), tag("td", figure(each.similarity, 3)),
                tag("td", badge(say("current"), "good") if each.current else ""),
            )
            for each in versions
        ]  # fmt: skip
        heads = [
            say("board_version"),
            say("created"),
            say("board_step"),
            say("board_similarity"),
            "",
        ]
        total = say("storage_total", size=megabytes(desk.services.library.storage_bytes(user)))
        export = tag("a", say("export"), href=f"/files/export/{quote(voice.id)}", download=True,
                     class_="vh-button")  # fmt: skip
        body = tag("dl", *(join(tag("dt", key), tag("dd", value)) for key, value in rows))
        card = tag("article", tag("h3", voice.name), body, table(heads, lines),
                   tag("footer", export, tag("span", total, class_="vh-soft"),
                       report_link(desk, voice.id)), class_="vh-card vh-voice")  # fmt: skip
        return card, voice.name

    def change_name(self, voice_id: str | None, name: str, request: gr.Request) -> Markup:
        """Rename a voice."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            desk.needed((name or "").strip(), "need_name")
            user = desk.acting(request, "look")
            desk.services.library.rename(user, voice_id or "", name)
            return self._card(user, voice_id or "")[0]

    def show_name(self, voice_id: str | None, shown: bool, request: gr.Request) -> bool:
        """Say whether the public checker may tell what a voice is called."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "look")
            return desk.services.library.show_name(user, voice_id or "", shown).shows_name

    def remove(self, voice_id: str | None, wanted: str, request: gr.Request) -> tuple[Markup, Any]:
        """Delete a voice, or revoke its consent and with it all that came of it."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "look")
            library = desk.services.library
            act = library.revoke if wanted == "revoke" else library.delete
            given: Receipt = act(user, voice_id or "")
            return receipt(desk, given), gr.Column(visible=False)
