"""Recordings of one speaker made ready for tuning: cut, analysed, and split into training and held-out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.activity import trim_silence
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.segment import cut_utterances
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError
from voicehub.features.mel import HOP_LENGTH, MODEL_MEL
from voicehub.model.analysis import (
    Analysis,
    analyse,
    hear,
    heard_detail,
    spectra_of,
    spoken_detail,
    timbre_of,
)
from voicehub.model.base import Base
from voicehub.model.content import decode_phones, one_hot
from voicehub.model.detail import UNKNOWN_ACCENT, UNKNOWN_LANGUAGE, Spelling
from voicehub.model.prosody import SpeakerStats
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.text.frontend import Frontend
from voicehub.text.phonemes import PHONES
from voicehub.training.generator_batch import Batch, collate, smooth
from voicehub.training.mel_augment import add_noise, warp_vocal_tract
from voicehub.training.speaker_stats import measure_stats
from voicehub.training.transcribed import align_transcript

MIN_SPEECH_SECONDS = 3.0
_HELD_OUT_SHARE = 0.12
_HELD_OUT_SECONDS = 10.0
_TEXT_SHARE = 0.4
_SURE = 0.75  # posterior from which a decoded phone is taken for what was said
# Decoded phones miss the shortest: their mean log length exceeds that of aligned ones by this much (measured on ten
# speakers, spread 0.07).
_DECODED_EXCESS = 0.106


@dataclass(frozen=True)
class Utterance:
    """One stretch of speech with its content as heard, as heard through another vocal tract, and as text.

    ``phones`` (frames,) are decoded or aligned; ``spoken`` (n_phones, frames) has a one for each phone that is sure
    and the posteriors where it is not: a wrong phone would teach the voice to mumble. ``warped_detail`` and
    ``spoken_detail`` (detail_width, frames) go with ``warped`` and ``spoken``.
    """

    analysis: Analysis
    clean: NDArray[np.float32]
    warped: NDArray[np.float32]
    warped_detail: NDArray[np.float32]
    phones: NDArray[np.int64]
    spoken: NDArray[np.float32]
    spoken_detail: NDArray[np.float32]


@dataclass(frozen=True)
class SpeakerData:
    """All that tuning knows of a speaker."""

    training: Sequence[Utterance]
    held_out: Sequence[Utterance]
    embedding: NDArray[np.float32]
    timbre: NDArray[np.float32] | None
    stats: SpeakerStats
    seconds: float


def embed_recordings(waveforms: Sequence[Waveform]) -> NDArray[np.float32]:
    """Return the unit mean embedding, (256,)."""
    encoder = default_encoder()
    return unit(np.mean([encoder.embed(waveform) for waveform in waveforms], 0))


def cut_recordings(recordings: Sequence[Waveform]) -> list[Waveform]:
    """Return the utterances of all recordings at one loudness; raise ``AudioError`` under 3 s of speech."""
    pieces = [
        piece for recording in recordings for piece in cut_utterances(normalise_loudness(recording))
    ]
    _need_speech(pieces)
    return pieces


def _need_speech(pieces: Sequence[Waveform]) -> None:
    seconds = sum(piece.seconds for piece in pieces)
    if seconds < MIN_SPEECH_SECONDS:
        raise AudioError(
            f"the recordings hold {seconds:.1f} s of speech, "
            f"at least {MIN_SPEECH_SECONDS:.0f} s are needed, 30 s or more are better"
        )


def speaker_data(
    base: Base,
    recordings: Sequence[Waveform],
    seed: int = 0,
    transcripts: Sequence[str] | None = None,
) -> SpeakerData:
    """Cut and analyse ``recordings``; with ``transcripts``, one for each, they are aligned and not cut."""
    generator = torch.Generator().manual_seed(seed)
    if transcripts is None:
        pieces = cut_recordings(recordings)
        utterances = [_prepare(base, piece, generator) for piece in pieces]
    else:
        pieces = [trim_silence(normalise_loudness(recording)) for recording in recordings]
        _need_speech(pieces)
        frontend = Frontend()
        utterances = [
            _prepare(base, piece, generator, text, frontend)
            for piece, text in zip(pieces, transcripts, strict=True)
        ]
    training, held_out = _split(utterances)
    f0 = np.concatenate([u.analysis.f0 for u in utterances])
    phones = np.concatenate([u.phones for u in utterances])
    energy = np.concatenate([u.analysis.energy for u in utterances])
    stats = measure_stats(f0, phones, energy)
    if transcripts is None:
        stats = replace(stats, log_duration=stats.log_duration - _DECODED_EXCESS)
    seconds = sum(piece.seconds for piece in pieces)
    timbre = timbre_of(base, spectra_of(u.analysis for u in utterances))
    return SpeakerData(training, held_out, embed_recordings(pieces), timbre, stats, seconds)


def _prepare(
    base: Base,
    piece: Waveform,
    generator: torch.Generator,
    text: str = "",
    frontend: Frontend | None = None,
) -> Utterance:
    analysis = analyse(base, piece)
    factor = 0.84 + 0.32 * torch.rand(1, generator=generator)
    other = warp_vocal_tract(torch.from_numpy(analysis.mel)[None], factor)
    encoded = hear(base, piece.samples, add_noise(other, generator)[0].numpy(), analysis.f0)
    warped = torch.softmax(encoded.phones, 0).numpy(force=True)
    phones = (
        decode_phones(analysis.logits)
        if frontend is None
        else align_transcript(analysis, text, frontend)
    )
    clean = analysis.posteriors()
    sure = clean[phones, np.arange(len(phones))] >= (_SURE if frontend is None else 0.0)
    spoken = np.where(sure, one_hot(phones, len(PHONES)), clean)
    return Utterance(
        analysis,
        clean,
        warped,
        heard_detail(base, encoded),
        phones,
        spoken,
        spoken_detail(base, _spelling(phones, analysis)),
    )


def _spelling(phones: NDArray[np.int64], analysis: Analysis) -> Spelling:
    """Return ``phones`` (frames,) as text would have them, of no known accent and language."""
    spelled = torch.from_numpy(phones)[None]
    return Spelling(
        spelled,
        torch.full_like(spelled, UNKNOWN_ACCENT),
        torch.full_like(spelled, UNKNOWN_LANGUAGE),
        torch.from_numpy(analysis.f0 > 0)[None],
        torch.from_numpy(analysis.energy)[None],
    )


def _split(utterances: Sequence[Utterance]) -> tuple[list[Utterance], list[Utterance]]:
    """Hold out the last utterances; a single one is used for both, cut by nothing better."""
    total = sum(len(u.analysis.f0) for u in utterances)
    limit = min(total * _HELD_OUT_SHARE, _HELD_OUT_SECONDS * SAMPLE_RATE / HOP_LENGTH)
    held_out: list[Utterance] = []
    training = list(utterances)
    while len(training) > 1 and sum(len(u.analysis.f0) for u in held_out) < limit:
        held_out.append(training.pop())
    return training, held_out or training


class SpeakerBatches:
    """Random crops of one speaker, half driven by decoded phones and half by posteriors."""

    def __init__(
        self,
        data: Sequence[Utterance],
        embedding: NDArray[np.float32],
        timbre: NDArray[np.float32] | None,
        frames: int,
    ) -> None:
        self.utterances = [_at_least(u, frames + 1) for u in data]
        self.embedding, self.timbre, self.frames = embedding, timbre, frames
        lengths = np.array([len(u.analysis.f0) for u in self.utterances], float)
        self.probability = lengths / lengths.sum()

    def draw(self, size: int, rng: np.random.Generator) -> Batch:
        """Return ``size`` crops."""
        chosen = rng.choice(len(self.utterances), size, p=self.probability)
        return collate([self._crop(self.utterances[k], rng) for k in chosen])

    def _crop(self, utterance: Utterance, rng: np.random.Generator) -> tuple[NDArray, ...]:
        analysis = utterance.analysis
        start = int(rng.integers(0, len(analysis.f0) - self.frames + 1))
        rows = slice(start, start + self.frames)
        energy = analysis.energy[rows]
        if rng.random() < _TEXT_SHARE:
            content = utterance.spoken[:, rows]
            energy = smooth(energy, int(rng.integers(1, 6)))
            detail = utterance.spoken_detail[:, rows]
        elif rng.random() < 0.5:
            content, detail = utterance.clean[:, rows], analysis.detail[:, rows]
        else:
            content, detail = utterance.warped[:, rows], utterance.warped_detail[:, rows]
        first = start * HOP_LENGTH
        real = analysis.samples[first : first + (self.frames - 1) * HOP_LENGTH]
        gain = np.float32(rng.uniform(-0.5, 0.3))
        real = np.clip(real * np.exp(gain), -1, 1).astype(np.float32)
        driving = (content, analysis.f0[rows], energy + gain, self.embedding, detail, self.timbre)
        return *driving, real, np.float32(analysis.bandwidth)


def _at_least(utterance: Utterance, frames: int) -> Utterance:
    """Extend a short utterance with silence to ``frames`` frames."""
    analysis = utterance.analysis
    short = frames - len(analysis.f0)
    if short <= 0:
        return utterance
    silent = one_hot(np.zeros(short, np.int64), len(PHONES))
    longer = Analysis(
        samples=np.pad(analysis.samples, (0, (short + 1) * HOP_LENGTH)),
        source_rate=analysis.source_rate,
        mel=np.pad(analysis.mel, ((0, 0), (0, short)), constant_values=np.log(MODEL_MEL.floor)),
        f0=np.pad(analysis.f0, (0, short)),
        energy=np.pad(analysis.energy, (0, short), constant_values=np.log(1e-4)),
        logits=np.pad(analysis.logits, ((0, 0), (0, short))),
        detail=np.pad(analysis.detail, ((0, 0), (0, short))),
    )
    return Utterance(
        longer,
        np.concatenate([utterance.clean, silent], 1),
        np.concatenate([utterance.warped, silent], 1),
        np.pad(utterance.warped_detail, ((0, 0), (0, short))),
        np.pad(utterance.phones, (0, short)),
        np.concatenate([utterance.spoken, silent], 1),
        np.pad(utterance.spoken_detail, ((0, 0), (0, short))),
    )
