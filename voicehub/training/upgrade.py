"""``python -m voicehub.training.upgrade OLD NEW``: a base checkpoint of an earlier format in that of today.

One of format 2 is packed and speaks as before, under another ``id``: voices made with the old one are cloned again.
One of format 1 becomes one to go on training from. It kept the tap of the content detail within the generator, 16
channels of it. They become the first channels of the detail model; the others start at nothing, as does what text has
of it. Until it is trained it cannot speak well.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from voicehub.errors import CheckpointError
from voicehub.model.base import load_part, save_base
from voicehub.model.detail import DetailConfig, DetailModel
from voicehub.model.discriminators import DiscriminatorConfig, Discriminators
from voicehub.model.encoder import ContentEncoder, EncoderConfig
from voicehub.model.generator import Generator, GeneratorConfig
from voicehub.model.prosody import ProsodyConfig, ProsodyModel


def upgrade(old: Path, new: Path) -> None:
    """Write the networks of ``old``, format 1 or 2, to ``new`` in the format of today."""
    config = json.loads((old / "config.json").read_text(encoding="utf-8"))
    if config.get("format") not in (1, 2):
        raise CheckpointError(f"{old} has format {config.get('format')!r}, 1 and 2 are upgraded")
    if config["format"] == 1:
        modules, notes = _with_detail(old), {}
    else:
        modules, notes = {part: load_part(old, part) for part in config["parts"]}, config["notes"]
    save_base(new, modules, notes | {"upgraded": config["id"]})


def _with_detail(old: Path) -> dict[str, nn.Module]:
    torch.manual_seed(0)
    modules: dict[str, nn.Module] = {
        "encoder": ContentEncoder(EncoderConfig()),
        "prosody": ProsodyModel(ProsodyConfig()),
        "discriminators": Discriminators(DiscriminatorConfig()),
    }
    for name, module in modules.items():
        module.load_state_dict(_weights(old, name))
    weights = _weights(old, "generator")
    detail, generator = DetailModel(DetailConfig()), Generator(GeneratorConfig())
    taken = _move_tap(weights, detail, generator)
    generator.load_state_dict(weights | taken)
    return modules | {"detail": detail, "generator": generator}


def _weights(old: Path, name: str) -> dict[str, Tensor]:
    return {key: value.float() for key, value in load_file(old / f"{name}.safetensors").items()}


@torch.no_grad()
def _move_tap(
    weights: dict[str, Tensor], detail: DetailModel, generator: Generator
) -> Mapping[str, Tensor]:
    """Take the tap out of the generator's ``weights``; return what listens to it there, widened."""
    detail.norm.gain.copy_(weights.pop("detail_norm.gain"))
    tap: Tensor = weights.pop("detail_in.weight")
    detail.tap.weight[: len(tap)] = tap
    listening: Any = torch.zeros_like(generator.detail_out.weight)
    listening[:, : len(tap)] = weights.pop("detail_out.weight")
    return {"detail_out.weight": listening}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parsed = parser.parse_args(arguments)
    upgrade(parsed.old, parsed.new)


if __name__ == "__main__":
    main()
