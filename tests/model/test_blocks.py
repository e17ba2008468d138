"""The products of matrices that convolutions over frames are made of, against torch's own convolutions."""

import pytest
import torch
from torch import nn

from voicehub.model.blocks import ConvBlock, FrameConv, SelfAttention, in_bfloat16, unfolded


@pytest.mark.parametrize(
    ("kernel", "dilation", "padding"), [(1, 1, 0), (3, 1, 1), (3, 4, 4), (7, 1, 3), (3, 1, 0)]
)
def test_a_convolution_over_frames_is_that_of_torch(kernel, dilation, padding):
    torch.manual_seed(0)
    plain = nn.Conv1d(6, 5, kernel, dilation=dilation, padding=padding)
    product = FrameConv(6, 5, kernel, dilation=dilation, padding=padding)
    product.load_state_dict(plain.state_dict())
    x = torch.randn(2, 6, 31)
    torch.testing.assert_close(product(x), plain(x))


def test_what_is_unfolded_has_two_frames_for_one():
    x = torch.arange(12.0).view(1, 4, 3)  # channels 0, 1 of even frames and 2, 3 of odd ones
    assert unfolded(x, 5).tolist() == [[[0, 6, 1, 7, 2], [3, 9, 4, 10, 5]]]


def test_weights_cast_once_give_what_casting_them_each_time_gives():
    torch.manual_seed(0)
    network = nn.Sequential(ConvBlock(8, 12, 2), SelfAttention(8, 2)).eval()
    quick = in_bfloat16(network)
    x = torch.randn(1, 8, 20)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(quick(x), network(x), rtol=0, atol=0)
    assert network[0].conv.weight.dtype == torch.float32
    assert quick[0].conv.weight.dtype == torch.bfloat16
    assert quick[0].conv.matrix().is_contiguous()
    assert quick[0].norm.gain is network[0].norm.gain
