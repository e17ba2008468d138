"""What a listener to phones would miss, told by the content encoder of a base."""

import numpy as np
import pytest
import torch
from tiny import demo_clips
from torch import Tensor

from voicehub.audio.files import read_audio
from voicehub.features.mel import HOP_LENGTH, log_mel
from voicehub.model.base import load_base
from voicehub.model.encoder import ContentEncoder
from voicehub.settings import CHECKPOINTS
from voicehub.training.content_loss import ContentLoss


@pytest.fixture(scope="module")
def encoder() -> ContentEncoder:
    return load_base(CHECKPOINTS / "base", "cpu").encoder.float()


@pytest.fixture(scope="module")
def speech() -> Tensor:
    """Half a second each of two readers."""
    rows = [
        read_audio(demo_clips(reader)[0]).samples[24_000 : 24_000 + 47 * HOP_LENGTH]
        for reader in ("reader-f", "reader-m")
    ]
    return torch.from_numpy(np.stack(rows))


def test_what_is_said_alike_costs_nothing_and_other_words_most(
    encoder: ContentEncoder, speech: Tensor
) -> None:
    loss = ContentLoss(encoder)
    torch.manual_seed(0)
    hissing = speech + 0.003 * torch.randn(speech.shape)
    costs = [loss(fake, speech).item() for fake in (speech, hissing, speech.flip(1))]
    assert costs[0] == pytest.approx(0.0, abs=1e-5)
    assert costs[0] + 0.01 < costs[1] < costs[2]


def test_it_hears_with_the_features_of_the_encoder(encoder: ContentEncoder, speech: Tensor) -> None:
    loss = ContentLoss(encoder)
    mel = torch.from_numpy(np.stack([log_mel(row) for row in speech.numpy()]))
    with torch.no_grad():
        expected = encoder(encoder.centre(mel), torch.zeros(2, 2, mel.shape[-1]))
        quiet = torch.full_like(speech, 1e-9)
        cost = loss(speech, quiet)
    floor = torch.full_like(mel, float(np.log(1e-5)))
    with torch.no_grad():
        silent = encoder(encoder.centre(floor), torch.zeros(2, 2, mel.shape[-1]))
    log_p, log_q = (each.phones.float().log_softmax(1) for each in (silent, expected))
    divergence = (log_p.exp() * (log_p - log_q)).sum(1).mean()
    distance = (silent.hidden - expected.hidden).abs().mean() / silent.hidden.abs().mean()
    assert float(cost) == pytest.approx(float(divergence + distance), rel=0.05)


def test_it_teaches_the_sound_and_leaves_the_encoder(
    encoder: ContentEncoder, speech: Tensor
) -> None:
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    loss = ContentLoss(encoder)
    torch.manual_seed(0)
    fake = (speech + 0.02 * torch.randn(speech.shape)).requires_grad_()
    optimiser = torch.optim.Adam([fake], 5e-4)
    costs = []
    for _ in range(15):
        optimiser.zero_grad()
        cost = loss(fake, speech)
        cost.backward()
        optimiser.step()
        costs.append(cost.item())
    assert min(costs[-3:]) < 0.7 * costs[0]
    assert all(parameter.grad is None for parameter in encoder.parameters())
    assert all(torch.equal(before[name], value) for name, value in encoder.state_dict().items())
