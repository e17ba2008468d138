"""Nothing leaves unmarked, on any road; what leaves is labelled, logged and led back to."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from voicehub.audio.files import read_audio
from voicehub.audio.tags import read_labels
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.cli.main import main
from voicehub.errors import ConsentError, InputError, SettingsError, WatermarkError
from voicehub.model.voice import load_voice
from voicehub.services.keys import KeyRing
from voicehub.services.labels import RHYTHM, Label, rhythm
from voicehub.services.manifests import verify
from voicehub.services.outgoing import Origin, Outgoing, pcm_bytes
from voicehub.services.runtime import Runtime
from voicehub.services.speech import SpeechService
from voicehub.store.records import Voice

Clip = Callable[..., Path]
NONE = Label("none", True)


def origin(voice: Voice) -> Origin:
    return Origin("speak", voice.id, voice.consent_id, voice.sha256, "none", True)


def spoken(clip: Clip, number: int = 0, seconds: float = 4.0) -> Waveform:
    return read_audio(clip(seconds, "reader-f", number))


def everything(
    runtime: Runtime, voice: Voice, clip: Clip, path: Path
) -> dict[str, Callable[[], object]]:
    """Return every road on which a sound can leave."""
    speech = SpeechService(runtime)
    model = load_voice(runtime.home / voice.folder, runtime.base)
    source = clip(3, "reader-m")
    return {
        "speak": lambda: next(speech.speak("Ada", "Hello.")),
        "speak to file": lambda: speech.speak_to_file("Ada", "Hello.", path),
        "convert": lambda: speech.convert("Ada", read_audio(source)).whole(),
        "convert to file": lambda: speech.convert_to_file("Ada", source, path),
        "audition": lambda: speech.audition(voice, model, "Hello.", "a" * 64).write(path),
        "preview": lambda: speech.preview(voice.consent_id, model, "Hello.").write(path),
    }


ROADS = ("speak", "speak to file", "convert", "convert to file", "audition", "preview")


@pytest.mark.parametrize("road", ROADS)
def test_with_a_broken_key_nothing_leaves(
    road: str, runtime: Runtime, voice: Voice, clip: Clip, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "a.wav"
    target.parent.mkdir()
    roads = everything(runtime, voice, clip, target)
    roads[road]()
    for path in target.parent.iterdir():
        path.unlink()
    count = runtime.marks.count()
    for path in (runtime.home / "keys").glob("watermark-*"):
        path.write_text("broken")
    with pytest.raises(SettingsError, match="key"):
        roads[road]()
    assert list(target.parent.iterdir()) == []
    assert runtime.marks.count() == count


def test_the_command_line_says_why_nothing_leaves(
    runtime: Runtime, voice: Voice, tiny_base: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("VOICEHUB_WATERMARK_KEY", "12")
    out = tmp_path / "a.wav"
    code = main(["speak", "Ada", "Hello.", "-o", str(out), "--base", str(tiny_base), "--json"])
    assert code == 2
    assert (
        "VOICEHUB_WATERMARK_KEY needs 64" in json.loads(capsys.readouterr().out)["error"]["message"]
    )
    assert not out.exists()


def test_what_cannot_be_marked_does_not_leave(runtime: Runtime, voice: Voice, clip: Clip) -> None:
    silence = Waveform(np.zeros(SAMPLE_RATE, np.float32))
    outgoing = Outgoing(runtime, origin(voice), iter([spoken(clip), silence, spoken(clip)]))
    assert next(outgoing).seconds == 4
    with pytest.raises(WatermarkError, match="silence"):
        next(outgoing)
    with pytest.raises(StopIteration):
        next(outgoing)
    (entry,) = runtime.store.generations(voice.id)  # what left before is in the log
    assert entry.seconds == 4


def test_a_preview_bears_a_mark_and_stands_in_no_voices_log(runtime: Runtime, voice: Voice) -> None:
    model = load_voice(runtime.home / voice.folder, runtime.base)
    outgoing = SpeechService(runtime).preview(voice.consent_id, model, "Hello.")
    outgoing.whole()
    assert outgoing.mark is not None
    assert (outgoing.mark.kind, outgoing.mark.voice_id) == ("preview", None)
    assert runtime.store.generations(voice.id) == []


def test_the_mark_runs_on_from_sentence_to_sentence(
    runtime: Runtime, voice: Voice, clip: Clip
) -> None:
    parts = [spoken(clip, number, seconds) for number, seconds in ((0, 2.3), (1, 1.7), (2, 2.9))]
    outgoing = Outgoing(runtime, origin(voice), iter(parts))
    whole = outgoing.whole()
    assert whole.seconds == pytest.approx(6.9, abs=0.001)
    marker = runtime.marker(runtime.keys.current("watermark"))
    heard = marker.detect(whole)
    assert heard is not None
    assert outgoing.mark is not None
    assert heard.payload == outgoing.mark.payload
    assert heard.exact
    again = marker.detect(Waveform(whole.samples[7_777:].copy()))
    assert again is not None
    assert again.payload == heard.payload
    change = whole.samples - np.concatenate([part.samples for part in parts])
    snr_db = 10 * np.log10(np.sum(whole.samples**2) / np.sum(change**2))
    assert snr_db > 25


def test_what_was_heard_is_logged_before_it_is_heard(
    runtime: Runtime, voice: Voice, clip: Clip
) -> None:
    outgoing = Outgoing(runtime, origin(voice), iter([spoken(clip), spoken(clip, 1)]))
    first = next(outgoing)
    assert outgoing.mark is not None
    sha256 = hashlib.sha256(pcm_bytes(first)).hexdigest()
    assert runtime.marks.by_sound(sha256) == outgoing.mark
    outgoing.close()
    (entry,) = runtime.store.generations(voice.id)
    assert (entry.payload, entry.seconds) == (outgoing.mark.payload, 4)
    assert entry.manifest is not None
    body = verify(runtime.keys, entry.manifest.encode()).body
    assert body["pcm_sha256"] == entry.sha256 == sha256
    assert (body["voice"], body["consent"]) == (voice.id, voice.consent_id)
    assert (body["licence"], body["attribution"]) == ("CC BY 4.0", "LibriSpeech")
    assert body["model_sha256"] == voice.sha256
    assert "Ada" not in entry.manifest


def test_after_a_revocation_no_further_part_leaves(
    runtime: Runtime, voice: Voice, clip: Clip
) -> None:
    def parts() -> Iterator[Waveform]:
        yield spoken(clip)
        runtime.store.revoke_consent(voice.consent_id, "operator")
        yield spoken(clip, 1)

    outgoing = Outgoing(runtime, origin(voice), parts())
    next(outgoing)
    with pytest.raises(ConsentError):
        next(outgoing)
    assert outgoing.mark is not None
    assert runtime.marks.find(outgoing.mark.payload) is not None  # proof of what was heard


@pytest.mark.parametrize(
    ("text", "label", "longer"),
    [("Hello there.", Label(), 0.4), ("你好。", Label(), 0.4), ("Hello there.", RHYTHM, 1.4)],
)
def test_the_label_is_heard_first(
    text: str, label: Label, longer: float, runtime: Runtime, voice: Voice
) -> None:
    speech = SpeechService(runtime)
    plain = speech.speak("Ada", text, label=NONE).whole()
    outgoing = speech.speak("Ada", text, label=label)
    labelled = outgoing.whole()
    assert labelled.seconds - plain.seconds == pytest.approx(outgoing.label_seconds, abs=0.001)
    assert outgoing.label_seconds >= longer - 0.001
    log = runtime.store.generations(voice.id)
    told = [verify(runtime.keys, (each.manifest or "").encode()).body for each in log]
    assert [each["audible_label"] for each in told] == ["none", label.kind]


def test_no_label_only_for_who_acknowledges(runtime: Runtime, voice: Voice) -> None:
    with pytest.raises(InputError, match="acknowledgement"):
        Label("none")
    with pytest.raises(InputError, match="one of"):
        Label("whispered")  # type: ignore[arg-type]
    outgoing = SpeechService(runtime).speak("Ada", "Hello.", label=NONE)
    outgoing.whole()
    assert outgoing.mark is not None
    assert (outgoing.mark.label, outgoing.mark.acknowledged) == ("none", True)


def test_the_rhythm_is_short_long_short_short() -> None:
    waveform = rhythm()
    block = round(0.1 * waveform.sample_rate)
    loud = [
        float(np.sqrt(np.mean(waveform.samples[k : k + block] ** 2))) > 0.05
        for k in range(0, len(waveform.samples), block)
    ]
    assert "".join("#" if each else "." for each in loud) == "#.###...#.#..."


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "ogg", "opus"])
def test_files_bear_one_label_and_a_manifest_of_every_byte(
    suffix: str, runtime: Runtime, voice: Voice, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    made = SpeechService(runtime).speak_to_file("Ada", "Hello there.", path)
    (label,) = read_labels(path)
    assert json.loads(label)["AIGC"]["ProduceID"] == made.payload
    manifest = verify(runtime.keys, made.manifest.read_bytes())
    assert manifest.body["payload"] == made.payload
    assert manifest.body["file_bytes"] == path.stat().st_size
    assert manifest.body["pcm_sha256"] == made.sha256


def test_other_keys_do_not_hear_the_mark(
    runtime: Runtime, voice: Voice, clip: Clip, tmp_path: Path
) -> None:
    whole = Outgoing(runtime, origin(voice), iter([spoken(clip)])).whole()
    stranger = KeyRing(tmp_path / "elsewhere").current("watermark")
    assert runtime.marker(stranger).detect(whole) is None
