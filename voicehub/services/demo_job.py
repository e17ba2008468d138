"""The guided demo: the whole path on a bundled reader, told scene by scene as a page narrates it."""

from collections.abc import Sequence
from typing import Any

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.jobs import Context
from voicehub.services.clone_job import SAMPLE_SENTENCES, Cloning
from voicehub.services.consent import consent_from
from voicehub.services.demo import BASIS, READERS, SENTENCES, demo_recordings
from voicehub.services.evaluate_job import write_example
from voicehub.services.recordings import Heard, hear
from voicehub.services.removal import remove_voice
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService, joined
from voicehub.services.stopping import StoppedEarlyError, stopping_report
from voicehub.services.storage import job_folder
from voicehub.services.versions import VersionKeeper
from voicehub.settings import DEMO_STEPS
from voicehub.store.records import Consent, Voice
from voicehub.store.rows import now
from voicehub.training.finetune import zero_shot_voice

VOICE_NAME = "VoiceHub demo"
SCENES = ("quality", "features", "zero_shot", "tuning", "english", "chinese", "conversion")
_N_RECORDINGS = 4


def guided_demo(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Run every scene; a demo that is begun again does not tell twice what it has told."""
    try:
        return _Demo(runtime, context).run()
    except StoppedEarlyError:
        return {}


class _Demo:
    def __init__(self, runtime: Runtime, context: Context) -> None:
        self.runtime, self.context, self.job = runtime, context, context.job
        self.folder = job_folder(runtime, self.job.id)
        self.speech = SpeechService(runtime, self.job.user_id)
        events = runtime.jobs.events(self.job.id, self.job.user_id)
        self.told = {each.data["name"] for each in events if each.kind == "scene"}
        self.voice_id = self.job.config["voice_id"]

    def run(self) -> dict[str, Any]:
        """Return the voice that is there in the end, and the scenes in their order."""
        report = stopping_report(self.context)
        report(0.0, "listening to the recordings")
        heard = hear(demo_recordings(READERS[0])[:_N_RECORDINGS])
        waveforms = [each.waveform for each in heard]
        consent = self._consent()
        self._make_room()
        self._tell_quality(heard)
        report(0.1, "speaking at once, without tuning")
        self._tell_zero_shot(consent, waveforms)
        report(0.2, "tuning")
        self._tell_tuning(consent, heard)
        for place, (language, text) in zip((0.8, 0.87), SENTENCES.items(), strict=True):
            report(place, f"speaking {language}")
            self._tell(language, self._spoken(language, text), text=text)
        report(0.94, "converting")
        self._tell_conversion()
        return {"voice_id": self.voice_id, "scenes": list(SCENES)}

    def _tell_quality(self, heard: Sequence[Heard]) -> None:
        first = heard[0]
        files = write_example(self.folder, "recording", first.waveform)
        seconds = round(sum(each.recording.seconds for each in heard), 1)
        self._tell("quality", files[:1], quality=first.recording.quality, seconds=seconds)
        self._tell("features", files)

    def _tell_zero_shot(self, consent: Consent, waveforms: Sequence[Waveform]) -> None:
        text = SAMPLE_SENTENCES["en"]
        model = zero_shot_voice(self.runtime.base, waveforms)
        waveform = self.speech.preview(consent.id, model, text)
        write_audio(self.folder / "zero-shot.wav", waveform)
        self._tell("zero_shot", ["zero-shot.wav"], text=text)

    def _tell_tuning(self, consent: Consent, heard: Sequence[Heard]) -> None:
        owner = self.runtime.accounts.get(self.job.user_id)
        draft = Voice(
            self.voice_id, VOICE_NAME, now(), "adapter", self.runtime.base.id, "", "",
            consent.id, owner_id=owner.id, expires=owner.expires,
        )  # fmt: skip
        recordings = [each.recording for each in heard]
        versions = VersionKeeper(self.runtime, draft, recordings, self.job.config["work"])
        cloning = Cloning(self.runtime, self.context, versions, (0.2, 0.8))
        made = cloning.run([each.waveform for each in heard], DEMO_STEPS, "en")
        if self.context.stopped():
            raise StoppedEarlyError
        files = [f"step-{step:05}.wav" for step in sorted({0, made["best_step"]})]
        self._tell("tuning", files, text=SAMPLE_SENTENCES["en"], **made)

    def _tell_conversion(self) -> None:
        source = read_audio(demo_recordings(READERS[1])[0])
        write_audio(self.folder / "source.wav", source)
        converted = self.speech.convert(self.voice_id, source)
        write_audio(self.folder / "converted.wav", converted)
        self._tell("conversion", ["source.wav", "converted.wav"])

    def _spoken(self, language: str, text: str) -> list[str]:
        name = f"{language}.wav"
        write_audio(self.folder / name, joined(self.speech.speak(self.voice_id, text)))
        return [name]

    def _tell(self, name: str, files: Sequence[str], **facts: Any) -> None:
        if name not in self.told:
            self.context.event("scene", {"name": name, "files": list(files)} | facts)

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
