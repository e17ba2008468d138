import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.optim import AdamW

from voicehub.errors import CheckpointError
from voicehub.training.loop import LoopOptions, clip_and_step, learning_rate, run_stage
from voicehub.training.state import load_state, save_state


class Toy:
    """A regression with dropout: everything that a resumed run has to get right."""

    name = "toy"

    def __init__(self):
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 1))
        self.optimiser = AdamW(self.net.parameters(), 1e-2)

    def modules(self):
        return {"net": self.net}

    def optimisers(self):
        return {"net": self.optimiser}

    def train_step(self, step):
        rng = np.random.default_rng((0, step))
        x = torch.from_numpy(rng.standard_normal((16, 4)).astype(np.float32))
        loss = functional.mse_loss(self.net(x), x.sum(1, keepdim=True))
        loss.backward()
        clip_and_step(self.optimiser, self.net, 1.0)
        return {"loss": loss.item()}

    def validate(self, step):
        return {}


def _run(folder, steps):
    stage = Toy()
    folder.mkdir(exist_ok=True)
    run_stage(stage, folder, LoopOptions(steps), lambda fraction, message: None)
    return stage.net.state_dict()


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(tmp_path):
    whole = _run(tmp_path / "whole", 20)
    _run(tmp_path / "parts", 7)
    resumed = _run(tmp_path / "parts", 20)
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_a_file_without_state_is_refused(tmp_path):
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    with pytest.raises(CheckpointError, match="no training state"):
        load_state(tmp_path / "x.safetensors", {}, {})


def test_state_is_written_whole_or_not_at_all(tmp_path):
    stage = Toy()
    save_state(tmp_path / "s.safetensors", stage.modules(), stage.optimisers(), 3)
    assert [p.name for p in tmp_path.iterdir()] == ["s.safetensors"]
    assert load_state(tmp_path / "s.safetensors", stage.modules(), stage.optimisers()) == 3


def test_learning_rate_warms_up_and_falls():
    rates = [learning_rate(step, 1000, 1.0, 100) for step in (0, 99, 100, 550, 1000)]
    assert rates == pytest.approx([0.01, 1.0, 1.0, 0.51, 0.02])
