"""Resumable training state in one safetensors file: weights, optimiser moments and the step.

Batches and dropout are seeded by (seed, step), so a resumed run goes on exactly as an uninterrupted one.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from voicehub.errors import CheckpointError


def save_state(
    path: Path, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer], step: int
) -> None:
    """Write everything to ``path``, whole or not at all."""
    tensors: dict[str, Tensor] = {}
    for name, module in modules.items():
        for key, value in module.state_dict().items():
            tensors[f"module/{name}/{key}"] = value.detach().clone().contiguous()
    for name, optimiser in optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            for key, value in moments.items():
                tensor = value if isinstance(value, Tensor) else torch.tensor(float(value))
                tensors[f"optimiser/{name}/{index}/{key}"] = tensor.detach().clone().contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    save_file(tensors, partial, metadata={"state": json.dumps({"step": step})})
    partial.rename(path)


def load_state(
    path: Path, modules: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]
) -> int:
    """Fill ``modules`` and ``optimisers`` from ``path`` and return the step."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    if "state" not in metadata:
        raise CheckpointError(f"{path} holds no training state")
    for name, module in modules.items():
        prefix = f"module/{name}/"
        values = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        module.load_state_dict(values)
    for name, optimiser in optimisers.items():
        _load_optimiser(optimiser, tensors, f"optimiser/{name}/")
    return int(json.loads(metadata["state"])["step"])


def _load_optimiser(optimiser: Optimizer, tensors: Mapping[str, Tensor], prefix: str) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(prefix):
            index, moment = key.removeprefix(prefix).split("/")
            state.setdefault(int(index), {})[moment] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
