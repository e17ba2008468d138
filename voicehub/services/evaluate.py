"""Measuring a voice: its consent is checked, and its scores are kept."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import NotFoundError
from voicehub.evaluation.report import Column, build_results, machine_description
from voicehub.evaluation.voice_report import evaluate_voice
from voicehub.model.device import precision_name
from voicehub.services.consent import file_sha256
from voicehub.services.demo import READERS, demo_recordings
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.store.records import OPERATOR, Evaluation, Voice
from voicehub.store.rows import new_id, now

COLUMNS = (
    Column("system", "system"),
    Column("similarity", "similarity", 3),
    Column("mos", "DNSMOS"),
    Column("word_error_rate", "WER"),
    Column("mel_mse", "mel MSE"),
    Column("mel_correlation", "mel corr."),
    Column("mcd_db", "MCD dB", 1),
    Column("f0_rmse_cents", "F0 RMSE ¢", 0),
    Column("voicing_error", "voicing err."),
)


def evaluate(
    runtime: Runtime,
    voice_name: str,
    references: Sequence[Path],
    command: str,
    report: Callable[[float, str], None],
    user_id: str = OPERATOR,
) -> dict[str, Any]:
    """Return the scores of a voice against ``references``, in the form of a results table."""
    voice = own_voice(runtime.store, voice_name, user_id)
    runtime.store.check_consent(voice)
    waveforms = [read_audio(path) for path in references]
    with runtime.turn():
        others = strangers(runtime, voice, references)
        scores = evaluate_voice(runtime.base, runtime.model(voice), waveforms, report, others)
    rows = [{column.key: row.get(column.key) for column in COLUMNS} for row in scores.pop("rows")]
    machine = machine_description(precision_name(runtime.base.device))
    results = build_results(command, datetime.now(UTC).date().isoformat(), machine, COLUMNS, rows)
    results |= {"voice": voice.name, "base_id": voice.base_id, **scores}
    runtime.store.add_evaluation(Evaluation(new_id(), voice.id, now(), results))
    return results


def strangers(runtime: Runtime, voice: Voice, references: Sequence[Path]) -> list[Waveform]:
    """Return speech of the bundled readers, but of none whose voice it is."""
    own = {each.sha256 for each in runtime.store.recordings(voice.id)}
    own |= {file_sha256(path) for path in references}
    with suppress(NotFoundError):  # an installation without the bundled readers has no floor
        readers = [demo_recordings(reader) for reader in READERS]
        others = [paths for paths in readers if own.isdisjoint(map(file_sha256, paths))]
        return [read_audio(paths[0]) for paths in others]
    return []
