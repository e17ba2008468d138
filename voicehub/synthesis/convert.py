"""Speech to speech: what was said and when stays, who says it changes."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.loudness import TARGET_LUFS, loudness_lufs, normalise_loudness
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, SettingsError
from voicehub.features.mel import FRAMES_PER_SECOND, HOP_LENGTH
from voicehub.model.analysis import Analysis, analyse
from voicehub.model.base import Base
from voicehub.model.device import autocast
from voicehub.model.generator import FRAMES_STEP, SHARPNESS, Controls, Generator
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel
from voicehub.settings import LIKENESS

_MIN_SECONDS = 0.2
_CHUNK_SECONDS = (12.0, 18.0)  # a chunk ends at the quietest frame between these
_MARGIN_FRAMES = 32  # context on both sides; the generator sees 24 frames
_FADE_FRAMES = 1
_RANGE_LIMITS = (0.6, 1.6)  # how far the pitch range may be narrowed or widened


@dataclass(frozen=True)
class ConvertOptions:
    """How a recording is converted; ``pitch_semitones`` is added after the move to the target's range.

    ``likeness`` is how much of what tuning learned is taken, 0 to 1: less keeps more of the words. ``sharpness`` is
    that of ``generator.sharpened``.
    """

    pitch_semitones: float = 0.0
    seed: int = 0
    likeness: float = LIKENESS
    sharpness: float = SHARPNESS

    def __post_init__(self) -> None:
        for name, value in (("likeness", self.likeness), ("sharpness", self.sharpness)):
            if not 0.0 <= value <= 1.0:
                raise SettingsError(f"need 0 <= {name} <= 1, got {value:g}")
        if not -12.0 <= self.pitch_semitones <= 12.0:
            raise SettingsError(f"need -12 <= pitch_semitones <= 12, got {self.pitch_semitones:g}")


def convert(
    base: Base, voice: VoiceModel, source: Waveform, options: ConvertOptions | None = None
) -> Waveform:
    """Return ``source`` spoken by ``voice``, as long as it was, at the loudness it had."""
    chosen = options or ConvertOptions()
    if source.seconds < _MIN_SECONDS:
        raise AudioError(
            f"the recording is {source.seconds:.2f} s long, at least {_MIN_SECONDS} s are needed"
        )
    lufs = loudness_lufs(source)
    if not np.isfinite(lufs):
        raise AudioError("the recording is silent, there is nothing to convert")
    analysis = analyse(base, normalise_loudness(source))
    f0 = move_f0(analysis.f0, voice.stats, chosen.pitch_semitones)
    generator = voice.generator(base, chosen.likeness)
    pieces = list(_render(base, generator, voice, analysis, f0, chosen))
    samples = _join(pieces)[: len(source.samples)]
    samples = np.pad(samples, (0, len(source.samples) - len(samples)))
    gain = 10 ** ((lufs - TARGET_LUFS) / 20)
    return Waveform(np.clip(samples * gain, -1, 1).astype(np.float32), SAMPLE_RATE)


def move_f0(f0: NDArray[np.float32], target: SpeakerStats, semitones: float) -> NDArray[np.float32]:
    """Return ``f0`` (frames,) in Hz moved to the mean and spread of ``target``, in the log domain."""
    voiced = f0 > 0
    if not voiced.any():
        return f0
    log_f0 = np.log(f0[voiced])
    # The target's mean was taken without octave errors; so is the source's, or a copy would change pitch.
    near = np.abs(log_f0 - np.median(log_f0)) < np.log(2)
    mean, spread = float(log_f0[near].mean()), float(log_f0[near].std())
    ratio = np.clip(target.log_f0_std / max(spread, 1e-3), *_RANGE_LIMITS)
    moved = target.log_f0_mean + ratio * (log_f0 - mean)
    result = np.zeros_like(f0)
    result[voiced] = np.clip(np.exp(moved + semitones / 12 * np.log(2)), 50, 600)
    return result


def _render(
    base: Base,
    generator: Generator,
    voice: VoiceModel,
    analysis: Analysis,
    f0: NDArray[np.float32],
    options: ConvertOptions,
) -> Iterator[NDArray[np.float32]]:
    """Yield chunks that overlap by ``_FADE_FRAMES`` frames.

    Each is rendered with its last frame held up to a multiple of ``FRAMES_STEP``: kernels are made for each length.
    """
    posteriors = analysis.posteriors()
    cuts = [0, *_cut_frames(analysis.energy), len(f0) - 1]
    who = voice.who(base)
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        low = max(0, start - _MARGIN_FRAMES)
        high = min(len(f0), end + 1 + _MARGIN_FRAMES)
        rows = np.arange(low, high + -(high - low) % FRAMES_STEP).clip(max=high - 1)
        controls = Controls(
            torch.from_numpy(posteriors[None, :, rows]).to(base.device),
            torch.from_numpy(f0[None, rows]).to(base.device),
            torch.from_numpy(analysis.energy[None, rows]).to(base.device),
            detail=torch.from_numpy(analysis.detail[None, :, rows]).to(base.device),
            **who,
        )
        noise = torch.Generator().manual_seed(options.seed * 100_003 + number)
        with torch.inference_mode(), autocast(base.device):
            samples = generator(controls, noise, options.sharpness)[0].float().numpy(force=True)
        last = min(end + _FADE_FRAMES, high - 1)
        yield samples[(start - low) * HOP_LENGTH : (last - low) * HOP_LENGTH]


def _cut_frames(energy: NDArray[np.float32]) -> list[int]:
    """Return frames to cut at, each the quietest of its stretch."""
    shortest, longest = (int(s * FRAMES_PER_SECOND) for s in _CHUNK_SECONDS)
    cuts: list[int] = []
    start = 0
    while len(energy) - start > longest:
        window = energy[start + shortest : start + longest]
        start += shortest + int(window.argmin())
        cuts.append(start)
    return cuts


def _join(pieces: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Cross-fade the pieces over the frames that they share."""
    fade = _FADE_FRAMES * HOP_LENGTH
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    joined = pieces[0]
    for piece in pieces[1:]:
        blend = joined[-fade:] * (1 - ramp) + piece[:fade] * ramp
        joined = np.concatenate([joined[:-fade], blend, piece[fade:]])
    return joined
