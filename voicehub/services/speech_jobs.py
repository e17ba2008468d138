"""The jobs that make sound: previews, speech sentence by sentence, and conversion."""

import os
from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from voicehub.audio.files import read_audio
from voicehub.audio.stream import AudioWriter, write_pcm
from voicehub.audio.waveform import Waveform
from voicehub.errors import CheckpointError, NotFoundError
from voicehub.jobs import Context
from voicehub.services.consent import file_sha256
from voicehub.services.labels import Label
from voicehub.services.outgoing import Outgoing
from voicehub.services.ownership import usable_voice, valid_consent
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.services.stopping import StoppedEarlyError
from voicehub.services.storage import job_folder, made
from voicehub.services.voiceprints import Comparison
from voicehub.settings import AUDIO_LIMITS, LIKENESS
from voicehub.store.records import Job, Sample, Speech
from voicehub.store.rows import now
from voicehub.synthesis.convert import ConvertOptions
from voicehub.synthesis.speak import SpeakOptions
from voicehub.text.frontend import Frontend
from voicehub.training.traits import (
    Traits,
    load_traits,
    measure_traits,
    save_traits,
    voice_from_traits,
)

PREVIEW_SENTENCES = {
    "en": "Hello, this is a first preview of my own voice, made a moment ago.",
    "zh": "你好，这是我的声音的第一次试听，刚刚制作完成。",
}


def preview(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Speak one sentence by a voice that is not tuned and not kept."""
    job = context.job
    consent = valid_consent(runtime.store, job.consent_id or "", job.user_id, "speak")
    samples = [runtime.samples.get(each, job.user_id) for each in job.config["sample_ids"]]
    Comparison(runtime).require(consent, samples)
    traits = []
    for number, sample in enumerate(samples):
        context.report(number / (len(samples) + 1), "listening to the recordings")
        traits.append(_traits(runtime, sample))
        if context.stopped():
            return {}
    model = voice_from_traits(runtime.base, traits)
    text = PREVIEW_SENTENCES[job.config["language"]]
    context.report(len(samples) / (len(samples) + 1), "speaking")
    path = job_folder(runtime, job.id) / "preview.wav"
    waveform = SpeechService(runtime, job.user_id).preview(consent.id, model, text).write(path)
    return {"path": path.name, "seconds": round(waveform.seconds, 3), "text": text}


def speak(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Speak a text; each sentence can be heard as soon as it is made."""
    job, config = context.job, context.job.config
    voice = usable_voice(runtime, job.voice_id or "", job.user_id)
    options = SpeakOptions(config["speed"], config["pitch"])
    total = sum(1 for _ in Frontend().sentences(config["text"]))
    sentences = SpeechService(runtime, job.user_id, _use(job)).speak(
        voice.id, config["text"], options, label=_label(config)
    )
    told = _told(runtime, context)

    def parts() -> Generator[Waveform]:
        # Closed here and now: what was made is logged before the job is over, or the job says why.
        with closing(sentences):
            for number, waveform in enumerate(sentences):
                _tell(runtime, context, number, waveform, sentences, told)
                context.report((number + 1) / total, f"sentence {number + 1} of {total}")
                yield waveform

    return _keep(runtime, context, sentences, parts())


def convert(runtime: Runtime, context: Context) -> dict[str, Any]:
    """Say a recording again with a voice."""
    job, config = context.job, context.job.config
    voice = usable_voice(runtime, job.voice_id or "", job.user_id)
    source = _source(runtime, context)
    context.event("source", {"file": source.name})
    context.report(0.1, "listening to the recording")
    waveform = read_audio(
        source, replace(AUDIO_LIMITS, max_seconds=runtime.limits.max_convert_seconds)
    )
    options = ConvertOptions(config["pitch"], likeness=config.get("likeness", LIKENESS))
    context.report(0.3, "converting")
    converted = SpeechService(runtime, job.user_id, _use(job)).convert(
        voice.id, waveform, options, _label(config)
    )
    told = _told(runtime, context)

    def parts() -> Generator[Waveform]:
        with closing(converted):
            for number, part in enumerate(converted):
                _tell(runtime, context, number, part, converted, told)
                yield part

    return _keep(runtime, context, converted, parts())


def _label(config: dict[str, Any]) -> Label:
    """Return the label a job was asked for; jobs that are older than labels get the spoken one."""
    return Label(config.get("label", "spoken"), config.get("acknowledged", False))


def _use(job: Job) -> str:
    """Return what a job is charged as: itself, or what its asker says is asked for again."""
    return str(job.config.get("use_id") or job.id)


def _told(runtime: Runtime, context: Context) -> frozenset[str]:
    """Return the parts that an earlier run of the same job has made known."""
    events = runtime.jobs.events(context.job.id, context.job.user_id)
    return frozenset(event.data["file"] for event in events if event.kind == "chunk")


def _tell(
    runtime: Runtime,
    context: Context,
    number: int,
    waveform: Waveform,
    speech: Outgoing,
    told: frozenset[str],
) -> None:
    """Write a part of speech beside the job and say so, once however often the job is begun."""
    name = f"{number:04}.wav"
    if name not in told:
        write_pcm(job_folder(runtime, context.job.id) / name, waveform, speech.finish)
        seconds = round(waveform.seconds, 3)
        context.event("chunk", {"number": number, "file": name, "seconds": seconds})


def _keep(
    runtime: Runtime, context: Context, outgoing: Outgoing, parts: Generator[Waveform]
) -> dict[str, Any]:
    """Write speech, without loss and in the format asked for, and add it to the history.

    Nothing is kept of speech that was stopped.
    """
    job, config = context.job, context.job.config
    voice = usable_voice(runtime, job.voice_id or "", job.user_id)
    folder = made(runtime.home / "speech" / job.user_id)
    whole = folder / f"{job.id}.flac"
    paths = {whole, whole.with_suffix(f".{config['format']}")}
    writers = [AudioWriter(path, outgoing.finish) for path in sorted(paths)]
    try:
        with ExitStack() as stack, closing(parts):
            for writer in writers:
                stack.enter_context(writer)
            for part in parts:
                for writer in writers:
                    writer.write(part)
                if context.stopped():
                    raise StoppedEarlyError
    except StoppedEarlyError:
        return {}
    context.hold()
    generation = outgoing.generation
    assert generation is not None
    # The identifier is the job's: one that is run again after a crash makes speech once.
    speech = Speech(
        job.id, job.user_id, voice.id, job.id, generation.kind, config.get("text", ""),
        str(whole.relative_to(runtime.home)), file_sha256(whole), round(writers[0].seconds, 3),
        config["format"], now(), expires=voice.expires, generation_id=generation.id,
    )  # fmt: skip
    _record(runtime, speech, paths)
    return {
        "speech_id": speech.id,
        "seconds": speech.seconds,
        "format": speech.format,
        "sha256": speech.sha256,
    }


def _record(runtime: Runtime, speech: Speech, paths: Iterable[Path]) -> None:
    """Add speech to the history unless an earlier run did; files that may not stay go."""
    try:
        runtime.speeches.get(speech.id, speech.user_id)
    except NotFoundError:
        try:
            runtime.speeches.add(speech)
        except BaseException:
            for path in paths:
                path.unlink(missing_ok=True)
            raise


def _source(runtime: Runtime, context: Context) -> Path:
    """Move what came in beside the job, and return where it lies; a job begun again finds it."""
    incoming = runtime.home / context.job.config["source"]
    source = job_folder(runtime, context.job.id) / f"source{incoming.suffix}"
    if incoming.exists():
        os.replace(incoming, source)
    if not source.is_file():
        raise NotFoundError("the recording to convert is not there any more; give it again")
    return source


def _traits(runtime: Runtime, sample: Sample) -> Traits:
    """Return what a voice needs to know of a sample, measured once for each base checkpoint."""
    path = runtime.home / sample.path
    kept = path.with_name(f"{sample.id}.{runtime.base.id}.traits")
    if kept.exists():
        try:
            return load_traits(kept)
        except CheckpointError:
            kept.unlink()
    traits = measure_traits(runtime.base, read_audio(path))
    save_traits(kept, traits)
    return traits
