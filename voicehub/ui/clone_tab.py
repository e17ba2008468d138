"""The tab that makes a voice: consent, samples, tuning, one step after the other."""

from typing import Any

import gradio as gr

from voicehub.store.records import Consent, User
from voicehub.ui.consent_step import ConsentStep
from voicehub.ui.desk import QUIET, Desk
from voicehub.ui.job_view import Seen, see
from voicehub.ui.live import Arrival
from voicehub.ui.markup import Markup, tag
from voicehub.ui.pieces import block, speech_seconds
from voicehub.ui.samples_step import SamplesStep
from voicehub.ui.tuning_step import TuningStep

_STEPS = ("consent", "samples", "tuning")


class CloneTab:
    """Three steps, of which one is open; where a visitor comes back, it is the right one."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.consent_step, self.samples_step = ConsentStep(desk), SamplesStep(desk)
        self.tuning_step = TuningStep(desk)

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        self.stepper = block(self._stepper(0), min_height=56)
        self.consent, self.retuned = gr.State(""), gr.State("")
        with gr.Column(elem_classes="vh-step vh-narrow") as first:
            self.consent_step.build()
        with gr.Column(visible=False, elem_classes="vh-step") as second:
            self.samples_step.build()
            with gr.Column(elem_classes="vh-panel vh-create"):
                with gr.Row(equal_height=True):
                    self.name = gr.Textbox(
                        label=say("voice_name"), placeholder=say("voice_name_placeholder"),
                        max_length=64, scale=3,
                    )  # fmt: skip
                    self.create = gr.Button(
                        say("create"), variant="primary", size="lg", scale=2, interactive=False
                    )
                block(tag("p", say("create_note"), class_="vh-soft"))
        with gr.Column(visible=False, elem_classes="vh-step") as third:
            self.tuning_step.build()
        self.panels = [first, second, third]

    @property
    def opened(self) -> list[Any]:
        """What changes when another step opens, in the order of `_open`."""
        step = self.samples_step
        return [self.stepper, *self.panels, self.consent, self.retuned, self.name,
                step.bar, step.cards, step.meter, self.create]  # fmt: skip

    def wire(self, news: gr.State) -> None:
        """Wire the tab; ``news`` counts the voices that were made while this page was open."""
        samples, tuning = self.samples_step, self.tuning_step
        given = self.consent_step.wire(self.consent)
        opened = given.success(self.open_samples, self.consent, self.opened, **QUIET)
        opened.success(
            samples.start_preview, self.consent,
            [samples.preview_id, samples.preview, samples.timer], **QUIET,
        )  # fmt: skip
        samples.wire(self.consent, self.create)
        samples.bar.click(self.restart, None, self.opened, **QUIET)
        tuning.again.click(self.restart_samples, None, self.opened, **QUIET)
        self.create.click(
            self.clone,
            [self.consent, self.name, self.retuned],
            [self.stepper, *self.panels, *tuning.entered],
            api_name="clone",
            show_progress="minimal",
        )
        tuning.wire(news)

    def enter(self, arrival: Arrival) -> list[Any]:
        """Return the step where the visitor was, also from another device."""
        user = arrival.user
        consent = self.newest_consent(user)
        tuning = self._tuning(user, consent)
        if tuning is not None:
            shown = self.tuning_step.parts(tuning)
            return [*self._open(2, user, consent), tuning.view.job.id, *shown]
        return [*self._open(1 if consent else 0, user, consent), *self.tuning_step.enter(arrival)]

    @property
    def entered(self) -> list[Any]:
        """What `enter` fills."""
        return [*self.opened, *self.tuning_step.entered]

    def open_samples(self, consent_id: str, request: gr.Request) -> list[Any]:
        """Go on to the samples."""
        with self.desk.sentences():
            user = self.desk.known(request)
            found = self.desk.services.consents.of_user(user) if user else []
            consent = next((each for each in found if each.id == consent_id), None)
            return self._open(1, user, consent)

    def restart(self) -> list[Any]:
        """Go back to the first step, for another person."""
        return self._open(0, None)

    def restart_samples(self, request: gr.Request) -> list[Any]:
        """Make another voice of the same person."""
        with self.desk.sentences():
            user = self.desk.known(request)
            consent = self.newest_consent(user)
            return self._open(1 if consent else 0, user, consent)

    def retune(self, voice_id: str, request: gr.Request) -> list[Any]:
        """Open the samples to tune a voice of one's own further."""
        desk = self.desk
        with desk.sentences():
            desk.needed(voice_id, "need_voice")
            user = desk.acting(request, "look")
            details = desk.services.library.details(user, voice_id)
            return self._open(1, user, details.consent, (voice_id, details.voice.name))

    def clone(self, consent_id: str, name: str, voice_id: str, request: gr.Request) -> list[Any]:
        """Ask for the voice; the tuning goes on whether the page stays open or not."""
        desk = self.desk
        with desk.sentences():
            desk.needed(consent_id, "need_consent")
            user = desk.acting(request, "clone")
            samples = desk.services.samples.list(user)
            good = [sample.id for sample in samples if speech_seconds(sample) > 0]
            desk.needed(good, "need_recording")
            voice = desk.services.library.details(user, voice_id).voice if voice_id else None
            wanted = voice.name if voice else (name or "").strip()
            desk.needed(wanted, "need_name")
            job = desk.services.studio.clone(user, consent_id, good, wanted, voice=voice)
            begun = self.tuning_step.begun(user, job)
        panels = [gr.Column(visible=number == 2) for number in range(3)]
        return [self._stepper(2), *panels, *begun]

    def _tuning(self, user: User | None, consent: Consent | None) -> Seen | None:
        """Return the tuning that goes on or was the last thing done here, or None."""
        view = self.desk.services.studio.last(user, "clone") if user else None
        if user is None or view is None:
            return None
        later = [sample.created for sample in self.desk.services.samples.list(user)]
        later += [consent.created] if consent else []
        if not view.job.active and any(created > view.job.created for created in later):
            return None
        return see(user, view)

    def newest_consent(self, user: User | None) -> Consent | None:
        """Return the consent under which a visitor would clone now."""
        found = self.desk.services.consents.of_user(user) if user else []
        held = [each for each in found if each.valid and each.challenge_id is not None]
        return max(held, key=lambda each: each.created, default=None)

    def _open(
        self,
        step: int,
        user: User | None,
        consent: Consent | None = None,
        retuned: tuple[str, str] = ("", ""),
    ) -> list[Any]:
        samples = self.desk.services.samples.list(user) if user else []
        cards, meter, ready = self.samples_step.show(samples)
        voice_id, voice_name = retuned
        owner = self._free_name(user, (consent.name or "") if consent else "")
        name = gr.Textbox(value=voice_name or owner, interactive=not voice_id)
        bar = self.samples_step.consent_bar(consent, voice_name) if consent else ""
        panels = [gr.Column(visible=number == step) for number in range(3)]
        return [
            self._stepper(step), *panels, consent.id if consent else "", voice_id, name,
            bar, cards, meter, ready,
        ]  # fmt: skip

    def _free_name(self, user: User | None, owner: str) -> str:
        """Return a name for the voice that none of the visitor's voices bears yet."""
        voices = self.desk.services.library.voices(user) if user and owner else []
        taken = {voice.name.casefold() for voice in voices}
        names = [owner, *(f"{owner} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name.casefold() not in taken)

    def _stepper(self, current: int) -> Markup:
        say = self.desk.say
        items = [
            tag(
                "li",
                tag("span", "✓" if number < current else number + 1, class_="vh-number"),
                tag("span", say(f"step_{name}")),
                class_="vh-done" if number < current else None,
                aria_current="step" if number == current else None,
            )
            for number, name in enumerate(_STEPS)
        ]
        return tag("ol", *items, class_="vh-stepper", aria_label=say("steps_label"))
