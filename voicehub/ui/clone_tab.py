"""The tab that makes a voice: recordings, consent, name, and a tuning that can be stopped."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.services.clone import CloneRequest, CloneService
from voicehub.services.consent import SpokenStatement
from voicehub.services.recordings import hear_one, shown_value
from voicehub.services.runtime import Runtime
from voicehub.settings import TUNING_STEPS
from voicehub.training.finetune import CloneOptions
from voicehub.ui.common import label, needed, sentences, visitor_language
from voicehub.ui.strings import quality_sentence, string

_MAX_STEPS = 1000
_MAX_FILES = 50
_COLUMNS = ("file", "level", "value", "finding")


@dataclass(frozen=True)
class _Widgets:
    recordings: gr.File
    statement: gr.Audio
    agreed: gr.Checkbox
    name: gr.Textbox
    steps: gr.Slider


class CloneTab:
    """Recordings and a spoken consent become a voice."""

    def __init__(self, runtime: Runtime) -> None:
        self.service = CloneService(runtime)
        self._stops: dict[str, threading.Event] = {}

    def build(self) -> Any:
        """Lay out and wire the tab; return the event after which there is a new voice."""
        with gr.Row(equal_height=False):
            with gr.Column(scale=3):
                recordings, quality = self._build_recordings()
            with gr.Column(scale=2):
                gr.Markdown(label("step_consent"))
                gr.Markdown(label("statement"), elem_classes="statement")
                statement = gr.Audio(
                    sources=["microphone", "upload"],
                    type="filepath",
                    label=label("consent_recording"),
                    editable=False,
                )
                agreed = gr.Checkbox(label=label("consent_tick"))
                gr.Markdown(label("consent_note"), elem_classes="note")
                gr.Markdown(label("step_name"))
                name = gr.Textbox(
                    label=label("name"), placeholder=label("name_placeholder"), max_length=64
                )
                steps = gr.Slider(
                    0,
                    _MAX_STEPS,
                    TUNING_STEPS,
                    step=20,
                    label=label("effort"),
                    info=label("effort_info"),
                )
                create = gr.Button(label("clone"), variant="primary", size="lg")
                stop = gr.Button(label("stop"), variant="secondary")
                result = gr.Markdown(label="", min_height=60)
        recordings.change(
            self.check,
            [recordings],
            [quality],
            api_name="check_recordings",
            show_progress="minimal",
        )
        widgets = _Widgets(recordings, statement, agreed, name, steps)
        inputs = [getattr(widgets, field) for field in _Widgets.__dataclass_fields__]
        stop.click(self.stop, None, None, queue=False, api_name="stop")
        return create.click(self.clone, inputs, [result], api_name="clone")

    def _build_recordings(self) -> tuple[gr.File, gr.Dataframe]:
        gr.Markdown(label("step_recordings"))
        recordings = gr.File(
            file_count="multiple", type="filepath", label=label("recordings"), height=180
        )
        microphone = gr.Audio(
            sources=["microphone"], type="filepath", label=label("microphone"), editable=False
        )
        add = gr.Button(label("add_recording"), size="sm")
        quality = gr.Dataframe(
            headers=_headers("en"),
            datatype="str",
            label=label("quality"),
            interactive=False,
            wrap=True,
            column_widths=["24%", "14%", "16%", "46%"],
            elem_classes="quality",
            visible=False,
        )
        add.click(
            self.add, [recordings, microphone], [recordings, microphone], api_visibility="private"
        )
        return recordings, quality

    def add(
        self, files: list[str] | None, recorded: str | None
    ) -> tuple[list[str] | None, str | None]:
        """Move what was recorded to the list of recordings."""
        return ([*(files or []), recorded] if recorded else files), None

    def check(self, files: list[str] | None, request: gr.Request) -> Any:
        """Return the quality table of the recordings."""
        language = visitor_language(request)
        rows: list[Sequence[str]] = []
        with sentences(language):
            for path in (Path(name) for name in (files or [])[:_MAX_FILES]):
                for check in hear_one(path).recording.quality["checks"]:
                    level = string(f"level_{check['level']}", language)
                    finding = quality_sentence(check, language)
                    rows.append((path.name, level, shown_value(check), finding))
        table = {"headers": _headers(language), "data": [list(row) for row in rows]}
        return gr.Dataframe(table, visible=bool(rows))

    def clone(
        self,
        files: list[str] | None,
        statement: str | None,
        agreed: bool,
        name: str,
        steps: float,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio hands it over
    ) -> str:
        """Make the voice and say what came of it."""
        language = visitor_language(request)
        began = time.monotonic()
        session = request.session_hash or "api"
        with sentences(language):
            needed(files, "need_recordings", language)
            needed(statement, "need_statement", language)
            needed(agreed, "need_tick", language)
            clone_request = CloneRequest(
                [Path(path) for path in (files or [])[:_MAX_FILES]],
                name,
                SpokenStatement(Path(statement or "")),
                CloneOptions(steps=min(max(1, int(steps)), _MAX_STEPS)),
                zero_shot=int(steps) < 1,
            )
            stop = self._stops[session] = threading.Event()
            try:
                cloned = self.service.clone(
                    clone_request,
                    lambda fraction, message: progress(min(fraction, 1.0), desc=message),
                    stop.is_set,
                )
            finally:
                self._stops.pop(session, None)
        return string(
            "clone_stopped" if cloned.stopped else "clone_done",
            language,
            name=cloned.voice.name,
            steps=cloned.voice.metrics.get("steps", 0),
            seconds=sum(recording.seconds for recording in cloned.recordings),
            spent=time.monotonic() - began,
        )

    def stop(self, request: gr.Request) -> None:
        """End the visitor's own tuning at its next step."""
        language = visitor_language(request)
        stop = self._stops.get(request.session_hash or "api")
        if stop is None:
            gr.Info(string("nothing_to_stop", language))
            return
        stop.set()
        gr.Info(string("stopping", language))


def _headers(language: str) -> list[str]:
    return [string(f"quality_{column}", language) for column in _COLUMNS]
