"""Weights on disk as whole numbers of eight bits, with a scale for each row: half of what half precision takes.

Symmetric and by the largest value of a row, after Krishnamoorthi, "Quantizing deep convolutional networks for
efficient inference" (2018). Networks never see it: what is read is float32 again.

``<name>`` is stored as int8 and ``<name>/scale`` as float16. The scale's shape says what it scales: (n, 1, ...) each
row, (1, n) each column. What stays in half precision has no scale, as in files from before there was any.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from voicehub.errors import CheckpointError

SCALE = "/scale"
# In half precision stays what is small, and a matrix that would change by more: a row of it mixes large and small.
MIN_VALUES = 1024
MAX_ERROR = 0.015  # root mean square, against that of the matrix
_SHORT_ROW = 32  # values, under which a scale for each row would weigh too much
_LARGEST = 127
_PLAIN = (torch.float16, torch.float32)


def pack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return ``state`` as it is stored, on the CPU; raise ``CheckpointError`` for what is not finite."""
    stored: dict[str, Tensor] = {}
    for name, value in state.items():
        stored |= _packed(name, value.detach().float().cpu())
    _check_finite(stored)
    return stored


def unpack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights in float32; raise ``CheckpointError`` where they are not stored as they should be."""
    names = weights(tensors)
    _check_finite(tensors)
    return {
        name: value * tensors[name + SCALE].float() if value.dtype == torch.int8 else value.float()
        for name, value in names.items()
    }


def weights(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what ``unpack`` will return, in its shapes but as it is stored, so that these can be checked first.

    Raises ``CheckpointError`` for a wrong type, and for a scale that is missing, of a wrong shape or of nothing.
    """
    for name, value in tensors.items():
        if name.endswith(SCALE):
            scaled = tensors.get(name.removesuffix(SCALE))
            if scaled is None or scaled.dtype != torch.int8:
                raise CheckpointError(f"{name!r} is the scale of nothing that needs one")
        elif value.dtype == torch.int8:
            _check_scale(name, value, tensors.get(name + SCALE))
        elif value.dtype not in _PLAIN:
            raise CheckpointError(f"{name!r} is stored as {value.dtype}, which no weight is")
    return {name: value for name, value in tensors.items() if not name.endswith(SCALE)}


def _packed(name: str, value: Tensor) -> dict[str, Tensor]:
    plain = {name: value.half().contiguous()}
    if value.ndim < 2 or value.numel() < MIN_VALUES:
        return plain
    axis = 1 if value.ndim == 2 and value.shape[1] < _SHORT_ROW else 0
    others = [each for each in range(value.ndim) if each != axis]
    scale = (value.abs().amax(others, keepdim=True) / _LARGEST).half()
    step = scale.float()
    whole = torch.where(step > 0, value / step, 0.0).round().clamp(-_LARGEST, _LARGEST)
    lost = (whole * step - value).square().sum()
    if lost > MAX_ERROR**2 * value.square().sum():
        return plain
    return {name: whole.to(torch.int8).contiguous(), name + SCALE: scale}


def _check_scale(name: str, value: Tensor, scale: Tensor | None) -> None:
    if scale is None:
        raise CheckpointError(f"{name!r} is stored as whole numbers, and its scale is missing")
    if scale.dtype != torch.float16:
        raise CheckpointError(f"the scale of {name!r} is stored as {scale.dtype}, not float16")
    if value.ndim < 2:
        raise CheckpointError(f"{name!r} is stored as whole numbers, and is no matrix")
    rows = (value.shape[0], *[1] * (value.ndim - 1))
    columns = (1, value.shape[1]) if value.ndim == 2 else rows
    if tuple(scale.shape) not in (rows, columns):
        raise CheckpointError(
            f"the scale of {name!r} has the shape {tuple(scale.shape)}, need {rows} or {columns}"
        )


def _check_finite(tensors: Mapping[str, Tensor]) -> None:
    for name, value in tensors.items():
        if value.dtype != torch.int8 and not value.isfinite().all():
            raise CheckpointError(f"{name!r} holds values that are not numbers")
