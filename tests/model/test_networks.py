import numpy as np
import pytest
import torch

from voicehub.errors import CheckpointError
from voicehub.features.mel import MODEL_MEL
from voicehub.model.adapter import extract_adapter, merge_adapter, with_adapter
from voicehub.model.content import decode_phones, encode_content, one_hot
from voicehub.model.discriminators import DiscriminatorConfig, Discriminators, MelDiscriminator
from voicehub.model.encoder import ContentEncoder, EncoderConfig, pitch_input
from voicehub.model.generator import Controls, Generator, GeneratorConfig
from voicehub.model.mixed import MixedGenerator
from voicehub.model.prosody import expand
from voicehub.text.phonemes import PHONES

SMALL = GeneratorConfig(width=32, hidden=48, n_blocks=2)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def controls(frames: int = 40, batch: int = 2) -> Controls:
    """Return random but fixed controls."""
    return Controls(
        torch.softmax(torch.randn(batch, len(PHONES), frames), 1),
        torch.full((batch, frames), 140.0),
        torch.full((batch, frames), -3.0),
        torch.nn.functional.normalize(torch.rand(batch, 256), dim=1),
    )


def test_generator_gives_a_frame_less_than_it_is_given_and_repeats_with_its_seed():
    generator, given = Generator(SMALL), controls()
    first = generator(given, torch.Generator().manual_seed(3))
    assert first.shape == (2, 39 * 256)
    assert torch.equal(first, generator(given, torch.Generator().manual_seed(3)))
    assert not torch.equal(first, generator(given, torch.Generator().manual_seed(4)))


def test_fresh_adapter_changes_nothing_and_a_merged_one_equals_the_tuned():
    generator, given = Generator(SMALL).eval(), controls()
    tuned = with_adapter(generator, rank=2)
    torch.testing.assert_close(tuned.filters(given), generator.filters(given))
    with torch.no_grad():
        for parameter in tuned.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
    merged = merge_adapter(generator, extract_adapter(tuned))
    torch.testing.assert_close(merged.filters(given), tuned.filters(given), atol=0.03, rtol=0.02)
    assert not torch.allclose(merged.filters(given), generator.filters(given), atol=0.05)
    none, half = (merge_adapter(generator, extract_adapter(tuned), share) for share in (0.0, 0.5))
    torch.testing.assert_close(none.filters(given), generator.filters(given))
    name = "out.weight"
    ends = [dict(each.named_parameters())[name] for each in (generator, half, merged)]
    torch.testing.assert_close(ends[1], (ends[0] + ends[2]) / 2)


def test_adapter_of_the_full_size_generator_is_under_a_megabyte():
    adapter = extract_adapter(with_adapter(Generator(GeneratorConfig())))
    assert sum(t.numel() * t.element_size() for t in adapter.values()) < 1e6


@pytest.mark.parametrize("mel_channels", [(), (4, 8)])
def test_discriminators_see_every_period_resolution_and_mel_spectra(mel_channels):
    config = DiscriminatorConfig(
        period_channels=(4, 8), spectrum_channels=(4, 8), mel_channels=mel_channels
    )
    speaker = torch.nn.functional.normalize(torch.randn(2, 256), dim=1)
    logits, maps = Discriminators(config)(torch.randn(2, 4096) * 0.1, speaker)
    n_members = len(config.periods) + len(config.resolutions) + bool(mel_channels)
    assert len(logits) == len(maps) == n_members
    assert all(len(each) == 2 for each in maps)


def test_the_critic_of_mel_spectra_knows_who_should_be_speaking():
    critic = MelDiscriminator((4, 8))
    samples = torch.randn(1, 4096).expand(2, -1) * 0.1
    speakers = torch.eye(256)[:2]
    logits, maps = critic(samples, speakers)
    torch.testing.assert_close(maps[-1][0], maps[-1][1])
    assert (logits[0] - logits[1]).abs().max() > 1e-3


def test_encoder_keeps_the_frame_rate_and_ignores_padding():
    encoder = ContentEncoder(EncoderConfig(width=32, hidden=48, n_blocks=2, n_heads=2)).eval()
    mel, f0 = torch.randn(1, MODEL_MEL.n_mels, 101), torch.full((1, 101), 120.0)
    phones, tones, _ = encoder(mel, pitch_input(f0))
    assert phones.shape == (1, len(PHONES), 101)
    assert tones.shape == (1, 6, 101)
    padded = torch.nn.functional.pad(mel, (0, 59))
    present = torch.arange(160)[None] < 101
    longer, *_ = encoder(padded, pitch_input(torch.nn.functional.pad(f0, (0, 59))), present)
    # The last frames see padding through the convolutions; the others only through attention.
    assert (longer[..., :101] - phones)[..., :80].abs().mean() < 0.02 * phones.std()


def test_centring_removes_a_constant_gain():
    encoder = ContentEncoder(EncoderConfig(width=32, hidden=48, n_blocks=2, n_heads=2))
    mel = torch.randn(1, MODEL_MEL.n_mels, 4000) - 5.4
    moved = encoder.centre(mel + 2.0) - encoder.centre(mel)
    assert moved.abs().max() < 0.05  # 2.0 before; what is left is the belief in the global mean


def test_long_recordings_are_encoded_in_chunks_without_seams():
    encoder = ContentEncoder(EncoderConfig(width=32, hidden=48, n_blocks=2, n_heads=2)).eval()
    mel = np.random.default_rng(0).normal(-5.4, 2, (MODEL_MEL.n_mels, 3000)).astype(np.float32)
    phones, tones, hidden = encode_content(encoder, mel, np.full(3000, 120, np.float32))
    assert phones.shape[1] == tones.shape[1] == hidden.shape[1] == 3000
    assert torch.isfinite(phones).all()


def test_decoding_prefers_few_changes():
    logits = np.full((3, 6), -4.0, np.float32)
    logits[1], logits[2, 3] = 0.0, 0.5  # a single frame where another phone is slightly better
    assert decode_phones(logits, switch_penalty=2.0).tolist() == [1] * 6
    assert decode_phones(logits, switch_penalty=0.1).tolist() == [1, 1, 1, 2, 1, 1]


def test_one_hot():
    assert one_hot(np.array([2, 0]), 3).T.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_expand_lays_tokens_out_by_their_durations():
    index, place = expand(torch.tensor([[2, 3], [1, 1]]))
    assert index.tolist() == [[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]]
    assert place[0, 0].tolist() == pytest.approx([0.25, 0.75, 1 / 6, 0.5, 5 / 6])
    assert torch.equal(place[:, 0] + place[:, 1], torch.ones(2, 5))


def test_a_batch_of_many_voices_is_each_of_them_alone() -> None:
    torch.manual_seed(0)
    config = GeneratorConfig(width=32, hidden=48, n_blocks=3)
    generator = Generator(config).eval().requires_grad_(False)
    adapters: list[dict[str, torch.Tensor]] = [{}]
    for rank in (4, 8):
        tuned = with_adapter(generator, rank)
        with torch.no_grad():
            for parameter in tuned.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.05 * torch.randn_like(parameter))
        adapters.append(extract_adapter(tuned))
    frames = 20
    controls = Controls(
        torch.softmax(torch.randn(3, len(PHONES), frames), 1),
        100 + 50 * torch.rand(3, frames),
        torch.randn(3, frames) - 4,
        torch.nn.functional.normalize(torch.randn(3, 256), dim=1),
    )
    mixed = MixedGenerator(generator)
    mixed.choose(adapters)
    with torch.inference_mode():
        together = mixed.network.filters(controls)
        for k, adapter in enumerate(adapters):
            one = Controls(*(each[k : k + 1] for each in (
                controls.content, controls.f0, controls.energy, controls.speaker)))  # fmt: skip
            alone = merge_adapter(generator, adapter).filters(one)
            assert torch.allclose(together[k : k + 1], alone, atol=1e-4), k
    with pytest.raises(CheckpointError, match="low-rank"):
        mixed.choose([{"film.weight/value": generator.film.weight}])


def test_merging_leaves_the_base_alone_and_shares_the_rest() -> None:
    torch.manual_seed(1)
    generator = Generator(GeneratorConfig(width=16, hidden=16, n_blocks=1)).eval()
    tuned = with_adapter(generator)
    with torch.no_grad():
        for parameter in tuned.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1)
    before = {name: value.clone() for name, value in generator.named_parameters()}
    merged = merge_adapter(generator, extract_adapter(tuned))
    assert all(torch.equal(before[name], value) for name, value in generator.named_parameters())
    assert not torch.equal(merged.out.weight, generator.out.weight)
    assert merged.stem.weight is generator.stem.weight
    with pytest.raises(CheckpointError, match="does not fit"):
        merge_adapter(generator, {"out.bias/value": torch.zeros(3)})
