import json
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import write_tiny_base

from voicehub.errors import CheckpointError, NotFoundError
from voicehub.model.adapter import extract_adapter, with_adapter
from voicehub.model.base import file_hash, load_base
from voicehub.model.generator import Generator, GeneratorConfig
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel, load_voice, save_voice
from voicehub.training.upgrade import upgrade

STATS = SpeakerStats(5.0, 0.2, 2.0)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(write_tiny_base(tmp_path_factory.mktemp("base")), "cpu")


@pytest.fixture
def voice(base):
    embedding = np.full(256, 1 / 16, np.float32)
    return VoiceModel(embedding, STATS, base.id, extract_adapter(with_adapter(base.generator)))


def test_voice_round_trip(base, voice, tmp_path):
    save_voice(voice, tmp_path, {"name": "Ann"})
    loaded = load_voice(tmp_path, base)
    assert loaded.stats == STATS
    assert np.array_equal(loaded.embedding, voice.embedding)
    assert loaded.adapter.keys() == voice.adapter.keys()
    for key, value in voice.adapter.items():
        assert loaded.adapter[key].dtype == torch.float32
        torch.testing.assert_close(loaded.adapter[key], value.float(), rtol=0, atol=0.02)


def _change(folder, change, **card):
    """Change the tensors and the description of a voice, and let the description fit again."""
    weights, path = folder / "voice.safetensors", folder / "voice.json"
    tensors = load_file(weights)
    change(tensors)
    save_file(tensors, weights)
    described = json.loads(path.read_text()) | {"sha256": file_hash(weights)} | card
    path.write_text(json.dumps(described))


def test_a_voice_of_before_is_read(base, voice, tmp_path):
    save_voice(voice, tmp_path)

    def unpacked(tensors):
        tensors.clear()
        tensors |= {f"adapter/{key}": value for key, value in voice.adapter.items()}
        tensors["embedding"] = torch.from_numpy(voice.embedding)

    _change(tmp_path, unpacked, format=1)
    loaded = load_voice(tmp_path, base)
    assert all(loaded.adapter[key].equal(value.float()) for key, value in voice.adapter.items())
    _change(tmp_path, lambda tensors: None, format=9)
    with pytest.raises(CheckpointError, match="format 9, need 1 or 2 or 3"):
        load_voice(tmp_path, base)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("adapter/film/b/scale"), "scale is missing"),
        (lambda tensors: tensors.update({"adapter/film/b/scale": torch.ones(7).half()}), "shape"),
        (lambda tensors: tensors["adapter/film/b/scale"].fill_(torch.nan), "not numbers"),
        (lambda tensors: tensors["adapter/film.bias/value"].fill_(torch.inf), "not numbers"),
        (lambda tensors: tensors["embedding"].fill_(torch.nan), "not numbers"),
        (lambda tensors: tensors.update({"adapter/x/scale": torch.ones(1).half()}), "of nothing"),
        (
            lambda tensors: tensors.update(
                {
                    "adapter/film/b": torch.ones(99_999, 8, dtype=torch.int8),
                    "adapter/film/b/scale": torch.ones(1, 8).half(),
                }
            ),
            "does not fit",
        ),
    ],
)
def test_a_voice_of_strangers_that_is_not_stored_as_it_should_be_is_refused(
    base, voice, tmp_path, change, said
):
    save_voice(voice, tmp_path)
    _change(tmp_path, change)
    with pytest.raises(CheckpointError, match=said):
        load_voice(tmp_path, base)


def test_a_voice_all_of_whose_weights_were_tuned_is_packed_too(base, tmp_path):
    state = {f"{name}/value": p.half() for name, p in base.generator.named_parameters()}
    voice = VoiceModel(np.full(256, 1 / 16, np.float32), STATS, base.id, state)
    save_voice(voice, tmp_path)
    half = sum(value.numel() * value.element_size() for value in state.values())
    assert (tmp_path / "voice.safetensors").stat().st_size < 0.7 * half  # of a tiny one
    generator = load_voice(tmp_path, base).generator(base)
    for one, other in zip(generator.parameters(), base.generator.parameters(), strict=True):
        assert (one - other).square().sum() <= 0.015**2 * other.square().sum()


def test_a_voice_for_the_full_size_takes_a_third_of_a_megabyte(tmp_path):
    adapter = extract_adapter(with_adapter(Generator(GeneratorConfig())))
    save_voice(VoiceModel(np.full(256, 1 / 16, np.float32), STATS, "base", adapter), tmp_path)
    assert (tmp_path / "voice.safetensors").stat().st_size < 0.35e6


def test_voice_of_another_base_is_refused(base, voice, tmp_path):
    save_voice(voice, tmp_path)
    other = load_base(write_tiny_base(tmp_path / "other", seed=1), "cpu")
    with pytest.raises(CheckpointError, match="clone it again"):
        load_voice(tmp_path, other)


def test_one_changed_byte_is_noticed(base, voice, tmp_path):
    save_voice(voice, tmp_path)
    path = tmp_path / "voice.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="hash"):
        load_voice(tmp_path, base)


def test_wrong_shapes_are_refused(base, voice, tmp_path):
    wrong = {key: torch.zeros(3, 3) for key in voice.adapter}
    save_voice(VoiceModel(voice.embedding, STATS, base.id, wrong), tmp_path)
    with pytest.raises(CheckpointError, match="does not fit"):
        load_voice(tmp_path, base)


def test_a_pickle_is_never_opened(base, voice, tmp_path):
    save_voice(voice, tmp_path)
    weights = tmp_path / "voice.safetensors"
    weights.write_bytes(pickle.dumps({"embedding": [1.0]}))
    card = json.loads((tmp_path / "voice.json").read_text())
    card["sha256"] = file_hash(weights)
    (tmp_path / "voice.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="safetensors"):
        load_voice(tmp_path, base)


def test_missing_voice_and_missing_base_are_named(base, tmp_path):
    with pytest.raises(NotFoundError, match="no voice in"):
        load_voice(tmp_path, base)
    with pytest.raises(NotFoundError, match="no base checkpoint in"):
        load_base(tmp_path)


def test_a_base_with_foreign_weights_is_refused(tmp_path):
    folder = write_tiny_base(tmp_path / "a")
    other = write_tiny_base(tmp_path / "b", seed=5)
    (folder / "generator.safetensors").write_bytes((other / "generator.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match="hash"):
        load_base(folder)


def test_a_base_of_another_format_is_refused(tmp_path):
    folder = write_tiny_base(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    with pytest.raises(CheckpointError, match="format 99"):
        load_base(folder)


def _write_as_before(folder, new):
    """Write the base in ``folder`` as format 2 had it: every weight in half precision."""
    new.mkdir()
    config = json.loads((folder / "config.json").read_text())
    base = load_base(folder, "cpu")
    parts = {name: getattr(base, name) for name in ("encoder", "detail", "prosody", "generator")}
    del config["parts"]["listener"]  # there was none
    for name, module in (parts | {"discriminators": base.load_discriminators()}).items():
        path = new / f"{name}.safetensors"
        halves = {key: value.half().contiguous() for key, value in module.state_dict().items()}
        save_file(halves, path)
        config["parts"][name]["sha256"] = file_hash(path)
    (new / "config.json").write_text(json.dumps(config | {"format": 2, "id": "before"}))
    return new


def test_a_base_of_before_is_read_and_upgraded(tmp_path):
    old = _write_as_before(write_tiny_base(tmp_path / "today"), tmp_path / "old")
    before = load_base(old, "cpu")
    upgrade(old, tmp_path / "new")
    after = load_base(tmp_path / "new", "cpu")
    config = json.loads((tmp_path / "new" / "config.json").read_text())
    assert config["format"] == 4
    assert before.listener is None
    assert after.listener is None
    assert config["notes"] == {"made": "for tests", "upgraded": "before"}
    assert after.id == config["id"] != before.id
    for name in ("encoder", "detail", "prosody", "generator"):
        one, other = getattr(before, name).state_dict(), getattr(after, name).state_dict()
        lost = sum((other[key] - one[key]).square().sum() for key in one)
        assert 0 < lost < 0.01**2 * sum(value.square().sum() for value in one.values())
    sizes = [
        sum(p.stat().st_size for p in each.glob("*.safetensors"))
        for each in (old, tmp_path / "new")
    ]
    assert sizes[1] < 0.8 * sizes[0]  # of tiny networks, of which much is small
    with pytest.raises(CheckpointError, match="format 4, 1 and 2 are upgraded"):
        upgrade(tmp_path / "new", tmp_path / "newer")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("out.weight/scale"), "scale is missing"),
        (lambda tensors: tensors["out.weight/scale"].fill_(torch.inf), "not numbers"),
        (lambda tensors: tensors.pop("out.bias"), "does not fit the networks"),
        (
            lambda tensors: tensors.update({"out.bias": torch.zeros(10**6).half()}),
            "does not fit the networks",
        ),
    ],
)
def test_a_base_that_is_not_stored_as_it_should_be_is_refused(tmp_path, change, said):
    folder = write_tiny_base(tmp_path)
    path = folder / "generator.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    config = json.loads((folder / "config.json").read_text())
    config["parts"]["generator"]["sha256"] = file_hash(path)
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=said):
        load_base(folder, "cpu")
