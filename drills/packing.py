"""The drill of packing: what eight bits in place of sixteen do to a base, to a voice, and to how they sound."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from drills.outcome import DrillError, Options, Outcome, median
from drills.recordings import READERS, demo_recordings
from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.metrics import mel_cepstral_distortion
from voicehub.evaluation.quality import predicted_mos
from voicehub.evaluation.similarity import similarity_to_mean
from voicehub.features.f0 import track_f0
from voicehub.features.mel import log_mel
from voicehub.model.analysis import hear
from voicehub.model.base import Base, load_base, load_part
from voicehub.model.packing import pack, unpack
from voicehub.model.voice import VoiceModel, save_voice
from voicehub.services.runtime import BASE_FOLDER
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.convert import ConvertOptions, convert
from voicehub.synthesis.speak import SpeakOptions, speak
from voicehub.training.finetune import CloneOptions, clone_voice, zero_shot_voice
from voicehub.training.upgrade import upgrade

MAX_BASE_MB, MAX_VOICE_MB = 25.0, 0.35
MAX_MOS_LOST, MAX_SIMILARITY_LOST = 0.05, 0.005
_TEXT = "The boy was there when the sun rose. It is easy to tell the depth of a well."
_STEPS = 20  # of tuning
_LOADS = 7
_RANKS = (8, 7, 6, 5, 4)
_SIZES = ("half_bytes", "packed_bytes")


def run(options: Options) -> Outcome:
    """Pack a base that is in half precision, and compare both with the bundled readers."""
    old = options.base or BASE_FOLDER
    if json.loads((old / "config.json").read_text("utf-8"))["format"] != 2:
        raise DrillError(f"{old} is packed already: --base FOLDER takes one of format 2")
    with TemporaryDirectory() as name:
        new = Path(name) / "base"
        upgrade(old, new)
        half, packed = load_base(old, "cpu"), load_base(new, "cpu")
        figures: dict[str, Any] = {
            "parts": _parts(old, new),
            "load_ms": {"half": _load_ms(old), "packed": _load_ms(new)},
            "readers": {each: _reader(half, packed, each) for each in READERS},
            "voice": _voice(half, Path(name), options.seed),
        }
    mb = {key: sum(each[key] for each in figures["parts"].values()) / 1e6 for key in _SIZES}
    voice_mb = figures["voice"]["packed_bytes"] / 1e6
    sounds = [x for each in figures["readers"].values() for x in (each["speech"], each["copy"])]
    sounds.append(figures["voice"]["copy"])
    passed = (
        mb["packed_bytes"] <= MAX_BASE_MB
        and voice_mb <= MAX_VOICE_MB
        and all(
            each["half"]["mos"] - each["packed"]["mos"] <= MAX_MOS_LOST
            and each["half"]["similarity"] - each["packed"]["similarity"] <= MAX_SIMILARITY_LOST
            and each["apart_db"] < each["other_seed_db"]
            for each in sounds
        )
    )
    verdict = (
        f"the base has {mb['packed_bytes']:.1f} MB in place of {mb['half_bytes']:.1f} (at most "
        f"{MAX_BASE_MB:g}), a voice {voice_mb:.2f} in place of "
        f"{figures['voice']['half_bytes'] / 1e6:.2f} (at most {MAX_VOICE_MB:g}); what they say is "
        f"{max(each['apart_db'] for each in sounds):.2f} dB apart at most, with another seed "
        f"{min(each['other_seed_db'] for each in sounds):.2f} at least"
    )
    return Outcome(figures, passed, verdict)


def _parts(old: Path, new: Path) -> dict[str, dict[str, float]]:
    """Return the bytes of each part, and how far its weights moved, of their root mean square."""
    found = {}
    for path in sorted(old.glob("*.safetensors")):
        before, after = (load_part(each, path.stem).state_dict() for each in (old, new))
        moved, size = (
            sum(float(each.double().square().sum()) for each in values)
            for values in ([after[key] - before[key] for key in before], before.values())
        )
        found[path.stem] = {
            "half_bytes": path.stat().st_size,
            "packed_bytes": (new / path.name).stat().st_size,
            "error": _short((moved / size) ** 0.5),
        }
    return found


def _load_ms(folder: Path) -> float:
    """Return the processor time of loading, the middle of several."""
    times = []
    for _ in range(_LOADS):
        began = time.process_time()
        load_base(folder, "cpu")
        times.append(1e3 * (time.process_time() - began))
    return round(median(times), 1)


def _reader(half: Base, packed: Base, reader: str) -> dict[str, Any]:
    """Compare speech, a copy, and what the content encoder hears, of one reader without tuning."""
    clips = [read_audio(path) for path in demo_recordings(reader)]
    voices = {base.id: zero_shot_voice(base, clips[:2]) for base in (half, packed)}

    def said(base: Base, seed: int = 0) -> Waveform:
        parts = speak(base, voices[base.id], _TEXT, SpeakOptions(seed=seed))
        return Waveform(np.concatenate([part.samples for part in parts]))

    def copied(base: Base, seed: int = 0) -> Waveform:
        return convert(base, voices[base.id], clips[2], ConvertOptions(seed=seed))

    others = [default_encoder().embed(each) for each in clips[3:]]
    return {
        "speech": _compared(said(half), said(packed), said(half, 1), others),
        "copy": _compared(copied(half), copied(packed), copied(half, 1), others),
        "frames": _agreement(half, packed, clips[2:4]),
    }


def _voice(base: Base, folder: Path, seed: int) -> dict[str, Any]:
    """Tune a voice for a little while, and compare it with itself packed."""
    clips = [read_audio(path) for path in demo_recordings(READERS[0])]
    options = CloneOptions(steps=_STEPS, seed=seed)
    tuned = clone_voice(base, clips[:2], options, lambda fraction, message: None).voice
    packed = replace(tuned, adapter=unpack(pack(tuned.adapter)))
    save_voice(tuned, folder / "voice")
    weights = folder / "voice" / "voice.safetensors"
    stored = {f"adapter/{key}": value for key, value in tuned.adapter.items()}
    save_file(stored | {"embedding": torch.from_numpy(tuned.embedding)}, folder / "half")
    others = [default_encoder().embed(each) for each in clips[3:]]

    def copied(voice: VoiceModel, seed: int = 0) -> Waveform:
        return convert(base, voice, clips[2], ConvertOptions(seed=seed, likeness=1.0))

    return {
        "steps": _STEPS,
        "half_bytes": (folder / "half").stat().st_size,
        "packed_bytes": weights.stat().st_size,
        "breakdown_bytes": _breakdown(pack(tuned.adapter)),
        **_updates(base, tuned.adapter, packed.adapter),
        "copy": _compared(copied(tuned), copied(packed), copied(tuned, 1), others),
    }


def _breakdown(stored: Mapping[str, Tensor]) -> dict[str, int]:
    """Return the bytes of all tensors by the last part of their names."""
    found: dict[str, int] = {}
    for name, value in stored.items():
        kind = name.rpartition("/")[2]
        found[kind] = found.get(kind, 0) + value.numel() * value.element_size()
    return found


def _updates(
    base: Base, half: Mapping[str, Tensor], packed: Mapping[str, Tensor]
) -> dict[str, Any]:
    """Return the errors of the low-rank updates and of the merged weights, and what fewer ranks would keep."""
    lost = size = whole = 0.0
    kept = dict.fromkeys(_RANKS, 0.0)
    for name in (key.removesuffix("/a") for key in half if key.endswith("/a")):
        weight = base.generator.get_submodule(name).weight.flatten(1)
        update, other = (
            each[f"{name}/b"].float() @ each[f"{name}/a"].float() for each in (half, packed)
        )
        lost += float((other - update).square().sum())
        size += float(update.square().sum())
        whole += float((weight + update).square().sum())
        energies = torch.linalg.svdvals(update).square()
        for rank in kept:
            kept[rank] += float(energies[:rank].sum())
    return {
        "update_error": _short((lost / size) ** 0.5),
        "merged_error": _short((lost / whole) ** 0.5),
        "update_size": _short((size / whole) ** 0.5),
        "error_of_rank": {str(rank): _short(max(0.0, 1 - each / size) ** 0.5) for rank, each in kept.items()},
    }  # fmt: skip


def _compared(
    half: Waveform, packed: Waveform, reseeded: Waveform, others: list[Any]
) -> dict[str, Any]:
    """Return how far apart both sounds are, beside the same with another seed, and how good each is."""
    embed = default_encoder().embed
    scores = {
        name: {
            "mos": _short(predicted_mos(normalise_loudness(each)).overall),
            "similarity": _short(similarity_to_mean(embed(each), others, len(others))),
        }
        for name, each in (("half", half), ("packed", packed))
    }
    mels = [log_mel(each.samples) for each in (half, packed, reseeded)]
    return {
        "apart_db": _short(mel_cepstral_distortion(mels[1], mels[0])),
        "other_seed_db": _short(mel_cepstral_distortion(mels[2], mels[0])),
        **scores,
    }


def _agreement(half: Base, packed: Base, clips: list[Waveform]) -> dict[str, float]:
    """Return the share of frames in which both encoders hear the same phone, and the same tone."""
    phones, tones = [], []
    for clip in clips:
        samples = normalise_loudness(clip).samples
        mel, f0 = log_mel(samples), track_f0(samples).f0
        one, other = (hear(base, samples, mel, f0) for base in (half, packed))
        phones.append(one.phones.argmax(0) == other.phones.argmax(0))
        tones.append(one.tones.argmax(0) == other.tones.argmax(0))
    return {
        "same_phone": _short(float(torch.cat(phones).float().mean())),
        "same_tone": _short(float(torch.cat(tones).float().mean())),
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")
