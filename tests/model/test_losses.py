import math

import pytest
import torch

from voicehub.errors import SettingsError
from voicehub.model.losses import (
    discriminator_loss,
    feature_matching_loss,
    generator_loss,
    spectral_loss,
)


def _logits(*values: float) -> list[torch.Tensor]:
    return [torch.tensor(values, dtype=torch.float32)]


def test_least_squares_by_hand():
    assert discriminator_loss(_logits(0, 2), _logits(1, 0), "least_squares").item() == 2.5
    assert generator_loss(_logits(0, 2), "least_squares").item() == 1.0


def test_hinge_by_hand():
    assert discriminator_loss(_logits(0, 2), _logits(1, 0), "hinge").item() == 2.5
    assert generator_loss(_logits(0, 2), "hinge").item() == -1.0


def test_classic_pair_by_hand():
    # At logit 0, D is 1/2 everywhere: L_D = -log 1/2 - log 1/2 and L_G = -log 1/2.
    assert discriminator_loss(_logits(0), _logits(0), "classic").item() == pytest.approx(
        2 * math.log(2)
    )
    assert generator_loss(_logits(0), "classic").item() == pytest.approx(math.log(2))


def test_unknown_kind_is_named():
    with pytest.raises(SettingsError, match="wasserstein"):
        generator_loss(_logits(0), "wasserstein")


def test_feature_matching_is_zero_for_equal_maps_and_relative():
    real = [[torch.full((2, 3), 2.0)]]
    assert feature_matching_loss(real, real).item() == 0
    assert feature_matching_loss([[torch.full((2, 3), 3.0)]], real).item() == pytest.approx(0.5)


def test_spectral_loss_of_a_signal_with_itself_is_zero():
    samples = torch.randn(2, 6000, generator=torch.Generator().manual_seed(0)) * 0.1
    loss, _ = spectral_loss(samples, samples, torch.full((2,), 12_000.0))
    assert loss.item() == 0


def test_spectral_loss_ignores_what_lies_above_the_bandwidth():
    time = torch.arange(12_000) / 24_000
    noise = 0.01 * torch.randn(1, 12_000, generator=torch.Generator().manual_seed(0))
    low = 0.1 * torch.sin(2 * math.pi * 1000 * time)[None] + noise
    both = low + 0.1 * torch.sin(2 * math.pi * 10_000 * time)[None]
    inside, _ = spectral_loss(both[:, 3000:9000], low[:, 3000:9000], torch.tensor([12_000.0]))
    masked, _ = spectral_loss(both[:, 3000:9000], low[:, 3000:9000], torch.tensor([7600.0]))
    assert masked < 0.1 * inside
