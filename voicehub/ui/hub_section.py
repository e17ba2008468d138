"""The part of one's own voices where one is sent to the Hub, and taken back from it."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from voicehub.errors import VoiceHubError
from voicehub.services.hub import Place
from voicehub.services.shelves import hub_address
from voicehub.store.records import User
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.live import redraw
from voicehub.ui.markup import Markup, tag
from voicehub.ui.pieces import badge, block, notice
from voicehub.ui.report_card import table

_LOOK_SECONDS = 2.0
_TONES = {"waiting": "fair", "there": "good", "leaving": "fair", "erased": "plain", "void": "bad"}


class HubSection:
    """Publishing to the Hub; a worker carries it out, and a timer shows how far it is."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the section; it is there for members who have chosen a voice."""
        say = self.desk.say
        with gr.Column(visible=False, elem_classes="vh-panel") as self.panel:
            block(tag("h3", say("hub_title")) + tag("p", say("hub_intro"), class_="vh-soft"))
            self.told = block()
            with gr.Column(visible=False) as self.form:
                with gr.Row():
                    self.repo = gr.Textbox(label=say("hub_repo"), max_length=96,
                                           info=say("hub_repo_info"), elem_id="vh-hub-repo")  # fmt: skip
                    self.licence = gr.Textbox(label=say("hub_licence"), max_length=80,
                                              info=say("hub_licence_info"))  # fmt: skip
                self.gated = gr.Checkbox(False, label=say("hub_gated"), info=say("hub_gated_info"))
                self.send = gr.Button(say("hub_send"), variant="primary")
            self.places = block()
            self.leave = gr.Button(say("hub_withdraw"), size="sm", visible=False)
        self.drawn, self.timer = gr.State(()), gr.Timer(_LOOK_SECONDS, active=False)

    def wire(self, voice: gr.Dropdown, tab: gr.Tab) -> None:
        """Wire the section, which follows the voice that is chosen in its tab."""
        seen = [self.places, self.leave, self.drawn, self.timer]
        shown, looked = [self.panel, self.form, self.repo, self.told, *seen], [self.told, *seen]
        for event in (voice.change, tab.select):
            event(self.show, voice, shown, **QUIET)
        self.send.click(
            self.publish, [voice, self.repo, self.licence, self.gated], [self.told, *seen],
            api_name="publish_to_hub",
        )  # fmt: skip
        self.leave.click(self.withdraw, voice, [self.told, *seen], api_name="withdraw_from_hub")
        self.timer.tick(self.look, [voice, self.drawn], looked, queue=False, **QUIET)

    def show(self, voice_id: str | None, request: gr.Request) -> list[Any]:
        """Return what can be done with a voice, or what is missing for it, and where it lies."""
        desk, user = self.desk, self.desk.known(request)
        if user is None or user.kind == "guest" or not voice_id:
            return [gr.Column(visible=False), *[gr.skip()] * 6, gr.Timer(active=False)]
        with desk.sentences():
            suggested = desk.services.hub.suggested(user, voice_id)
            told = "" if suggested else notice(desk.say("hub_closed"))
            return [
                gr.Column(visible=True), gr.Column(visible=bool(suggested)), suggested, told,
                *self._seen(user, voice_id),
            ]  # fmt: skip

    def publish(
        self, voice_id: str | None, repo: str, licence: str, gated: bool, request: gr.Request
    ) -> list[Any]:
        """Ask for the upload; it goes on when the tab is closed."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "look")
            desk.services.hub.publish(
                user, voice_id or "", (repo or "").strip(), hub_address(),
                "gated" if gated else "private", " ".join((licence or "").split()) or None,
            )  # fmt: skip
            return [notice(desk.say("hub_sent"), "good"), *self._seen(user, voice_id or "")]

    def withdraw(self, voice_id: str | None, request: gr.Request) -> list[Any]:
        """Ask for the erasure of every copy."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "look")
            desk.services.hub.withdraw(user, voice_id or "")
            return [notice(desk.say("hub_leaving"), "good"), *self._seen(user, voice_id or "")]

    def look(self, voice_id: str | None, drawn: Sequence[int], request: gr.Request) -> list[Any]:
        """Return how it stands; nobody asked, so nobody is told where that fails."""
        user = self.desk.known(request)
        try:
            if user is not None and voice_id:
                seen = self._seen(user, voice_id, drawn)
                return [gr.skip() if seen[-1].active else "", *seen]
        except VoiceHubError:
            pass  # the voice is gone, or the database is busy: the next choice of a voice looks anew
        return [*[gr.skip()] * 4, gr.Timer(active=False)]

    def _seen(self, user: User, voice_id: str, drawn: Sequence[int] = ()) -> list[Any]:
        found = self.desk.services.hub.places(user, voice_id)
        states = {each.state for each in found}
        leaves = gr.Button(visible=bool(states & {"waiting", "there"}))
        (places,), marks = redraw([self._table(found)], drawn)
        return [places, leaves, marks, gr.Timer(active=bool(states & {"waiting", "leaving"}))]

    def _table(self, found: Sequence[Place]) -> Markup:
        say = self.desk.say
        if not found:
            return tag("p", say("hub_nowhere"), class_="vh-soft")
        rows = [self._row(each) for each in found]
        return table([say("hub_repo_head"), "", say("board_version"), say("hub_since")], rows)

    def _row(self, place: Place) -> Markup:
        desk = self.desk
        name = (
            tag("a", place.repo, href=place.address, target="_blank", rel="noopener")
            if place.address else tag("span", place.repo, " · ", desk.say("hub_registry"))
        )  # fmt: skip
        why = (
            tag("p", desk.told(VoiceHubError(place.error)), class_="vh-soft")
            if place.error else None
        )  # fmt: skip
        state = badge(desk.say(f"hub_state_{place.state}"), _TONES[place.state])
        return tag(
            "tr", tag("th", name, why, scope="row"), tag("td", state), tag("td", place.tag or "–"),
            tag("td", place.at[:16].replace("T", " ")),
        )  # fmt: skip
