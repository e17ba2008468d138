"""The main job on bundled recordings: clone, speak English and Chinese, convert."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicehub.errors import InputError, NotFoundError
from voicehub.services.clone import CloneRequest, CloneService, Report
from voicehub.services.consent import CorpusLicence
from voicehub.services.removal import remove_voice
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.training.finetune import CloneOptions

DEMO_FOLDER = Path(__file__).resolve().parent.parent.parent / "demo"
READERS = ("reader-f", "reader-m")
BASIS = CorpusLicence(
    "CC BY 4.0",
    "LibriSpeech, by Vassil Panayotov, Guoguo Chen, Daniel Povey and Sanjeev Khudanpur, "
    "https://creativecommons.org/licenses/by/4.0/",
)
SENTENCES = {
    "english": "On the 3rd of May, VoiceHub read my first page aloud, and it sounded like me.",
    "chinese": "你好，很高兴认识你。今天是星期五，我们一起去公园走走吧！",
}


@dataclass(frozen=True)
class Made:
    """One thing that was made: a voice (no path) or a sound, and the seconds it took."""

    what: str
    path: Path | None
    seconds: float | None
    spent: float


def demo_recordings(reader: str) -> list[Path]:
    """Return the bundled recordings of a reader."""
    found = sorted((DEMO_FOLDER / reader).glob("*.opus"))
    if not found:
        raise NotFoundError(
            f"the demo recordings are not in {DEMO_FOLDER}; run from a copy of the repository"
        )
    return found


def run_demo(
    runtime: Runtime, folder: Path, steps: int, report: Report, stop: Callable[[], bool]
) -> list[Made]:
    """Clone both readers, speak two sentences with each and convert one recording of the other."""
    folder.mkdir(parents=True, exist_ok=True)
    speech = SpeechService(runtime)
    made: list[Made] = []
    for reader in READERS:
        made.append(_clone(runtime, reader, steps, report, stop))
    for reader in READERS:
        for language, sentence in SENTENCES.items():
            path = folder / f"{reader}-{language}.wav"
            spoken = speech.speak_to_file(reader, sentence, path)
            made.append(
                Made(f"{reader} speaks {language}", path, spoken.seconds, spoken.spent_seconds)
            )
    first, second = READERS
    path = folder / f"{second}-as-{first}.wav"
    spoken = speech.convert_to_file(first, demo_recordings(second)[0], path)
    made.append(Made(f"{second}, as {first}", path, spoken.seconds, spoken.spent_seconds))
    return made


def _clone(
    runtime: Runtime, reader: str, steps: int, report: Report, stop: Callable[[], bool]
) -> Made:
    began = time.perf_counter()
    _make_room(runtime, reader)
    request = CloneRequest(demo_recordings(reader), reader, BASIS, CloneOptions(steps=steps))
    cloned = CloneService(runtime).clone(
        request, lambda fraction, message: report(fraction, f"{reader}: {message}"), stop
    )
    seconds = sum(recording.seconds for recording in cloned.recordings)
    spent = time.perf_counter() - began
    return Made(f"voice {reader}, from {seconds:.0f} s of recordings", None, None, spent)


def _make_room(runtime: Runtime, name: str) -> None:
    """Delete the voice of an earlier demo, and never one that a user made."""
    for voice in runtime.store.voices():
        if voice.name.lower() != name:
            continue
        if runtime.store.consent(voice.consent_id).attribution != BASIS.attribution:
            raise InputError(
                f"a voice of yours is called {name!r}; the demo needs that name, delete it first"
            )
        remove_voice(runtime, voice)
