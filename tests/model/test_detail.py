import numpy as np
import pytest
import torch

from voicehub.model.detail import (
    UNKNOWN_ACCENT,
    UNKNOWN_LANGUAGE,
    DetailConfig,
    DetailModel,
    Spelling,
    places,
)
from voicehub.model.generator import Controls, Generator, GeneratorConfig
from voicehub.model.prosody import expand
from voicehub.text.phonemes import PHONES

SIZES = DetailConfig(heard_width=12, detail_width=6, width=24, hidden=48, n_blocks=2)


def _spelling(phones: torch.Tensor) -> Spelling:
    return Spelling(
        phones,
        torch.full_like(phones, UNKNOWN_ACCENT),
        torch.full_like(phones, UNKNOWN_LANGUAGE),
        torch.ones_like(phones),
        torch.full(phones.shape, -3.0),
    )


def test_places_agree_with_durations_where_neighbours_differ():
    durations = torch.tensor([[2, 3, 1]])
    _, expected = expand(durations)
    phones = torch.tensor([[4, 4, 9, 9, 9, 4]])
    torch.testing.assert_close(places(phones), expected)


def test_places_of_one_long_phone_run_from_end_to_end():
    gone, to_come, length = places(torch.zeros(1, 4, dtype=torch.long))[0]
    assert gone.tolist() == pytest.approx([0.125, 0.375, 0.625, 0.875])
    assert (gone + to_come).tolist() == pytest.approx([1.0] * 4)
    assert length.tolist() == pytest.approx([np.log(4) - 2] * 4)


def test_both_details_are_bounded_and_an_unfitted_tap_hears_nothing():
    torch.manual_seed(0)
    model = DetailModel(SIZES).eval()
    assert not model.heard(torch.randn(2, 12, 9)).any()
    spoken = model.spoken(_spelling(torch.randint(0, len(PHONES), (2, 9))))
    assert spoken.shape == (2, 6, 9)
    assert spoken.abs().max() < 1


def test_the_generator_hears_detail_noisily_in_training_and_exactly_afterwards():
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(width=32, hidden=48, n_blocks=2, detail_width=6))
    torch.nn.init.normal_(generator.detail_out.weight, std=0.1)
    content = torch.softmax(torch.randn(1, len(PHONES), 20), 1)
    driving = content, torch.full((1, 20), 140.0), torch.full((1, 20), -3.0)
    speaker = torch.nn.functional.normalize(torch.rand(1, 256), dim=1)
    plain, silent = (
        Controls(*driving, speaker),
        Controls(*driving, speaker, torch.zeros(1, 6, 20)),
    )
    told = Controls(*driving, speaker, torch.rand(1, 6, 20))
    assert torch.equal(generator.filters(plain), generator.filters(silent))
    assert not torch.equal(generator.filters(told), generator.filters(told))
    generator.eval()
    assert torch.equal(generator.filters(told), generator.filters(told))
    assert not torch.allclose(generator.filters(told), generator.filters(plain))


def test_what_a_spelling_determines_is_learned():
    """A detail that is a table of phones has to be found from phones alone, in a hundred steps."""
    torch.manual_seed(0)
    model, table = DetailModel(SIZES), torch.rand(len(PHONES), 6) - 0.5
    phones = torch.randint(0, len(PHONES), (8, 24)).repeat_interleave(4, 1)
    target = table[phones].transpose(1, 2)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(120):
        loss = (model.spoken(_spelling(phones)) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.15 * target.var()
