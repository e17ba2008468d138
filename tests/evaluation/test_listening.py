"""A blind comparison: what listeners get, what they cannot see, and what their answers come to."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError, NotFoundError
from voicehub.evaluation.listening import prepare_test, read_answers, score_test, sound_names

N_PAIRS = 8


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two systems: the later one says everything an octave higher and louder."""
    root = tmp_path_factory.mktemp("systems")
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    for name, frequency, level in (("before", 220, 0.02), ("after", 440, 0.3)):
        (root / name).mkdir()
        for number in range(N_PAIRS):
            tone = level * np.sin(2 * np.pi * (frequency + number) * time)
            sound = Waveform(tone.astype(np.float32))
            write_audio(root / name / f"speech-{number}.wav", sound)
    write_audio(root / "after" / "only-here.wav", sound)
    return root / "before", root / "after"


@pytest.fixture(scope="module")
def test_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("test")


@pytest.fixture(scope="module")
def key(folders: tuple[Path, Path], test_folder: Path) -> dict[str, Any]:
    return prepare_test(*folders, test_folder, seed=1)


def pitch(path: Path) -> float:
    samples = read_audio(path).samples[:SAMPLE_RATE]
    return float(np.abs(np.fft.rfft(samples)).argmax()) * SAMPLE_RATE / len(samples)


def answers_of(listener: str, key: dict[str, Any], rate: dict[str, int]) -> dict[str, Any]:
    """Return what somebody answers who rates B by which system it is."""
    answers = {number: rate[pair["first"]] for number, pair in enumerate(key["pairs"], 1)}
    return {"test": key["test"], "listener": listener, "answers": answers}


def test_sounds_are_where_the_key_says_at_one_loudness(
    key: dict[str, Any], test_folder: Path
) -> None:
    assert len(key["pairs"]) == N_PAIRS + 2
    levels = []
    for number, pair in enumerate(key["pairs"], 1):
        first, second = (test_folder / name for name in sound_names(number))
        offset = int(pair["name"].split("-")[1])
        low, high = 220 + offset, 440 + offset
        expected = {"before": (low, high), "after": (high, low), "control": (high, high)}
        heard = pitch(first), pitch(second)
        assert heard == pytest.approx(expected[pair["first"]], abs=3)
        levels += [read_audio(path).samples.std() for path in (first, second)]
    assert {pair["first"] for pair in key["pairs"]} == {"before", "after", "control"}
    assert max(levels) < 1.5 * min(levels)
    assert len(list(test_folder.iterdir())) == 2 * len(key["pairs"])


def test_another_seed_is_another_order(folders: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = (prepare_test(*folders, tmp_path / str(seed), seed) for seed in (2, 3))
    assert one["pairs"] != other["pairs"]
    assert one["test"] != other["test"]


def test_what_listeners_preferred(key: dict[str, Any]) -> None:
    liking = answers_of("a", key, {"before": 2, "after": -2, "control": 0})
    doubting = answers_of("b", key, {"before": 1, "after": 0, "control": -1})
    one = score_test(key, [liking])
    assert one["cmos"] == 2.0
    assert one["preferred_after"] == 1.0
    assert one["control"] == 0.0
    assert one["p_value"] == pytest.approx(2 * 0.5**N_PAIRS)
    both = score_test(key, [liking, doubting])
    first = sum(pair["first"] == "before" for pair in key["pairs"])
    assert both["cmos"] == pytest.approx((2 * N_PAIRS + first) / (2 * N_PAIRS))
    assert both["no_difference"] == pytest.approx((N_PAIRS - first) / (2 * N_PAIRS))
    assert both["cmos_95"] == pytest.approx([first / N_PAIRS, 2.0])
    assert both["control"] == 0.5
    assert len(both["by_sound"]) == N_PAIRS
    disliking = answers_of("c", key, {"before": -3, "after": 3, "control": 0})
    assert score_test(key, [disliking])["cmos"] == -3.0
    assert score_test(key, [disliking])["preferred_before"] == 1.0


def test_whoever_hears_no_difference_prefers_nothing(key: dict[str, Any]) -> None:
    found = score_test(key, [answers_of("a", key, {"before": 0, "after": 0, "control": 0})])
    assert found["no_difference"] == 1.0
    assert found["p_value"] == 1.0


def test_answers_that_do_not_belong_are_refused(key: dict[str, Any], tmp_path: Path) -> None:
    fine = answers_of("a", key, {"before": 1, "after": 0, "control": 0})
    with pytest.raises(InputError, match="another test"):
        score_test(key, [{**fine, "test": "x"}])
    with pytest.raises(InputError, match="of one listener"):
        score_test(key, [fine, fine])
    with pytest.raises(InputError, match="one pair at least"):
        score_test(key, [{**fine, "answers": {}}])
    path = tmp_path / "answers.json"
    for text in ("", "[]", "{}", '{"test": 1, "listener": 2, "answers": {"x": 1}}'):
        path.write_text(text)
        with pytest.raises(InputError, match="no answers"):
            read_answers(path)
    path.write_text(json.dumps({**fine, "answers": {1: 4}}))
    with pytest.raises(InputError, match="outside -3 to 3"):
        read_answers(path)
    path.write_text(json.dumps(fine))
    assert read_answers(path) == fine
    with pytest.raises(NotFoundError):
        read_answers(tmp_path / "none.json")


def test_folders_without_a_common_name_are_refused(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"0 sounds.*no name in common"):
        prepare_test(tmp_path / "empty", folders[1], tmp_path / "test")
    with pytest.raises(NotFoundError, match="no folder"):
        prepare_test(tmp_path / "none", folders[1], tmp_path / "test")
