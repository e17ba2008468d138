"""The part of the account where programs get their keys."""

from typing import Any

import gradio as gr

from voicehub.store.records import User
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import block, notice


class KeysSection:
    """Keys of one's own: made, listed, revoked; a secret is shown once and never again."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the section; it is there for members alone."""
        say = self.desk.say
        with gr.Column(visible=False, elem_classes="vh-panel") as self.panel:
            block(tag("h3", say("keys_title")) + tag("p", say("keys_intro"), class_="vh-soft"))
            with gr.Row(elem_classes="vh-level-buttons"):
                self.name = gr.Textbox(label=say("key_name"), max_length=64, scale=3)
                self.make = gr.Button(say("key_make"), variant="primary", scale=1)
            self.secret = block()
            self.rows = block()
            with gr.Row(visible=False, elem_classes="vh-level-buttons") as self.ending:
                self.key = gr.Dropdown(label=say("key_choice"), choices=[], scale=3)
                self.revoke = gr.Button(say("key_revoke"), variant="secondary", scale=1)

    def wire(self, tab: gr.Tab) -> None:
        """Wire the section, which is filled when its tab is opened."""
        tab.select(self.enter, None, [self.panel, self.rows, self.key, self.ending], **QUIET)
        made = [self.secret, self.rows, self.key, self.ending]
        self.make.click(self.create, self.name, made, api_visibility="private")
        self.revoke.click(self.end, self.key, made, **QUIET)

    def enter(self, request: gr.Request) -> list[Any]:
        """Return the keys of who is here."""
        with self.desk.sentences():
            user = self.desk.known(request)
            if user is None or user.kind == "guest":
                return [gr.Column(visible=False), "", gr.Dropdown(choices=[]), gr.skip()]
            return [gr.Column(visible=True), *self._list(user)]

    def create(self, name: str, request: gr.Request) -> list[Any]:
        """Make a key and show it, this once."""
        desk = self.desk
        with desk.sentences():
            user = desk.acting(request, "look")
            made = desk.services.api_keys.create(user, name or "")
            shown = tag(
                "div", tag("p", desk.say("key_once")), tag("code", made.secret, class_="vh-secret")
            )
            return [shown, *self._list(user)]

    def end(self, key_id: str | None, request: gr.Request) -> list[Any]:
        """Revoke a key."""
        desk = self.desk
        with desk.sentences():
            desk.needed(key_id, "key_choice")
            user = desk.acting(request, "look")
            key = desk.services.api_keys.revoke(user, key_id or "")
            return [notice(desk.say("key_revoked", name=key.name), "good"), *self._list(user)]

    def _list(self, user: User) -> list[Any]:
        say, keys = self.desk.say, self.desk.services.api_keys
        valid = [each for each in keys.list(user) if each.revoked is None]
        lines = [
            tag(
                "li",
                say(
                    "key_row",
                    name=each.name,
                    prefix=each.prefix,
                    most=each.characters_a_day,
                    used=keys.used_today(each),
                ),
            )
            for each in valid
        ]
        rows: Markup = tag("ul", join(*lines)) if lines else tag("p", say("key_none"))
        choices = [(each.name, each.id) for each in valid]
        chosen = gr.Dropdown(choices=choices, value=choices[0][1] if choices else None)
        return [rows, chosen, gr.Row(visible=bool(choices))]
