"""The tab that speaks: text goes in, and the first sentence is heard while the rest is made."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import gradio as gr

from voicehub.store.records import Speech, User
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.job_view import Seen, job_file, status
from voicehub.ui.label_choice import LabelChoice, chosen_label
from voicehub.ui.live import SPEECH_SECONDS, JobPanel, redraw
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import ACTIONS, FORMATS, action, block, downloads, made_player, player
from voicehub.ui.report_routes import report_link
from voicehub.ui.voice_choice import VoiceChoice

MAX_TEXT = 5_000  # characters
_SHOWN = 20  # pieces of history


class SpeakTab(JobPanel):
    """Text becomes speech."""

    kind = "speak"
    look_seconds = SPEECH_SECONDS

    def __init__(self, desk: Desk, choice: VoiceChoice) -> None:
        super().__init__(desk)
        self.choice, self.labels = choice, LabelChoice(desk)

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=320):
                self.voice = self.choice.build()
                self.text = gr.Textbox(
                    label=say("text"), placeholder=say("text_placeholder"), lines=6, max_lines=16,
                    max_length=MAX_TEXT,
                )  # fmt: skip
                with gr.Row():
                    self.speed = gr.Slider(0.5, 2.0, 1.0, step=0.05, label=say("speed"), buttons=[])
                    self.pitch = gr.Slider(-12, 12, 0, step=0.5, label=say("pitch"), buttons=[])
                self.format = gr.Radio(
                    [(name.upper() if name != "ogg" else "Ogg", name) for name in FORMATS],
                    value="wav", label=say("format"),
                )  # fmt: skip
                self.labels.build()
                self.go = gr.Button(say("speak"), variant="primary", size="lg")
            with gr.Column(scale=2, min_width=320, elem_classes="vh-panel"):
                block(tag("h3", say("speech")))
                self.sound = block(tag("p", say("speech_soon"), class_="vh-soft"), min_height=130)
                self.cancel = gr.Button(
                    say("cancel"), variant="secondary", size="sm", visible=False
                )
        block(tag("h3", say("history")))
        self.history = block(js_on_load=ACTIONS, elem_classes="vh-cards", min_height=60)
        self.build_watch()

    @property
    def filled(self) -> list[Any]:
        """What a look at the job fills."""
        return [self.sound, self.history, self.cancel]

    def wire(self) -> None:
        """Wire the tab."""
        self.labels.wire()
        self.go.click(
            self.speak,
            [self.voice, self.text, self.speed, self.pitch, self.format, *self.labels.fields],
            self.entered,
            api_name="speak",
            show_progress="minimal",
            show_progress_on=self.sound,
        )
        self.wire_watch("speak_progress")
        self.wire_end(self.cancel, "cancel_speech")
        self.history.click(self.act, None, self.history, **QUIET)

    def _no_history(self) -> Markup:
        return tag("p", self.desk.say("no_history"), class_="vh-soft")

    def history_of(self, user: User | None) -> Markup:
        """Return a visitor's history."""
        return self._history(user) if user else self._no_history()

    def speak(
        self,
        voice_id: str | None,
        text: str,
        speed: float,
        pitch: float,
        format_: str,
        label: str,
        acknowledged: bool,
        request: gr.Request,
    ) -> list[Any]:
        """Ask for speech; it is heard as its sentences are made."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            desk.needed((text or "").strip(), "need_text")
            user = desk.acting(request, "speak")
            job = desk.services.studio.speak(
                user, voice_id or "", text, speed=speed, pitch=pitch, format=format_,
                label=chosen_label(label, acknowledged),
            )  # fmt: skip
            return self.begun(user, job)

    def act(self, request: gr.Request, event: gr.EventData) -> Markup:
        """Remove the piece of speech whose button was pressed."""
        return self.forget(str(event.id), request)

    def forget(self, speech_id: str, request: gr.Request) -> Markup:
        """Remove a piece of one's own speech; return the history without it."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            self.desk.services.speeches.delete(user, speech_id)
            return self._history(user)

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return what there is to hear by now, and at the end the history with it."""
        (fresh,), marks = redraw([self._sound(seen)], drawn)
        history = gr.skip() if seen.active else self._history(seen.user)
        return [fresh, history, gr.Button(visible=seen.active, interactive=True)], marks

    def _sound(self, seen: Seen) -> Markup:
        """Return the player of the sentences made so far, and the whole to download at the end."""
        desk, job = self.desk, seen.view.job
        chunks = sorted(seen.of("chunk"), key=lambda each: each["number"])
        parts = [(job_file(job.id, each["file"]), float(each["seconds"])) for each in chunks]
        name = desk.say("speech")
        sound = made_player(desk, parts, name, key=job.id, open=seen.active, autoplay=True)
        speech = (job.result or {}).get("speech_id") if job.state == "done" else None
        links = downloads(desk, f"/files/speech/{quote(str(speech))}", name) if speech else None
        return join(sound if parts or seen.active else None, status(desk, seen), links)

    def _history(self, user: User) -> Markup:
        made = [s for s in self.desk.services.speeches.history(user) if s.kind == "speak"]
        if not made:
            return self._no_history()
        names = self.choice.names(user)
        return history_cards(self.desk, made[:_SHOWN], names)


def history_cards(desk: Desk, made: Sequence[Speech], names: dict[str, str]) -> Markup:
    """Return pieces of one's own speech to hear, to download and to remove."""
    cards = []
    for speech in made:
        address = f"/files/speech/{quote(speech.id)}"
        voice = names.get(speech.voice_id) or desk.say("voice_gone")
        remove = action(desk, "remove", "remove", speech.id, class_="vh-quiet",
                        aria_label=desk.say("remove_name", name=speech.text[:40]))  # fmt: skip
        head = tag("header", tag("strong", voice), tag("time", speech.created[:16].replace("T", " "),
                   datetime=speech.created, class_="vh-soft"), remove)  # fmt: skip
        sound = player(desk, [(address, speech.seconds)], voice)
        text = tag("p", speech.text, class_="vh-said") if speech.text else None
        cards.append(
            tag(
                "article",
                head,
                text,
                sound,
                downloads(desk, address, voice),
                report_link(desk, speech.id),
                class_="vh-card",
            )
        )
    return join(*cards)
