"""Eight bits a weight: how far a weight may move, what stays as it was, and what is refused."""

import pytest
import torch

from voicehub.errors import CheckpointError
from voicehub.model.packing import MAX_ERROR, MIN_VALUES, pack, unpack, weights


def _normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _bytes(tensors):
    return sum(value.numel() * value.element_size() for value in tensors.values())


def _error(found, value):
    return float((found - value).square().mean().sqrt() / value.square().mean().sqrt())


def test_multiples_of_a_step_that_fills_the_range_come_back_as_they_were():
    value = torch.arange(-127, 128).repeat(8).view(8, 255) * torch.tensor(
        [[2.0**-k] for k in range(8)]
    )
    stored = pack({"w": value})
    assert {name: each.dtype for name, each in stored.items()} == {
        "w": torch.int8, "w/scale": torch.float16,
    }  # fmt: skip
    assert stored["w/scale"].flatten().tolist() == [2.0**-k for k in range(8)]
    assert unpack(stored)["w"].equal(value)


@pytest.mark.parametrize("shape", [(64, 48), (48, 32, 3), (4, 5120), (5120, 8)])
def test_a_weight_moves_by_half_a_step_at_most_and_half_the_bytes_go(shape):
    rows = torch.logspace(-3, 2, shape[0]).view(-1, *[1] * (len(shape) - 1))
    value = _normal(*shape) * (rows if shape[-1] > 8 else 1.0)
    stored = pack({"w": value})
    found = unpack(stored)["w"]
    assert found.dtype == torch.float32
    assert found.shape == value.shape
    assert ((found - value).abs() <= 0.57 * stored["w/scale"].float()).all()
    assert _error(found, value) < 0.01
    assert _bytes(stored) < 0.55 * 2 * value.numel()


def test_short_rows_share_a_scale_by_columns():
    value = _normal(512, 8) * torch.logspace(-2, 2, 8)
    stored = pack({"b": value})
    assert stored["b/scale"].shape == (1, 8)
    assert _error(unpack(stored)["b"][:, 0], value[:, 0]) < 0.01


def test_what_is_small_or_mixes_large_and_small_stays_in_half_precision():
    mixed = _normal(16, 256)
    mixed[:, 0] *= 200
    state = {"bias": _normal(5000), "head": _normal(2, MIN_VALUES // 2 - 1), "mixed": mixed}
    assert _error(torch.round(mixed / (mixed.amax() / 127)) * mixed.amax() / 127, mixed) > MAX_ERROR
    stored = pack(state)
    assert {each.dtype for each in stored.values()} == {torch.float16}
    assert all(unpack(stored)[name].equal(value.half().float()) for name, value in state.items())


def test_packing_again_changes_nothing_and_zeros_stay_zeros():
    first = pack({"w": _normal(40, 100), "b": torch.zeros(200, 8)})
    again = pack(unpack(first))
    assert all(first[name].equal(again[name]) for name in first)
    assert not unpack(first)["b"].any()


def test_files_that_were_never_packed_are_read():
    old = {"w": _normal(40, 100).half(), "embedding": _normal(256)}
    assert unpack(old)["w"].equal(old["w"].float())
    assert unpack(old)["embedding"].equal(old["embedding"])


def _int8(*shape):
    return torch.ones(shape, dtype=torch.int8)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({"w": _int8(4, 8)}, "scale is missing"),
        (
            {"w": _int8(4, 8), "w/scale": torch.ones(4).half()},
            r"shape \(4,\), need \(4, 1\) or \(1, 8\)",
        ),
        ({"w": _int8(4, 8), "w/scale": torch.ones(1, 1).half()}, "shape"),
        ({"w": _int8(4, 8, 3), "w/scale": torch.ones(1, 8).half()}, "shape"),
        ({"w": _int8(4, 8), "w/scale": torch.ones(4, 1)}, "float32, not float16"),
        ({"w": _int8(4, 8), "w/scale": _int8(4, 1)}, "int8, not float16"),
        ({"w": _int8(32), "w/scale": torch.ones(1).half()}, "no matrix"),
        ({"w": _int8(4, 8), "w/scale": torch.full((4, 1), torch.inf).half()}, "not numbers"),
        ({"w": torch.ones(4, 8), "w/scale": torch.ones(4, 1).half()}, "scale of nothing"),
        ({"w/scale": torch.ones(4, 1).half()}, "scale of nothing"),
        ({"w": torch.tensor([1.0, torch.nan])}, "not numbers"),
        ({"w": torch.ones(4).long()}, "int64"),
        ({"w": torch.ones(4).double()}, "float64"),
        ({"w": torch.ones(4).to(torch.uint8)}, "uint8"),
    ],
)
def test_what_is_not_stored_as_it_should_be_is_refused(stored, said):
    with pytest.raises(CheckpointError, match=said):
        unpack(stored)


def test_shapes_are_known_before_anything_is_unpacked():
    stored = pack({"w": _normal(64, 32, 3), "bias": _normal(64)})
    assert {name: tuple(each.shape) for name, each in weights(stored).items()} == {
        "w": (64, 32, 3), "bias": (64,),
    }  # fmt: skip
    assert weights(stored)["w"] is stored["w"]


@pytest.mark.parametrize("value", [torch.full((64, 64), torch.nan), torch.full((4,), 1e6)])
def test_weights_that_no_file_can_hold_are_not_stored(value):
    with pytest.raises(CheckpointError, match="not numbers"):
        pack({"w": value})
