import numpy as np

from voicehub.training.alignment import with_silences
from voicehub.training.hmm import FlatStartHmm, best_path, build_chain


def test_best_path_follows_the_scores_and_skips_an_optional_silence():
    # Tokens 0 (optional silence), 1, 2; two states each; frames clearly of phone 1 then phone 2.
    chain = build_chain(np.array([0, 1, 2], np.int32), np.array([True, False, False]))
    score = np.full((8, 6), -10.0, np.float32)
    score[:4, 2:4] = 0
    score[4:, 4:6] = 0
    path, mean = best_path(score, chain)
    assert chain.token[path].tolist() == [1, 1, 1, 1, 2, 2, 2, 2]
    assert mean == 0


def test_a_chain_that_does_not_fit_says_so():
    chain = build_chain(np.array([1, 2, 1, 2], np.int32), np.zeros(4, bool))
    _, mean = best_path(np.zeros((3, 6), np.float32), chain)
    assert mean < -1e20


def test_silences_stand_at_both_ends_and_after_words():
    tokens = np.array([[5, 0, 0, 0], [6, 0, 1, 0], [7, 0, 3, 0]], np.int16)
    inserted, optional = with_silences(tokens)
    assert inserted[:, 0].tolist() == [0, 5, 6, 0, 7, 0]
    assert optional.tolist() == [True, False, False, True, False, True]


def test_flat_start_finds_the_boundaries_of_distinct_phones():
    rng = np.random.default_rng(0)
    means = rng.normal(0, 2, (3, 6))
    utterances, truths = [], []
    for _ in range(30):
        phones = rng.permutation([0, 1, 2])
        lengths = rng.integers(6, 20, 3)
        truth = np.repeat(phones, lengths)
        features = means[truth] + rng.normal(0, 0.5, (len(truth), 6))
        features = ((features - features.mean(0)) / features.std(0)).astype(np.float32)
        utterances.append((features, build_chain(phones.astype(np.int32), np.zeros(3, bool))))
        truths.append(truth)
    hmm = FlatStartHmm(3)
    hmm.train(utterances, rounds=8, workers=1, report=lambda fraction, message: None)
    right = []
    for (features, chain), truth in zip(utterances, truths, strict=True):
        path, _ = hmm.align(features, chain)
        right.append((chain.state[path] // 2 == truth).mean())
    assert np.mean(right) > 0.95
