"""The listener and the recogniser within it: grids, places, and what they add on a voice nobody trained on."""

import numpy as np
import pytest
import torch
from tiny import DEMO, demo_clips

from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.evaluation.phone_errors import count_errors, heard_phones, phone_numbers
from voicehub.features.mel import MODEL_MEL, log_mel
from voicehub.model.analysis import analyse
from voicehub.model.base import load_base
from voicehub.model.content import SWITCH_PENALTY, encode_content
from voicehub.model.encoder import ContentEncoder, EncoderConfig
from voicehub.model.listener import RATIO, Listener, ListenerConfig
from voicehub.model.moonshine import HOP_LENGTH, MoonshineConfig, MoonshineEncoder, _rotation
from voicehub.settings import CHECKPOINTS
from voicehub.text.letters import guess_phones
from voicehub.text.phonemes import PHONES
from voicehub.text.pronounce import transcript_phonemes

SMALL = MoonshineConfig(width=16, hidden=24, n_layers=2, n_heads=2, n_rotated=4)


def small_listener() -> Listener:
    torch.manual_seed(0)
    sizes = {"heard_width": 16, "heard_hidden": 24, "heard_layers": 1, "heard_heads": 2}
    config = ListenerConfig(32, 32, 48, 1, heard_rotated=4, **sizes)
    return Listener(config).eval()


def test_the_recogniser_gives_a_frame_for_each_24_ms():
    torch.manual_seed(0)
    encoder = MoonshineEncoder(SMALL).eval()
    for samples in (1, HOP_LENGTH - 1, HOP_LENGTH, 16_000):
        heard = encoder(0.1 * torch.randn(2, samples))
        assert heard.shape == (2, 16, 1 + samples // HOP_LENGTH)
        assert heard.isfinite().all()


def test_frames_are_centred_on_their_samples():
    """With even filters and without the transformer, a click moves the frames around it alike on both sides."""
    torch.manual_seed(0)
    encoder = MoonshineEncoder(MoonshineConfig(16, 24, 0, 2, 4)).eval().requires_grad_(False)
    for conv in (encoder.conv1, encoder.conv2, encoder.conv3):
        conv.weight.copy_(conv.weight.mean(2, keepdim=True).expand_as(conv.weight))
    quiet = torch.zeros(1, 20 * HOP_LENGTH)
    clicking = quiet.clone()
    clicking[0, 7 * HOP_LENGTH] += 1.0
    moved = (encoder(clicking) - encoder(quiet)).abs().sum(1)[0]
    moved = moved - moved[12:18].mean()  # the normalisation moves all frames alike
    assert float(moved[7]) > 3 * float(moved[[4, 10]].abs().max())
    assert float(moved[6]) == pytest.approx(float(moved[8]), rel=0.05)


def test_turned_places_know_only_their_distance():
    """What one place makes of another depends on how far apart they are, not on where they stand."""
    torch.manual_seed(0)
    layer = MoonshineEncoder(SMALL).layers[0].eval()
    query, key = torch.randn(1, 2, 1, 8), torch.randn(1, 2, 1, 8)
    cosine, sine = _rotation(40, 4, query)
    scores = [
        (layer._turned(query, (cosine[a, None], sine[a, None])))
        .mul(layer._turned(key, (cosine[b, None], sine[b, None])))
        .sum(-1)
        for a, b in ((3, 9), (23, 29), (3, 10))
    ]
    assert torch.allclose(scores[0], scores[1], atol=1e-5)
    assert not torch.allclose(scores[0], scores[2], atol=1e-3)


def test_what_is_heard_lies_on_every_second_frame_of_ours():
    listener = small_listener()
    samples = 0.1 * torch.randn(2, 16_000)
    heard = listener.moonshine(samples)
    placed = listener.listen(samples, 93)
    assert placed.shape == (2, 16, 47)
    place = (2 * 20 + 0.5) * RATIO
    low, part = int(place), place % 1
    expected = heard[..., low] * (1 - part) + heard[..., low + 1] * part
    assert torch.allclose(placed[..., 20], expected, atol=1e-5)
    slower = listener.listen(samples, 93, torch.tensor([0.5, 1.0]))
    assert torch.allclose(slower[1], placed[1])
    assert not torch.allclose(slower[0], placed[0])


def test_logits_come_at_the_full_rate_and_the_recogniser_is_not_trained():
    listener = small_listener()
    for frames in (94, 95):
        logits = listener(
            torch.randn(2, 32, frames), listener.listen(torch.randn(2, 16_000), frames)
        )
        assert logits.shape == (2, len(PHONES), frames)
    logits.sum().backward()
    assert all(p.grad is None for p in listener.moonshine.parameters())
    assert listener.head.weight.grad is not None


def test_long_recordings_are_heard_in_chunks_without_seams():
    encoder = ContentEncoder(EncoderConfig(width=32, hidden=48, n_blocks=2, n_heads=2)).eval()
    rng = np.random.default_rng(0)
    mel = rng.normal(-5.4, 2, (MODEL_MEL.n_mels, 3001)).astype(np.float32)
    samples = rng.normal(0, 0.1, 3000 * 256).astype(np.float32)
    f0 = np.full(3001, 120, np.float32)
    by_both = encode_content(encoder, mel, f0, small_listener(), samples)
    alone = encode_content(encoder, mel, f0)
    assert by_both.phones.shape == alone.phones.shape
    assert by_both.phones.isfinite().all()
    assert by_both.hidden.equal(alone.hidden)
    assert not by_both.phones.equal(alone.phones)


def test_it_misses_far_fewer_phones_of_a_stranger_than_the_encoder_alone():
    base = load_base(CHECKPOINTS / "base", "cpu")
    lines = (DEMO / "reader-m" / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
    texts = dict(line.split("\t") for line in lines)
    errors = {"both": 0, "encoder": 0}
    phones = 0
    for clip in demo_clips("reader-m")[:3]:
        spoken = phone_numbers(transcript_phonemes(texts[clip.name], "en", guess_phones))
        waveform = normalise_loudness(read_audio(clip))
        analysis = analyse(base, waveform)
        alone = encode_content(base.encoder, log_mel(waveform.samples), analysis.f0).phones.numpy()
        phones += len(spoken)
        for name, logits in (("both", analysis.logits), ("encoder", alone)):
            errors[name] += count_errors(spoken, heard_phones(logits, SWITCH_PENALTY)).errors
    assert errors["both"] < 0.22 * phones
    assert errors["both"] < 0.75 * errors["encoder"]
