"""The operator's road to a consent: a statement in a file, or the licence of an open corpus."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from voicehub.audio.files import read_audio
from voicehub.audio.quality import speech_seconds
from voicehub.consent.limits import word_limits
from voicehub.consent.words import phone_scores, score_words, words_of
from voicehub.errors import ConsentError
from voicehub.services.consent import Basis, SpokenStatement, consent_from, file_sha256
from voicehub.services.recordings import Heard
from voicehub.services.runtime import Runtime
from voicehub.services.voiceprints import Comparison, Given, Impostors, Vector, embed
from voicehub.store.records import OPERATOR, Consent
from voicehub.store.rows import now


def operator_consent(runtime: Runtime, basis: Basis, heard: Sequence[Heard]) -> Consent:
    """Record a legal basis for recordings; what a statement says is compared where it is known.

    Raises ``ConsentError`` where the words are others, or a recording is not of that voice. A
    statement that was recorded before, whose comparisons a person may have decided, is taken again.
    """
    if not isinstance(basis, SpokenStatement):
        consent = consent_from(basis)
        runtime.store.add_consent(consent)
        return consent
    consent = _known(runtime, basis) or _new(runtime, basis)
    prints = [embed(each.waveform) for each in heard]
    for each, vector in zip(heard, prints, strict=True):
        Impostors(runtime).check(OPERATOR, vector, each.recording.sha256)
    Comparison(runtime).require_prints(
        consent,
        [
            Given(
                f"recording {number}",
                each.recording.sha256,
                speech_seconds(each.recording.quality),
                partial(_given, vector),
            )
            for number, (each, vector) in enumerate(zip(heard, prints, strict=True), 1)
        ],
        lambda: embed(read_audio(basis.path)),
    )
    return consent


def _known(runtime: Runtime, basis: SpokenStatement) -> Consent | None:
    digest = file_sha256(basis.path) if basis.path.is_file() else ""
    for consent in runtime.store.consents():
        same = consent.statement_sha256 == digest and consent.kind == "spoken"
        if same and not basis.text and not consent.problem(now()):
            return consent
    return None


def _new(runtime: Runtime, basis: SpokenStatement) -> Consent:
    consent = consent_from(basis)
    if basis.text:
        scores = phone_scores(runtime.base, read_audio(basis.path))
        found = score_words(scores, words_of(basis.text))
        decision = word_limits().judge(found)
        verification = {
            "checked_by": "StatementCheck",
            "base_id": runtime.base.id,
            "overall": round(found.overall, 3),
            "share": round(found.share(word_limits().heard), 3),
        }
        if decision == "refuse":
            raise ConsentError(
                f"{basis.path.name} does not hold the words of the statement "
                f"(fit {found.overall:.2f}, need {word_limits().overall[0]:.2f})"
            )
        verdict = "verified" if decision == "accept" else "recorded"
        consent = replace(
            consent,
            state="verified" if decision == "accept" else "recorded",
            language=basis.language,
            verification={"verdict": verdict, **verification},
        )
    runtime.store.add_consent(consent)
    return consent


def _given(vector: Vector) -> Vector:
    """Return a voiceprint that is known already."""
    return vector
