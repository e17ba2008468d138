import pytest

from voicehub.evaluation.benchmark_tables import columns_of, system_rows


def speaker(similarity: float) -> dict:
    """Return a speaker of two sentences whose tuned speech has three errors where natural has one."""
    natural = {
        "similarity": [0.97, 0.97],
        "pairwise": 0.95,
        "word_errors": [1, 1],
        "words": [10, 10],
        "mos": [4.0, 4.0],
    }
    tuned = natural | {
        "similarity": [similarity, similarity],
        "word_errors": [3, 3],
        "mos": [3.5, 3.5],
        **dict.fromkeys(("mcd_db", "mel_mse", "mel_correlation"), 1.0),
        **dict.fromkeys(("f0_rmse_cents", "f0_correlation", "voicing_error"), 2.0),
    }
    return {"systems": {"natural": natural, "tuned speech": tuned}}


def test_rows_are_medians_over_speakers_with_rates_over_all_words():
    natural, tuned = system_rows([speaker(0.8), speaker(0.82), speaker(0.9)])
    assert natural["word_error_ratio"] == 1.0
    assert natural["word_error_interval"] is None
    assert tuned["similarity"] == 0.82
    assert tuned["similarity_range"] == "0.800–0.900"
    assert tuned["word_error_rate"] == pytest.approx(0.3)
    assert tuned["word_error_ratio"] == pytest.approx(3.0)
    assert tuned["word_error_interval"] == "3.00–3.00"
    assert tuned["mos_gap"] == -0.5


def test_a_second_opinion_has_columns_of_its_own():
    speakers = [speaker(0.8), speaker(0.82)]
    assert not any("second" in column.key for column in columns_of(system_rows(speakers)))
    for each in speakers:
        natural, tuned = each["systems"]["natural"], each["systems"]["tuned speech"]
        natural |= {"second_similarity": [0.9, 0.9], "second_word_errors": [0, 1]}
        tuned |= {"second_similarity": [0.5, 0.6], "second_word_errors": [1, 2]}
    natural, tuned = rows = system_rows(speakers)
    assert tuned["second_similarity"] == pytest.approx(0.55)
    assert tuned["second_rate"] == pytest.approx(0.15)
    assert tuned["second_ratio"] == pytest.approx(3.0)
    assert natural["second_interval"] is None
    assert columns_of(rows)[-1].key == "second_interval"
