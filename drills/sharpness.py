"""The drill of sharpness: what sharper envelopes do to likeness, predicted opinion and words."""

from typing import Any

import numpy as np

from drills.outcome import Options, Outcome
from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.evaluation.quality import predicted_mos
from voicehub.evaluation.reading import read_aloud
from voicehub.evaluation.recogniser import WordErrors, default_recogniser, word_error_rate
from voicehub.evaluation.similarity import similarity_to_mean
from voicehub.model.base import load_base
from voicehub.model.generator import SHARPNESS
from voicehub.services.demo import READERS, demo_recordings
from voicehub.services.runtime import BASE_FOLDER
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.speak import SpeakOptions
from voicehub.training.finetune import zero_shot_voice

LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
MAX_MOS_LOST, MAX_SIMILARITY_LOST = 0.1, 0.01
_TEXTS = (
    "The boy was there when the sun rose over the quiet harbour.",
    "It is easy to tell the depth of a well, if you drop a stone and count.",
    "Four hours of steady work faced us, and nobody said a word about it.",
)


def run(options: Options) -> Outcome:
    """Speak the same texts at several levels and compare them with the one that ships."""
    base = load_base(options.base or BASE_FOLDER, "cpu")
    clips = {each: [read_audio(path) for path in demo_recordings(each)] for each in READERS}
    voices = {each: zero_shot_voice(base, own[:3]) for each, own in clips.items()}
    others = {each: [default_encoder().embed(w) for w in own[3:]] for each, own in clips.items()}
    figures: dict[str, Any] = {}
    for level in LEVELS:
        spoken = SpeakOptions(sharpness=level, seed=options.seed)
        said = [
            (each, text, normalise_loudness(sound))
            for each, voice in voices.items()
            for text, sound in zip(_TEXTS, read_aloud(base, voice, _TEXTS, spoken), strict=True)
        ]
        errors = sum(
            (word_error_rate(text, default_recogniser().transcribe(w)) for _, text, w in said),
            WordErrors(0, 0),
        )
        embed = default_encoder().embed
        figures[f"{level:g}"] = {
            "similarity": _median(
                [similarity_to_mean(embed(w), others[who], len(others[who])) for who, _, w in said]
            ),
            "mos": _median([predicted_mos(w).p808 for _, _, w in said]),
            "word_errors": errors.errors,
            "words": errors.words,
        }
    ours = figures[f"{SHARPNESS:g}"]
    best = {key: max(each[key] for each in figures.values()) for key in ("similarity", "mos")}
    passed = (
        best["mos"] - ours["mos"] <= MAX_MOS_LOST
        and best["similarity"] - ours["similarity"] <= MAX_SIMILARITY_LOST
    )
    plain = figures["0"]
    verdict = (
        f"at {SHARPNESS:g} DNSMOS {plain['mos']:.2f} becomes {ours['mos']:.2f}, similarity "
        f"{plain['similarity']:.3f} becomes {ours['similarity']:.3f}"
    )
    return Outcome(figures, passed, verdict)


def _median(values: list[float]) -> float:
    return round(float(np.median(values)), 4)
