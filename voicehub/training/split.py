"""Which part of the corpus training never hears."""

from voicehub.training.corpus import Corpus, Utterance

# Six LibriSpeech readers, three women and three men, kept for the benchmark.
BENCHMARK_SPEAKERS = ("ls32", "ls19", "ls4640", "ls2136", "ls3242", "ls3664")
# Two of speechocean762, a man and a woman, who speak Mandarin and read English; of each there are five recordings.
CHINESE_SPEAKERS = ("so7001", "so9647")
_CONVERSION_SOURCES = ("kerstin", "nathalie", "flemishguy")  # other languages, no transcripts used
_FEW_SPEAKER_CORPORA = ("aishell_sample", "audio_cmn_hsk", "audio_cmn_syllabs", "ljspeech_part1")


def held_out_speakers(corpus: Corpus) -> frozenset[str]:
    """Return the speakers that no training stage may hear."""
    by_corpus: dict[str, set[str]] = {}
    for utterance in corpus.utterances:
        by_corpus.setdefault(utterance.record["corpus"], set()).add(utterance.record["speaker"])
    many = [
        speaker
        for name in ("librispeech_resemblyzer", "speechocean762")
        for speaker in sorted(by_corpus.get(name, ()))[::18]
    ]
    return frozenset((*BENCHMARK_SPEAKERS, *CHINESE_SPEAKERS, *_CONVERSION_SOURCES, *many))


def split(corpus: Corpus) -> tuple[list[Utterance], list[Utterance]]:
    """Return (training, held-out) utterances.

    Corpora of one or two speakers are split by utterance: every twelfth is held out.
    """
    unheard = held_out_speakers(corpus)
    training, held_out = [], []
    for utterance in corpus.utterances:
        few = utterance.record["corpus"] in _FEW_SPEAKER_CORPORA and utterance.number % 12 == 0
        kept = utterance.record["speaker"] in unheard or few
        (held_out if kept else training).append(utterance)
    return training, held_out
