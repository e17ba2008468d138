"""The last step of a clone: the tuning as it goes, to watch, to hear, to stop and to take up."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from voicehub.ui.desk import QUIET
from voicehub.ui.job_view import Seen, curves, samples, status
from voicehub.ui.live import TUNING_SECONDS, VoicePanel, redraw
from voicehub.ui.markup import tag
from voicehub.ui.pieces import block


class TuningStep(VoicePanel):
    """A voice in the making; stopped, the best of it so far is kept."""

    kind = "clone"
    look_seconds = TUNING_SECONDS

    def build(self) -> None:
        """Lay out the step."""
        say = self.desk.say
        self.title = block(tag("h2", say("tuning_title")))
        self.status = block(min_height=64)
        with gr.Row():
            self.stop = gr.Button(say("stop"), visible=False)
            self.speak = gr.Button(
                say("speak_with_it"), variant="primary", size="lg", visible=False
            )
            self.resume = gr.Button(say("resume"), variant="secondary", visible=False)
            self.again = gr.Button(say("another_voice"), variant="secondary", visible=False)
        block(tag("p", say("tuning_note"), class_="vh-soft"))
        self.heard = block(min_height=120)
        self.charts = block(min_height=260)
        self.build_watch()

    @property
    def filled(self) -> list[Any]:
        """What a look at the job fills."""
        return [
            self.status,
            self.heard,
            self.charts,
            self.stop,
            self.resume,
            self.speak,
            self.again,
        ]

    def wire(self, news: gr.State) -> None:
        """Wire the step; ``news`` counts the voices that were made while this page was open."""
        self.wire_voice(news, "clone_progress")
        self.wire_end(self.stop, "stop_clone")
        again = self.resume.click(
            self.take_up,
            self.job_id,
            [self.job_id, self.resume, self.timer],
            api_name="resume_clone",
        )
        again.success(lambda: gr.Timer(active=True), None, self.timer, **QUIET)

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return how the tuning stands, and what can be done next."""
        desk, job = self.desk, seen.view.job
        pieces = (status(desk, seen), samples(desk, seen), curves(desk, seen))
        fresh, marks = redraw(pieces, drawn)
        ended = not seen.active
        buttons = [
            gr.Button(visible=seen.active, interactive=not job.cancel_requested),
            gr.Button(visible=job.state in ("cancelled", "failed")),
            gr.Button(visible=ended and seen.voice_id is not None),
            gr.Button(visible=ended),
        ]
        return [*fresh, *buttons], marks

    def take_up(self, job_id: str, request: gr.Request) -> tuple[str, Any, Any]:
        """Go on with a tuning that was stopped or failed."""
        desk = self.desk
        with desk.sentences():
            desk.needed(job_id, "need_job")
            job = desk.services.studio.resume(desk.acting(request, "clone"), job_id)
        return job.id, gr.Button(visible=False), gr.Timer(active=True)
