import json
import pickle

import numpy as np
import pytest
import torch
from tiny import write_tiny_base

from voicehub.errors import CheckpointError, NotFoundError
from voicehub.model.adapter import extract_adapter, with_adapter
from voicehub.model.base import file_hash, load_base
from voicehub.model.prosody import SpeakerStats
from voicehub.model.voice import VoiceModel, load_voice, save_voice

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
