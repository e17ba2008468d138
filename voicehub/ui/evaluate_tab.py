"""The tab that measures a voice: its report card, and which of its checkpoints is best."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.store.records import Checkpoint, User
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.job_view import Seen, status
from voicehub.ui.live import TUNING_SECONDS, JobPanel, redraw
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import ACTIONS, action, badge, block, speech_seconds
from voicehub.ui.report_card import examples, figure, report_card, table
from voicehub.ui.voice_choice import VoiceChoice


class EvaluateTab(JobPanel):
    """A voice beside natural speech, a baseline and the ceiling."""

    kind = "evaluate"
    look_seconds = TUNING_SECONDS

    def __init__(self, desk: Desk, choice: VoiceChoice) -> None:
        super().__init__(desk)
        self.choice = choice

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        block(tag("h2", say("evaluate_title")) + tag("p", say("evaluate_intro"), class_="vh-soft"))
        with gr.Row(elem_classes="vh-level-buttons"):
            self.voice = self.choice.build()
            self.go = gr.Button(say("evaluate"), variant="primary", size="lg")
        with gr.Accordion(say("references"), open=False) as self.more:
            block(tag("p", say("references_note"), class_="vh-soft"))
            with gr.Row(equal_height=True):
                self.recorder = gr.Audio(
                    sources=["microphone", "upload"], type="filepath", editable=False, buttons=[],
                    label=say("sample_recorder"), elem_classes="vh-recorder",
                )  # fmt: skip
        self.fresh = block(min_height=28)
        self.state = block(min_height=40)
        self.card = block(tag("p", say("evaluate_soon"), class_="vh-soft"), min_height=48)
        block(tag("h3", say("leaderboard")) + tag("p", say("leaderboard_note"), class_="vh-soft"))
        self.board = block(js_on_load=ACTIONS, min_height=60)
        self.build_watch()

    @property
    def filled(self) -> list[Any]:
        """What a look at the job fills."""
        return [self.state, self.card]

    def wire(self, news: gr.State) -> None:
        """Wire the tab; a voice that speaks with another checkpoint is news to the others."""
        self.voice.change(self.board_of, self.voice, [self.board, self.card, self.fresh],
                          api_name="leaderboard", show_progress="hidden")  # fmt: skip
        added = gr.on(
            [self.recorder.stop_recording, self.recorder.upload], self.add,
            [self.voice, self.recorder], [self.fresh, self.recorder], api_name="add_reference",
        )  # fmt: skip
        added.failure(lambda: None, None, self.recorder, api_visibility="private")
        self.go.click(self.evaluate, self.voice, self.entered, api_name="evaluate",
                      show_progress="minimal", show_progress_on=self.state)  # fmt: skip
        self.wire_watch("evaluate_progress")
        made = self.board.click(self.act, self.voice, self.board, **QUIET)
        made.success(lambda count: count + 1, news, news, **QUIET)

    def add(
        self, voice_id: str | None, recording: str | None, request: gr.Request
    ) -> tuple[Markup, None]:
        """Take a recording to measure voices against."""
        desk = self.desk
        with desk.sentences():
            desk.needed(recording, "need_recording")
            user = desk.acting(request, "sample")
            path = Path(recording or "")
            desk.services.samples.add(user, path, path.name)
            return self._fresh(user, voice_id), None

    def evaluate(self, voice_id: str | None, request: gr.Request) -> list[Any]:
        """Ask for the report card of a voice, measured against samples it was not made from."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "evaluate")
            good = [
                sample.id for sample in desk.services.samples.list(user) if speech_seconds(sample)
            ]
            desk.needed(good, "need_references")
            job = desk.services.studio.evaluate(user, voice_id or "", good)
            return self.begun(user, job)

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return how the evaluation stands, and the card once it is there."""
        desk, job = self.desk, seen.view.job
        card = report_card(desk, job.result) if job.state == "done" and job.result else None
        return redraw([status(desk, seen), join(card, examples(desk, seen))], drawn)

    def _fresh(self, user: User, voice_id: str | None) -> Markup:
        """Return how much speech there is that the voice was not made from."""
        desk = self.desk
        made_from = set()
        if voice_id:
            details = desk.services.library.details(user, voice_id)
            made_from = {recording.sha256 for recording in details.recordings}
        fresh = [s for s in desk.services.samples.list(user) if s.sha256 not in made_from]
        seconds = sum(map(speech_seconds, fresh))
        text = desk.say("references_count", count=len(fresh), seconds=seconds)
        return tag("p", text, class_="vh-soft")

    def board_of(self, voice_id: str | None, request: gr.Request) -> tuple[Any, Any, Any]:
        """Return a voice's checkpoints, best first, its newest report card, and what it is held against."""
        desk = self.desk
        user = desk.known(request)
        empty = tag("p", desk.say("evaluate_soon"), class_="vh-soft")
        if user is None or not voice_id:
            return "", empty, ""
        with desk.sentences():
            board = self._board(desk.services.library.checkpoints(user, voice_id))
            measured = desk.services.library.evaluations(user, voice_id)
            fresh = self._fresh(user, voice_id)
        return board, report_card(desk, measured[0].metrics) if measured else empty, fresh

    def act(self, voice_id: str, request: gr.Request, event: gr.EventData) -> Markup:
        """Let the voice speak with the checkpoint whose button was pressed."""
        return self.choose(voice_id, str(event.id), request)

    def choose(self, voice_id: str, checkpoint_id: str, request: gr.Request) -> Markup:
        """Make a checkpoint the current one; return the leaderboard."""
        desk = self.desk
        with desk.sentences():
            user = desk.acting(request, "look")
            desk.services.library.make_current(user, voice_id, checkpoint_id)
            return self._board(desk.services.library.checkpoints(user, voice_id))

    def _board(self, found: Sequence[Checkpoint]) -> Markup:
        say = self.desk.say
        heads = ("version", "step", "held_out", "similarity", "standing")
        rows = [self._row(each, number == 0) for number, each in enumerate(found)]
        return table([say(f"board_{head}") for head in heads], rows)

    def _row(self, each: Checkpoint, best: bool) -> Markup:
        say = self.desk.say
        standing = [badge(say("best"), "good")] if best else []
        if each.current:
            standing.append(badge(say("current"), "plain"))
        else:
            standing.append(action(self.desk, "current", "make_current", each.id))
        figures = (
            f"v{each.number}", str(each.step), figure(each.score, 3), figure(each.similarity, 3),
        )  # fmt: skip
        return tag("tr", *(tag("td", figure) for figure in figures), tag("td", *standing))
