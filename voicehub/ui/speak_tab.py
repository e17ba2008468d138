"""The tab that speaks: text goes in, and the first sentence is heard while the rest is made."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import gradio as gr

from voicehub.store.records import Speech
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.job_view import Seen, job_file, status
from voicehub.ui.live import SPEECH_SECONDS, look, newest_active, redraw, watch
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import ACTIONS, FORMATS, action, block, downloads, player
from voicehub.ui.voice_choice import VoiceChoice

MAX_TEXT = 5_000  # characters
_SHOWN = 20  # pieces of history


class SpeakTab:
    """Text becomes speech."""

    def __init__(self, desk: Desk, choice: VoiceChoice) -> None:
        self.desk, self.choice = desk, choice

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
                self.go = gr.Button(say("speak"), variant="primary", size="lg")
            with gr.Column(scale=2, min_width=320, elem_classes="vh-panel"):
                block(tag("h3", say("speech")))
                self.sound = block(tag("p", say("speech_soon"), class_="vh-soft"), min_height=130)
                self.cancel = gr.Button(
                    say("cancel"), variant="secondary", size="sm", visible=False
                )
        block(tag("h3", say("history")))
        self.history = block(js_on_load=ACTIONS, elem_classes="vh-cards", min_height=60)
        self.job_id, self.drawn = gr.State(""), gr.State(())
        self.timer = gr.Timer(SPEECH_SECONDS, active=False)

    @property
    def shown(self) -> list[Any]:
        """What a look at the job fills, in the order of `_parts`."""
        return [self.sound, self.history, self.cancel, self.drawn, self.timer]

    def wire(self) -> None:
        """Wire the tab."""
        self.go.click(
            self.speak,
            [self.voice, self.text, self.speed, self.pitch, self.format],
            [self.job_id, *self.shown],
            api_name="speak",
            show_progress="minimal",
            show_progress_on=self.sound,
        )
        self.timer.tick(
            self.look, [self.job_id, self.drawn], self.shown, queue=False,
            api_name="speak_progress", show_progress="hidden",
        )  # fmt: skip
        self.cancel.click(self.end, self.job_id, self.cancel, queue=False, api_name="cancel_speech")
        self.history.click(self.act, None, self.history, **QUIET)

    def enter(self, request: gr.Request) -> list[Any]:
        """Return one's history, and the speech that is being made."""
        with self.desk.sentences():
            running = newest_active(self.desk, self.desk.known(request), "speak")
            if running is not None:
                return [running.view.job.id, *self._parts(running, (), request)]
            return ["", gr.skip(), self._history(request), gr.skip(), (), gr.skip()]

    @property
    def entered(self) -> list[Any]:
        """What `enter` fills."""
        return [self.job_id, *self.shown]

    def speak(
        self,
        voice_id: str | None,
        text: str,
        speed: float,
        pitch: float,
        format_: str,
        request: gr.Request,
    ) -> list[Any]:
        """Ask for speech; it is heard as its sentences are made."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            desk.needed((text or "").strip(), "need_text")
            user = desk.acting(request, "speak")
            job = desk.services.studio.speak(
                user, voice_id or "", text, speed=speed, pitch=pitch, format=format_
            )
            seen = look(desk, user, job.id)
            assert seen is not None
            return [job.id, *self._parts(seen, (), request)]

    def look(self, job_id: str, drawn: Any, request: gr.Request) -> list[Any]:
        """Return what there is to hear by now."""
        idle = [gr.skip()] * (len(self.shown) - 1) + [gr.Timer(active=False)]
        return watch(
            self.desk, request, job_id, idle, lambda seen: self._parts(seen, drawn, request)
        )

    def end(self, job_id: str, request: gr.Request) -> Any:
        """Stop making the speech."""
        desk = self.desk
        with desk.sentences():
            desk.needed(job_id, "need_job")
            desk.services.studio.cancel(desk.acting(request, "stop"), job_id)
        return gr.Button(interactive=False)

    def act(self, request: gr.Request, event: gr.EventData) -> Markup:
        """Remove the piece of speech whose button was pressed."""
        return self.forget(str(event.id), request)

    def forget(self, speech_id: str, request: gr.Request) -> Markup:
        """Remove a piece of one's own speech; return the history without it."""
        with self.desk.sentences():
            user = self.desk.acting(request, "look")
            self.desk.services.speeches.delete(user, speech_id)
            return self._history(request)

    def _parts(self, seen: Seen, drawn: Any, request: gr.Request) -> list[Any]:
        sound = self._sound(seen)
        (fresh,), marks = redraw([sound], drawn)
        history = gr.skip() if seen.active else self._history(request)
        cancel = gr.Button(visible=seen.active, interactive=True)
        return [fresh, history, cancel, marks, gr.Timer(active=seen.active)]

    def _sound(self, seen: Seen) -> Markup:
        """Return the player of the sentences made so far, and the whole to download at the end."""
        desk, job = self.desk, seen.view.job
        chunks = sorted(seen.of("chunk"), key=lambda each: each["number"])
        parts = [(job_file(job.id, each["file"]), float(each["seconds"])) for each in chunks]
        name = desk.say("speech")
        sound = player(desk, parts, name, key=job.id, open=seen.active, autoplay=True)
        speech = (job.result or {}).get("speech_id") if job.state == "done" else None
        links = downloads(desk, f"/files/speech/{quote(str(speech))}", name) if speech else None
        return join(sound if parts or seen.active else None, status(desk, seen), links)

    def _history(self, request: gr.Request) -> Markup:
        user = self.desk.known(request)
        if user is None:
            return tag("p", self.desk.say("no_history"), class_="vh-soft")
        made = [s for s in self.desk.services.speeches.history(user) if s.kind == "speak"]
        if not made:
            return tag("p", self.desk.say("no_history"), class_="vh-soft")
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
            tag("article", head, text, sound, downloads(desk, address, voice), class_="vh-card")
        )
    return join(*cards)
