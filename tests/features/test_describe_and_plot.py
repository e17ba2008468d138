"""The summary that JSON holds and the picture of all features."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from signals import speech_like, vowel, white_noise

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, NotFoundError
from voicehub.features.describe import describe_features, extract_features
from voicehub.features.plot import draw_features, plot_features


def test_the_summary_says_what_is_known() -> None:
    samples = 0.5 * vowel(np.full(SAMPLE_RATE, 150.0)) / 0.3
    described = json.loads(json.dumps(describe_features(Waveform(samples)), allow_nan=False))
    assert described["seconds"] == 1.0
    assert described["frames"] == 94
    assert described["waveform"]["peak"] == pytest.approx(0.5, abs=1e-3)
    assert described["stft_db"]["shape"] == [513, 94]
    assert described["stft_db"]["max"] == 0
    assert described["mel_ln"]["shape"] == [80, 94]
    assert described["mfcc"]["shape"] == described["mfcc_delta2"]["shape"] == [20, 94]
    assert len(described["mfcc"]["mean_of_each"]) == 20
    assert described["f0_hz"]["median"] == pytest.approx(150, abs=0.5)
    assert described["f0_hz"]["voiced_share"] > 0.9
    assert described["f0_hz"]["std_semitones"] < 0.1


@pytest.mark.parametrize("samples", [np.zeros(1, np.float32), np.zeros(5000, np.float32)])
def test_silence_is_described_too(samples: np.ndarray) -> None:
    described = describe_features(Waveform(samples))
    json.dumps(described, allow_nan=False)
    assert described["f0_hz"]["median"] is None
    assert described["f0_hz"]["voiced_share"] == 0
    assert described["energy_dbfs"]["max"] == pytest.approx(-80)


def test_features_share_one_frame_grid() -> None:
    features = extract_features(Waveform(white_noise(0.7)))
    lengths = {
        features.stft_db.shape[1],
        features.mel.shape[1],
        features.mfcc.shape[1],
        len(features.f0.f0),
        len(features.energy_db),
    }
    assert lengths == {1 + int(0.7 * SAMPLE_RATE) // 256}


def test_what_cannot_be_described() -> None:
    with pytest.raises(AudioError, match="at least one sample"):
        describe_features(Waveform(np.zeros(0, np.float32)))
    with pytest.raises(AudioError, match="24000 Hz, got 16000 Hz"):
        describe_features(Waveform(np.zeros(100, np.float32), 16_000))


def test_the_picture_has_a_panel_for_each_feature() -> None:
    figure = draw_features(speech_like(2.0))
    titles = [axes.get_title("left").split(",")[0] for axes in figure.axes[:6]]
    assert titles == [
        "Waveform",
        "STFT magnitude",
        "Mel spectrogram",
        "MFCC 1 to 19",
        "Fundamental frequency and voicing",
        "Energy",
    ]
    assert all(axes.get_ylabel() for axes in figure.axes)
    assert figure.axes[5].get_xlabel() == "time in s"
    assert figure.axes[1].get_ylim() == (0, 12)
    assert figure.axes[0].get_xlim() == (0, 2)


def test_the_picture_is_written(tmp_path: Path) -> None:
    plot_features(speech_like(1.0), tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    plot_features(Waveform(np.zeros(10, np.float32)), tmp_path / "silent.svg")
    assert "<svg" in (tmp_path / "silent.svg").read_text("utf-8")
    # pyplot would keep every figure alive in a global list.
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_where_no_picture_can_be_written(tmp_path: Path) -> None:
    waveform = speech_like(0.5)
    with pytest.raises(AudioError, match=r"\.png, \.svg, \.pdf"):
        plot_features(waveform, tmp_path / "x.docx")
    with pytest.raises(NotFoundError, match="no folder"):
        plot_features(waveform, tmp_path / "none" / "x.png")
