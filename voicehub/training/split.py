"""Which part of the corpus training never hears."""

from collections.abc import Iterable

from voicehub.training.corpus import Corpus, Utterance

# Six LibriSpeech readers, three women and three men, kept for the benchmark.
BENCHMARK_SPEAKERS = ("ls32", "ls19", "ls4640", "ls2136", "ls3242", "ls3664")
# Two of speechocean762, a man and a woman, who speak Mandarin and read English; of each there are five recordings.
CHINESE_SPEAKERS = ("so7001", "so9647")
_CONVERSION_SOURCES = ("kerstin", "nathalie", "flemishguy")  # other languages, no transcripts used
_FEW_SPEAKER_CORPORA = ("aishell_sample", "audio_cmn_hsk", "audio_cmn_syllabs", "ljspeech_part1")


def held_out_speakers(corpus: Corpus) -> frozenset[str]:
    """Return the speakers that no training stage may hear."""
    return unheard_speakers((u.record["corpus"], u.record["speaker"]) for u in corpus.utterances)


def unheard_speakers(known: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the speakers that no training stage may hear of those ``known``: (corpus, speaker)."""
    by_corpus: dict[str, set[str]] = {}
    for corpus, speaker in known:
        by_corpus.setdefault(corpus, set()).add(speaker)
    many = [
        speaker
        for name in ("librispeech_resemblyzer", "speechocean762")
        for speaker in sorted(by_corpus.get(name, ()))[::18]
    ]
    return frozenset((*BENCHMARK_SPEAKERS, *CHINESE_SPEAKERS, *_CONVERSION_SOURCES, *many))


def is_set_aside(corpus: str, number: int) -> bool:
    """Return whether training never hears an utterance of a corpus of one or two speakers, by its number."""
    return corpus in _FEW_SPEAKER_CORPORA and number % 12 == 0


def split(corpus: Corpus) -> tuple[list[Utterance], list[Utterance]]:
    """Return (training, held-out) utterances.

    Corpora of one or two speakers are split by utterance: every twelfth is held out.
    """
    unheard = held_out_speakers(corpus)
    training, held_out = [], []
    for utterance in corpus.utterances:
        few = is_set_aside(utterance.record["corpus"], utterance.number)
        kept = utterance.record["speaker"] in unheard or few
        (held_out if kept else training).append(utterance)
    return training, held_out
