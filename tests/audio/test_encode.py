"""What is streamed is what a file would hold, but for the length that a stream cannot know."""

import io
import shutil
import subprocess

import numpy as np
import pytest
import soundfile

from voicehub.audio.encode import StreamEncoder, read_pcm
from voicehub.audio.stream import pcm_sha256
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import AudioError

HEADER_BYTES = 200  # where FLAC and MP3 keep the length


def samples(seconds: float = 1.0) -> np.ndarray:
    noise = 9000 * np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE))
    return noise.clip(-32768, 32767).astype(np.int16)


def streamed(kind: str, pieces: int = 5) -> tuple[list[bytes], bytes]:
    encoder = StreamEncoder(kind)
    parts = [encoder.write(each) for each in np.array_split(samples(), pieces)]
    return parts, encoder.close()


@pytest.mark.parametrize(("kind", "form"), [("mp3", "MP3"), ("flac", "FLAC")])
def test_a_stream_is_the_file_without_its_length(kind: str, form: str) -> None:
    parts, end = streamed(kind)
    whole = io.BytesIO()
    soundfile.write(whole, samples(), SAMPLE_RATE, format=form)
    got = b"".join([*parts, end])
    assert len(got) == len(whole.getvalue())
    assert got[HEADER_BYTES:] == whole.getvalue()[HEADER_BYTES:]
    assert all(parts[1:])


def test_raw_samples_and_wav() -> None:
    parts, end = streamed("pcm")
    assert b"".join([*parts, end]) == samples().astype("<i2").tobytes()
    parts, end = streamed("wav")
    decoded, rate = soundfile.read(io.BytesIO(b"".join([*parts, end])), dtype="int16")
    assert rate == SAMPLE_RATE
    assert np.array_equal(decoded, samples())


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg as another decoder")
@pytest.mark.parametrize("kind", ["mp3", "opus", "flac", "wav"])
def test_another_decoder_hears_all_of_it(kind: str) -> None:
    parts, end = streamed(kind)
    command = ["ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-ar", "24000", "-ac", "1", "-"]
    done = subprocess.run(command, input=b"".join([*parts, end]), capture_output=True, check=True)
    assert abs(len(done.stdout) / 2 / SAMPLE_RATE - 1.0) < 0.1
    assert done.stderr == b""


def test_the_fingerprint_is_that_of_the_samples(tmp_path) -> None:
    for name in ("a.wav", "a.flac"):
        soundfile.write(tmp_path / name, samples(), SAMPLE_RATE, subtype="PCM_16")
        assert np.array_equal(read_pcm(tmp_path / name), samples())
    assert pcm_sha256(tmp_path / "a.wav") == pcm_sha256(tmp_path / "a.flac") is not None
    soundfile.write(tmp_path / "a.ogg", samples(), SAMPLE_RATE)
    assert pcm_sha256(tmp_path / "a.ogg") is None
    (tmp_path / "b.wav").write_text("no sound")
    assert pcm_sha256(tmp_path / "b.wav") is None
    with pytest.raises(AudioError, match="not 'aac'"):
        StreamEncoder("aac")
