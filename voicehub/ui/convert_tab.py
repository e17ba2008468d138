"""The tab that says a recording again with another voice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from voicehub.settings import LIKENESS
from voicehub.ui.desk import Desk
from voicehub.ui.job_view import Seen, job_file, status
from voicehub.ui.label_choice import LabelChoice, chosen_label
from voicehub.ui.live import SPEECH_SECONDS, JobPanel, redraw
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import block, downloads, made_player, player
from voicehub.ui.voice_choice import VoiceChoice


class ConvertTab(JobPanel):
    """A recording keeps its words and its melody and gets another voice."""

    kind = "convert"
    look_seconds = SPEECH_SECONDS

    def __init__(self, desk: Desk, choice: VoiceChoice) -> None:
        super().__init__(desk)
        self.choice, self.labels = choice, LabelChoice(desk)

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320):
                self.source = gr.Audio(
                    sources=["microphone", "upload"], type="filepath", editable=False, buttons=[],
                    label=say("source"), elem_classes="vh-recorder",
                )  # fmt: skip
                self.voice = self.choice.build()
                self.pitch = gr.Slider(-12, 12, 0, step=0.5, label=say("pitch"), buttons=[])
                self.likeness = gr.Slider(
                    0, 1, LIKENESS, step=0.05, label=say("likeness"), info=say("likeness_info"),
                    buttons=[],
                )  # fmt: skip
                self.labels.build()
                self.go = gr.Button(say("convert"), variant="primary", size="lg")
            with gr.Column(scale=1, min_width=320, elem_classes="vh-panel"):
                block(tag("h3", say("both_voices")))
                self.sound = block(tag("p", say("convert_soon"), class_="vh-soft"), min_height=180)
                self.cancel = gr.Button(
                    say("cancel"), variant="secondary", size="sm", visible=False
                )
        self.build_watch()

    @property
    def filled(self) -> list[Any]:
        """What a look at the job fills."""
        return [self.sound, self.cancel]

    def wire(self) -> None:
        """Wire the tab."""
        self.labels.wire()
        self.go.click(
            self.convert,
            [self.voice, self.source, self.pitch, *self.labels.fields, self.likeness],
            self.entered, api_name="convert", show_progress="minimal", show_progress_on=self.sound,
        )  # fmt: skip
        self.wire_watch("convert_progress")
        self.wire_end(self.cancel, "cancel_conversion")

    def convert(
        self,
        voice_id: str | None,
        source: str | None,
        pitch: float,
        label: str,
        acknowledged: bool,
        likeness: float,
        request: gr.Request,
    ) -> list[Any]:
        """Ask for a recording with another voice."""
        desk = self.desk
        with desk.sentences():
            desk.needed(source, "need_source")
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "convert")
            job = desk.services.studio.convert(
                user, voice_id or "", Path(source or ""), pitch=pitch,
                label=chosen_label(label, acknowledged), likeness=likeness,
            )  # fmt: skip
            return self.begun(user, job)

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return the sounds, and the way to stop while there is something to stop."""
        (fresh,), marks = redraw([self._sound(seen)], drawn)
        return [fresh, gr.Button(visible=seen.active, interactive=True)], marks

    def _sound(self, seen: Seen) -> Markup:
        """Return what was given and what came of it, one above the other."""
        desk, job = self.desk, seen.view.job
        parts: list[Markup] = [status(desk, seen)]
        speech = (job.result or {}).get("speech_id") if job.state == "done" else None
        if speech:
            source = job_file(job.id, next((str(each["file"]) for each in seen.of("source")), ""))
            address = f"/files/speech/{quote(str(speech))}"
            seconds = float((job.result or {}).get("seconds") or 0)
            for key, where in (("before", source), ("after", address)):
                name = desk.say(key)
                play = made_player if key == "after" else player
                sound = play(desk, [(where, seconds)], name, key=where)
                parts.append(
                    tag("div", tag("span", name, class_="vh-small"), sound, class_="vh-heard")
                )
            parts.append(downloads(desk, address, desk.say("after")))
        return join(*parts)
