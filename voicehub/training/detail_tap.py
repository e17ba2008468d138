"""What the tap of the content detail listens to: directions of the encoder that phones miss and speakers share.

An encoder that is trained further says the same things in other directions; the tap is then carried over to it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import eigh, lstsq
from torch import Tensor

from voicehub.model.detail import DetailModel
from voicehub.model.encoder import ContentEncoder
from voicehub.training.content_stage import Report, encode_utterances, random_warp
from voicehub.training.corpus import Corpus, Utterance

N_UTTERANCES = 400
_SPREAD = 0.7  # of a channel before its tanh


def fit_tap(model: DetailModel, encoder: ContentEncoder, corpus: Corpus, report: Report) -> None:
    """Set the channels of ``model.tap`` that are still zero, its last; those before, learned elsewhere, stay.

    Utterances are encoded twice, each time through another vocal tract in noise. Of what is left when posteriors and
    the kept rows have explained what they can, and when each utterance's mean is gone, the directions w are taken in
    which the two agree most: the largest w' C12 w / w' C w, a canonical correlation with one weight for both sides.
    """
    kept = int(model.tap.weight.ne(0).any(1).sum())
    count = model.config.detail_width - kept
    if count == 0:
        return
    chosen = corpus.utterances[:: max(1, len(corpus.utterances) // N_UTTERANCES)]
    views = [_view(model, encoder, corpus, chosen, report, seed, kept) for seed in (1, 2)]
    (first, rest_1), (_, rest_2) = views
    both = (rest_1.T @ rest_1 + rest_2.T @ rest_2) / 2
    shared = (rest_1.T @ rest_2 + rest_2.T @ rest_1) / 2
    ridge = 1e-3 * np.trace(both) / len(both) * np.eye(len(both))
    _, directions = eigh(shared, both + ridge, subset_by_index=(len(both) - count, len(both) - 1))
    rows = directions.T[::-1]
    projected = first @ rows.T
    rows = rows * (_SPREAD / projected.std(0))[:, None]
    with torch.no_grad():
        model.tap.weight[kept:, :, 0] = torch.from_numpy(rows.copy())
        model.tap.bias[kept:] = torch.from_numpy(-(first @ rows.T).mean(0))


@torch.no_grad()
def carry_tap(
    model: DetailModel,
    old: ContentEncoder,
    new: ContentEncoder,
    corpus: Corpus,
    report: Report,
) -> float:
    """Let ``model`` hear with ``new`` what it heard with ``old``, as nearly as least squares can make it.

    What listens to the detail goes on understanding it. Return the share of variance that is heard again.
    """
    chosen = corpus.utterances[:: max(1, len(corpus.utterances) // N_UTTERANCES)]
    heard_by = [_normal_hidden(model, encoder, corpus, chosen, report) for encoder in (old, new)]
    before = model.tap(heard_by[0].float().T[None])[0].T.double()
    frames = torch.cat([heard_by[1], torch.ones(len(before), 1, dtype=torch.double)], 1)
    ridge = 1e-4 * frames.square().mean() * len(frames) * torch.eye(frames.shape[1])
    weights = torch.linalg.solve(frames.T @ frames + ridge, frames.T @ before)
    model.tap.load_state_dict({"weight": weights[:-1].T[:, :, None], "bias": weights[-1]})
    detail = torch.tanh(before)
    lost = (torch.tanh(frames @ weights) - detail).var(0).sum()
    return float(1 - lost / detail.var(0).sum())


@torch.no_grad()
def _normal_hidden(
    model: DetailModel,
    encoder: ContentEncoder,
    corpus: Corpus,
    chosen: Sequence[Utterance],
    report: Report,
) -> Tensor:
    """Return the normalised hidden layer of every second frame, (frames, width)."""
    rows = [
        _normal(model, hidden)
        for _, _, hidden in encode_utterances(corpus, encoder, chosen, report)
    ]
    return torch.cat(rows).double()


def _normal(model: DetailModel, hidden: NDArray[np.float32]) -> Tensor:
    """Return every second frame of ``hidden`` (frames, width), normalised."""
    normal: Tensor = model.norm(torch.from_numpy(hidden.T)[None])[0].T[::2]
    return normal


@torch.inference_mode()
def _view(
    model: DetailModel,
    encoder: ContentEncoder,
    corpus: Corpus,
    chosen: Sequence[Utterance],
    report: Report,
    seed: int,
    kept: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the normalised hidden layer (frames, width), and its part that is neither explained nor constant."""
    change = random_warp(torch.Generator().manual_seed(seed))
    rows, phones, means = [], [], []
    for _, scores, hidden in encode_utterances(corpus, encoder, chosen, report, change=change):
        row = _normal(model, hidden).numpy()
        rows.append(row)
        means.append(row - row.mean(0))
        phones.append(np.exp(scores)[::2])
    normal = torch.from_numpy(np.concatenate(rows))
    known = _kept_rows(model, normal, kept)
    explaining = np.concatenate([np.concatenate(phones), known], 1).astype(np.float64)
    centred = np.concatenate(means).astype(np.float64)
    weights = lstsq(explaining, centred, lapack_driver="gelsy", check_finite=False)[0]
    return normal.double().numpy(), centred - explaining @ weights


def _kept_rows(model: DetailModel, normal: Tensor, kept: int) -> NDArray[np.float32]:
    weight, bias = model.tap.weight[:kept, :, 0], model.tap.bias[:kept]
    return torch.tanh(normal @ weight.T + bias).numpy()
