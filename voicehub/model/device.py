"""Where networks run, and in which precision."""

from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import torch

from voicehub.errors import SettingsError


def pick_device(name: str = "auto") -> torch.device:
    """Return the device for ``auto``, ``cpu`` or ``cuda``; auto is CUDA where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name not in ("cpu", "cuda"):
        raise SettingsError(f"need a device out of auto, cpu, cuda, got {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError("device cuda was asked for, but this machine has no usable GPU")
    return torch.device(name)


@lru_cache(maxsize=1)
def cpu_has_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 itself: emulated, it is slower than float32."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def precision_name(device: torch.device) -> str:
    """Return the precision the networks run in on ``device``."""
    fast = device.type == "cuda" or cpu_has_bfloat16()
    return "bfloat16" if fast else "float32"


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """Return the autocast context of ``device``: bfloat16 where it is in hardware."""
    if precision_name(device) == "float32":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)
