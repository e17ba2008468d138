"""The drill of scale: what a swap of voices costs, and what a batch of many voices gains."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from drills.outcome import Options, Outcome, median
from voicehub.model.adapter import extract_adapter, merge_adapter, with_adapter
from voicehub.model.base import load_base
from voicehub.model.device import autocast, precision_name
from voicehub.model.generator import Controls, Generator
from voicehub.model.mixed import MixedGenerator
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel, load_voice, save_voice
from voicehub.services.runtime import BASE_FOLDER
from voicehub.text.phonemes import PHONES

MAX_SWAP_MS, MIN_GAIN = 10.0, 3.0
_VOICES = 16
_FRAMES = 280  # a sentence of three seconds
_TIMES = 5
_FRAME_SECONDS = 256 / 24_000
_SHORT_FRAMES = 28  # a sentence of a third of a second: there a batch has most to gain


def run(options: Options) -> Outcome:
    """Measure with sixteen voices whose adapters are random: the arithmetic is that of real ones."""
    torch.manual_seed(options.seed)
    base = load_base(options.base or BASE_FOLDER, "cpu")
    adapters = [_adapter(base.generator) for _ in range(_VOICES)]
    mixed = MixedGenerator(base.generator)
    merge = _milliseconds(lambda: merge_adapter(base.generator, adapters[0]))
    choose = _milliseconds(lambda: mixed.choose(adapters[:1]))
    batch_choose = _milliseconds(lambda: mixed.choose(adapters))
    with TemporaryDirectory() as name:
        folder = Path(name)
        voice = VoiceModel(
            np.full(256, 1 / 16, np.float32), SpeakerStats(5.0, 0.2, 2.0), base.id, adapters[0]
        )
        save_voice(voice, folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        load = _milliseconds(lambda: load_voice(folder, base))
        cold = _milliseconds(lambda: load_voice(folder, base).generator(base))
    batches = {
        frames: _batch(base.generator, mixed, adapters, frames)
        for frames in (_FRAMES, _SHORT_FRAMES)
    }
    whole = batches[_FRAMES]
    gain = whole["one_by_one_ms"] / whole["mixed_batch_ms"]
    figures = {
        "swap_merge_ms": merge, "swap_choose_ms": choose, "swap_choose_16_ms": batch_choose,
        "load_from_disk_ms": load, "swap_from_disk_ms": cold, "voice_bytes": size,
        "base_bytes": _bytes(base.generator) + _bytes(base.prosody),
        "generator_parameters": sum(each.numel() for each in base.generator.parameters()),
        "three_seconds": whole, "a_third_of_a_second": batches[_SHORT_FRAMES],
        "batch_gain": round(gain, 2), "threads": torch.get_num_threads(),
        "device": str(base.device), "precision": precision_name(base.device),
    }  # fmt: skip
    swap = min(merge, choose)
    verdict = (
        f"a swap takes {merge:.1f} ms merged and {choose:.1f} ms as references (at most "
        f"{MAX_SWAP_MS:.0f}); 16 requests with 16 voices in one batch are {gain:.2f} times as fast "
        f"as one by one (bar {MIN_GAIN:.0f}), on {base.device} with "
        f"{torch.get_num_threads()} threads"
    )
    return Outcome(figures, swap <= MAX_SWAP_MS and gain >= MIN_GAIN, verdict)


def _batch(
    generator: Generator,
    mixed: MixedGenerator,
    adapters: Sequence[dict[str, torch.Tensor]],
    frames: int,
) -> dict[str, float]:
    """Return the times of sixteen sentences: each with its merged voice, and all in one batch."""
    controls = _controls(_VOICES, frames)
    ones = [
        Controls(
            controls.content[k : k + 1], controls.f0[k : k + 1], controls.energy[k : k + 1],
            controls.speaker[k : k + 1],
        )
        for k in range(_VOICES)
    ]  # fmt: skip
    merged = merge_adapter(generator, adapters[0])  # one is as fast as another

    def one_by_one() -> None:
        for each in ones:
            merged(each)

    mixed.choose(adapters)
    with torch.inference_mode(), autocast(torch.device("cpu")):
        alone = _milliseconds(one_by_one)
        together = _milliseconds(lambda: mixed(controls))
        same = _milliseconds(lambda: merged(controls))
    spoken = _VOICES * frames * _FRAME_SECONDS
    return {
        "one_by_one_ms": alone, "mixed_batch_ms": together, "one_voice_batch_ms": same,
        "gain": round(alone / together, 2),
        "one_by_one_times_real_time": round(spoken / alone * 1e3, 1),
        "mixed_times_real_time": round(spoken / together * 1e3, 1),
    }  # fmt: skip


def _adapter(generator: Generator) -> dict[str, torch.Tensor]:
    tuned = with_adapter(generator)
    with torch.no_grad():
        for parameter in tuned.parameters():
            if parameter.requires_grad:
                parameter.add_(0.01 * torch.randn_like(parameter))
    return extract_adapter(tuned)


def _controls(batch: int, frames: int) -> Controls:
    return Controls(
        torch.softmax(torch.randn(batch, len(PHONES), frames), 1),
        100 + 50 * torch.rand(batch, frames),
        torch.randn(batch, frames) - 4,
        torch.nn.functional.normalize(torch.randn(batch, 256), dim=1),
    )


def _milliseconds(act: Callable[[], object]) -> float:
    """Return the middle of several times, after one that warms up."""
    act()
    times = []
    for _ in range(_TIMES):
        # The processor's own time: the drill may share it, and a machine for serving would not.
        began = time.process_time()
        act()
        times.append(1e3 * (time.process_time() - began))
    return round(median(times), 3)


def _bytes(network: torch.nn.Module) -> int:
    return sum(each.numel() * each.element_size() for each in network.parameters())
