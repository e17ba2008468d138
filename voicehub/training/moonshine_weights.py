"""Weights of the Moonshine encoder out of the package that carries them, for the base checkpoint.

``pip download moonshine-voice==0.1.0 --no-deps`` (MIT) fetches a wheel with ``encoder_model.ort``, a graph for
onnxruntime whose matrices are stored in eight bits. Its initial values are read and put into our own network.
"""

from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from voicehub.errors import CheckpointError
from voicehub.model.moonshine import MoonshineConfig, MoonshineEncoder

_MEMBER = "moonshine_voice/assets/tiny-en/encoder_model.ort"
_SESSION = "onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession"
_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8}  # by number, of onnx's TensorProto.DataType
_MAPS = {
    "self_attn/q_proj": "query", "self_attn/k_proj": "key", "self_attn/v_proj": "value",
    "self_attn/o_proj": "out", "mlp/fc1": "up", "mlp/fc2": "down",
}  # fmt: skip
_PLAIN = {
    "conv1.weight_add_tensor": "conv1.weight", "conv2.weight_add_tensor": "conv2.weight",
    "conv2.bias": "conv2.bias", "conv3.weight_add_tensor": "conv3.weight", "conv3.bias": "conv3.bias",
    "layer_norm.weight": "final_norm.weight",
}  # fmt: skip


def moonshine_from_wheel(wheel: Path) -> MoonshineEncoder:
    """Return the encoder with the weights of a ``moonshine-voice`` wheel; raise ``CheckpointError`` for others."""
    try:
        with ZipFile(wheel) as file:
            graph = file.read(_MEMBER)
    except (OSError, KeyError) as error:
        raise CheckpointError(
            f"{wheel} holds no {_MEMBER}; need moonshine-voice 0.1.0 or older"
        ) from error
    session = import_module(_SESSION).InferenceSession.GetRootAsInferenceSession(bytearray(graph))
    module = MoonshineEncoder(MoonshineConfig())
    module.load_state_dict(_state(session.Model().Graph()))
    return module.eval().requires_grad_(False)


def _state(graph: Any) -> dict[str, Tensor]:
    values = {}
    for number in range(graph.InitializersLength()):
        value = graph.Initializers(number)
        if value.DataType() in _TYPES:
            values[value.Name().decode()] = _array(value)
    state = {ours: values[theirs] for theirs, ours in _PLAIN.items()}
    for number in range(graph.NodesLength()):
        node = graph.Nodes(number)
        inputs = [node.Inputs(k).decode() for k in range(node.InputsLength())]
        matrix = next(
            (name for name in inputs if name.endswith("_quantized") and name in values), None
        )
        place = node.Name().decode().split("/")  # such as /layers.0/self_attn/q_proj/MatMul_quant
        if matrix is not None:
            stem = matrix.removesuffix("_quantized")
            zero, scale = values[stem + "_zero_point"], values[stem + "_scale"]
            layer, ours = place[1], _MAPS["/".join(place[2:4])]
            state[f"{layer}.{ours}.weight"] = (values[matrix].astype(np.float32) - zero).T * scale
        elif place[1:] in (["groupnorm", "Mul"], ["groupnorm", "Add"]):
            ours = "norm.weight" if place[2] == "Mul" else "norm.bias"
            state[ours] = values[inputs[1]].reshape(-1)
    for layer in range(MoonshineConfig().n_layers):
        for theirs, ours in (
            ("input_layernorm.weight", "attention_norm.weight"),
            ("post_attention_layernorm.weight", "map_norm.weight"),
            ("mlp.fc1.bias", "up.bias"),
            ("mlp.fc2.bias", "down.bias"),
        ):
            state[f"layers.{layer}.{ours}"] = values[f"layers.{layer}.{theirs}"]
    return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in state.items()}


def _array(value: Any) -> NDArray[np.generic]:
    shape = [value.Dims(k) for k in range(value.DimsLength())]
    return value.RawDataAsNumpy().view(_TYPES[value.DataType()]).reshape(shape)
