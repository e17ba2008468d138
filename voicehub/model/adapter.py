"""A voice as a small difference to the generator: low-rank updates of its maps and new biases.

LoRA (Hu et al. 2022): a weight W becomes W + B A with A (rank, in) and B (out, rank). Biases and gains are moved
freely, they are few.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from voicehub.errors import CheckpointError
from voicehub.model.blocks import sharing_copy
from voicehub.model.generator import Generator

RANK = 8
# What all voices share: the meaning of the controls.
_INPUT = ("stem", "speaker_in", "detail", "timbre")


class LowRank(nn.Module):
    """The parametrisation of one weight; starts as no change."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        self.shape = weight.shape
        flat_in = weight[0].numel()
        self.a = nn.Parameter(torch.randn(rank, flat_in) * flat_in**-0.5)
        self.b = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the changed weight."""
        return weight + (self.b @ self.a).view(self.shape)


def adaptable(generator: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the named maps that an adapter changes: all convolutions but those of the input, and the FiLM layer."""
    for name, module in generator.named_modules():
        if name == "film" or (isinstance(module, nn.Conv1d) and not name.startswith(_INPUT)):
            yield name, module


def _vectors(generator: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the biases and gains that an adapter changes."""
    for name, parameter in generator.named_parameters():
        if name.endswith((".bias", ".gain")) and not name.startswith(_INPUT):
            yield name, parameter


def with_adapter(generator: Generator, rank: int = RANK) -> Generator:
    """Return a copy whose only trainable parameters are those of a fresh adapter."""
    tuned = copy.deepcopy(generator).requires_grad_(False)
    for _, module in list(adaptable(tuned)):
        parametrize.register_parametrization(module, "weight", LowRank(module.weight, rank))
    for _, parameter in _vectors(tuned):
        parameter.requires_grad_(True)
    return tuned


def extract_adapter(tuned: Generator) -> dict[str, Tensor]:
    """Return the adapter of a generator made by ``with_adapter``, in half precision."""
    tensors: dict[str, Tensor] = {}
    for name, module in tuned.named_modules():
        if isinstance(module, LowRank):
            key = name.split(".parametrizations.")[0]
            tensors[f"{key}/a"], tensors[f"{key}/b"] = module.a, module.b
    for name, parameter in _vectors(tuned):
        tensors[f"{name}/value"] = parameter
    return {key: value.detach().half().cpu().contiguous().clone() for key, value in tensors.items()}


def merge_adapter(
    generator: Generator, adapter: Mapping[str, Tensor], share: float = 1.0
) -> Generator:
    """Return ``generator`` with ``adapter`` in its weights; the merged one costs nothing extra to run.

    With a ``share`` under 1 it goes only so far from the base to the voice. It shares with ``generator`` all that the
    adapter leaves alone: neither may be trained after.
    """
    if not adapter:
        return generator
    check_adapter(generator, adapter)
    merged: dict[int, Any] = {}
    modules, parameters = dict(generator.named_modules()), dict(generator.named_parameters())
    with torch.no_grad():
        for key, value in adapter.items():
            name, part = key.rsplit("/", 1)
            if part == "a":
                weight = modules[name].weight
                a, b = value.to(weight), adapter[f"{name}/b"].to(weight)
                moved = torch.addmm(weight.flatten(1), b, a, alpha=share).view(weight.shape)
                merged[id(weight)] = nn.Parameter(moved, requires_grad=False)
            elif part == "value":
                old = parameters[name]
                merged[id(old)] = nn.Parameter(old.lerp(value.to(old), share), requires_grad=False)
    return sharing_copy(generator, merged)


def check_adapter(generator: Generator, adapter: Mapping[str, Tensor]) -> None:
    """Raise ``CheckpointError`` unless every tensor has its place and the shape of that place."""
    parameters = dict(generator.named_parameters())
    for key, value in adapter.items():
        name, _, part = key.rpartition("/")
        if part == "value":
            fits = name in parameters and parameters[name].shape == value.shape
        else:
            a, b, weight = adapter.get(f"{name}/a"), adapter.get(f"{name}/b"), f"{name}.weight"
            fits = (
                part in ("a", "b")
                and a is not None
                and b is not None
                and weight in parameters
                and (a.ndim, b.ndim) == (2, 2)
                and a.shape[0] == b.shape[1]
                and a.shape[1] == parameters[weight][0].numel()
                and b.shape[0] == len(parameters[weight])
            )
        if not fits:
            raise CheckpointError(
                f"the voice's adapter does not fit the base checkpoint at {key!r}"
            )
