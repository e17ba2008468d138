"""Voices that read the other language: tables by hand, and the measurement with tiny networks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import CHINESE, CHINESE_TEXT, ENGLISH_TEXT, READERS, write_corpus

from voicehub.audio.files import read_audio
from voicehub.evaluation.benchmark_tables import further_tables
from voicehub.evaluation.cross_lingual import (
    ChineseVoiceJob,
    Owner,
    chinese_likeness,
    chinese_table,
    english_table,
    measure_chinese_voice,
)
from voicehub.evaluation.mandarin import chinese_sentences, mandarin_shares
from voicehub.evaluation.protocol import speaker_material
from voicehub.evaluation.reading import read_chinese
from voicehub.model.base import load_base
from voicehub.speaker.embedding import default_encoder
from voicehub.training.finetune import CloneOptions, zero_shot_voice
from voicehub.training.manifest import read_manifest


def likeness(speaker: str, native: str, chinese: float) -> dict[str, Any]:
    return {
        "speaker": speaker,
        "native": native,
        "english": [0.9, 0.9],
        "chinese": [chinese, chinese],
        "ceiling": 0.97,
        "floor": 0.7,
        "floor_chinese": [0.5],
    }


def test_a_row_for_each_voice_and_one_for_each_language() -> None:
    measured = [
        likeness("a", "English", 0.8),
        likeness("b", "English", 0.9),
        likeness("c", "Mandarin", 0.7),
    ]
    rows = chinese_table(measured)["rows"]
    assert [row["speaker"] for row in rows] == ["a", "b", "c", "all 2"]
    assert rows[0]["lost"] == pytest.approx(0.1)
    assert rows[3]["chinese"]["value"] == pytest.approx(0.85)
    assert (rows[3]["chinese"]["ci_low"], rows[3]["chinese"]["ci_high"]) == (0.8, 0.9)


def test_words_are_compared_with_the_same_sentences_of_natural_readers() -> None:
    score = {
        "similarity": [0.8, 0.8],
        "word_errors": [2, 4],
        "words": [10, 10],
        "mos": [3.0, 3.0],
        "chinese": [0.9],
    }
    each = {"speaker": "c", "ceiling": 0.97, "floor": 0.6, "systems": {"tuned": score}}
    natural = {"word_errors": [1, 1], "words": [10, 10], "mos": [4.0, 4.0]}
    (row,) = english_table([each], natural)["rows"]
    assert row["word_error_rate"] == pytest.approx(0.3)
    assert row["word_error_ratio"]["value"] == pytest.approx(3.0)
    assert row["mos_gap"] == -1.0


def test_further_tables_are_there_only_where_they_were_measured() -> None:
    assert further_tables({"rows": []}) == ""
    table = chinese_table([likeness("a", "English", 0.8)])
    text = further_tables({"cross_lingual": table})
    assert "The tuned voices read Chinese" in text
    assert "| a | English | 0.900 (0.900 to 0.900) | 0.800 (0.800 to 0.800) | 0.100 |" in text


def test_both_directions_with_tiny_networks(tiny_base: Path, tmp_path: Path) -> None:
    entries = read_manifest(write_corpus(tmp_path))
    base = load_base(tiny_base, "cpu")
    sentences = chinese_sentences(entries)[:3]
    assert [s.number for s in sentences] == [0, 1, 2]
    reader = speaker_material(entries, READERS[0])
    voice = zero_shot_voice(base, [read_audio(entries[0].path)])
    spoken = read_chinese(base, voice, sentences)
    shares = mandarin_shares(base, zip(sentences, spoken, strict=True))
    assert shares is not None
    assert shares["syllable_count"] == 3 * len(CHINESE_TEXT)
    embeddings = [default_encoder().embed(each) for each in reader.other]
    owner = Owner(READERS[0], "English", embeddings, 5, 0.97, 0.7)
    found = chinese_likeness(owner, [0.9], spoken, sentences)
    # The bundled "Chinese" readings are the reader's own: as like as any, and far above noise.
    assert min(found["floor_chinese"]) > max(found["chinese"])

    options = CloneOptions(steps=1)
    chinese = speaker_material(entries, CHINESE)
    stranger = speaker_material(entries, READERS[1])
    job = ChineseVoiceJob(tiny_base, "cpu", chinese, stranger, [ENGLISH_TEXT] * 2, options)
    measured = measure_chinese_voice(job)
    assert measured["floor"] < measured["ceiling"]
    for score in measured["systems"].values():
        assert [len(score[k]) for k in ("similarity", "words", "mos", "chinese")] == [2, 2, 2, 5]
        assert np.isfinite(score["similarity"]).all()
