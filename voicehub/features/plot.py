"""One picture of all acoustic features of a recording."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, NotFoundError
from voicehub.features.describe import Features, extract_features
from voicehub.features.mel import FRAMES_PER_SECOND, MODEL_MEL, mel_centres

_MAX_POINTS = 4000  # a waveform is drawn as the envelope of at most this many stretches
_MAX_COLUMNS = 3000  # of a spectrogram
_INCHES = (12.0, 15.0)
_DPI = 110
_FORMATS = (".png", ".svg", ".pdf")
_TICK_HZ = (100, 250, 500, 1000, 2000, 4000, 7000)


def plot_features(waveform: Waveform, path: Path) -> None:
    """Draw waveform, STFT, mel, MFCC, F0 over voicing, and energy to ``path`` (PNG, SVG or PDF)."""
    if path.suffix.lower() not in _FORMATS:
        raise AudioError(f"cannot draw to {path.name}; choose a name with {', '.join(_FORMATS)}")
    if not path.parent.is_dir():
        raise NotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    figure = draw_features(waveform)
    figure.savefig(path, dpi=_DPI)


def draw_features(waveform: Waveform) -> Figure:
    """Return the figure, for a page that shows it without a file."""
    features = extract_features(waveform)
    # The object interface leaves pyplot's global list of figures alone.
    figure = Figure(figsize=_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(6, 1, sharex=True, height_ratios=(1, 1.6, 1.6, 1.3, 1.2, 0.9))
    _draw_waveform(panels[0], waveform)
    _draw_stft(panels[1], features, waveform)
    _draw_mel(panels[2], features, waveform)
    _draw_mfcc(panels[3], features, waveform)
    _draw_f0(panels[4], features)
    _draw_energy(panels[5], features)
    panels[5].set_xlabel("time in s")
    panels[5].set_xlim(0, waveform.seconds)
    return figure


def envelope(waveform: Waveform) -> tuple[NDArray, NDArray, NDArray]:
    """Return the start in seconds, lowest and highest sample of each of some thousand stretches."""
    count = max(1, len(waveform.samples) // _MAX_POINTS)
    whole = len(waveform.samples) // count * count
    stretches = waveform.samples[:whole].reshape(-1, count)
    time = np.arange(len(stretches)) * count / waveform.sample_rate
    return time, stretches.min(1), stretches.max(1)


def _draw_waveform(axes: Axes, waveform: Waveform) -> None:
    time, low, high = envelope(waveform)
    axes.fill_between(time, low, high, linewidth=0.4, color="C0")
    peak = max(0.01, float(np.abs(waveform.samples).max()))
    axes.set_ylim(-1.1 * peak, 1.1 * peak)
    axes.set_ylabel("amplitude\n(full scale = 1)")
    axes.set_title("Waveform", loc="left")


def _draw_stft(axes: Axes, features: Features, waveform: Waveform) -> None:
    image = _image(axes, features.stft_db, waveform, vmin=-80, vmax=0)
    image.set_extent((0, waveform.seconds, 0, waveform.sample_rate / 2000))
    axes.set_ylabel("frequency in kHz")
    axes.set_title("STFT magnitude", loc="left")
    _colour_bar(axes, image, "dB under the peak")


def _draw_mel(axes: Axes, features: Features, waveform: Waveform) -> None:
    image = _image(axes, features.mel, waveform)
    centres = mel_centres(MODEL_MEL)
    bands = np.interp(_TICK_HZ, centres, np.arange(len(centres)))
    axes.set_yticks(bands, [f"{hz}" for hz in _TICK_HZ])
    axes.set_ylabel("band centre in Hz")
    axes.set_title(f"Mel spectrogram, {len(features.mel)} bands", loc="left")
    _colour_bar(axes, image, "ln amplitude")


def _draw_mfcc(axes: Axes, features: Features, waveform: Waveform) -> None:
    # Coefficients 0, the level, and 1, the tilt, would take up the whole colour scale.
    limit = max(1.0, float(np.percentile(np.abs(features.mfcc[2:]), 99)))
    image = _image(axes, features.mfcc[1:], waveform, vmin=-limit, vmax=limit, cmap="RdBu_r")
    image.set_extent((0, waveform.seconds, 0.5, len(features.mfcc) - 0.5))
    axes.set_ylabel("coefficient")
    axes.set_title(f"MFCC 1 to {len(features.mfcc) - 1}", loc="left")
    _colour_bar(axes, image, "value in dB")


def _draw_f0(axes: Axes, features: Features) -> None:
    track = features.f0
    time = np.arange(len(track.f0)) / FRAMES_PER_SECOND
    axes.fill_between(
        time,
        0,
        1,
        where=track.voiced.tolist(),
        transform=axes.get_xaxis_transform(),
        color="C2",
        alpha=0.18,
        linewidth=0,
        label="voiced",
        step="mid",
    )
    axes.plot(time, np.where(track.voiced, track.f0, np.nan), color="C3", linewidth=1.6, label="F0")
    axes.set_ylim(50, max(300.0, 1.15 * float(track.f0.max())))
    axes.set_ylabel("F0 in Hz")
    median = track.median()
    found = f"median {median:.0f} Hz" if median else "nothing voiced"
    axes.set_title(f"Fundamental frequency and voicing, {found}", loc="left")
    axes.legend(loc="upper right", fontsize="small")


def _draw_energy(axes: Axes, features: Features) -> None:
    time = np.arange(len(features.energy_db)) / FRAMES_PER_SECOND
    axes.plot(time, features.energy_db, color="C1", linewidth=1.2)
    axes.set_ylim(-82, 2)
    axes.set_ylabel("RMS in dBFS")
    axes.set_title("Energy", loc="left")
    axes.grid(alpha=0.3)


def _image(axes: Axes, values: Any, waveform: Waveform, **style: Any) -> Any:
    step = -(-values.shape[1] // _MAX_COLUMNS)
    return axes.imshow(
        values[:, ::step],
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, waveform.seconds, -0.5, len(values) - 0.5),
        **({"cmap": "magma"} | style),
    )


def _colour_bar(axes: Axes, image: Any, label: str) -> None:
    axes.figure.colorbar(image, ax=axes, label=label, pad=0.01, aspect=12)
