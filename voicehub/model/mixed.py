"""Many voices in one batch: the base's weights once, and each sample's own low-rank difference beside.

Choosing voices moves only references, so a swap costs nothing; in exchange every map computes
``W x + B (A x)``, about 5 % more arithmetic at rank 8 than with merged weights.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicehub.errors import CheckpointError
from voicehub.model.adapter import adaptable
from voicehub.model.blocks import ChannelNorm, FrameConv, sharing_copy
from voicehub.model.generator import Controls, Generator

Adapter = Mapping[str, Tensor]


class MixedGenerator:
    """The generator for a batch whose samples are spoken by different voices."""

    def __init__(self, generator: Generator) -> None:
        self.network: Generator = sharing_copy(generator)
        self._maps: dict[str, _Mixed] = {}
        names = {name for name, _ in adaptable(generator)}
        for name, module in list(self.network.named_modules()):
            kind = _KINDS.get(type(module))
            if kind is not None and (name in names or kind is _MixedNorm):
                mixed = self._maps[name] = kind(module)
                parent, _, child = name.rpartition(".")
                setattr(self.network.get_submodule(parent), child, mixed)

    def choose(self, adapters: Sequence[Adapter]) -> None:
        """Let sample ``k`` of the next batches be spoken by ``adapters[k]``; empty is the base itself.

        Raises ``CheckpointError`` for a voice all of whose weights were tuned.
        """
        known = {f"{name}/{part}" for name in self._maps for part in ("a", "b")}
        known |= {f"{name}.{part}/value" for name in self._maps for part in ("bias", "gain")}
        for adapter in adapters:
            if set(adapter) - known:
                raise CheckpointError("only voices with a low-rank adapter share a batch")
        for name, mixed in self._maps.items():
            mixed.choose(name, adapters)

    @torch.inference_mode()
    def __call__(self, controls: Controls, seed: torch.Generator | None = None) -> Tensor:
        """Return samples, (batch, (frames - 1) * 256)."""
        samples: Tensor = self.network(controls, seed)
        return samples


class _Mixed(nn.Module):
    """A map of the base with a difference for each sample."""

    vector = "bias"

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base: Any = base
        self.a = torch.empty(0)  # (batch, rank, in * kernel)
        self.b = torch.empty(0)  # (batch, out, rank)
        self.value = torch.empty(0)  # (batch, out, 1), in place of the base's

    def choose(self, name: str, adapters: Sequence[Adapter]) -> None:
        weight = getattr(self.base, "weight", None)
        own = getattr(self.base, self.vector)
        pairs = [(each.get(f"{name}/a"), each.get(f"{name}/b")) for each in adapters]
        if weight is not None:
            rank = max((a.shape[0] for a, _ in pairs if a is not None), default=0)
            flat = weight.flatten(1)
            self.a = torch.stack([_padded(a, (rank, flat.shape[1]), flat) for a, _ in pairs])
            self.b = torch.stack([_padded(b, (flat.shape[0], rank), flat) for _, b in pairs])
        key = f"{name}.{self.vector}/value"
        values = [
            each[key].to(own).view(-1, 1) if key in each else own.view(-1, 1) for each in adapters
        ]
        self.value = torch.stack(values)


class _MixedConv(_Mixed):
    def choose(self, name: str, adapters: Sequence[Adapter]) -> None:
        super().choose(name, adapters)
        (kernel,) = self.base.kernel_size  # in the order of ``FrameConv.rows``
        self.a = self.a.unflatten(2, (-1, kernel)).transpose(2, 3).flatten(2)

    def forward(self, x: Tensor) -> Tensor:
        rows = self.base.rows(x)
        y = functional.linear(rows, self.base.matrix().to(x.dtype))
        low = torch.bmm(rows, self.a.to(x.dtype).transpose(1, 2))
        own = y + self.value.to(y.dtype).transpose(1, 2)
        return torch.baddbmm(own, low, self.b.to(x.dtype).transpose(1, 2)).transpose(1, 2)


class _MixedLinear(_Mixed):
    def forward(self, x: Tensor) -> Tensor:
        y = functional.linear(x, self.base.weight.to(x.dtype))
        low = torch.bmm(self.a.to(x.dtype), x.unsqueeze(2))
        return y + (torch.bmm(self.b.to(x.dtype), low) + self.value.to(x.dtype)).squeeze(2)


class _MixedNorm(_Mixed):
    vector = "gain"

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.rsqrt(x.float().square().mean(1, keepdim=True) + 1e-5)
        return x * scale.to(x.dtype) * self.value.to(x.dtype)


_KINDS: dict[type, type[_Mixed]] = {
    FrameConv: _MixedConv, nn.Linear: _MixedLinear, ChannelNorm: _MixedNorm,
}  # fmt: skip


def _padded(value: Tensor | None, shape: tuple[int, int], like: Tensor) -> Tensor:
    """Return ``value`` with zeros up to ``shape``: where there is no difference, none is added."""
    full = like.new_zeros(shape)
    if value is not None:
        if value.shape[0] > shape[0] or value.shape[1] > shape[1]:
            raise CheckpointError("the voice's adapter does not fit the base checkpoint")
        full[: value.shape[0], : value.shape[1]] = value.to(full)
    return full
