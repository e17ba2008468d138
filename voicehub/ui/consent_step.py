"""The first step of a clone: who it is, what for, and the statement read aloud."""

from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.services.consents import Allowed
from voicehub.store.records import Challenge
from voicehub.store.rows import from_now
from voicehub.ui.desk import Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import block
from voicehub.ui.strings import LANGUAGES, string

USES = ("speak", "convert", "sell")
TERMS = ("0", "30", "365")  # days that the consent holds; 0: until it is revoked
_DAY = 86_400.0  # seconds
SCOPES = ("scope_try", "scope_personal", "scope_work")


class ConsentStep:
    """The owner of a voice says who they are and agrees aloud."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the step."""
        say = self.desk.say
        block(tag("h2", say("consent_title")) + tag("p", say("consent_intro"), class_="vh-soft"))
        with gr.Row(equal_height=True):
            self.name = gr.Textbox(
                label=say("owner_name"), placeholder=say("owner_placeholder"), max_length=80,
                scale=2, elem_id="vh-owner",
            )  # fmt: skip
            self.language = gr.Radio(
                [(say(f"language_{code}"), code) for code in LANGUAGES], value=self.desk.language,
                label=say("statement_language"), scale=2,
            )  # fmt: skip
        scopes = self._scopes(self.desk.language)
        self.scope = gr.Dropdown(
            scopes, value=scopes[0], label=say("scope"), info=say("scope_info"),
            allow_custom_value=True, max_choices=None,
        )  # fmt: skip
        with gr.Row(equal_height=True):
            self.uses = gr.CheckboxGroup(
                [(say(f"use_{use}"), use) for use in USES], value=list(USES[:2]),
                label=say("uses"), info=say("uses_info"), scale=2,
            )  # fmt: skip
            self.term = gr.Radio(
                [(say(f"term_{days}"), days) for days in TERMS], value=TERMS[0],
                label=say("term"), scale=2,
            )  # fmt: skip
        self.agreed = gr.Checkbox(label=say("biometric_tick"), elem_classes="vh-tick")
        self.show = gr.Button(say("show_statement"), variant="primary", size="lg")
        self.challenge = gr.State("")
        with gr.Column(visible=False, elem_classes="vh-panel") as self.reading:
            self.words = block()
            self.recorder = gr.Audio(
                sources=["microphone", "upload"], type="filepath", editable=False, buttons=[],
                label=say("statement_recorder"), elem_classes="vh-recorder",
            )  # fmt: skip
            block(tag("p", say("statement_note"), class_="vh-soft"))

    def wire(self, consent: gr.State) -> Any:
        """Wire the step; return the event after which there is a consent."""
        self.language.change(
            lambda language: gr.Dropdown(self._scopes(language), value=self._scopes(language)[0]),
            self.language, self.scope, api_visibility="private", show_progress="hidden",
        )  # fmt: skip
        self.show.click(
            self.statement,
            [self.name, self.language, self.scope, self.agreed, self.uses, self.term],
            [self.challenge, self.words, self.reading],
            api_name="consent_statement",
            show_progress="minimal",
        )
        self.agreed.input(
            self.statement_at_once,
            [self.name, self.language, self.scope, self.agreed, self.uses, self.term],
            [self.challenge, self.words, self.reading],
            api_visibility="private",
            show_progress="minimal",
        )
        given = gr.on(
            [self.recorder.stop_recording, self.recorder.upload],
            self.give,
            [self.challenge, self.recorder, self.agreed],
            [consent, self.recorder, self.reading],
            api_name="give_consent",
            show_progress="minimal",
        )
        given.failure(lambda: None, None, self.recorder, api_visibility="private")
        return given

    def _scopes(self, language: str) -> list[str]:
        return [string(key, language) for key in SCOPES]

    def statement(
        self, name: str, language: str, scope: str, agreed: bool, uses: list[str], term: str,
        request: gr.Request,
    ) -> tuple[str, str, Any]:  # fmt: skip
        """Return the statement to read, with its code."""
        desk = self.desk
        with desk.sentences():
            desk.needed((name or "").strip(), "need_owner")
            desk.needed((scope or "").strip(), "need_scope")
            desk.needed(agreed, "need_tick")
            user = desk.acting(request, "consent")
            until = from_now(float(term) * _DAY) if term in TERMS[1:] else None
            allowed = Allowed("speak" in uses, "convert" in uses, "sell" in uses, until)
            challenge = desk.services.consents.challenge(user, language, name, scope, allowed)
        return challenge.id, self._words(challenge), gr.Column(visible=True)

    def statement_at_once(
        self, name: str, language: str, scope: str, agreed: bool, uses: list[str], term: str,
        request: gr.Request,
    ) -> tuple[Any, Any, Any]:  # fmt: skip
        """Return the statement where the tick was the last thing that it needed."""
        if not (agreed and (name or "").strip() and (scope or "").strip()):
            return gr.skip(), gr.skip(), gr.skip()
        return self.statement(name, language, scope, agreed, uses, term, request)

    def _words(self, challenge: Challenge) -> Markup:
        say = self.desk.say
        before, _, after = challenge.text.partition(challenge.code)
        code = tag("mark", challenge.code, class_="vh-code")
        countdown = tag(
            "vh-countdown", data_until=challenge.expires, data_left=say("code_left", time="{time}"),
            data_over=say("code_over"),
        )  # fmt: skip
        lang = "zh-CN" if challenge.language == "zh" else "en"
        words = tag("blockquote", join(before, code, after), class_="vh-statement", lang=lang)
        return tag(
            "div", tag("h3", say("read_aloud")), words, tag("p", countdown, class_="vh-soft")
        )

    def give(
        self, challenge_id: str, recording: str | None, agreed: bool, request: gr.Request
    ) -> tuple[str, None, Any]:
        """Keep the statement that was read; return the consent's identifier."""
        desk = self.desk
        with desk.sentences():
            desk.needed(challenge_id, "need_statement")
            desk.needed(recording, "need_recording")
            user = desk.acting(request, "consent")
            consent = desk.services.consents.accept(
                user, challenge_id, Path(recording or ""), agreed
            )
        if consent.state == "waiting":
            gr.Warning(desk.say("consent_waits"))
        return consent.id, None, gr.Column(visible=False)
