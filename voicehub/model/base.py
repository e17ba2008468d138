"""The base checkpoint: the networks that all voices share, as safetensors with a JSON beside."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from voicehub.errors import CheckpointError, NotFoundError
from voicehub.model.blocks import cast_once
from voicehub.model.detail import DetailConfig, DetailModel
from voicehub.model.device import pick_device
from voicehub.model.discriminators import DiscriminatorConfig, Discriminators
from voicehub.model.encoder import ContentEncoder, EncoderConfig
from voicehub.model.generator import Generator, GeneratorConfig
from voicehub.model.listener import Listener, ListenerConfig
from voicehub.model.packing import pack, unpack, weights
from voicehub.model.prosody import ProsodyConfig, ProsodyModel
from voicehub.settings import CHECKPOINTS
from voicehub.text.phonemes import PHONES

FORMAT = 4  # 2: the detail of content has a network of its own; 3: packed; 4: a listener
_READABLE = (2, 3, 4)
_PARTS: dict[str, tuple[type, type]] = {
    "encoder": (ContentEncoder, EncoderConfig),
    "listener": (Listener, ListenerConfig),
    "detail": (DetailModel, DetailConfig),
    "prosody": (ProsodyModel, ProsodyConfig),
    "generator": (Generator, GeneratorConfig),
    "discriminators": (Discriminators, DiscriminatorConfig),
}
_SPEAKING = ("encoder", "listener", "detail", "prosody", "generator")  # what every voice needs
_BEFORE = {  # what was not yet written down
    "generator": {"timbre": False},
    "discriminators": {"mel_channels": ()},
}
_LATER = ("listener",)  # not in bases of before


@dataclass(frozen=True)
class Base:
    """The loaded networks, in evaluation mode and without gradients; ``id`` is a hash of their weights.

    All but the generator, which is tuned, are to be called under ``autocast``: see ``in_bfloat16``.
    Bases of format 3 and before have no listener: there the content encoder's own phones serve.
    """

    encoder: ContentEncoder
    listener: Listener | None
    detail: DetailModel
    prosody: ProsodyModel
    generator: Generator
    id: str
    folder: Path
    device: torch.device

    def load_discriminators(self) -> Discriminators:
        """Return the discriminators, needed only where a voice is tuned against them."""
        config = _read_config(self.folder)
        return _load_part(self.folder, "discriminators", config).to(self.device)


def load_base(folder: Path = CHECKPOINTS / "base", device: str = "auto") -> Base:
    """Load the base checkpoint; raise ``CheckpointError`` where anything does not fit."""
    config = _read_config(folder)
    place = pick_device(device)
    parts = {
        name: _ready(name, _load_part(folder, name, config), place)
        for name in _SPEAKING
        if name in config["parts"] or name not in _LATER
    }
    return Base(**{"listener": None} | parts, id=config["id"], folder=folder, device=place)


def _ready(name: str, part: nn.Module, place: torch.device) -> nn.Module:
    """Return ``part`` on ``place`` for use alone, its weights cast once where that is how it is called."""
    part.to(place).eval().requires_grad_(False)
    return part if name == "generator" else cast_once(part, place)


def has_part(folder: Path, name: str) -> bool:
    """Return whether the base checkpoint in ``folder`` has a network of that name."""
    return name in _read_config(folder)["parts"]


def load_part(folder: Path, name: str) -> Any:
    """Return one network of the base checkpoint in ``folder``: a part of the config by that name."""
    return _load_part(folder, name, _read_config(folder))


def save_base(folder: Path, modules: Mapping[str, nn.Module], notes: Mapping[str, Any]) -> None:
    """Write ``modules``, one for each part, packed, with their JSON; a listener may be missing."""
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {"format": FORMAT, "phones": list(PHONES), "parts": {}}
    for name in (part for part in _PARTS if part in modules or part not in _LATER):
        module = modules[name]
        path = folder / f"{name}.safetensors"
        save_file(pack(module.state_dict()), path)
        config["parts"][name] = {
            "config": asdict(module.config),
            "sha256": file_hash(path),
            "parameters": sum(p.numel() for p in module.parameters()),
        }
    parts = config["parts"]
    joined = "".join(parts[name]["sha256"] for name in _SPEAKING if name in parts)
    config["id"] = hashlib.sha256(joined.encode()).hexdigest()[:16]
    config["notes"] = dict(notes)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def file_hash(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise NotFoundError(f"no base checkpoint in {folder}: config.json is not there")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} is not JSON") from error
    if config.get("format") not in _READABLE:
        readable = " and ".join(map(str, _READABLE))
        raise CheckpointError(
            f"{path} has format {config.get('format')!r}, this version reads {readable}"
        )
    if tuple(config.get("phones", ())) != PHONES:
        raise CheckpointError(f"{path} was made for another phoneme inventory")
    return config


def _load_part(folder: Path, name: str, config: Mapping[str, Any]) -> Any:
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        raise NotFoundError(f"no base checkpoint in {folder}: {path.name} is not there")
    described = config["parts"][name]
    if file_hash(path) != described["sha256"]:
        raise CheckpointError(f"{path} does not have the hash that config.json states")
    module_class, config_class = _PARTS[name]
    values: dict[str, Any] = _BEFORE.get(name, {}) | {
        k: tuple(v) if isinstance(v, list) else v for k, v in described["config"].items()
    }
    misfit = f"{path} does not fit the networks of this version"
    try:
        module = module_class(config_class(**values))
        stored = load_file(path)
    except (SafetensorError, RuntimeError, TypeError) as error:
        raise CheckpointError(misfit) from error
    if _shapes(weights(stored)) != _shapes(module.state_dict()):
        raise CheckpointError(misfit)
    module.load_state_dict(unpack(stored))
    return module


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items()}
