"""The tab of the account: guest, local account or Hugging Face; how to leave and take all along."""

from typing import Any

import gradio as gr

from voicehub.store.records import User
from voicehub.ui.desk import QUIET, Desk, is_founder
from voicehub.ui.keys_section import KeysSection
from voicehub.ui.live import Arrival
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import block
from voicehub.ui.review_routes import review_link
from voicehub.ui.shell import offers_hugging_face

# What these send goes to `/account/…`, which sets the cookie that a handler of the page cannot set.
_LOGIN = "(name, password) => window.voicehub.account('login', {name, password})"
_REGISTER = "(name, password) => window.voicehub.account('register', {name, password})"
_LOGOUT = "() => window.voicehub.account('logout')"
_DELETE = "() => window.voicehub.account('delete')"


class AccountTab:
    """Who one is here."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.keys = KeysSection(desk)

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        with gr.Column(elem_classes="vh-narrow"):
            block(tag("h2", say("account_title")))
            self.state = block(self._state(None), min_height=90)
            if offers_hugging_face():
                block(tag("a", say("hf_login"), href="/account/hf", class_="vh-button vh-primary"))
            with gr.Column(elem_classes="vh-panel") as self.form:
                self.name = gr.Textbox(label=say("user_name"), max_length=64, autofocus=False,
                                       elem_id="vh-user")  # fmt: skip
                self.password = gr.Textbox(label=say("password"), type="password", max_length=256,
                                           info=say("password_info"))  # fmt: skip
                with gr.Row():
                    self.login = gr.Button(say("login"), variant="primary")
                    self.register = gr.Button(say("register"), variant="secondary")
                self.said = block(elem_classes="vh-said-bad")
            with gr.Column(visible=False) as self.inside:
                self.logout = gr.Button(say("logout"))
            self.keys.build()
            with gr.Column(visible=False) as self.leaving:
                days = f"{self.desk.services.limits.numbers.recording_days:g}"
                block(tag(
                    "div", tag("a", say("takeout"), href="/files/takeout", download=True,
                               class_="vh-button"),
                    tag("p", say("takeout_note"), class_="vh-soft"),
                    tag("p", say("recordings_kept", days=days), class_="vh-soft"),
                ))  # fmt: skip
                self.leave = gr.Button(say("delete_account"), variant="secondary", size="sm")
                with gr.Column(visible=False, elem_classes="vh-panel vh-danger") as self.asked:
                    block(tag("p", say("ask_account")))
                    with gr.Row():
                        self.sure = gr.Button(say("sure"), variant="stop")
                        self.keep = gr.Button(say("keep_it"))

    @property
    def entered(self) -> list[Any]:
        """What `enter` fills."""
        return [self.state, self.form, self.inside, self.leaving]

    def wire(self, tab: gr.Tab) -> None:
        """Wire the tab, whose keys are listed when it is opened."""
        self.keys.wire(tab)
        given = [self.name, self.password]
        self.login.click(None, given, self.said, js=_LOGIN, api_visibility="private")
        self.password.submit(None, given, self.said, js=_LOGIN, api_visibility="private")
        self.register.click(None, given, self.said, js=_REGISTER, api_visibility="private")
        self.logout.click(None, None, self.said, js=_LOGOUT, api_visibility="private")
        self.leave.click(lambda: gr.Column(visible=True), None, self.asked, **QUIET)
        self.keep.click(lambda: gr.Column(visible=False), None, self.asked, **QUIET)
        self.sure.click(None, None, self.said, js=_DELETE, api_visibility="private")

    def enter(self, arrival: Arrival) -> list[Any]:
        """Return who is here."""
        user = arrival.user
        member = user is not None and user.kind in ("local", "hf")
        return [
            self._state(user), gr.Column(visible=not member), gr.Column(visible=member),
            gr.Column(visible=user is not None),
        ]  # fmt: skip

    def _state(self, user: User | None) -> Markup:
        say = self.desk.say
        if user is None or user.kind == "guest":
            until = user.expires[:16].replace("T", " ") if user and user.expires else None
            when = say("guest_until", time=until) if until else say("guest_none")
            return tag("div", tag("h3", say("guest")), tag("p", when), tag("p", say("guest_why"), class_="vh-soft"),
                       class_="vh-card")  # fmt: skip
        kind = say(f"account_{user.kind}")
        duty = tag("p", review_link(self.desk)) if is_founder(user) else None
        return tag("div", join(tag("h3", user.name or ""), tag("p", kind), duty), class_="vh-card")
