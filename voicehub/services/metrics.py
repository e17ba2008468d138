"""Figures for Prometheus, read from the database when they are asked for; they name nobody."""

from collections import Counter
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from voicehub.services.runtime import Runtime
from voicehub.store.pulses import PulseStore
from voicehub.store.rows import now
from voicehub.store.totals import totals

LANES = ("speech", "training")


def metrics_text(runtime: Runtime) -> bytes:
    """Return all figures in the text format of Prometheus."""
    registry = CollectorRegistry()
    database = runtime.store.database
    found = totals(database)
    alive = [pulse.lane for pulse in PulseStore(database).alive()]
    jobs = Gauge("voicehub_jobs", "Jobs by kind and state.", ["kind", "state"], registry=registry)
    for (kind, state), number in runtime.jobs.counts().items():
        jobs.labels(kind, state).set(number)
    reports = runtime.reports.every()
    overdue = sum(each.overdue(now()) for each in reports)
    Gauge("voicehub_reports_overdue", "Reports of misuse whose next step is late.",
          registry=registry).set(overdue)  # fmt: skip
    states = Counter(each.state for each in reports)
    _by(registry, "voicehub_reports", "Reports of misuse by state.", "state",
        {state: states[state] for state in ("received", "acknowledged", "decided")})  # fmt: skip
    _by(registry, "voicehub_users", "Users that are there.", "kind", found.users)
    _by(
        registry, "voicehub_speech_seconds", "Seconds of speech made since the beginning.", "kind",
        {kind: found.speech_seconds.get(kind, 0.0) for kind in ("speak", "convert")},
    )  # fmt: skip
    for name, text, values in (
        ("voicehub_queue_length", "Jobs that wait.", found.queued),
        ("voicehub_queue_oldest_seconds", "Age of the oldest that waits.",
         found.oldest_queued_seconds),
        ("voicehub_workers", "Worker processes that live.",
         {lane: alive.count(lane) for lane in LANES}),
    ):  # fmt: skip
        _by(registry, name, text, "lane", {lane: values.get(lane, 0) for lane in LANES})
    Gauge("voicehub_voices", "Voices that are there.", registry=registry).set(found.voices)
    return generate_latest(registry)


def _by(
    registry: CollectorRegistry, name: str, text: str, label: str, values: Mapping[str, float]
) -> None:
    gauge = Gauge(name, text, [label], registry=registry)
    for key, value in values.items():
        gauge.labels(key).set(value)
