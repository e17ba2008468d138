"""The last step of a clone: the tuning as it goes, to watch, to hear, to stop and to take up."""

from typing import Any

import gradio as gr

from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.job_view import Seen, curves, samples, status
from voicehub.ui.live import TUNING_SECONDS, redraw, watch
from voicehub.ui.markup import tag
from voicehub.ui.pieces import block


class TuningStep:
    """A voice in the making."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the step."""
        say = self.desk.say
        self.job_id = gr.State("")
        self.drawn = gr.State(())
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
        self.timer = gr.Timer(TUNING_SECONDS, active=False)

    @property
    def shown(self) -> list[Any]:
        """What a look at the job fills, in the order of `parts`."""
        return [self.status, self.heard, self.charts, self.stop, self.resume, self.speak, self.again,
                self.drawn, self.timer]  # fmt: skip

    def wire(self, news: gr.State) -> None:
        """Wire the step; ``news`` counts the voices that were made while this page was open."""
        self.timer.tick(
            self.look, [self.job_id, self.drawn, news], [*self.shown, news],
            queue=False, api_name="clone_progress", show_progress="hidden",
        )  # fmt: skip
        self.stop.click(
            self.end, self.job_id, [self.stop], queue=False, api_name="stop_clone",
            show_progress="hidden",
        )  # fmt: skip
        again = self.resume.click(
            self.take_up,
            self.job_id,
            [self.job_id, self.resume, self.timer],
            api_name="resume_clone",
        )
        again.success(lambda: gr.Timer(active=True), None, self.timer, **QUIET)

    def parts(self, seen: Seen, drawn: Any = ()) -> list[Any]:
        """Return what is shown of the tuning; only what is new since ``drawn``."""
        desk, job = self.desk, seen.view.job
        pieces = (status(desk, seen), samples(desk, seen), curves(desk, seen))
        fresh, marks = redraw(pieces, drawn)
        ended = not seen.active
        ready = ended and seen.voice_id is not None
        return [
            *fresh,
            gr.Button(visible=seen.active, interactive=not job.cancel_requested),
            gr.Button(visible=job.state in ("cancelled", "failed")),
            gr.Button(visible=ready),
            gr.Button(visible=ended),
            marks,
            gr.Timer(active=seen.active),
        ]

    def look(self, job_id: str, drawn: Any, news: int, request: gr.Request) -> list[Any]:
        """Return how the tuning stands."""

        def draw(seen: Seen) -> list[Any]:
            return [*self.parts(seen, drawn), gr.skip() if seen.active else news + 1]

        idle = [gr.skip()] * (len(self.shown) - 1) + [gr.Timer(active=False), gr.skip()]
        return watch(self.desk, request, job_id, idle, draw)

    def end(self, job_id: str, request: gr.Request) -> Any:
        """Stop the tuning; the best voice so far is kept."""
        desk = self.desk
        with desk.sentences():
            desk.needed(job_id, "need_job")
            desk.services.studio.cancel(desk.acting(request, "stop"), job_id)
        return gr.Button(interactive=False)

    def take_up(self, job_id: str, request: gr.Request) -> tuple[str, Any, Any]:
        """Go on with a tuning that was stopped or failed."""
        desk = self.desk
        with desk.sentences():
            desk.needed(job_id, "need_job")
            job = desk.services.studio.resume(desk.acting(request, "clone"), job_id)
        return job.id, gr.Button(visible=False), gr.Timer(active=True)
