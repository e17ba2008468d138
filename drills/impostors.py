"""The drill of impostors: how long a newcomer is compared with 100,000 registered voices."""

import tempfile
import time
from pathlib import Path

import numpy as np

from drills.outcome import Options, Outcome, median, percentile
from voicehub.services.consent import CorpusLicence, consent_from
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.services.voiceprints import Impostors, Vector, to_bytes
from voicehub.speaker.embedding import EMBEDDING_SIZE, unit
from voicehub.store.check_records import OptOut
from voicehub.store.rows import new_id, now

_VOICES = 100_000
_TIMES = 100
_MOST_SECONDS = 0.05


def run(options: Options) -> Outcome:
    """Register voices that chance made, and compare newcomers; the first time reads them all."""
    with tempfile.TemporaryDirectory(prefix="voicehub-impostors-") as name:
        runtime = Runtime(Path(name) / "home", options.base or BASE_FOLDER, "cpu")
        rng = np.random.default_rng(options.seed)
        _register(runtime, rng)
        impostors, times = Impostors(runtime), []
        began = time.perf_counter()
        impostors.check("operator", _vector(rng), "a" * 64)
        first = time.perf_counter() - began
        for _ in range(_TIMES):
            vector = _vector(rng)
            began = time.perf_counter()
            impostors.check("operator", vector, "a" * 64)
            times.append(time.perf_counter() - began)
        runtime.prints.add_optout(OptOut(new_id(), "one more", now()), to_bytes(_vector(rng)))
        began = time.perf_counter()
        impostors.check("operator", _vector(rng), "a" * 64)
        again = time.perf_counter() - began
        registered = len(runtime.registry)
    figures = {
        "registered": registered,
        "times": _TIMES,
        "median_ms": round(1000 * median(times), 2),
        "p95_ms": round(1000 * percentile(times, 0.95), 2),
        "slowest_ms": round(1000 * max(times), 2),
        "first_ms": round(1000 * first, 1),
        "after_a_change_ms": round(1000 * again, 1),
    }
    passed = registered > _VOICES and median(times) <= _MOST_SECONDS
    verdict = f"{figures['median_ms']} ms a comparison with {registered} voices in the middle"
    return Outcome(figures, passed, verdict)


def _register(runtime: Runtime, rng: np.random.Generator) -> None:
    """Write voices as rows, many at a time; no files belong to them."""
    consent = consent_from(CorpusLicence("CC0", "chance"))
    runtime.store.add_consent(consent)
    at = now()
    drawn = np.maximum(rng.standard_normal((_VOICES, EMBEDDING_SIZE), np.float32), 0.0)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    ids = [f"{number:036}" for number in range(_VOICES)]
    voices = [(each, each, at, each, "0" * 64, consent.id) for each in ids]
    prints = [(each, to_bytes(vector), at) for each, vector in zip(ids, drawn, strict=True)]
    with runtime.store.database.write() as db:
        db.conn.executemany(
            "INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, consent_id)"
            " VALUES (?, ?, ?, 'zero-shot', 'none', ?, ?, ?)",
            voices,
        )
        db.conn.executemany(
            "INSERT INTO voiceprints (voice_id, vector, created) VALUES (?, ?, ?)", prints
        )


def _vector(rng: np.random.Generator) -> Vector:
    return unit(np.maximum(rng.standard_normal(EMBEDDING_SIZE), 0.0).astype(np.float32))
