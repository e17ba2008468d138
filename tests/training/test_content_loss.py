"""What a listener to phones would miss, told by the networks of a base."""

import numpy as np
import pytest
import torch
from tiny import demo_clips
from torch import Tensor

from voicehub.audio.files import read_audio
from voicehub.features.mel import HOP_LENGTH, log_mel
from voicehub.model.analysis import hear
from voicehub.model.base import Base, load_base
from voicehub.settings import CHECKPOINTS
from voicehub.training.content_loss import ContentLoss


@pytest.fixture(scope="module")
def base() -> Base:
    return load_base(CHECKPOINTS / "base", "cpu")


@pytest.fixture(scope="module")
def loss(base: Base) -> ContentLoss:
    assert base.listener is not None
    return ContentLoss(base.encoder, base.listener)


@pytest.fixture(scope="module")
def speech() -> Tensor:
    """Half a second each of two readers."""
    rows = [
        read_audio(demo_clips(reader)[0]).samples[24_000 : 24_000 + 47 * HOP_LENGTH]
        for reader in ("reader-f", "reader-m")
    ]
    return torch.from_numpy(np.stack(rows))


def test_what_is_said_alike_costs_nothing_and_other_words_most(
    loss: ContentLoss, speech: Tensor
) -> None:
    torch.manual_seed(0)
    hissing = speech + 0.003 * torch.randn(speech.shape)
    costs = [loss(fake, speech).item() for fake in (speech, hissing, speech.flip(1))]
    assert costs[0] == pytest.approx(0.0, abs=1e-5)
    assert costs[0] + 0.01 < costs[1] < costs[2]


def test_it_hears_as_the_product_does(base: Base, loss: ContentLoss, speech: Tensor) -> None:
    with torch.no_grad():
        heard = loss.hear(speech)
    for row, samples in enumerate(speech.numpy()):
        mel = log_mel(samples)
        same = hear(base, samples, mel, np.zeros(mel.shape[1], np.float32))
        expected = same.phones.log_softmax(0)
        assert (heard.phones[row].exp() - expected.exp()).abs().mean() < 2e-3
        assert (heard.encoded[row] - same.hidden).abs().mean() < 0.02 * same.hidden.abs().mean()


def test_the_loss_is_a_divergence_and_two_distances(loss: ContentLoss, speech: Tensor) -> None:
    quiet = torch.full_like(speech, 1e-9)
    with torch.no_grad():
        cost = float(loss(speech, quiet))
        fake, real = loss.hear(speech), loss.hear(quiet)
    expected = (real.phones.exp() * (real.phones - fake.phones)).sum(1).mean()
    for one, other in zip(fake[1:], real[1:], strict=True):
        expected = expected + (one - other).abs().mean() / other.abs().mean()
    assert cost == pytest.approx(float(expected), rel=1e-3)


def test_it_teaches_the_sound_and_leaves_what_hears_it(loss: ContentLoss, speech: Tensor) -> None:
    before = {name: value.clone() for name, value in loss.state_dict().items()}
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
    assert all(parameter.grad is None for parameter in loss.parameters())
    assert all(torch.equal(before[name], value) for name, value in loss.state_dict().items())
