"""Between the encoder and the generator: posteriors and hard phones of the whole corpus, invented speakers.

Written beside the corpus: ``clean.f16`` and ``warped.f16`` (frames, n_phones; the second from another vocal tract in
noise), ``hard.i8`` (a phone a frame, also where there is no transcript) and ``variants.npz`` (embeddings of each
speaker played faster and slower, which makes other speakers of them).
"""

from collections.abc import Callable

import numpy as np
import torch

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.model.content import content_logits, decode_phones
from voicehub.model.encoder import ContentEncoder
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.text.phonemes import PHONES
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.mel_augment import add_noise, warp_vocal_tract

RATES = (0.86, 0.93, 1.08, 1.16)
_UTTERANCES_A_VARIANT = 2


def write_content(
    corpus: Corpus, encoder: ContentEncoder, report: Callable[[float, str], None], seed: int = 0
) -> None:
    """Encode every utterance as it is and warped."""
    generator = torch.Generator().manual_seed(seed)
    with (
        (corpus.folder / "clean.f16").open("wb") as clean_file,
        (corpus.folder / "warped.f16").open("wb") as warped_file,
    ):
        for utterance in corpus.utterances:
            rows = utterance.frame_slice
            mel = corpus.mel[rows].astype(np.float32).T
            f0 = corpus.f0[rows].astype(np.float32)
            factor = 0.84 + 0.32 * torch.rand(1, generator=generator)
            other = add_noise(warp_vocal_tract(torch.from_numpy(mel)[None], factor), generator)
            _posteriors(content_logits(encoder, mel, f0)[0]).tofile(clean_file)
            _posteriors(content_logits(encoder, other[0].numpy(), f0)[0]).tofile(warped_file)
            if utterance.number % 200 == 0:
                share = utterance.number / len(corpus.utterances)
                report(share, f"content of {utterance.number} of {len(corpus.utterances)}")


def write_hard(corpus: Corpus) -> None:
    """Give every frame one phone: the aligned one, or the best path where there is no transcript."""
    with (corpus.folder / "hard.i8").open("wb") as file:
        for utterance in corpus.utterances:
            known = np.array(corpus.phones[utterance.frame_slice])
            if known[0] < 0:
                known = decode_phones(log_posteriors(corpus, utterance).T)
            known.astype(np.int8).tofile(file)


def log_posteriors(corpus: Corpus, utterance: Utterance) -> np.ndarray:
    """Return the log posteriors of an utterance after ``write_content``, (frames, n_phones)."""
    shape = (len(corpus.mel), len(PHONES))
    clean = np.memmap(corpus.folder / "clean.f16", np.float16, "r", shape=shape)
    return np.log(clean[utterance.frame_slice].astype(np.float32) + 1e-5)


def _posteriors(logits: torch.Tensor) -> np.ndarray:
    return torch.softmax(logits, 0).T.numpy(force=True).astype(np.float16)


def write_variants(corpus: Corpus, report: Callable[[float, str], None]) -> None:
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
