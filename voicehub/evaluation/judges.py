"""Second opinions on words and likeness, by networks that ``moonshine-voice`` 0.1.0 carries in its wheel.

A recogniser of English, Moonshine tiny (Jeffries and others 2024, MIT), which misses 5 % of a reader's words where
pocketsphinx misses 30 %; its encoder is a part of our own base checkpoint and of a loss, so it may favour us. And a
speaker encoder that nothing here was trained with or is conditioned on: WeSpeaker's ResNet34 (Wang and others 2023,
VoxCeleb, CC BY 4.0), for which two readers are strangers (cosines of 0.1) where GE2E finds them alike (0.7).

Fetch the wheel by ``pip download moonshine-voice==0.1.0 --no-deps``: it is read, not installed.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform
from voicehub.errors import CheckpointError, MissingToolError
from voicehub.speaker.embedding import unit
from voicehub.text.normalise import normalise

_RATE = 16_000  # Hz
_ASSETS = "moonshine_voice/assets/tiny-en/"
_LIBRARY = "moonshine_voice/libmoonshine.so"
_MARK = b"ORTM"  # of a graph for onnxruntime, four bytes after its start
_LARGEST = 14_000_000  # bytes, more than the graph of the speaker encoder has
_SPEAKERS_OUTPUT = "embedding"
_START, _END = 1, 2  # tokens
_TOKENS_A_SECOND = 6.5  # more is repetition
_MIN_SAMPLES = _RATE // 4


class Judges:
    """Both networks, loaded once; not for two threads at once."""

    def __init__(self, wheel: Path) -> None:
        try:
            with ZipFile(wheel) as file:
                graphs = {
                    name: file.read(f"{_ASSETS}{name}_model{end}.ort")
                    for name, end in (("encoder", ""), ("decoder", "_merged"))
                }
                self._tokens = _read_tokens(file.read(_ASSETS + "tokenizer.bin"))
                library = file.read(_LIBRARY)
        except (OSError, KeyError, BadZipFile) as error:
            raise CheckpointError(f"{wheel} is no wheel of moonshine-voice 0.1.0") from error
        self._encoder, self._decoder = (_session(graphs[n]) for n in ("encoder", "decoder"))
        self._speakers = _find_speakers(library, wheel)
        self._past = {
            each.name: each.shape[-1]
            for each in self._decoder.get_inputs()
            if each.name.startswith("past")
        }
        self._n_heads = next(
            i.shape[1] for i in self._decoder.get_inputs() if i.name.startswith("past")
        )
        self._outputs = [each.name for each in self._decoder.get_outputs()]

    def transcribe(self, waveform: Waveform) -> str:
        """Return the words heard, numbers and titles spelled out; "" where there are none."""
        samples = _at_rate(waveform)
        present = np.ones((1, len(samples)), np.int64)
        heard = self._encoder.run(None, {"input_values": samples[None], "attention_mask": present})[
            0
        ]
        past = {
            name: np.zeros((1, self._n_heads, 0, size), np.float32)
            for name, size in self._past.items()
        }
        tokens = [_START]
        for _ in range(int(len(samples) / _RATE * _TOKENS_A_SECOND) + 2):
            first = len(tokens) == 1
            told = self._decoder.run(
                None,
                {
                    "input_ids": np.array([[tokens[-1]]]),
                    "encoder_hidden_states": heard,
                    "encoder_attention_mask": present,
                    "use_cache_branch": np.array([not first]),
                    **past,
                },
            )
            found = dict(zip(self._outputs, told, strict=True))
            tokens.append(int(found["logits"][0, -1].argmax()))
            if tokens[-1] == _END:
                break
            for name in past:
                if first or "decoder" in name:  # what the encoder gave stays
                    past[name] = found[name.replace("past_key_values", "present")]
        words = b"".join(self._tokens[token] for token in tokens[1:] if token != _END)
        return normalise(words.decode("utf-8", "ignore").replace("\u2581", " ").strip())

    def embed(self, waveform: Waveform) -> NDArray[np.float32]:
        """Return the unit embedding of the speaker, (256,)."""
        features = _filter_banks(_at_rate(waveform))
        weights = np.ones((1, len(features)), np.float32)
        (found,) = self._speakers.run(None, {"fbank": features[None], "weights": weights})
        return unit(found[0])


@lru_cache(maxsize=1)
def load_judges(wheel: Path) -> Judges:
    """Return the judges of a wheel, loaded at first use."""
    return Judges(wheel)


def _at_rate(waveform: Waveform) -> NDArray[np.float32]:
    samples = resample(waveform.samples, waveform.sample_rate, _RATE)
    return np.pad(samples, (0, max(0, _MIN_SAMPLES - len(samples))))


def _session(graph: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.load_model_format", "ORT")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _find_speakers(library: bytes, wheel: Path) -> Any:
    """Return the graph within ``library`` whose output is an embedding."""
    at = library.find(_MARK)
    while at >= 0:
        graph = library[at - 4 : at - 4 + _LARGEST]
        if b"fbank" in graph:
            try:
                session = _session(graph)
            except Exception:  # onnxruntime's own, of several kinds; the mark is also in its code
                session = None
            if session is not None and session.get_outputs()[0].name == _SPEAKERS_OUTPUT:
                return session
        at = library.find(_MARK, at + 1)
    raise CheckpointError(f"{wheel} holds no speaker encoder; need moonshine-voice 0.1.0")


def _filter_banks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Kaldi's 80 log mel energies of each 10 ms, less their mean, (frames, 80)."""
    try:
        import kaldi_native_fbank as kaldi
    except ImportError as error:
        raise MissingToolError(
            "the second speaker encoder needs the package kaldi-native-fbank: pip install 'voicehub[evaluate]'"
        ) from error
    options = kaldi.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = 80
    bank = kaldi.OnlineFbank(options)
    bank.accept_waveform(_RATE, (samples * 32768).tolist())
    bank.input_finished()
    frames = np.stack([bank.get_frame(k) for k in range(bank.num_frames_ready)])
    return np.asarray(frames - frames.mean(0), np.float32)


def _read_tokens(raw: bytes) -> list[bytes]:
    """Return the pieces of words: each stored behind its length, in one byte, or in two from 128 on."""
    tokens, at = [], 0
    while at < len(raw):
        length = raw[at]
        at += 1
        if length >= 128:
            length += 128 * raw[at] - 128
            at += 1
        tokens.append(raw[at : at + length])
        at += length
    return tokens
