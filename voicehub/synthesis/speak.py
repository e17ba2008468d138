"""Text to speech: phonemes, prosody and the generator, a sentence at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from voicehub.audio.waveform import Waveform
from voicehub.errors import SettingsError
from voicehub.features.mel import HOP_LENGTH
from voicehub.model.base import Base
from voicehub.model.content import one_hot
from voicehub.model.detail import Spelling
from voicehub.model.device import autocast
from voicehub.model.generator import FRAMES_STEP, SHARPNESS, Controls, Generator
from voicehub.model.prosody import ENERGY_MEAN, ENERGY_SPREAD, FramePlan
from voicehub.model.voice import VoiceModel
from voicehub.text.frontend import Frontend
from voicehub.text.phonemes import BOUNDARY_INDEX, PHONE_INDEX, PHONES, Phoneme

_TOKENS_STEP = 32
_COMMA = BOUNDARY_INDEX["comma"]
_EDGE_FRAMES = (6, 14)  # silence before and after a sentence
_PAUSE_FRAMES = (6, 45)  # shortest and longest pause at punctuation
_MIN_PHONE_FRAMES = 2
_FADE_SAMPLES = 240
_LARGEST_SCALE = 0.45  # of log durations; wider tails are doubt, not length
_F0_SPREAD = 0.85  # of a speaker's own deviation of log F0, within one sentence
_MOST_WIDENED = 2.2
_FEWEST_FRAMES = 24  # of which a deviation says something
_SILENT_ENERGY = -7.0  # frame log energy of a pause, about -61 dBFS


@dataclass(frozen=True)
class SpeakOptions:
    """How a text is spoken; ``expressiveness`` scales the pitch movement, 1 is the speaker's own range.

    ``sharpness`` is that of ``generator.sharpened``.
    """

    speed: float = 1.0
    pitch_semitones: float = 0.0
    seed: int = 0
    expressiveness: float = 1.0
    sharpness: float = SHARPNESS

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("speed", self.speed, 0.5, 2.0),
            ("pitch_semitones", self.pitch_semitones, -12.0, 12.0),
            ("expressiveness", self.expressiveness, 0.0, 2.0),
            ("sharpness", self.sharpness, 0.0, 1.0),
        ):
            if not low <= value <= high:
                raise SettingsError(f"need {low:g} <= {name} <= {high:g}, got {value:g}")


def speak(
    base: Base,
    voice: VoiceModel,
    text: str,
    options: SpeakOptions | None = None,
    frontend: Frontend | None = None,
) -> Iterator[Waveform]:
    """Yield the sentences of ``text`` as they are made; raise ``TextError`` when nothing can be spoken."""
    speaker = Speaker(base, voice)
    chosen = options or SpeakOptions()
    for number, sentence in enumerate((frontend or Frontend()).sentences(text)):
        yield speaker.sentence(sentence.phonemes, chosen, number)


class Speaker:
    """A voice ready to speak: its weights are merged once."""

    def __init__(self, base: Base, voice: VoiceModel) -> None:
        self.base, self.voice = base, voice
        self.generator: Generator = voice.generator(base)
        self.who = voice.who(base)

    @torch.inference_mode()
    def sentence(
        self, phonemes: Sequence[Phoneme], options: SpeakOptions, number: int = 0
    ) -> Waveform:
        """Return one sentence; ``number`` tells sentences of one text apart for the noise."""
        tokens = tokenise(phonemes)
        n_tokens = len(tokens)
        # Silence after the end, which is cut off again: kernels are made for each length, so lengths are few.
        tokens = np.pad(tokens, ((0, _TOKENS_STEP - n_tokens % _TOKENS_STEP), (0, 0)))
        durations, plan = self._plan(tokens, n_tokens, options)
        controls = self._controls(np.repeat(tokens, durations, axis=0), plan, options)
        length = (int(durations[:n_tokens].sum()) - 1) * HOP_LENGTH
        seed = torch.Generator().manual_seed(options.seed * 100_003 + number)
        with autocast(self.base.device):
            samples = self.generator(controls, seed, options.sharpness)[0, :length]
        return Waveform(_fade(samples.float().numpy(force=True)))

    def _plan(
        self, tokens: NDArray[np.int64], n_tokens: int, options: SpeakOptions
    ) -> tuple[NDArray[np.int64], FramePlan]:
        """Return the frames of each token and the plan, a multiple of ``FRAMES_STEP`` frames.

        Of ``tokens`` (tokens, 4) only the first ``n_tokens`` are spoken; the next one takes the frames that are over.
        """
        device = self.base.device
        batch = torch.from_numpy(tokens)[None].to(device)
        stats = torch.tensor([self.voice.stats.vector()], device=device)
        present = torch.arange(len(tokens), device=device)[None] < n_tokens
        prosody = self.base.prosody
        with autocast(device):
            hidden, log_duration = prosody.encode(batch, self.who["speaker"], stats, present)
        location, log_scale = log_duration[0, :, :n_tokens].numpy(force=True)
        durations = np.zeros(len(tokens), np.int64)
        durations[:n_tokens] = whole_frames(
            mean_log_duration(location, log_scale), tokens[:n_tokens], options.speed
        )
        durations[n_tokens] = -durations.sum() % FRAMES_STEP
        with autocast(device):
            plan = prosody.decode(hidden, torch.from_numpy(durations)[None].to(device))
        return durations, plan

    def _controls(
        self, frames: NDArray[np.int64], plan: FramePlan, options: SpeakOptions
    ) -> Controls:
        """Return what drives the generator; ``frames`` holds the token of each frame, (frames, 4)."""
        device, stats = self.base.device, self.voice.stats
        phones = frames[:, 0]
        silent = torch.from_numpy(phones == PHONE_INDEX["SIL"]).to(device)
        voiced = (plan.voiced[0] > 0) & ~silent
        movement = widened(plan.f0[0], voiced, _F0_SPREAD)
        log_f0 = stats.log_f0_mean + stats.log_f0_std * options.expressiveness * movement
        shift = options.pitch_semitones / 12 * np.log(2)
        f0 = torch.exp(log_f0 + shift).clamp(50, 600) * voiced
        energy = plan.energy[0] * ENERGY_SPREAD + ENERGY_MEAN
        energy = widened(energy, ~silent, stats.energy_std)
        energy = energy + stats.energy_mean - energy[~silent].mean()
        energy = torch.where(silent, energy.clamp(max=_SILENT_ENERGY), energy)
        content: Tensor = torch.from_numpy(one_hot(phones, len(PHONES))).to(device)
        phone, accent, _, language = torch.from_numpy(frames).to(device).T[:, None]
        spelling = Spelling(phone, accent, language, voiced[None], energy[None])
        with autocast(device):
            detail = self.base.detail.spoken(spelling)
        return Controls(content[None], f0[None], energy[None], detail=detail, **self.who)


def widened(values: Tensor, where: Tensor, spread: float) -> Tensor:
    """Return ``values`` (frames,) with the deviation ``spread`` over the frames ``where``, the mean kept.

    A prediction is the middle of what could be said and moves less than any one saying of it: its variance is given
    back, as the global variance of Toda and Tokuda (2007) does, by a factor of at most ``_MOST_WIDENED``.
    """
    told = values[where]
    if len(told) < _FEWEST_FRAMES:
        return values
    mean = told.mean()
    factor = (spread / told.std().clamp(min=1e-3)).clamp(1.0, _MOST_WIDENED)
    return mean + factor * (values - mean)


def mean_log_duration(
    location: NDArray[np.float32], log_scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the log of the mean duration, (tokens,), where ln(frames) is Laplace distributed.

    The mean of exp(x) is exp(location) / (1 - scale^2); the median alone would hurry.
    """
    scale = np.clip(np.exp(log_scale), 0.0, _LARGEST_SCALE)
    return location - np.log1p(-(scale**2))


def tokenise(phonemes: Sequence[Phoneme]) -> NDArray[np.int64]:
    """Return [phone, accent, boundary, is_chinese] rows with silences at both ends and at punctuation."""
    first = int(phonemes[0].language == "zh")
    rows = [[0, 0, 0, first]]
    for phoneme in phonemes:
        boundary = BOUNDARY_INDEX[phoneme.boundary]
        chinese = int(phoneme.language == "zh")
        rows.append([PHONE_INDEX[phoneme.symbol], phoneme.accent, boundary, chinese])
        if boundary >= _COMMA:
            rows.append([0, 0, boundary, chinese])
    if rows[-1][0] != 0:
        rows.append([0, 0, 0, rows[-1][3]])
    return np.array(rows, np.int64)


def whole_frames(
    log_duration: NDArray[np.float32], tokens: NDArray[np.int64], speed: float
) -> NDArray[np.int64]:
    """Return whole frames a token; rounding errors are carried on, so that the rate holds."""
    frames = np.exp(log_duration.astype(np.float64)) / speed
    pause = tokens[:, 0] == 0
    frames[pause] = np.clip(frames[pause], *_PAUSE_FRAMES)
    frames[0], frames[-1] = _EDGE_FRAMES
    whole = np.empty(len(frames), np.int64)
    carried = 0.0
    for k, exact in enumerate(frames):
        whole[k] = max(_MIN_PHONE_FRAMES, round(exact + carried))
        carried = float(np.clip(carried + exact - whole[k], -1.0, 1.0))
    return whole


def _fade(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fade both ends to zero, so that sentences join without a click."""
    length = min(_FADE_SAMPLES, len(samples) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(length, 1))).astype(np.float32)
    faded = samples.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return np.clip(faded, -1.0, 1.0)
