"""Reading and writing audio files, above all those that nobody should be sent."""

import os
import shutil
import struct
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from signals import speech_like, tone, white_noise

from voicehub.audio.decode import BLOCK
from voicehub.audio.files import WRITABLE, encode_audio, probe_audio, read_audio, write_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, MissingToolError, NotFoundError, SettingsError
from voicehub.settings import AudioLimits

LOSSY = (".mp3", ".ogg", ".opus")


@pytest.fixture(scope="module")
def speech() -> Waveform:
    return speech_like(4.0, seed=5)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    count = min(len(a), len(b))
    return float(np.corrcoef(a[:count], b[:count])[0, 1])


@pytest.mark.parametrize("suffix", WRITABLE)
def test_what_is_written_is_read_again(tmp_path: Path, speech: Waveform, suffix: str) -> None:
    path = tmp_path / f"clip{suffix}"
    write_audio(path, speech)
    again = read_audio(path)
    assert again.source_rate == again.sample_rate == SAMPLE_RATE
    assert len(again.samples) == len(speech.samples)
    if suffix in LOSSY:
        assert correlation(again.samples, speech.samples) > 0.97
    else:
        np.testing.assert_allclose(again.samples, speech.samples, atol=1 / 32000)
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == [path.name]


@pytest.mark.parametrize("suffix", WRITABLE)
def test_bytes_are_those_of_the_file(tmp_path: Path, speech: Waveform, suffix: str) -> None:
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(encode_audio(speech, suffix))
    assert len(read_audio(path).samples) == len(speech.samples)


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 96_000])
def test_any_rate_can_be_written(tmp_path: Path, suffix: str, rate: int) -> None:
    write_audio(tmp_path / f"x{suffix}", Waveform(tone(440, 1.0, sample_rate=rate), rate))
    again = read_audio(tmp_path / f"x{suffix}")
    assert again.seconds == pytest.approx(1.0, abs=0.01)
    spectrum = np.abs(np.fft.rfft(again.samples[:SAMPLE_RATE], SAMPLE_RATE))
    assert abs(int(spectrum.argmax()) - 440) <= 2


def test_samples_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    write_audio(tmp_path / "x.wav", Waveform(np.array([3.0, -3.0, 0.5], np.float32)))
    np.testing.assert_allclose(read_audio(tmp_path / "x.wav").samples, [1, -1, 0.5], atol=1e-4)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, speech: Waveform) -> None:
    path = tmp_path / "x.wav"
    write_audio(path, speech)
    before = path.read_bytes()
    with pytest.raises(AudioError, match="no samples"):
        write_audio(path, Waveform(np.zeros(0, np.float32)))
    assert path.read_bytes() == before
    with pytest.raises(AudioError, match=r"\.flac, \.mp3"):
        write_audio(tmp_path / "x.aiff", speech)
    with pytest.raises(NotFoundError, match="no folder"):
        write_audio(tmp_path / "none" / "x.wav", speech)
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(AudioError, match="cannot write"):
        write_audio(tmp_path / "folder.wav", speech)
    assert not list(tmp_path.glob(".*"))


def test_mp3_is_decoded_without_seams(tmp_path: Path) -> None:
    """soundfile seeks after each block that it reads, which breaks MP3 at every one of them."""
    path = tmp_path / "x.mp3"
    write_audio(path, Waveform(white_noise(3.0)))
    whole, _ = soundfile.read(path, dtype="float32")
    assert len(whole) > 5 * BLOCK
    np.testing.assert_allclose(read_audio(path).samples, whole, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("rate", [4_000, 8_000, 44_100, 192_000])
def test_any_rate_and_channels_become_mono_24_khz(tmp_path: Path, channels: int, rate: int) -> None:
    path = tmp_path / "x.wav"
    samples = tone(440, 0.5, sample_rate=rate)
    soundfile.write(path, np.stack([samples] * channels, 1), rate)
    waveform = read_audio(path)
    assert (waveform.sample_rate, waveform.source_rate) == (SAMPLE_RATE, rate)
    assert waveform.samples.dtype == np.float32
    middle = slice(2000, 10_000)
    np.testing.assert_allclose(waveform.samples[middle], tone(440, 0.5)[middle], atol=2e-3)


def test_many_channels_at_a_high_rate_are_not_hours_of_work(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, np.zeros((96_000, 8), np.float32), 192_000)
    limits = AudioLimits(max_values=8 * 96_000 - 1)
    with pytest.raises(AudioError, match="8 channels at 192000 Hz"):
        read_audio(path, limits)
    assert read_audio(path, limits, max_seconds=9.0).seconds == pytest.approx(0.5, abs=0.01)


def test_channels_that_cancel_each_other_are_not_lost(tmp_path: Path) -> None:
    left = tone(440, 0.5)
    soundfile.write(tmp_path / "x.wav", np.stack([left, -0.9 * left], 1), SAMPLE_RATE)
    assert np.abs(read_audio(tmp_path / "x.wav").samples).max() == pytest.approx(0.5, abs=1e-3)


def test_one_microphone_of_eight_is_heard(tmp_path: Path) -> None:
    channels = np.zeros((SAMPLE_RATE, 8), np.float32)
    channels[:, 5] = tone(440, 1.0)
    soundfile.write(tmp_path / "x.wav", channels, SAMPLE_RATE)
    assert np.abs(read_audio(tmp_path / "x.wav").samples).max() == pytest.approx(0.5, abs=1e-3)


NO_AUDIO = {
    "text": (b"Dear diary, today I recorded nothing.\n" * 50, "text"),
    "chinese": ("今天什么也没录。\n".encode() * 50, "text"),
    "playlist": (b"#EXTM3U\n#EXT-X-VERSION:3\nhttp://example.com/a.ts\n", "playlist"),
    "page": (b"\n<!DOCTYPE html><html><body>404</body></html>", "web page"),
    "zip": (b"PK\x03\x04" + bytes(100), "ZIP"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
    "aiff": (b"FORM\x00\x00\x00\x00AIFF" + bytes(range(200)), "something else"),
    "zeros": (bytes(1000), "something else"),
}


@pytest.mark.parametrize("name", NO_AUDIO)
def test_what_is_no_audio_is_refused_by_its_content(tmp_path: Path, name: str) -> None:
    content, words = NO_AUDIO[name]
    path = tmp_path / "recording.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=f"recording.wav is not a known .* {words}.*; give WAV"):
        read_audio(path)
    with pytest.raises(AudioError):
        probe_audio(path)


@pytest.mark.parametrize(
    "start", [b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"ID3", b"\xff\xfb\x90\0"]
)
@pytest.mark.parametrize("body", ["nothing", "noise"])
def test_a_right_start_with_rubbish_behind_is_refused(
    tmp_path: Path, start: bytes, body: str
) -> None:
    rubbish = np.random.default_rng(0).bytes(3000) if body == "noise" else b""
    (tmp_path / "x.wav").write_bytes(start + rubbish)
    with pytest.raises(AudioError, match=r"^x\.wav "):
        read_audio(tmp_path / "x.wav")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioError, match="0 bytes"):
        read_audio(tmp_path / "empty.wav")
    with pytest.raises(AudioError, match="folder"):
        read_audio(tmp_path)
    for missing in ("none.wav", "empty.wav/x.wav", "nul\0.wav"):
        with pytest.raises(NotFoundError, match="there is no file"):
            read_audio(tmp_path / missing)
    with pytest.raises(AudioError, match="cannot be opened"):
        read_audio(tmp_path / ("x" * 400 + ".wav"))


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.wav")
    with pytest.raises(AudioError, match="not a regular file"):
        read_audio(tmp_path / "x.wav")


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may read everything: step down for the test."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_unreadable_file_says_why(
    tmp_path: Path, request: pytest.FixtureRequest, speech: Waveform
) -> None:
    path = tmp_path / "x.wav"
    write_audio(path, speech)
    path.chmod(0)
    request.getfixturevalue("ordinary_user")
    with pytest.raises(AudioError, match="cannot be opened: Permission denied"):
        read_audio(path)


def test_a_file_without_samples(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(0), SAMPLE_RATE)
    with pytest.raises(AudioError, match="no audio"):
        read_audio(tmp_path / "x.wav")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(tmp_path: Path, bad: float) -> None:
    samples = tone(440, 1.0)
    samples[12_345] = bad
    soundfile.write(tmp_path / "x.wav", samples, SAMPLE_RATE, subtype="FLOAT")
    with pytest.raises(AudioError, match="not numbers"):
        read_audio(tmp_path / "x.wav")


@pytest.mark.parametrize("scale", [32768.0, 1e30])
def test_floats_in_the_range_of_integers(tmp_path: Path, scale: float) -> None:
    soundfile.write(tmp_path / "x.wav", scale * tone(440, 0.2), SAMPLE_RATE, subtype="FLOAT")
    with pytest.raises(AudioError, match="where full scale is 1"):
        read_audio(tmp_path / "x.wav")


@pytest.mark.parametrize("suffix", WRITABLE)
def test_a_truncated_file_is_read_as_far_as_it_goes(
    tmp_path: Path, speech: Waveform, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    write_audio(path, speech)
    content = path.read_bytes()
    path.write_bytes(content[: int(0.6 * len(content))])
    part = read_audio(path)
    assert 0.4 * speech.seconds < part.seconds < 0.8 * speech.seconds
    start = slice(SAMPLE_RATE // 2, SAMPLE_RATE)
    assert correlation(part.samples[start], speech.samples[start]) > 0.95
    path.write_bytes(content[:40])
    with pytest.raises(AudioError):
        read_audio(path)


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0xFFFFFFF0, 2**31])
def test_a_wav_header_that_claims_gigabytes(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "x.wav"
    write_audio(path, Waveform(tone(440, 1.0)))
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = struct.pack("<I", claimed)
    path.write_bytes(content)
    assert probe_audio(path).seconds == 1.0
    assert read_audio(path).seconds == 1.0


def claim_flac_frames(path: Path, frames: int) -> None:
    """Set the number of samples in a FLAC header, 36 bits from byte 21 on; 0 means unknown."""
    content = bytearray(path.read_bytes())
    packed = int.from_bytes(content[18:26], "big")
    content[18:26] = ((packed >> 36 << 36) | frames).to_bytes(8, "big")
    path.write_bytes(content)


def test_a_flac_header_that_lies(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    write_audio(path, Waveform(tone(440, 3.0)))
    claim_flac_frames(path, 2**36 - 1)
    with pytest.raises(AudioError, match=r"795\.4 h long, more than the 60 min"):
        read_audio(path)
    assert read_audio(path, 2.0).seconds == 2.0
    claim_flac_frames(path, 0)
    assert probe_audio(path).seconds is None
    assert read_audio(path).seconds == 3.0
    with pytest.raises(AudioError, match="longer than the 2 s"):
        read_audio(path, AudioLimits(max_seconds=2))


def test_hours_of_silence_stay_out_of_memory(tmp_path: Path) -> None:
    """A small FLAC can hold hours; neither refusing it nor reading its start may decode them."""
    path = tmp_path / "long.flac"
    minute = np.zeros(60 * 4000, np.int16)
    with soundfile.SoundFile(path, "w", 4000, 1, subtype="PCM_16") as file:
        for _ in range(180):
            file.write(minute)
    assert path.stat().st_size < 500_000
    tracemalloc.start()
    try:
        with pytest.raises(AudioError, match="3 h long, more than the 60 min"):
            read_audio(path)
        assert read_audio(path, max_seconds=5.0).seconds == 5.0
        claim_flac_frames(path, 0)
        with pytest.raises(AudioError, match="longer than the 60 min"):
            read_audio(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.parametrize("suffix", WRITABLE)
def test_too_long_says_the_limit_and_a_beginning_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    write_audio(path, Waveform(tone(440, 3.0)))
    limits = AudioLimits(max_seconds=2)
    with pytest.raises(AudioError, match="the 2 s that are read; cut it"):
        read_audio(path, limits)
    assert read_audio(path, limits, max_seconds=1.5).seconds == 1.5
    assert read_audio(path, limits, max_seconds=60).seconds == 2.0
    assert read_audio(path, AudioLimits(max_seconds=3)).seconds == 3.0
    np.testing.assert_array_equal(
        read_audio(path, 1.0).samples, read_audio(path).samples[:SAMPLE_RATE]
    )


def test_limits_on_size_channels_and_rate(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.zeros((1000, 4)), 48_000)
    for limits, words in (
        (AudioLimits(max_bytes=1000), "MB"),
        (AudioLimits(max_channels=2), "4 channels; at most 2"),
        (AudioLimits(max_sample_rate=44_100), "48000 Hz"),
        (AudioLimits(min_sample_rate=50_000), "48000 Hz"),
    ):
        with pytest.raises(AudioError, match=words):
            read_audio(path, limits)
        with pytest.raises(AudioError, match=words):
            probe_audio(path, limits)
    for values in ({"max_seconds": 0}, {"max_bytes": -1}, {"max_seconds": float("nan")}):
        with pytest.raises(SettingsError, match="above 0"):
            AudioLimits(**values)
    with pytest.raises(SettingsError, match=r"got 5\.\.4"):
        AudioLimits(min_sample_rate=5, max_sample_rate=4)


def test_probe_tells_what_a_file_holds(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.ogg", np.zeros((44_100, 2)), 44_100)
    info = probe_audio(tmp_path / "x.ogg")
    assert (info.format, info.sample_rate, info.channels, info.seconds) == ("Ogg", 44_100, 2, 1.0)


M4A_START = b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00isomiso2" + bytes(200)


def test_m4a_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.m4a"
    path.write_bytes(M4A_START)
    assert probe_audio(path).seconds is None
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match=r"x\.m4a is M4A.*ffmpeg.*give WAV"):
        read_audio(path)


needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


@needs_ffmpeg
def test_m4a_with_ffmpeg(tmp_path: Path, speech: Waveform) -> None:
    write_audio(tmp_path / "x.wav", speech)
    path = tmp_path / "-f concat http: %d.m4a"  # a name that a careless command would obey
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(tmp_path / "x.wav"), f"file:{path}"]
    subprocess.run(command, check=True)
    assert read_audio(path).seconds == pytest.approx(speech.seconds, abs=0.1)
    assert read_audio(path, 1.0).seconds == 1.0
    with pytest.raises(AudioError, match="longer than the 2 s"):
        read_audio(path, AudioLimits(max_seconds=2))


@needs_ffmpeg
def test_broken_m4a_with_ffmpeg(tmp_path: Path) -> None:
    (tmp_path / "x.m4a").write_bytes(M4A_START)
    with pytest.raises(AudioError, match="no readable audio"):
        read_audio(tmp_path / "x.m4a")


FAKE_FFMPEG = """#!{python}
import shutil, sys, time
assert sys.argv[1] == "-nostdin" and sys.argv[sys.argv.index("-protocol_whitelist") + 1] == "file"
time.sleep({delay})
source, target = sys.argv[sys.argv.index("-i") + 1], sys.argv[-1]
assert source.startswith("file:/") and target.startswith("file:/")
shutil.copy("{wav}", target.removeprefix("file:"))
"""


@pytest.mark.parametrize("delay", [0, 5])
def test_the_converted_file_is_read_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delay: int
) -> None:
    """A stand-in for the program, not for our code: it shows what is asked of ffmpeg."""
    import sys

    write_audio(tmp_path / "x.wav", Waveform(tone(440, 1.0)))
    (tmp_path / "x.m4a").write_bytes(M4A_START)
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    script = FAKE_FFMPEG.format(python=sys.executable, delay=delay, wav=tmp_path / "x.wav")
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    limits = AudioLimits(max_convert_seconds=0.3 if delay else 60)
    if delay:
        with pytest.raises(AudioError, match=r"more than 0\.3 s"):
            read_audio(tmp_path / "x.m4a", limits)
    else:
        assert read_audio(tmp_path / "x.m4a", limits).seconds == 1.0


def test_tags_without_end_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    sound = encode_audio(speech_like(1.0, seed=5), ".mp3")
    empty, long = b"ID3\x04\0\0\0\0\0\0", b"ID3\x04\0\0\0\0\x01\x00" + b"\0" * 128
    for tags in (empty, empty * 2, long, long + empty):
        path.write_bytes(tags + sound)
        assert read_audio(path).seconds == pytest.approx(1.0, abs=0.1)
    path.write_bytes(empty * 9 + sound)
    with pytest.raises(AudioError, match="more than 8 ID3 tags"):
        read_audio(path)
    path.write_bytes(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + sound)
    with pytest.raises(AudioError, match="no sound"):
        read_audio(path)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_ffmpegs_words_do_not_tell_where_the_file_lies(tmp_path: Path) -> None:
    path = tmp_path / "x.m4a"
    path.write_bytes(b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\xff" * 100)
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert str(tmp_path) not in str(caught.value)
