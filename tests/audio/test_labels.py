"""AIGC labels in every container: exactly one, the sound untouched, hostile files survived."""

import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from signals import tone

from voicehub.audio.aigc import Aigc, parse_aigc
from voicehub.audio.files import WRITABLE, write_audio
from voicehub.audio.stream import AudioWriter, copy_audio, pcm16, pcm_sha256, write_pcm
from voicehub.audio.tags import read_labels, write_label
from voicehub.audio.tags_vorbis import _checksums, _with_checksum
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, InputError

LABEL = Aigc.first("VoiceHub 声音", "4f1c").text()


@pytest.fixture(scope="module")
def speech() -> Waveform:
    return Waveform((0.4 * tone(440, 2.0)).astype(np.float32))


def test_the_label_is_the_string_of_the_measures() -> None:
    assert json.loads(LABEL) == {
        "AIGC": {
            "Label": "1", "ContentProducer": "VoiceHub 声音", "ProduceID": "4f1c",
            "ReservedCode1": "", "ContentPropagator": "VoiceHub 声音", "PropagateID": "4f1c",
            "ReservedCode2": "",
        }
    }  # fmt: skip
    assert LABEL.isascii()
    assert parse_aigc(LABEL) == {
        "label": "1", "producer": "VoiceHub 声音", "produce_id": "4f1c",
        "propagator": "VoiceHub 声音", "propagate_id": "4f1c",
    }  # fmt: skip
    for other in ("", "[1]", '{"AIGC": 3}', "[" * 100_000, '{"AIGC": {}}'):
        assert parse_aigc(other) is None
    with pytest.raises(InputError, match="produce_id"):
        Aigc.first("VoiceHub", "")


@pytest.mark.parametrize("suffix", WRITABLE)
def test_a_file_bears_exactly_one_label(suffix: str, speech: Waveform, tmp_path: Path) -> None:
    plain, path = tmp_path / f"plain{suffix}", tmp_path / f"a{suffix}"
    write_pcm(plain, speech)
    assert read_labels(plain) == []
    write_pcm(path, speech, finish=lambda part: write_label(part, LABEL))
    assert read_labels(path) == [LABEL]
    assert np.array_equal(soundfile.read(path)[0], soundfile.read(plain)[0])
    before = path.read_bytes()
    write_label(path, LABEL)
    assert path.read_bytes() == before
    again = Aigc("VoiceHub", "1", "Somebody", "2").text()
    write_label(path, again)
    assert read_labels(path) == [again]
    assert path.read_bytes().count(b"AIGC") == before.count(b"AIGC")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([path.name, plain.name])


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="another reader of tags")
@pytest.mark.parametrize("suffix", WRITABLE)
def test_other_programs_read_the_label(suffix: str, speech: Waveform, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    write_pcm(path, speech, finish=lambda part: write_label(part, LABEL))
    command = ["ffprobe", "-v", "warning", "-show_entries", "format_tags:stream_tags",
               "-of", "json", str(path)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    tags = found.get("format", {}).get("tags", {})
    for stream in found.get("streams", []):
        tags |= stream.get("tags", {})
    assert tags["comment" if suffix == ".wav" else "AIGC"] == LABEL
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert decoded.stderr == ""


def test_long_comments_of_ogg_move_the_pages_of_sound(speech: Waveform, tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    write_audio(path, speech)
    sound = soundfile.read(path)[0]
    write_label(path, "x" * 200_000)  # more than two pages hold
    assert read_labels(path) == ["x" * 200_000]
    assert np.array_equal(soundfile.read(path)[0], sound)
    write_label(path, LABEL)
    assert np.array_equal(soundfile.read(path)[0], sound)
    assert path.stat().st_size < 100_000


def test_ogg_checksums_are_those_of_the_encoder(speech: Waveform, tmp_path: Path) -> None:
    path = tmp_path / "a.opus"
    write_audio(path, speech)
    data = path.read_bytes()
    length = 27 + data[26] + sum(data[27 : 27 + data[26]])
    page = data[:length]
    cleared = page[:22] + bytes(4) + page[26:]
    assert _with_checksum(cleared) == page
    assert _checksums()[1] == 0x04C11DB7


def test_other_chunks_and_comments_stay(speech: Waveform, tmp_path: Path) -> None:
    wav, flac = tmp_path / "a.wav", tmp_path / "a.flac"
    for path, form in ((wav, "WAV"), (flac, "FLAC")):
        with soundfile.SoundFile(path, "w", 24_000, 1, format=form, subtype="PCM_16") as file:
            file.title, file.comment = "a title", "a comment"
            file.write(pcm16(speech))
        write_label(path, LABEL)
        with soundfile.SoundFile(path) as file:
            assert file.title == "a title"
            assert file.comment == (LABEL if path == wav else "a comment")
    assert read_labels(flac) == [LABEL]


@pytest.mark.parametrize("suffix", WRITABLE)
def test_damaged_files_bear_no_label_and_break_nothing(
    suffix: str, speech: Waveform, tmp_path: Path
) -> None:
    path, broken = tmp_path / f"a{suffix}", tmp_path / "broken"
    write_pcm(path, speech, finish=lambda part: write_label(part, LABEL))
    data, chance = path.read_bytes(), np.random.default_rng(0)
    for _ in range(150):
        changed = bytearray(data[: int(chance.integers(4, 2_000))])
        for place in chance.integers(4, len(changed), 3) if len(changed) > 4 else ():
            changed[place] = int(chance.integers(0, 256))
        broken.write_bytes(changed)
        assert isinstance(read_labels(broken), list)
    broken.write_bytes(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"x" * 100)
    assert read_labels(broken) == []
    broken.write_bytes(struct.pack("<4sI4s4sI", b"RIFF", 2**32 - 1, b"WAVE", b"LIST", 2**32 - 1))
    assert read_labels(broken) == []
    broken.write_bytes(b"no sound at all")
    with pytest.raises(AudioError, match="cannot bear"):
        write_label(broken, LABEL)


def test_labels_in_containers_that_are_not_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(b"\0\0\0\x18ftypM4A " + bytes(3_000_000) + LABEL.encode() + bytes(100))
    assert read_labels(path) == [LABEL]


def test_a_copy_holds_the_same_samples(speech: Waveform, tmp_path: Path) -> None:
    source, target, lossy = tmp_path / "a.flac", tmp_path / "a.wav", tmp_path / "a.mp3"
    loud = Waveform((np.random.default_rng(0).uniform(-1, 1, 50_000)).astype(np.float32))
    with AudioWriter(source) as writer:
        writer.write(loud)
    copy_audio(source, target)
    copy_audio(source, lossy)
    assert np.array_equal(soundfile.read(target, dtype="int16")[0], pcm16(loud))
    assert pcm_sha256(source) == pcm_sha256(target)
    assert pcm_sha256(lossy) is None
    write_audio(tmp_path / "b.wav", Waveform(speech.samples, 16_000))
    assert pcm_sha256(tmp_path / "b.wav") is None
