"""What a zero-shot voice needs to know of one recording, so that each is analysed only once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.segment import cut_utterances
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, CheckpointError
from voicehub.model.analysis import analyse, spectra_of, timbre_of
from voicehub.model.base import Base
from voicehub.model.content import decode_phones
from voicehub.model.timbre import PhoneSpectra, estimate_equaliser, sum_spectra
from voicehub.model.voice import VoiceModel
from voicehub.speaker.embedding import EMBEDDING_SIZE, default_encoder, unit
from voicehub.training.equaliser import lacking
from voicehub.training.finetune_data import _DECODED_EXCESS, MIN_SPEECH_SECONDS
from voicehub.training.speaker_stats import measure_stats


@dataclass(frozen=True)
class Traits:
    """Pitch, phones and energy by frame, (frames,), the embedding of each utterance, (n, 256), seconds.

    ``sums`` and ``frames`` (n_phones, n_mels) are those of its ``PhoneSpectra``, ``lacks`` and ``compared`` those of
    what ``lacking`` gives, by the embedding and the timbre of this recording alone.
    """

    f0: NDArray[np.float32]
    phones: NDArray[np.int64]
    energy: NDArray[np.float32]
    embeddings: NDArray[np.float32]
    sums: NDArray[np.float32]
    frames: NDArray[np.float32]
    lacks: NDArray[np.float32]
    compared: NDArray[np.float32]
    seconds: float


def measure_traits(base: Base, recording: Waveform) -> Traits:
    """Analyse one recording; one without speech gives empty traits."""
    pieces = cut_utterances(normalise_loudness(recording))
    analyses = [analyse(base, piece) for piece in pieces]
    encoder = default_encoder()
    embeddings = np.zeros((0, EMBEDDING_SIZE), np.float32)
    if pieces:
        embeddings = np.stack([encoder.embed(piece) for piece in pieces])
    spectra = spectra_of(analyses)
    mean, timbre = unit(embeddings.sum(0)), timbre_of(base, spectra)
    missing = sum_spectra(lacking(base, each, mean, timbre) for each in analyses)
    return Traits(
        np.concatenate([np.zeros(0, np.float32), *(a.f0 for a in analyses)]),
        np.concatenate([np.zeros(0, np.int64), *(decode_phones(a.logits) for a in analyses)]),
        np.concatenate([np.zeros(0, np.float32), *(a.energy for a in analyses)]),
        embeddings,
        spectra.sums,
        spectra.frames,
        missing.sums,
        missing.frames,
        sum(piece.seconds for piece in pieces),
    )


def voice_from_traits(base: Base, traits: Sequence[Traits]) -> VoiceModel:
    """Return the voice that `zero_shot_voice` would make of the same recordings."""
    seconds = sum(each.seconds for each in traits)
    if seconds < MIN_SPEECH_SECONDS:
        raise AudioError(
            f"the recordings hold {seconds:.1f} s of speech, "
            f"at least {MIN_SPEECH_SECONDS:.0f} s are needed; record a few more sentences"
        )
    f0 = np.concatenate([each.f0 for each in traits])
    phones = np.concatenate([each.phones for each in traits])
    stats = measure_stats(f0, phones, np.concatenate([each.energy for each in traits]))
    stats = replace(stats, log_duration=stats.log_duration - _DECODED_EXCESS)
    embedding = unit(np.mean(np.concatenate([each.embeddings for each in traits]), 0))
    spectra = sum_spectra(PhoneSpectra(each.sums, each.frames) for each in traits)
    missing = sum_spectra(PhoneSpectra(each.lacks, each.compared) for each in traits)
    return VoiceModel(
        embedding,
        stats,
        base.id,
        timbre=timbre_of(base, spectra),
        equaliser=estimate_equaliser(missing),
    )


def save_traits(path: Path, traits: Traits) -> None:
    """Write ``traits`` to ``path``, whole or not at all."""
    partial = path.with_suffix(".part")
    save_file(
        {
            "f0": traits.f0,
            "phones": traits.phones,
            "energy": traits.energy,
            "embeddings": traits.embeddings,
            "sums": traits.sums,
            "frames": traits.frames,
            "lacks": traits.lacks,
            "compared": traits.compared,
            "seconds": np.array([traits.seconds]),
        },
        partial,
    )
    partial.rename(path)


def load_traits(path: Path) -> Traits:
    """Return what `save_traits` wrote; raise ``CheckpointError`` where it cannot be read."""
    try:
        tensors = load_file(path)
        seconds = float(tensors.pop("seconds")[0])
        return Traits(**tensors, seconds=seconds)
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} does not hold the analysis of a recording") from error
