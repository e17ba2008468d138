"""Measuring a voice: its consent is checked, and its scores are kept."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicehub.audio.files import read_audio
from voicehub.evaluation.report import Column, build_results, machine_description
from voicehub.evaluation.voice_report import evaluate_voice
from voicehub.model.device import precision_name
from voicehub.services.ownership import own_voice
from voicehub.services.runtime import Runtime
from voicehub.store.records import OPERATOR, Evaluation
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
        scores = evaluate_voice(runtime.base, runtime.model(voice), waveforms, report)
    rows = [{column.key: row.get(column.key) for column in COLUMNS} for row in scores.pop("rows")]
    machine = machine_description(precision_name(runtime.base.device))
    results = build_results(command, datetime.now(UTC).date().isoformat(), machine, COLUMNS, rows)
    results |= {"voice": voice.name, "base_id": voice.base_id, **scores}
    runtime.store.add_evaluation(Evaluation(new_id(), voice.id, now(), results))
    return results
