"""Second stage of pretraining: give every frame of a transcribed utterance its phone."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicehub.text.phonemes import BOUNDARY_INDEX, PHONES
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.hmm import (
    STATES_PER_PHONE,
    Chain,
    FlatStartHmm,
    best_path,
    build_chain,
    cepstral_features,
)
from voicehub.training.prepare import pack_phonemes
from voicehub.training.transcripts import transcript_of

Report = Callable[[float, str], None]
_WORST_SHARE = 0.02  # utterances whose transcript fits worst are not used
_WORD = BOUNDARY_INDEX["word"]


@dataclass(frozen=True)
class Job:
    """A transcribed utterance with its tokens [phone, accent, boundary, zh] and their chain."""

    utterance: Utterance
    tokens: NDArray[np.int16]
    chain: Chain


def alignment_jobs(corpus: Corpus) -> list[Job]:
    """Return every utterance whose transcript can be read, silences put between its words."""
    jobs = []
    for utterance in corpus.utterances:
        phonemes = transcript_of(utterance.record)
        if not phonemes:
            continue
        tokens, optional = with_silences(np.array(pack_phonemes(phonemes), np.int16))
        chain = build_chain(tokens[:, 0].astype(np.int32), optional)
        if utterance.frames > STATES_PER_PHONE * len(phonemes):
            jobs.append(Job(utterance, tokens, chain))
    return jobs


def with_silences(tokens: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Insert a skippable silence (phone 0) at both ends and after every word of ``tokens`` (n, 4)."""
    rows = [np.array([0, 0, 0, tokens[0, 3]], np.int16)]
    for token in tokens:
        rows.append(token)
        if token[2] >= _WORD:
            rows.append(np.array([0, 0, token[2], token[3]], np.int16))
    if tokens[-1, 2] < _WORD:
        rows.append(np.array([0, 0, 0, tokens[-1, 3]], np.int16))
    inserted = np.stack(rows)
    return inserted, inserted[:, 0] == 0


def align_from_scratch(corpus: Corpus, rounds: int, workers: int, report: Report) -> None:
    """Align with a flat-start HMM and write the result beside the corpus."""
    jobs = alignment_jobs(corpus)
    features = [cepstral_features(corpus.mel[job.utterance.frame_slice]) for job in jobs]
    hmm = FlatStartHmm(len(PHONES))
    pairs = [(feature, job.chain) for feature, job in zip(features, jobs, strict=True)]
    hmm.train(pairs, rounds, workers, report)
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda pair: hmm.align(*pair), pairs))
    write_alignment(corpus, jobs, results)


def align_with_scores(
    corpus: Corpus, scores: Iterable[tuple[Utterance, NDArray[np.float32]]]
) -> None:
    """Align again by log scores of the phones, (frames, n_phones) an utterance."""
    jobs = {job.utterance.number: job for job in alignment_jobs(corpus)}
    aligned, results = [], []
    for utterance, score in scores:
        job = jobs.get(utterance.number)
        if job is not None:
            by_state = np.ascontiguousarray(np.repeat(score, STATES_PER_PHONE, axis=1))
            aligned.append(job)
            results.append(best_path(by_state.astype(np.float32), job.chain))
    write_alignment(corpus, aligned, results)


def write_alignment(
    corpus: Corpus, jobs: Sequence[Job], results: Sequence[tuple[NDArray[np.int32], float]]
) -> None:
    """Write ``phones.i8`` and ``accents.i8`` (a value a frame) and ``tokens.npz`` (a row a token)."""
    phones = np.full(len(corpus.mel), -1, np.int8)
    accents = np.full(len(corpus.mel), -1, np.int8)
    limit = np.quantile([score for _, score in results], _WORST_SHARE)
    tokens_of: dict[str, NDArray[np.int16]] = {}
    for job, (path, score) in zip(jobs, results, strict=True):
        if score < limit:
            continue
        token = job.chain.token[path]
        phones[job.utterance.frame_slice] = job.tokens[token, 0]
        accents[job.utterance.frame_slice] = job.tokens[token, 1]
        frames = np.bincount(token, minlength=len(job.tokens))
        kept = frames > 0
        rows = np.concatenate([job.tokens[kept], frames[kept, None]], 1).astype(np.int16)
        tokens_of[str(job.utterance.number)] = rows
    phones.tofile(corpus.folder / "phones.i8")
    accents.tofile(corpus.folder / "accents.i8")
    partial: Path = corpus.folder / "tokens.tmp.npz"
    np.savez(partial, **tokens_of)
    partial.rename(corpus.folder / "tokens.npz")
