"""Between the encoder and the generator: posteriors and hard phones of the whole corpus, invented speakers.

Written beside the corpus: ``content.f16`` (frames, n_phones) and ``heard.f16`` (frames, detail width), of two
utterances in three as heard from another vocal tract in noise; ``hard.i8`` (a phone a frame, also where there is no
transcript); and ``variants.npz`` (embeddings of each speaker played faster and slower, which makes other speakers).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.model.content import decode_phones
from voicehub.model.detail import DetailModel
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder, pitch_input
from voicehub.model.listener import Listener
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.text.phonemes import PHONES
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.listener_stage import at_16k, disguise
from voicehub.training.mel_augment import add_noise, warp_vocal_tract

Report = Callable[[float, str], None]
Change = Callable[[Tensor], Tensor]
RATES = (0.86, 0.93, 1.08, 1.16)
_UTTERANCES_A_VARIANT = 2
_BATCH_FRAMES = 8192
_PLAIN_EVERY = 3


def encode_utterances(
    corpus: Corpus,
    encoder: ContentEncoder,
    utterances: Sequence[Utterance],
    report: Report,
    listener: Listener | None = None,
    change: Change | None = None,
) -> Iterator[tuple[Utterance, NDArray[np.float32], NDArray[np.float32]]]:
    """Yield each utterance, shortest first, with its log posteriors (frames, n_phones) and hidden (frames, width).

    The posteriors are the listener's where there is one. ``change`` is applied to each mel batch (batch, n_mels,
    frames) before it is encoded; the listener then hears another voice in noise, too.
    """
    waiting = sorted(utterances, key=lambda u: u.frames)
    done = 0
    while done < len(waiting):
        longest = waiting[min(done + 32, len(waiting) - 1)].frames
        batch = waiting[done : done + max(1, min(32, _BATCH_FRAMES // longest))]
        done += len(batch)
        encoded = _encode(corpus, encoder, batch, change)
        for utterance, (logits, hidden) in zip(batch, encoded, strict=True):
            if listener is not None:
                logits = _listen(corpus, listener, utterance, hidden, change is not None)
            yield utterance, logits.log_softmax(0).T.numpy(force=True), hidden.T.numpy(force=True)
        report(done / len(waiting), f"encoded {done} of {len(waiting)} utterances")


@torch.inference_mode()
def _encode(
    corpus: Corpus, encoder: ContentEncoder, batch: Sequence[Utterance], change: Change | None
) -> list[tuple[Tensor, Tensor]]:
    device = next(encoder.parameters()).device
    frames = -(-max(u.frames for u in batch) // 64) * 64  # few shapes: kernels are made per shape
    mel = torch.zeros(len(batch), encoder.config.n_mels, frames)
    f0 = torch.zeros(len(batch), frames)
    for row, utterance in enumerate(batch):
        own = torch.from_numpy(corpus.mel[utterance.frame_slice].astype(np.float32)).T[None]
        mel[row, :, : utterance.frames] = encoder.centre(own if change is None else change(own))[0]
        f0[row, : utterance.frames] = torch.from_numpy(
            corpus.f0[utterance.frame_slice].astype(np.float32)
        )
    length = torch.tensor([u.frames for u in batch])
    present = torch.arange(frames)[None] < length[:, None]
    with autocast(device):
        encoded = encoder(mel.to(device), pitch_input(f0.to(device)), present.to(device))
    return [
        (encoded.phones[row, :, : u.frames].float(), encoded.hidden[row, :, : u.frames].float())
        for row, u in enumerate(batch)
    ]


@torch.inference_mode()
def _listen(
    corpus: Corpus, listener: Listener, utterance: Utterance, hidden: Tensor, disguised: bool
) -> Tensor:
    """Return the phone logits (n_phones, frames) of the listener for what the encoder made of an utterance."""
    samples = corpus.waveform(utterance, 0, utterance.frames)[None]
    rng = np.random.default_rng((utterance.number, 5))
    speed, changed = disguise(samples, rng) if disguised else (1.0, at_16k(samples))
    sound = torch.from_numpy(changed).to(hidden.device)
    with autocast(hidden.device):
        heard = listener.listen(sound, utterance.frames, torch.tensor([1 / speed]))
        return listener(hidden[None], heard)[0].float()


def random_warp(generator: torch.Generator) -> Change:
    """Return a change of mel batches to other vocal tracts in noise."""

    def warp(mel: Tensor) -> Tensor:
        factor = 0.84 + 0.32 * torch.rand(len(mel), generator=generator)
        return add_noise(warp_vocal_tract(mel, factor), generator)

    return warp


def write_content(
    corpus: Corpus,
    encoder: ContentEncoder,
    listener: Listener,
    detail: DetailModel,
    report: Report,
    seed: int = 0,
) -> None:
    """Write the posteriors, the heard detail and the hard phones of every utterance."""
    warp = random_warp(torch.Generator().manual_seed(seed))
    folder, n_frames = corpus.folder, len(corpus.mel)
    content = np.memmap(folder / "content.f16", np.float16, "w+", shape=(n_frames, len(PHONES)))
    shape = (n_frames, detail.config.detail_width)
    heard = np.memmap(folder / "heard.f16", np.float16, "w+", shape=shape)
    hard = np.memmap(folder / "hard.i8", np.int8, "w+", shape=(n_frames,))
    plain = [u for u in corpus.utterances if u.number % _PLAIN_EVERY == 0]
    warped = [u for u in corpus.utterances if u.number % _PLAIN_EVERY]
    for chosen, change in ((plain, None), (warped, warp)):
        encoded = encode_utterances(corpus, encoder, chosen, report, listener, change)
        for utterance, scores, hidden in encoded:
            rows = utterance.frame_slice
            content[rows] = np.exp(scores).astype(np.float16)
            with torch.inference_mode():
                detail_rows = detail.heard(torch.from_numpy(hidden.T.copy())[None])[0].T
            heard[rows] = detail_rows.numpy().astype(np.float16)
            known = np.array(corpus.phones[rows])
            hard[rows] = known if known[0] >= 0 else decode_phones(scores.T)
    content.flush()
    heard.flush()
    hard.flush()


def write_variants(corpus: Corpus, report: Report) -> None:
    """Embed two utterances of each speaker at each of RATES: (n_rates, 256) a speaker."""
    encoder = default_encoder()
    variants: dict[str, np.ndarray] = {}
    for number, (speaker, utterances) in enumerate(corpus.speakers.items()):
        longest = sorted(utterances, key=lambda n: -corpus.utterances[n].frames)
        rows = []
        for rate in RATES:
            embeddings = []
            for chosen in longest[:_UTTERANCES_A_VARIANT]:
                utterance = corpus.utterances[chosen]
                samples = corpus.waveform(utterance, 0, min(utterance.frames, 560))
                faster = resample(samples, SAMPLE_RATE * rate, SAMPLE_RATE)
                embeddings.append(encoder.embed(Waveform(faster), 0.8))
            rows.append(unit(np.mean(embeddings, 0)))
        variants[speaker] = np.stack(rows)
        if number % 50 == 0:
            report(number / len(corpus.speakers), f"invented speakers from {number}")
    np.savez(corpus.folder / "variants.npz", **variants)
