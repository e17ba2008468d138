"""The GAN generator: phone posteriors, F0, energy and a speaker embedding become a 24 kHz waveform.

Source and filter, as in the neural source-filter model (Wang, Takaki and Yamagishi 2019) and DDSP (Engel et al.
2020), with the filters predicted per frame in the STFT domain and inverted as in Vocos (Siuzdak 2023): the
periodicity is given by F0, the network learns the envelope, the phase and the noise.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import HOP_LENGTH, MODEL_MEL, N_FFT, mel_centres
from voicehub.model.blocks import ChannelNorm, ConvBlock, FrameConv
from voicehub.model.detail import DetailConfig
from voicehub.model.encoder import EncoderConfig
from voicehub.model.prosody import ENERGY_MEAN, ENERGY_SPREAD
from voicehub.model.source import pulse_train
from voicehub.speaker.embedding import EMBEDDING_SIZE
from voicehub.text.phonemes import PHONES

N_BINS = N_FFT // 2 + 1
SHARPNESS = 0.3  # of what is spoken; docs/lab-notes.md, and `drills sharpness` checks it
FRAMES_STEP = 64  # it had better be given multiples of it: kernels are made for each length
_FADING = (1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9)
_FINEST = 60  # coefficients of the cepstrum: 2.5 ms, below the periods of most voices
_MEL_MEAN, _MEL_SPREAD = EncoderConfig.mel_mean, EncoderConfig.mel_std


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator."""

    width: int = 320
    hidden: int = 832
    n_blocks: int = 8
    speaker_width: int = 160
    detail_width: int = (
        DetailConfig.detail_width
    )  # of what content says beyond its phones; 0: phones alone
    detail_noise: float = 0.3  # added in training, against a range of -1 to 1
    timbre: bool = True  # whether the mean spectra of the speaker's phones are asked for


@dataclass(frozen=True)
class Controls:
    """What the generator is driven by, per frame.

    ``content`` (batch, n_phones, frames) sums to one over phones; ``f0`` (batch, frames) in Hz, 0 where
    unvoiced; ``energy`` (batch, frames) is frame log energy; ``speaker`` (batch, 256) a unit embedding.
    ``detail`` (batch, detail_width, frames) in -1..1 says how the phones are said, heard in a recording or guessed
    for a text (``DetailModel``), and is zero where nothing is known of it. ``timbre`` (batch, n_phones, n_mels) holds
    the speaker's mean log mel of each phone; ``equaliser``, of the same shape, is added to the log gains.
    """

    content: Tensor
    f0: Tensor
    energy: Tensor
    speaker: Tensor
    detail: Tensor | None = None
    timbre: Tensor | None = None
    equaliser: Tensor | None = None


def sharpened(filters: Tensor, sharpness: float) -> Tensor:
    """Return ``filters`` (batch, 3 * N_BINS, frames) with envelopes whose peaks and valleys stand out more.

    Networks that learn by distances give the mean of what could be, whose envelope is too smooth. As in speech from
    hidden Markov models, the cepstrum of both gains is multiplied by 1 + ``sharpness`` from its second coefficient on
    (Yoshimura and others 2005, "Incorporating a mixed excitation model and postfilter into HMM-based text-to-speech
    synthesis"), here up to the finest structure that envelopes have.
    """
    measure, waves = _ripples(filters.device)
    rows = filters.float().transpose(1, 2)
    finer = functional.linear(functional.linear(rows, measure), waves)
    return rows.add(finer, alpha=sharpness).transpose(1, 2)


def _raised(content: Tensor, equaliser: Tensor) -> Tensor:
    """Return what ``equaliser`` (batch, n_phones, n_mels) adds to the log gains, (batch, N_BINS, frames)."""
    by_mel = torch.einsum("bpt,bpm->bmt", content, equaliser.to(content.dtype))
    # Over 50 ms, as phones of a text end from one frame to the next.
    edges = functional.pad(by_mel, (2, 2), mode="replicate")
    by_mel = sum(weight * edges[..., k : k + by_mel.shape[-1]] for k, weight in enumerate(_FADING))
    return torch.einsum("mf,bmt->bft", _mel_to_bins(content.device).to(content.dtype), by_mel)


@lru_cache(maxsize=2)
def _mel_to_bins(device: torch.device) -> Tensor:
    """Return how each bin lies between the centres of the mel bands, (n_mels, N_BINS)."""
    hertz = np.linspace(0, SAMPLE_RATE / 2, N_BINS)
    rows = [np.interp(hertz, mel_centres(MODEL_MEL), one) for one in np.eye(MODEL_MEL.n_mels)]
    return torch.from_numpy(np.array(rows, np.float32)).to(device)


@lru_cache(maxsize=2)
def _ripples(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return what measures the cepstrum of both gains from its second coefficient on, (coefficients, 3 * N_BINS).

    And what these are in the filters, (3 * N_BINS, coefficients).
    """
    order = torch.arange(2, _FINEST + 1)[:, None]
    waves = torch.cos(2 * torch.pi / N_FFT * order * torch.arange(N_BINS))
    weight = torch.full((N_BINS,), 4.0 / N_FFT)
    weight[0] = weight[-1] = 2.0 / N_FFT
    measured = torch.block_diag(waves * weight, waves.new_zeros(0, N_BINS), waves * weight)
    shown = torch.block_diag(waves, waves.new_zeros(0, N_BINS), waves)
    return measured.to(device), shown.T.contiguous().to(device)


class Generator(nn.Module):
    """Residual convolutions over frames, modulated by the speaker, with three filters at the end."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.stem = FrameConv(len(PHONES) + 3, width, 7, padding=3)
        if config.detail_width:
            self.detail_out = FrameConv(config.detail_width, width, 7, padding=3, bias=False)
        if config.timbre:
            n_mels = MODEL_MEL.n_mels
            self.timbre_in = FrameConv(n_mels, width, 7, padding=3, bias=False)
            self.timbre_out = FrameConv(n_mels, 3 * N_BINS, 1, bias=False)
            self.register_buffer("timbre", torch.zeros(len(PHONES), n_mels))  # what is usual
        self.speaker_in = nn.Linear(EMBEDDING_SIZE, config.speaker_width)
        self.film = nn.Linear(config.speaker_width, config.n_blocks * 2 * width)
        self.blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, (1, 2, 4)[k % 3]) for k in range(config.n_blocks)
        )
        self.norm = ChannelNorm(width)
        self.out = FrameConv(width, 3 * N_BINS, 1)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)
        with torch.no_grad():
            self.film.weight.mul_(0.3)
            self.out.weight.mul_(0.3)
            self.out.bias[:N_BINS] = -2.5  # a quiet start: filter gains of about -20 dB
            self.out.bias[N_BINS : 2 * N_BINS] = 0.0
            self.out.bias[2 * N_BINS :] = -4.5
            if config.detail_width:
                self.detail_out.weight.zero_()  # phones alone at first
            if config.timbre:
                self.timbre_in.weight.zero_()
                self.timbre_out.weight.zero_()

    def forward(
        self, controls: Controls, seed: torch.Generator | None = None, sharpness: float = 0.0
    ) -> Tensor:
        """Return samples, (batch, (frames - 1) * 256), their formants as much sharper as ``sharpened`` says."""
        filters = self.filters(controls)
        if sharpness:
            filters = sharpened(filters, sharpness)
        return self.render(filters, controls.f0, seed)

    def filters(self, controls: Controls) -> Tensor:
        """Return log gain and phase of the harmonic filter and log gain of the noise, (batch, 1539, frames)."""
        voiced = (controls.f0 > 0).float()
        log_f0 = torch.log2(controls.f0.clamp(min=1.0) / 200.0) * voiced
        energy = (controls.energy - ENERGY_MEAN) / ENERGY_SPREAD
        frame = torch.stack([log_f0, voiced, energy], 1)
        x = self.stem(torch.cat([controls.content, frame.to(controls.content.dtype)], 1))
        if controls.detail is not None and self.config.detail_width:
            x = x + self.detail_out(self._roughened(controls.detail))
        expected = self._expected(controls)
        if expected is not None:
            x = x + self.timbre_in(expected)
        style = nn.functional.gelu(self.speaker_in(controls.speaker * 8.0))
        film = self.film(style).view(x.shape[0], len(self.blocks), 2, -1, 1)
        for k, block in enumerate(self.blocks):
            x = block(x, film[:, k, 0], film[:, k, 1])
        filters = self.out(self.norm(x))
        if expected is not None:
            filters = filters + self.timbre_out(expected)
        if controls.equaliser is not None:
            raised = _raised(controls.content, controls.equaliser)
            filters = filters + torch.cat([raised, torch.zeros_like(raised), raised], 1)
        return filters

    def _expected(self, controls: Controls) -> Tensor | None:
        """Return the speaker's mean spectrum of what each frame holds, (batch, n_mels, frames), normalised."""
        if controls.timbre is None or not self.config.timbre:
            return None
        normal = (controls.timbre - _MEL_MEAN) / _MEL_SPREAD
        return torch.einsum("bpt,bpm->bmt", controls.content, normal.to(controls.content.dtype))

    def _roughened(self, detail: Tensor) -> Tensor:
        """Return ``detail`` with noise in training, so that it holds no more than it is asked for."""
        if not self.training:
            return detail
        present = (detail != 0).any(1, keepdim=True)
        noise = torch.randn(detail.shape).to(detail)
        return detail + self.config.detail_noise * noise * present

    def render(self, filters: Tensor, f0: Tensor, seed: torch.Generator | None = None) -> Tensor:
        """Filter a pulse train at ``f0`` and noise by ``filters``; always in float32."""
        with torch.autocast(filters.device.type, enabled=False):
            log_gain, phase, log_noise = filters.float().split(N_BINS, 1)
            # The generator of random numbers lives on the CPU so that every device gives the same sound.
            phase_start = torch.rand(f0.shape[0], generator=seed).to(f0.device)
            pulses = pulse_train(f0.float(), phase_start)
            noise = torch.randn(pulses.shape, generator=seed).to(f0.device)
            sources = self._stft(torch.cat([pulses, noise]))
            harmonic, rough = sources.chunk(2)
            gain = torch.exp(log_gain.clamp(max=4.0))
            turned = torch.polar(gain, phase)
            spectrum = harmonic * turned + rough * torch.exp(log_noise.clamp(max=4.0))
            return torch.istft(spectrum, N_FFT, HOP_LENGTH, window=self.window, center=True)

    def _stft(self, samples: Tensor) -> Tensor:
        # Scaled so that a source of unit power has unit power a bin.
        scale = float(N_FFT * 3 / 8) ** -0.5
        return scale * torch.stft(
            samples, N_FFT, HOP_LENGTH, window=self.window, center=True, return_complex=True
        )
