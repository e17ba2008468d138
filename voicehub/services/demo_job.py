"""The guided demo: the whole path on a bundled reader, told scene by scene as a page narrates it."""

from collections.abc import Sequence
from typing import Any

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.features.overview import draw_overview
from voicehub.jobs import Context
from voicehub.services.clone_job import Cloning
from voicehub.services.consent import LANGUAGES, consent_from
from voicehub.services.demo import BASIS, READERS, SENTENCES, demo_recordings
from voicehub.services.outgoing import Outgoing
from voicehub.services.recordings import Heard, hear
from voicehub.services.removal import remove_voice
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.speech_jobs import PREVIEW_SENTENCES
from voicehub.services.stopping import StoppedEarlyError, stopping_report
from voicehub.services.storage import job_folder
from voicehub.services.versions import VersionKeeper
from voicehub.settings import DEMO_STEPS
from voicehub.store.records import Consent, Voice
from voicehub.store.rows import now
from voicehub.training.finetune import CloneOptions, zero_shot_voice

VOICE_NAME = "VoiceHub demo"
SCENES = ("consent", "samples", "preview", "tuning", "speak", "convert", "score")
_N_RECORDINGS = 4


def guided_demo(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Run every scene; a demo that is begun again does not tell twice what it has told.

    Events: ``scene`` when one begins, with facts about it; ``sound`` and ``picture`` for what
    there is to hear and to see in it; and those of a tuning.
    """
    try:
        return _Demo(runtime, context).run()
    except StoppedEarlyError:
        return {}


class _Demo:
    def __init__(self, runtime: Runtime, context: Context) -> None:
        self.runtime, self.context, self.job = runtime, context, context.job
        self.folder = job_folder(runtime, self.job.id)
        self.speech = SpeechService(runtime, self.job.user_id)
        self.told = [
            (event.kind, event.data) for event in runtime.jobs.events(self.job.id, self.job.user_id)
        ]
        self.voice_id = self.job.config["voice_id"]
        self.report = stopping_report(context)

    def run(self) -> dict[str, Any]:
        """Return the voice that is there in the end, and the scenes in their order."""
        self.report(0.0, "recording the legal basis")
        self._make_room()
        consent = self._consent()
        self._tell("scene", name="consent", licence=BASIS.name, attribution=BASIS.attribution)
        heard = self._hear()
        self._preview(consent, [each.waveform for each in heard])
        made = self._tune(consent, heard)
        self._speak()
        self._convert()
        self._tell("scene", **(made | {"name": "score"}))
        return made | {"scenes": list(SCENES)}

    def _hear(self) -> list[Heard]:
        self.report(0.02, "listening to the recordings")
        heard = hear(demo_recordings(READERS[0])[:_N_RECORDINGS])
        seconds = round(sum(each.recording.seconds for each in heard), 1)
        quality = heard[0].recording.quality
        self._tell("scene", name="samples", seconds=seconds, quality=quality)
        self._show_recording("samples", "recording.wav", heard[0].waveform)
        for language in LANGUAGES:
            name = f"recording.{language}.png"
            draw_overview(heard[0].waveform, self.folder / name, language)
            self._tell("picture", scene="samples", file=name, language=language)
        return heard

    def _preview(self, consent: Consent, waveforms: Sequence[Waveform]) -> None:
        self.report(0.1, "speaking at once, without tuning")
        self._tell("scene", name="preview")
        text = PREVIEW_SENTENCES["en"]
        model = zero_shot_voice(self.runtime.base, waveforms)
        speech = self.speech.preview(consent.id, model, text)
        self._let_hear("preview", "preview.wav", speech, text)

    def _tune(self, consent: Consent, heard: Sequence[Heard]) -> dict[str, Any]:
        self.report(0.2, "tuning")
        self._tell("scene", name="tuning", steps=DEMO_STEPS)
        owner = self.runtime.accounts.get(self.job.user_id)
        draft = Voice(
            self.voice_id, VOICE_NAME, now(), "adapter", self.runtime.base.id, "", "",
            consent.id, owner_id=owner.id, expires=owner.expires,
        )  # fmt: skip
        recordings = [each.recording for each in heard]
        versions = VersionKeeper(self.runtime, draft, recordings, self.job.config["work"])
        cloning = Cloning(self.runtime, self.context, versions, (0.2, 0.8))
        waveforms = [each.waveform for each in heard]
        made = cloning.run(waveforms, CloneOptions(steps=DEMO_STEPS), "en")
        if self.context.stopped():
            raise StoppedEarlyError
        return made

    def _speak(self) -> None:
        self._tell("scene", name="speak")
        for place, (language, text) in zip((0.82, 0.88), SENTENCES.items(), strict=True):
            self.report(place, f"speaking {language}")
            speech = self.speech.speak(self.voice_id, text)
            self._let_hear("speak", f"{language}.wav", speech, text)

    def _convert(self) -> None:
        self.report(0.94, "converting")
        self._tell("scene", name="convert")
        source = read_audio(demo_recordings(READERS[1])[0])
        self._show_recording("convert", "source.wav", source)
        self._let_hear("convert", "converted.wav", self.speech.convert(self.voice_id, source))

    def _show_recording(self, scene: str, file: str, waveform: Waveform) -> None:
        write_audio(self.folder / file, waveform)
        seconds = round(waveform.seconds, 3)
        self._tell("sound", scene=scene, file=file, seconds=seconds, text="", natural=True)

    def _let_hear(self, scene: str, file: str, speech: Outgoing, text: str = "") -> None:
        waveform = speech.write(self.folder / file)
        seconds = round(waveform.seconds, 3)
        self._tell("sound", scene=scene, file=file, seconds=seconds, text=text)

    def _tell(self, kind: str, **data: Any) -> None:
        """Add an event, unless an earlier run of the same job told of the same thing."""
        same = {key: data[key] for key in ("name", "scene", "file") if key in data}
        if not any(k == kind and same.items() <= each.items() for k, each in self.told):
            self.context.event(kind, data)

    def _consent(self) -> Consent:
        """Return the corpus' licence as this user's legal basis, recorded once."""
        for consent in self.runtime.store.consents(self.job.user_id):
            if consent.valid and consent.attribution == BASIS.attribution:
                return consent
        consent = consent_from(BASIS, self.job.user_id)
        self.runtime.store.add_consent(consent)
        return consent

    def _make_room(self) -> None:
        """Delete the voice of an earlier demo, and never one that the user made."""
        store = self.runtime.store
        for voice in store.voices(self.job.user_id):
            if voice.name.casefold() != VOICE_NAME.casefold() or voice.id == self.voice_id:
                continue
            if store.consent(voice.consent_id).attribution != BASIS.attribution:
                raise InputError(
                    f"a voice of yours is called {voice.name!r}, which the demo's is to be called; "
                    "give it another name first"
                )
            remove_voice(self.runtime, voice)
