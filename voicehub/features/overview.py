"""A small picture of a recording: waveform, mel spectrogram and F0, with captions in any language."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findSystemFonts

from voicehub.audio.waveform import Waveform
from voicehub.features.f0 import track_f0
from voicehub.features.mel import FRAMES_PER_SECOND, MODEL_MEL, log_mel, mel_centres
from voicehub.features.plot import envelope

MAX_SECONDS = 30.0  # that are drawn: more would be a blur, and take long
_INCHES = (9.0, 4.8)
_DPI = 100
_MAX_COLUMNS = 1200
_TICK_HZ = (100, 500, 1000, 2000, 4000, 7000)
_CAPTIONS = {
    "en": ("Waveform", "Mel spectrogram", "Pitch (F0)"),
    "zh": ("波形", "梅尔频谱", "音高（基频）"),
}
# Beginnings of the names of files of fonts that have Chinese characters, the best first.
_CHINESE_FONTS = ("NotoSansCJK-R", "NotoSerifCJK-R", "SourceHanSans", "wqy", "msyh", "PingFang")


def draw_overview(waveform: Waveform, path: Path, language: str = "en") -> None:
    """Draw the beginning of a 24 kHz ``waveform`` to the PNG ``path``.

    Captions are Chinese where ``language`` is zh and the machine has a font for it.
    """
    length = int(MAX_SECONDS * waveform.sample_rate)
    waveform = Waveform(waveform.samples[:length], waveform.sample_rate)
    font = _font(language)
    captions = _CAPTIONS[language if font else "en"]
    figure = Figure(figsize=_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(3, 1, sharex=True, height_ratios=(1, 1.7, 1.2))
    for axes, caption in zip(panels, captions, strict=True):
        axes.set_title(caption, loc="left", fontsize=10, fontproperties=font)
    _draw_waveform(panels[0], waveform)
    _draw_mel(panels[1], waveform)
    _draw_f0(panels[2], waveform)
    panels[2].set_xlabel("s")
    panels[2].set_xlim(0, max(waveform.seconds, 0.1))
    figure.savefig(path, dpi=_DPI)


def _draw_waveform(axes: Axes, waveform: Waveform) -> None:
    time, low, high = envelope(waveform)
    axes.fill_between(time, low, high, linewidth=0.4, color="C0")
    axes.set_yticks([])


def _draw_mel(axes: Axes, waveform: Waveform) -> None:
    mel = log_mel(waveform.samples)
    axes.imshow(
        mel[:, :: -(-mel.shape[1] // _MAX_COLUMNS)],
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, waveform.seconds, -0.5, len(mel) - 0.5),
        cmap="magma",
    )
    centres = mel_centres(MODEL_MEL)
    axes.set_yticks(np.interp(_TICK_HZ, centres, np.arange(len(centres))), map(str, _TICK_HZ))
    axes.set_ylabel("Hz")


def _draw_f0(axes: Axes, waveform: Waveform) -> None:
    track = track_f0(waveform.samples)
    time = np.arange(len(track.f0)) / FRAMES_PER_SECOND
    axes.plot(time, np.where(track.voiced, track.f0, np.nan), color="C3", linewidth=1.6)
    axes.set_ylim(50, max(300.0, 1.15 * float(track.f0.max())))
    axes.set_ylabel("Hz")
    axes.grid(alpha=0.3)


@lru_cache(maxsize=2)
def _font(language: str) -> FontProperties | None:
    """Return a font for captions in ``language``, or None where this machine has none."""
    if language != "zh":
        return FontProperties()
    # The files and not the manager's list, which is cached for long after a font is installed.
    there = sorted(map(Path, findSystemFonts()))
    for beginning in _CHINESE_FONTS:
        for path in there:
            if path.name.startswith(beginning):
                return FontProperties(fname=path)
    return None
