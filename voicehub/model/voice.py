"""A cloned voice: who it is (embedding), how it speaks (statistics) and its adapter of the base."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from voicehub.errors import CheckpointError, NotFoundError
from voicehub.features.mel import MODEL_MEL
from voicehub.model.adapter import check_adapter, merge_adapter
from voicehub.model.base import Base, file_hash
from voicehub.model.blocks import cast_once
from voicehub.model.generator import Generator
from voicehub.model.packing import pack, unpack, weights
from voicehub.model.prosody import SpeakerStats
from voicehub.speaker.embedding import EMBEDDING_SIZE
from voicehub.text.phonemes import PHONES

FORMAT = 3  # 2: packed; 3: with its timbre
_READABLE = (1, 2, 3)
_SPECTRA = ("timbre", "equaliser")  # by phone
_WEIGHTS, _CARD = "voice.safetensors", "voice.json"


@dataclass(frozen=True)
class VoiceModel:
    """Everything needed to speak as somebody on top of the base checkpoint ``base_id``.

    ``embedding`` is the unit vector (256,). ``adapter`` is empty for a zero-shot voice; for a full fine-tune it
    holds whole weights under ``<parameter>/value``. ``timbre`` (n_phones, n_mels) is its mean log mel of
    each phone, ``equaliser`` of the same shape what the generator lacks of it.
    """

    embedding: NDArray[np.float32]
    stats: SpeakerStats
    base_id: str
    adapter: Mapping[str, Tensor] = field(default_factory=dict)
    timbre: NDArray[np.float32] | None = None
    equaliser: NDArray[np.float32] | None = None

    def who(self, base: Base) -> dict[str, Tensor]:
        """Return what the generator is told of the speaker, as batches of one by the names of ``Controls``."""
        told = {
            "speaker": self.embedding,
            "timbre": self.timbre,
            "equaliser": self.equaliser,
        }
        return {
            name: torch.from_numpy(value)[None].to(base.device)
            for name, value in told.items()
            if value is not None
        }

    def generator(self, base: Base, share: float = 1.0) -> Generator:
        """Return the base generator as this voice, or as far from the base to it as ``share`` says.

        Ready to be called under ``autocast``, and only for that.
        """
        merged = merge_adapter(base.generator, self.adapter, share).eval().requires_grad_(False)
        return cast_once(merged, base.device)


def save_voice(voice: VoiceModel, folder: Path, notes: Mapping[str, Any] | None = None) -> None:
    """Write ``voice.safetensors`` and ``voice.json`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"adapter/{key}": value for key, value in pack(voice.adapter).items()}
    tensors["embedding"] = torch.from_numpy(voice.embedding).float()
    for name in _SPECTRA:
        spectra = getattr(voice, name)
        if spectra is not None:
            tensors[name] = torch.from_numpy(spectra).half()
    save_file(tensors, folder / _WEIGHTS)
    card = {
        "format": FORMAT,
        "base_id": voice.base_id,
        "stats": voice.stats.as_dict(),
        "sha256": file_hash(folder / _WEIGHTS),
        "notes": dict(notes or {}),
    }
    (folder / _CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def load_voice(folder: Path, base: Base) -> VoiceModel:
    """Read a voice made for ``base``; raise ``CheckpointError`` where anything does not fit."""
    path, card_path = folder / _WEIGHTS, folder / _CARD
    for each in (path, card_path):
        if not each.is_file():
            raise NotFoundError(f"no voice in {folder}: {each.name} is not there")
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        stats = SpeakerStats(**card["stats"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{card_path} is not the description of a voice") from error
    if card.get("format") not in _READABLE:
        readable = " or ".join(map(str, _READABLE))
        raise CheckpointError(f"{card_path} has format {card.get('format')!r}, need {readable}")
    if card["base_id"] != base.id:
        raise CheckpointError(
            f"this voice was made for the base checkpoint {card['base_id']}, here is {base.id}; "
            "clone it again from its recordings"
        )
    if file_hash(path) != card["sha256"]:
        raise CheckpointError(f"{path} does not have the hash that voice.json states")
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise CheckpointError(f"{path} is not a safetensors file") from error
    if tensors.get("embedding", torch.empty(0)).shape != (EMBEDDING_SIZE,):
        raise CheckpointError(f"{path} holds no speaker embedding of {EMBEDDING_SIZE} numbers")
    embedding = unpack({"embedding": tensors.pop("embedding")})["embedding"].numpy()
    spectra = {name: tensors.pop(name) for name in _SPECTRA if name in tensors}
    for name, value in spectra.items():
        if value.shape != (len(PHONES), MODEL_MEL.n_mels):
            raise CheckpointError(f"{path} holds {name} of shape {tuple(value.shape)}")
    told = {name: value.numpy() for name, value in unpack(spectra).items()}
    stored = {key.removeprefix("adapter/"): value for key, value in tensors.items()}
    check_adapter(base.generator, weights(stored))  # before it is unpacked, or relied on
    return VoiceModel(embedding, stats, card["base_id"], unpack(stored), **told)
