"""The second step of a clone: samples with their verdicts, a sheet to read, a preview to hear."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.store.records import Consent, Sample
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.job_view import Seen, job_file
from voicehub.ui.live import SPEECH_SECONDS, watch
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import ACTIONS, bar, block, made_player, notice, sample_card, speech_seconds
from voicehub.ui.strings import error_sentence, sheet

NEEDED_SECONDS = 3.0  # of good speech: from here a preview is made
WISHED_SECONDS = 30.0
_MAX_FILES = 20  # in one go
_SHEETS = ("en", "zh")


class SamplesStep:
    """What the voice is learned from."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the step."""
        say = self.desk.say
        self.bar = block(js_on_load=ACTIONS, elem_classes="vh-consent-bar")
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=320):
                block(
                    tag("h2", say("samples_title"))
                    + tag("p", say("samples_intro"), class_="vh-soft")
                )
                self.recorder = gr.Audio(
                    sources=["microphone"], type="filepath", editable=False, buttons=[],
                    label=say("sample_recorder"), elem_classes="vh-recorder",
                )  # fmt: skip
                self.files = gr.UploadButton(
                    say("upload_files"), file_count="multiple", file_types=["audio"], size="md",
                    variant="secondary",
                )  # fmt: skip
            with gr.Column(scale=2, min_width=320):
                self._build_sheet()
        self.meter = block(self._meter([]), min_height=64)
        self.cards = block(js_on_load=ACTIONS, elem_classes="vh-cards")
        self.preview_id = gr.State("")
        self.preview = block(elem_classes="vh-preview")
        self.timer = gr.Timer(SPEECH_SECONDS, active=False)

    def _build_sheet(self) -> None:
        say = self.desk.say
        first = self.desk.language
        with gr.Column(elem_classes="vh-panel"):
            block(tag("h3", say("sheet_title")) + tag("p", say("sheet_intro"), class_="vh-soft"))
            order = sorted(_SHEETS, key=lambda code: code != first)
            with gr.Tabs(elem_classes="vh-sheet"):
                for code in order:
                    with gr.Tab(say(f"language_{code}")):
                        lines = [tag("li", line) for line in sheet(code)]
                        lang = "zh-CN" if code == "zh" else "en"
                        block(tag("ol", *lines, lang=lang, tabindex=0, class_="vh-lines"))

    def wire(self, consent: gr.State, ready: Any) -> None:
        """Wire the step; ``ready`` is the button that needs enough speech."""
        shown = [self.cards, self.meter, ready]
        added = self.recorder.stop_recording(
            self.add, self.recorder, [*shown, self.recorder], api_name="add_sample",
            show_progress="minimal", show_progress_on=self.meter,
        )  # fmt: skip
        uploaded = self.files.upload(
            self.add_all, self.files, shown, api_name="add_samples",
            show_progress="minimal", show_progress_on=self.meter,
        )  # fmt: skip
        added.failure(lambda: None, None, self.recorder, api_visibility="private")
        removed = self.cards.click(self.act, None, shown, **QUIET)
        hearing = [self.preview_id, self.preview, self.timer]
        for event, name in ((added, "preview"), (uploaded, None), (removed, None)):
            named: dict[str, Any] = {"api_name": name} if name else {"api_visibility": "private"}
            event.success(self.start_preview, consent, hearing, show_progress="hidden", **named)
        self.timer.tick(
            self.look_at_preview, self.preview_id, [self.preview, self.timer],
            queue=False, api_name="preview_progress", show_progress="hidden",
        )  # fmt: skip

    def add(self, recording: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Take a recording made here."""
        return (*self._take([recording] if recording else [], request, named=False), None)

    def add_all(self, files: list[str] | None, request: gr.Request) -> tuple[Any, ...]:
        """Take recordings that were uploaded; what cannot be used is said, the others stay."""
        return self._take((files or [])[:_MAX_FILES], request)

    def _take(
        self, paths: Sequence[str], request: gr.Request, named: bool = True
    ) -> tuple[Any, ...]:
        desk = self.desk
        with desk.sentences():
            desk.needed(paths, "need_recording")
            user = desk.acting(request, "sample")
            count = len(desk.services.samples.list(user))
            for path in map(Path, paths):
                count += 1
                name = path.name if named else desk.say("recording_number", number=count)
                desk.services.samples.add(user, path, name)
            return self.show(desk.services.samples.list(user))

    def act(self, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        """Remove the sample whose button was pressed."""
        return self.remove(str(event.id), request)

    def remove(self, sample_id: str, request: gr.Request) -> tuple[Any, ...]:
        """Remove a sample; return those that stay."""
        desk = self.desk
        with desk.sentences():
            user = desk.acting(request, "sample")
            desk.services.samples.remove(user, sample_id)
            return self.show(desk.services.samples.list(user))

    def show(self, samples: Sequence[Sample]) -> tuple[Any, ...]:
        """Return the cards, the meter, and the button that waits for enough speech."""
        cards = [sample_card(self.desk, sample) for sample in reversed(samples)]
        enough = sum(map(speech_seconds, samples)) >= NEEDED_SECONDS
        return join(*cards), self._meter(samples), gr.Button(interactive=enough)

    def _meter(self, samples: Sequence[Sample]) -> Markup:
        say = self.desk.say
        seconds = sum(map(speech_seconds, samples))
        key = next(
            key
            for key, limit in (
                ("meter_none", 0.05), ("meter_short", NEEDED_SECONDS),
                ("meter_enough", WISHED_SECONDS), ("meter_good", float("inf")),
            )
            if seconds < limit
        )  # fmt: skip
        line = tag("p", tag("span", say(key)), tag("strong", say("meter", seconds=seconds, wished=WISHED_SECONDS)),
                   class_="vh-status-line")  # fmt: skip
        return tag(
            "div", line, bar(seconds / WISHED_SECONDS, say("samples_title")), class_="vh-status"
        )

    def consent_bar(self, consent: Consent, retuned: str = "") -> Markup:
        """Return whose voice it is, with the way to begin with someone else."""
        say = self.desk.say
        text = (
            say("retuning", name=retuned) if retuned else say("consent_of", name=consent.name or "")
        )
        other = tag(
            "button", say("someone_else"), type="button", data_act="restart", class_="vh-quiet"
        )
        return tag("div", tag("span", text), other, class_="vh-notice vh-good vh-between")

    def start_preview(self, consent_id: str, request: gr.Request) -> tuple[str, Any, Any]:
        """Ask for the voice as it sounds without tuning, as soon as there is enough speech."""
        desk = self.desk
        with desk.sentences():
            user = desk.known(request)
            samples = desk.services.samples.list(user) if user else []
            good = [sample for sample in samples if speech_seconds(sample) > 0]
            if user is None or not consent_id or sum(map(speech_seconds, good)) < NEEDED_SECONDS:
                return "", "", gr.Timer(active=False)
            desk.acting(request, "preview")
            view = desk.services.studio.preview(user, consent_id, [sample.id for sample in good])
        waiting = notice(desk.say("preview_soon"))
        return view.id, waiting, gr.Timer(active=True)

    def look_at_preview(self, job_id: str, request: gr.Request) -> list[Any]:
        """Return the preview once it is there."""

        def draw(seen: Seen) -> list[Any]:
            return [gr.skip()] * 2 if seen.active else [self._heard(seen), gr.Timer(active=False)]

        return watch(self.desk, request, job_id, [gr.skip(), gr.Timer(active=False)], draw)

    def _heard(self, seen: Seen) -> Markup:
        say, job = self.desk.say, seen.view.job
        if job.state != "done" or not job.result:
            return notice(
                error_sentence(job.error or say("job_cancelled"), self.desk.language), "fair"
            )
        part = (job_file(job.id, str(job.result["path"])), float(job.result.get("seconds") or 0))
        sound = made_player(self.desk, [part], say("preview"), autoplay=True)
        return tag("div", tag("h3", say("preview")), sound, tag("p", say("preview_note"), class_="vh-soft"),
                   class_="vh-card", role="status")  # fmt: skip
