"""The job that measures a voice, with a natural sentence and its copy to hear and to see."""

from pathlib import Path
from typing import Any

from voicehub.audio.activity import trim_silence
from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.segment import cut_utterances
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError
from voicehub.features.overview import draw_overview
from voicehub.jobs import Context
from voicehub.services.consent import LANGUAGES
from voicehub.services.evaluate import evaluate
from voicehub.services.labels import RHYTHM
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.stopping import StoppedEarlyError, stopping_report
from voicehub.services.storage import job_folder

_EXAMPLE_UNTIL, _MEASURED_UNTIL = 0.1, 0.99  # of the job


def evaluate_own(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Measure a voice against its owner's other recordings and keep the scores."""
    job = context.job
    voice = own_voice(runtime.store, job.voice_id or "", job.user_id)
    samples = [runtime.samples.get(each, job.user_id) for each in job.config["sample_ids"]]
    references = [runtime.home / each.path for each in samples]
    try:
        stopping_report(context)(0.0, "making an example")
        _example(runtime, context, references[0])
        report = stopping_report(context, _EXAMPLE_UNTIL, _MEASURED_UNTIL)
        command = f'voicehub evaluate "{voice.name}" --reference'
        results = evaluate(runtime, voice.id, references, command, report, job.user_id)
    except StoppedEarlyError:
        return {}
    return {"voice_id": voice.id} | results


def _example(runtime: Runtime, context: Context, reference: Path) -> None:
    """Write an utterance and its copy by the voice, as sound and drawn in every language."""
    utterances = cut_utterances(read_audio(reference))
    if not utterances:
        raise AudioError("there is no speech in the first recording; choose another")
    natural = trim_silence(utterances[0])
    folder = job_folder(runtime, context.job.id)
    write_audio(folder / "natural.wav", natural)
    speech = SpeechService(runtime, context.job.user_id)
    outgoing = speech.convert(context.job.voice_id or "", natural, label=RHYTHM)
    copy = outgoing.write(folder / "copy.wav")
    # The picture is compared with that of the utterance: the label before it is left out.
    copy = Waveform(copy.samples[round(outgoing.label_seconds * copy.sample_rate) :])
    for name, waveform in (("natural", natural), ("copy", copy)):
        pictures = {language: f"{name}.{language}.png" for language in LANGUAGES}
        for language, picture in pictures.items():
            draw_overview(waveform, folder / picture, language)
        context.event("example", {"name": name, "file": f"{name}.wav", "pictures": pictures})
