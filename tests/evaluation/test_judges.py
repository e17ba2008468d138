"""The second recogniser and speaker encoder: what can be told without the wheel that carries them, and with it."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny import DEMO, demo_clips

from voicehub.audio.files import read_audio
from voicehub.errors import CheckpointError
from voicehub.evaluation.judges import Judges, _filter_banks, _read_tokens
from voicehub.evaluation.recogniser import WordErrors, word_error_rate
from voicehub.training.moonshine_weights import moonshine_from_wheel

WHEEL = os.environ.get("VOICEHUB_JUDGES")  # where the wheel lies that the module's head names
needs_wheel = pytest.mark.skipif(not WHEEL, reason="optional: VOICEHUB_JUDGES names no wheel")


def test_pieces_of_words_are_read_behind_their_lengths():
    long = b"x" * 300
    raw = b"\x02et" + b"\x00" + bytes([128 + 300 % 128, 300 // 128]) + long
    assert _read_tokens(raw) == [b"et", b"", long]


@pytest.mark.parametrize("read", [Judges, moonshine_from_wheel])
def test_another_file_is_refused(read, tmp_path):
    with pytest.raises(CheckpointError, match=r"moonshine-voice 0\.1\.0"):
        read(tmp_path / "none.whl")
    other = tmp_path / "other.whl"
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("something.py", "")
    with pytest.raises(CheckpointError, match=r"moonshine-voice 0\.1\.0"):
        read(other)


def test_filter_banks_find_a_tone_and_lose_its_loudness():
    pytest.importorskip("kaldi_native_fbank")
    time = np.arange(16_000, dtype=np.float32) / 16_000
    swept = np.sin(2 * np.pi * (300 + 1_500 * time) * time).astype(np.float32)
    loud, soft = _filter_banks(0.5 * swept), _filter_banks(0.05 * swept)
    assert loud.shape == (98, 80)
    assert np.abs(loud.mean(0)).max() < 1e-3
    assert loud[10].argmax() < loud[50].argmax() < loud[90].argmax()
    assert np.abs(loud - soft).mean() < 0.05


@needs_wheel
def test_the_judges_hear_words_and_tell_readers_apart():
    judges = Judges(Path(str(WHEEL)))
    words, embeddings = WordErrors(0, 0), {}
    for reader in ("reader-f", "reader-m"):
        lines = (DEMO / reader / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
        texts = dict(line.split("\t") for line in lines)
        clips = demo_clips(reader)[:3]
        for clip in clips:
            words += word_error_rate(texts[clip.name], judges.transcribe(read_audio(clip)))
        embeddings[reader] = np.stack([judges.embed(read_audio(clip)) for clip in clips])
    assert words.rate < 0.15
    own = min(float((e @ e.T).min()) for e in embeddings.values())
    across = float((embeddings["reader-f"] @ embeddings["reader-m"].T).max())
    assert across < 0.4 < 0.6 < own
