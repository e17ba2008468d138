"""Is this installation well: versions, device, checkpoint, database, and a word really spoken."""

import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from voicehub import __version__
from voicehub.errors import VoiceHubError
from voicehub.services.runtime import Runtime

Report = Callable[[float, str], None]

_PACKAGES = (
    "torch", "numpy", "scipy", "librosa", "soundfile", "soxr", "safetensors", "onnxruntime",
    "silero-vad", "gradio", "sqlite-utils", "pypinyin",
)  # fmt: skip
_OPTIONAL_PACKAGES = ("pocketsphinx", "speechmos", "jiwer")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(runtime: Runtime, report: Report) -> list[Check]:
    """Run every check; one that fails does not keep the others from running."""
    steps: dict[str, Callable[[Runtime], str]] = {
        "version": lambda _: f"voicehub {__version__}, Python {platform.python_version()}",
        "packages": _packages,
        "optional packages": _optional_packages,
        "ffmpeg": _ffmpeg,
        "device": _device,
        "home": lambda r: str(r.home),
        "database": _database,
        "voices": _voices,
        "base checkpoint": _base,
        "self-test": _self_test,
    }
    checks = []
    for number, (name, step) in enumerate(steps.items()):
        report(number / len(steps), name)
        try:
            checks.append(Check(name, True, step(runtime)))
        except VoiceHubError as error:
            checks.append(Check(name, False, str(error)))
    return checks


def _packages(runtime: Runtime) -> str:
    found = _versions(_PACKAGES)
    missing = [name for name in _PACKAGES if name not in found]
    if missing:
        raise VoiceHubError(f"not installed: {', '.join(missing)}; install requirements.txt")
    return _listed(found)


def _optional_packages(runtime: Runtime) -> str:
    found = _versions(_OPTIONAL_PACKAGES)
    missing = [name for name in _OPTIONAL_PACKAGES if name not in found]
    note = f"; without {', '.join(missing)} `evaluate` does not run" if missing else ""
    return _listed(found) + note


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items()) or "none"


def _ffmpeg(runtime: Runtime) -> str:
    return shutil.which("ffmpeg") or "not installed; M4A and WebM cannot be read, all else can"


def _device(runtime: Runtime) -> str:
    import torch

    from voicehub.model.device import pick_device, precision_name

    device = pick_device(runtime.device)
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name()}), {precision_name(device)}"
    return f"cpu, {torch.get_num_threads()} threads, {precision_name(device)}"


def _database(runtime: Runtime) -> str:
    problems = runtime.store.database.problems()
    if problems:
        raise VoiceHubError(f"{runtime.store.database.path}: {'; '.join(problems[:5])}")
    return f"{runtime.store.database.path}, integrity and foreign keys in order"


def _voices(runtime: Runtime) -> str:
    """Compare every voice's weights with the hash that was recorded."""
    from voicehub.model.base import file_hash

    voices = runtime.store.voices()
    for voice in voices:
        weights = runtime.home / voice.folder / "voice.safetensors"
        if not weights.is_file():
            raise VoiceHubError(f"the weights of {voice.name!r} are missing: {weights}")
        if file_hash(weights) != voice.sha256:
            raise VoiceHubError(f"the weights of {voice.name!r} were changed: {weights}")
    return f"{len(voices)}, all weights as recorded"


def _base(runtime: Runtime) -> str:
    from voicehub.model.base import file_hash

    base = runtime.base
    hashes = [
        f"{path.stem} {file_hash(path)[:12]}" for path in sorted(base.folder.glob("*.safetensors"))
    ]
    return f"{base.folder}, id {base.id}: {', '.join(hashes)}"


def _self_test(runtime: Runtime) -> str:
    from voicehub.services.speech import self_test

    began = time.perf_counter()
    seconds = self_test(runtime)
    spent = time.perf_counter() - began
    return f"spoke {seconds:.2f} s in {spent:.2f} s, first time and all"
