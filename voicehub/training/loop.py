"""What all training stages share: schedule, averaging over processes, log file, resumable loop."""

import copy
import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer

from voicehub.training.state import load_state, save_state

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class LoopOptions:
    """Length of a stage and how often it validates (steps) and saves (seconds)."""

    steps: int
    validate_every: int = 250
    save_seconds: float = 120.0
    seed: int = 0


class Stage(Protocol):
    """One trainable part of the model."""

    name: str

    def modules(self) -> Mapping[str, nn.Module]:
        """Return everything a checkpoint must hold."""

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return the optimisers by name."""

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step and return its losses."""

    def validate(self, step: int) -> dict[str, float]:
        """Return scores on held-out speakers."""


def learning_rate(step: int, steps: int, peak: float, warm_up: int = 200) -> float:
    """Return a linear warm-up followed by a cosine fall to 2 % of ``peak``."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    progress = (step - warm_up) / max(1, steps - warm_up)
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def set_learning_rate(optimiser: Optimizer, value: float) -> None:
    """Set the rate of every parameter group."""
    for group in optimiser.param_groups:
        group["lr"] = value


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Average gradients over the processes of ``torchrun``; nothing to do in a single process."""
    if not dist.is_initialized():
        return
    for parameter in parameters:
        if parameter.grad is not None:
            dist.all_reduce(parameter.grad, op=dist.ReduceOp.AVG)


def world() -> tuple[int, int]:
    """Return (rank, number of processes)."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


class Average:
    """Exponential moving average of a module's weights, kept in a copy that only evaluates."""

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.module = copy.deepcopy(module).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards the weights of ``module``; faster in the first steps."""
        decay = min(self.decay, (1 + step) / (10 + step))
        slow, fast = list(self.module.parameters()), list(module.parameters())
        torch._foreach_lerp_(slow, fast, 1 - decay)


def run_stage(stage: Stage, folder: Path, options: LoopOptions, report: Report) -> None:
    """Train ``stage`` to its last step, resuming from ``folder`` and logging there a line a report."""
    state = folder / f"{stage.name}.state.safetensors"
    modules, optimisers = stage.modules(), stage.optimisers()
    start = load_state(state, modules, optimisers) if state.exists() else 0
    rank, _ = world()
    began = saved = time.monotonic()
    sums: dict[str, float] = {}
    for step in range(start, options.steps):
        torch.manual_seed(options.seed * 1_000_003 + step)
        for key, value in stage.train_step(step).items():
            sums[key] = sums.get(key, 0.0) + value
        done = step + 1
        if done % 50 == 0 and rank == 0:
            seconds = (time.monotonic() - began) / (done - start)
            means = {key: value / 50 for key, value in sums.items()}
            sums = {}
            _log(folder, stage.name, {"step": done, "seconds_per_step": seconds} | means)
            left = seconds * (options.steps - done)
            place = f"{stage.name} {done}/{options.steps}"
            report(done / options.steps, f"{place} {_show(means)}, {left / 60:.1f} min left")
        if rank == 0 and (done % options.validate_every == 0 or done == options.steps):
            scores = stage.validate(done)
            _log(folder, stage.name, {"step": done, "validation": scores})
            report(done / options.steps, f"{stage.name} {done} validation {_show(scores)}")
        if rank == 0 and (time.monotonic() - saved > options.save_seconds or done == options.steps):
            save_state(state, modules, optimisers, done)
            saved = time.monotonic()


def _show(values: Mapping[str, float]) -> str:
    return " ".join(f"{key} {value:.4g}" for key, value in values.items())


def _log(folder: Path, name: str, row: dict[str, Any]) -> None:
    with (folder / f"{name}.log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def clip_and_step(optimiser: Optimizer, module: nn.Module, limit: float) -> Tensor:
    """Average and clip the gradients, step, and return their norm before clipping."""
    average_gradients(module.parameters())
    norm = nn.utils.clip_grad_norm_(module.parameters(), limit)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return norm
