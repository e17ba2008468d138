"""Cloning, speaking, converting and removing, through the services and real tiny networks."""

import hashlib
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.engines import LocalEngine
from voicehub.errors import (
    AudioError,
    CheckpointError,
    ConsentError,
    InputError,
    NotFoundError,
    SettingsError,
    TextError,
    VoiceHubError,
)
from voicehub.services.clone import Cloned, CloneRequest, CloneService
from voicehub.services.consent import CorpusLicence, SpokenStatement, file_sha256
from voicehub.services.doctor import examine
from voicehub.services.labels import Label
from voicehub.services.library import Library
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.synthesis.speak import SpeakOptions
from voicehub.training.finetune import CloneOptions

LICENCE = CorpusLicence("CC BY 4.0", "LibriSpeech")
Clip = Callable[..., Path]


def silent(fraction: float, message: str) -> None:
    """Report to nobody."""


@pytest.fixture
def cloned(runtime: Runtime, clip: Clip) -> Cloned:
    """A zero-shot voice, ready in a moment."""
    request = CloneRequest([clip(5)], "Ada", LICENCE, zero_shot=True)
    return CloneService(runtime).clone(request, silent)


def left_in(home: Path) -> list[str]:
    """Return what lies under the folders of voices and of unfinished work."""
    folders = (home / "voices", home / "work")
    return sorted(str(p.relative_to(home)) for f in folders if f.exists() for p in f.iterdir())


def test_an_engine_tunes_elsewhere_and_nothing_stays_there(
    runtime: Runtime, clip: Clip, tmp_path: Path
) -> None:
    options, shared = CloneOptions(steps=3, critics_share=0.0), tmp_path / "shared"
    request = CloneRequest(
        [clip(5)], "Ada", LICENCE, options, engine=LocalEngine(), shared=shared
    )  # fmt: skip
    cloned = CloneService(runtime).clone(request, silent)
    assert (cloned.voice.kind, cloned.voice.metrics["steps"]) == ("adapter", 3)
    assert [row["step"] for row in cloned.history] == [0, 3]
    assert list(shared.iterdir()) == []
    spoken = SpeechService(runtime).speak_to_file("Ada", "Hello.", tmp_path / "a.wav")
    assert spoken.path.exists()
    words = tmp_path / "words.txt"
    words.write_text("hello there\n")
    with pytest.raises(InputError, match="transcripts"):
        CloneService(runtime).clone(replace(request, name="Bob", transcripts=words), silent)
    unread = replace(request, name="Bob", basis=SpokenStatement(clip(2)))
    with pytest.raises(ConsentError):  # an engine is no way around a consent
        CloneService(runtime).clone(unread, silent)
    assert list(shared.iterdir()) == []


def test_a_zero_shot_voice_is_stored_with_its_basis(runtime: Runtime, cloned: Cloned) -> None:
    details = Library(runtime).details(runtime.operator, "ada")
    assert details.voice == cloned.voice
    assert details.voice.kind == "zero-shot"
    assert (details.consent.kind, details.consent.licence) == ("corpus-licence", "CC BY 4.0")
    assert [r.seconds for r in details.recordings] == [5.0]
    assert 0 < details.size_bytes < 1_000_000
    assert left_in(runtime.home) == [f"voices/{cloned.voice.id}"]


def test_stopping_keeps_the_best_and_resuming_goes_on(runtime: Runtime, clip: Clip) -> None:
    service = CloneService(runtime)
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    request = CloneRequest([clip(5)], "Ada", LICENCE, CloneOptions(steps=2))
    first = service.clone(request, silent, stop)
    assert first.stopped
    assert first.voice.metrics["steps"] == 1
    again = CloneRequest([clip(5)], "ada", LICENCE, CloneOptions(steps=2), resume=True)
    second = service.clone(again, silent)
    assert not second.stopped
    assert second.voice.id == first.voice.id
    assert second.voice.folder.endswith("/2")
    assert not (runtime.home / first.voice.folder).exists()
    assert left_in(runtime.home) == [f"voices/{first.voice.id}"]
    assert Library(runtime).voices(runtime.operator) == [second.voice]
    with pytest.raises(ConsentError, match="other recordings"):
        service.clone(
            CloneRequest([clip(4)], "Ada", LICENCE, CloneOptions(steps=2), resume=True), silent
        )


def test_a_spoken_statement_is_kept_with_its_hash(runtime: Runtime, clip: Clip) -> None:
    statement = clip(4, "reader-f", 1)
    request = CloneRequest([clip(5)], "Ada", SpokenStatement(statement), zero_shot=True)
    voice = CloneService(runtime).clone(request, silent).voice
    consent = Library(runtime).details(runtime.operator, "Ada").consent
    assert consent.statement_sha256 == file_sha256(statement)
    assert (runtime.home / voice.folder / "statement.audio").read_bytes() == statement.read_bytes()
    Library(runtime).revoke(runtime.operator, "Ada")
    assert left_in(runtime.home) == []


def noise(path: Path, seconds: float, amplitude: float) -> Path:
    samples = np.random.default_rng(0).standard_normal(int(seconds * SAMPLE_RATE))
    write_audio(path, Waveform((amplitude * samples).astype(np.float32)))
    return path


def raw(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


BAD_RECORDINGS: dict[str, tuple[Callable[[Path, Clip], Path], type[VoiceHubError]]] = {
    "missing": (lambda folder, clip: folder / "none.wav", NotFoundError),
    "empty": (lambda folder, clip: raw(folder / "a.wav", b""), AudioError),
    "text": (lambda folder, clip: raw(folder / "a.wav", b"I am no sound"), AudioError),
    "silent": (lambda folder, clip: noise(folder / "a.wav", 5, 0.0), AudioError),
    "noise": (lambda folder, clip: noise(folder / "a.wav", 5, 0.1), AudioError),
    "short": (lambda folder, clip: clip(1.5), AudioError),
    "cut": (lambda folder, clip: raw(folder / "a.wav", clip(5).read_bytes()[:60]), AudioError),
    "folder": (lambda folder, clip: folder, AudioError),
}


@pytest.mark.parametrize("kind", BAD_RECORDINGS)
def test_bad_recordings_leave_nothing(
    kind: str, runtime: Runtime, clip: Clip, tmp_path: Path
) -> None:
    make, error = BAD_RECORDINGS[kind]
    request = CloneRequest([make(tmp_path, clip)], "Ada", LICENCE, zero_shot=True)
    with pytest.raises(error) as caught:
        CloneService(runtime).clone(request, silent)
    assert len(str(caught.value)) > 20
    assert left_in(runtime.home) == []
    with runtime.store.database.read() as db:
        assert db.execute("SELECT count(*) FROM consents").fetchone()[0] == 0


def test_no_recordings_and_a_taken_name(runtime: Runtime, cloned: Cloned, clip: Clip) -> None:
    service = CloneService(runtime)
    with pytest.raises(InputError, match="recordings"):
        service.clone(CloneRequest([], "Bob", LICENCE), silent)
    with pytest.raises(InputError, match="already"):
        service.clone(CloneRequest([clip(5)], "ADA", LICENCE, zero_shot=True), silent)


def test_a_silent_statement_is_no_consent(runtime: Runtime, clip: Clip, tmp_path: Path) -> None:
    statement = SpokenStatement(noise(tmp_path / "s.wav", 4, 0.0))
    with pytest.raises(ConsentError, match="statement"):
        CloneService(runtime).clone(CloneRequest([clip(5)], "Ada", statement), silent)
    with pytest.raises(ConsentError):
        CorpusLicence("CC BY 4.0", "  ")
    assert Library(runtime).voices(runtime.operator) == []


def test_a_base_that_is_missing_or_changed(
    own_home: Path, tiny_base: Path, clip: Clip, tmp_path: Path
) -> None:
    request = CloneRequest([clip(5)], "Ada", LICENCE, zero_shot=True)
    with pytest.raises(NotFoundError):
        CloneService(Runtime(own_home, tmp_path / "none")).clone(request, silent)
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in tiny_base.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    weights = broken / "generator.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(CheckpointError, match="hash"):
        CloneService(Runtime(own_home, broken)).clone(request, silent)
    assert left_in(own_home) == []


def pcm_of(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        return file.readframes(file.getnframes())


@pytest.mark.usefixtures("cloned")
def test_speech_is_written_logged_and_the_same_again(runtime: Runtime, tmp_path: Path) -> None:
    speech = SpeechService(runtime)
    path = tmp_path / "a.wav"
    spoken = speech.speak_to_file("ada", "Hello there. 你好，世界。", path)
    assert spoken.seconds == pytest.approx(len(pcm_of(path)) / 2 / 24_000)
    assert 0 < spoken.first_seconds < spoken.spent_seconds
    log = runtime.store.generations(runtime.store.voice("Ada").id)
    assert [entry.kind for entry in log] == ["speak"]
    assert log[0].sha256 == spoken.sha256 == hashlib.sha256(pcm_of(path)).hexdigest()
    again = speech.speak_to_file("Ada", "Hello there. 你好，世界。", tmp_path / "b.wav")
    other = SpeakOptions(seed=1)
    changed = speech.speak_to_file("Ada", "Hello there. 你好，世界。", tmp_path / "c.wav", other)
    first, second, third = (read_audio(each.path).samples for each in (spoken, again, changed))
    level = float(np.sqrt(np.mean(first**2)))
    assert 0 < np.sqrt(np.mean((first - second) ** 2)) < 0.1 * level  # nothing but the marks differ
    assert np.sqrt(np.mean((first - third[: len(first)]) ** 2)) > 0.1 * level


@pytest.mark.usefixtures("cloned")
def test_conversion_keeps_the_length(runtime: Runtime, clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    source, plain = clip(3, "reader-m"), Label("none", True)
    converted = SpeechService(runtime).convert_to_file("Ada", source, path, label=plain)
    assert converted.seconds == pytest.approx(3.0)
    assert soundfile.info(path).format == "FLAC"
    kinds = [entry.kind for entry in runtime.store.generations(runtime.store.voice("Ada").id)]
    assert kinds == ["convert"]


def test_revoking_ends_speech_between_two_sentences(
    runtime: Runtime, cloned: Cloned, tmp_path: Path
) -> None:
    speech = SpeechService(runtime)
    sentences = speech.speak("Ada", "One. Two. Three.")
    first = next(sentences)
    Library(runtime).revoke(runtime.operator, "Ada")
    with pytest.raises(ConsentError):
        next(sentences)
    assert first.seconds > 0
    with pytest.raises(NotFoundError):
        speech.speak_to_file("Ada", "One.", tmp_path / "a.wav")
    assert list(tmp_path.glob("*.wav")) == []
    assert left_in(runtime.home) == []


@pytest.mark.usefixtures("cloned")
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", TextError),
        ("?! ...", TextError),
        ("Привет, мир", TextError),
        ("a " * 500_000, TextError),
    ],
)
def test_texts_that_cannot_be_spoken(
    text: str, error: type[VoiceHubError], runtime: Runtime, tmp_path: Path
) -> None:
    with pytest.raises(error):
        SpeechService(runtime).speak_to_file("Ada", text, tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.usefixtures("cloned")
def test_where_speech_cannot_go(runtime: Runtime, tmp_path: Path) -> None:
    speech = SpeechService(runtime)
    with pytest.raises(AudioError, match="format"):
        speech.speak_to_file("Ada", "Hello.", tmp_path / "a.doc")
    with pytest.raises(NotFoundError, match="folder"):
        speech.speak_to_file("Ada", "Hello.", tmp_path / "none" / "a.wav")
    with pytest.raises(SettingsError):
        SpeakOptions(speed=9.0)


def test_a_voice_whose_weights_were_changed(runtime: Runtime, cloned: Cloned) -> None:
    weights = runtime.home / cloned.voice.folder / "voice.safetensors"
    weights.write_bytes(b"\x80\x04K\x01.")  # a pickle, which is never loaded
    with pytest.raises(CheckpointError):
        next(SpeechService(runtime).speak("Ada", "Hello."))
    problems = [check.name for check in examine(runtime, silent) if not check.ok]
    assert problems == ["voices"]


def test_deleting_removes_files_and_frees_the_name(
    runtime: Runtime, cloned: Cloned, clip: Clip
) -> None:
    Library(runtime).delete(runtime.operator, "Ada")
    assert left_in(runtime.home) == []
    request = CloneRequest([clip(5)], "Ada", LICENCE, zero_shot=True)
    assert CloneService(runtime).clone(request, silent).voice.id != cloned.voice.id


def test_the_doctor_tells_what_is_missing(own_home: Path, tiny_base: Path, tmp_path: Path) -> None:
    assert all(check.ok for check in examine(Runtime(own_home, tiny_base), silent))
    checks = examine(Runtime(own_home, tmp_path / "none"), silent)
    assert [check.name for check in checks if not check.ok] == ["base checkpoint", "self-test"]
