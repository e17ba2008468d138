"""Whether a recording is good enough to learn a voice from, and what to do where it is not.

Every finding bears a code, so that a catalogue can say it in another language.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from voicehub.audio.activity import speech_spans
from voicehub.audio.loudness import loudness_lufs
from voicehub.audio.measure import Spans, bandwidth_hz, clipped_share, snr_db
from voicehub.audio.speakers import Embed, speaker_spread
from voicehub.audio.waveform import Waveform
from voicehub.errors import SettingsError


class Level(StrEnum):
    """How a check ended."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


_LEVEL_SECONDS = 600.0  # from which the level of a longer recording is taken
_SEVERITY = {Level.PASS: 0, Level.WARN: 1, Level.FAIL: 2}


@dataclass(frozen=True)
class Check:
    """One finding; ``code`` names the sentence, ``value`` is the measurement in ``unit``."""

    code: str
    level: Level
    value: float | None
    unit: str
    message: str


@dataclass(frozen=True)
class QualityReport:
    """All checks of one recording, in the order in which to read them."""

    checks: tuple[Check, ...]

    @property
    def level(self) -> Level:
        """The worst level of all checks."""
        return max((check.level for check in self.checks), key=_SEVERITY.__getitem__)

    @property
    def problems(self) -> tuple[Check, ...]:
        """The checks that did not pass, worst first."""
        found = [check for check in self.checks if check.level is not Level.PASS]
        return tuple(sorted(found, key=lambda check: -_SEVERITY[check.level]))

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"level": str(self.level), "checks": [asdict(check) for check in self.checks]}


@dataclass(frozen=True)
class QualityLimits:
    """From where a measurement is a warning and from where a failure."""

    speech_warn_seconds: float = 10.0
    speech_fail_seconds: float = 3.0
    level_silent_lufs: float = -70.0
    level_fail_lufs: float = -55.0
    level_warn_lufs: float = -40.0
    level_loud_lufs: float = -9.0
    snr_warn_db: float = 20.0
    snr_fail_db: float = 10.0
    clipped_warn_share: float = 0.001
    clipped_fail_share: float = 0.01
    bandwidth_warn_hz: float = 8_500.0  # a source sampled at 16 kHz ends at 8
    bandwidth_fail_hz: float = 5_000.0  # the telephone ends at 3.4, one sampled at 8 kHz at 4
    spread_warn: float = 0.33  # calibrated on read speech; see `speaker_spread`
    spread_fail: float = 0.45

    def __post_init__(self) -> None:
        """Refuse limits whose failure comes before their warning."""
        rising = ("speech", "snr", "bandwidth", "level")
        units = ("seconds", "db", "hz", "lufs")
        for name, unit in zip(rising, units, strict=True):
            self._need(getattr(self, f"{name}_fail_{unit}"), getattr(self, f"{name}_warn_{unit}"))
        self._need(self.clipped_warn_share, self.clipped_fail_share)
        self._need(self.spread_warn, self.spread_fail)

    @staticmethod
    def _need(low: float, high: float) -> None:
        if low > high:
            raise SettingsError(f"a quality limit of {low:g} needs to be at most {high:g}")


QUALITY_LIMITS = QualityLimits()

MESSAGES = {
    "speech.ok": "{value:.0f} s of speech.",
    "speech.short": "Only {value:.1f} s of speech: more than 10 s give a better voice; "
    "record a few more sentences.",
    "speech.too_short": "Only {value:.1f} s of speech, at least 3 s are needed; "
    "record a few sentences.",
    "speech.none": "No speech was found, only noise or silence; "
    "check that the right microphone is chosen and read a few sentences aloud.",
    "level.ok": "The level is good ({value:.0f} LUFS).",
    "level.silent": "The recording is silent; "
    "check that the microphone is switched on and not muted.",
    "level.too_quiet": "The recording is far too quiet ({value:.0f} LUFS); "
    "raise the microphone's level and record again.",
    "level.quiet": "The recording is quiet ({value:.0f} LUFS); "
    "come closer to the microphone or raise its level.",
    "level.loud": "The recording is very loud ({value:.0f} LUFS); lower the microphone's level.",
    "noise.ok": "The background is quiet (speech is {value:.0f} dB above it).",
    "noise.some": "There is noise in the background (speech is only {value:.0f} dB above it); "
    "a quieter room or a closer microphone gives a cleaner voice.",
    "noise.high": "There is a lot of noise (speech is only {value:.0f} dB above it); "
    "record in a quiet room, close to the microphone.",
    "clipping.ok": "Nothing is cut off by too high a level.",
    "clipping.some": "Loud moments are cut off ({value:.1f} % of the samples); "
    "lower the microphone's level.",
    "clipping.heavy": "The recording is badly overdriven ({value:.1f} % of the samples are cut "
    "off); lower the microphone's level and record again.",
    "bandwidth.ok": "The recording reaches up to {value:.1f} kHz.",
    "bandwidth.narrow": "Nothing above {value:.1f} kHz was recorded: the voice will sound "
    "slightly dull; record at 44.1 or 48 kHz, not over a headset's call mode.",
    "bandwidth.telephone": "The recording has telephone quality (nothing above {value:.1f} kHz); "
    "record with the device itself at 44.1 or 48 kHz, not over a call.",
    "speakers.one": "One speaker.",
    "speakers.maybe_several": "There may be more than one speaker; "
    "cut out everyone but the owner of the voice.",
    "speakers.several": "More than one speaker seems to talk; "
    "use a recording in which only the owner of the voice is heard.",
}


def assess(
    waveform: Waveform, embed: Embed | None = None, limits: QualityLimits = QUALITY_LIMITS
) -> QualityReport:
    """Check ``waveform``; with ``embed``, the speaker encoder's, also for more than one speaker."""
    spans = speech_spans(waveform)
    found: list[Check | None] = [_level(waveform, limits), _speech(spans, limits)]
    if spans:
        found += [
            _noise(waveform, spans, limits),
            _clipping(waveform, limits),
            _bandwidth(waveform, limits),
        ]
        if embed is not None:
            found.append(_speakers(waveform, spans, embed, limits))
    return QualityReport(tuple(check for check in found if check is not None))


def speech_seconds(quality: Mapping[str, Any]) -> float:
    """Return the seconds of speech that a report, as `QualityReport.as_dict` gives it, tells of."""
    checks = quality.get("checks", [])
    return sum(float(each["value"] or 0) for each in checks if each["code"].startswith("speech."))


def _speech(spans: Spans, limits: QualityLimits) -> Check:
    if not spans:
        return _check("speech.none", Level.FAIL, 0.0, "s")
    seconds = sum(end - start for start, end in spans)
    level = _grade(seconds, limits.speech_warn_seconds, limits.speech_fail_seconds)
    return _check(_pick("speech", level, "ok", "short", "too_short"), level, seconds, "s")


def _level(waveform: Waveform, limits: QualityLimits) -> Check:
    beginning = waveform.samples[: int(_LEVEL_SECONDS * waveform.sample_rate)]
    lufs = loudness_lufs(Waveform(beginning, waveform.sample_rate))
    if lufs < limits.level_silent_lufs:
        value = lufs if math.isfinite(lufs) else None
        return _check("level.silent", Level.FAIL, value, "LUFS")
    if lufs > limits.level_loud_lufs:
        return _check("level.loud", Level.WARN, lufs, "LUFS")
    level = _grade(lufs, limits.level_warn_lufs, limits.level_fail_lufs)
    return _check(_pick("level", level, "ok", "quiet", "too_quiet"), level, lufs, "LUFS")


def _noise(waveform: Waveform, spans: Spans, limits: QualityLimits) -> Check | None:
    snr = snr_db(waveform, spans)
    if not math.isfinite(snr):
        return None
    level = _grade(snr, limits.snr_warn_db, limits.snr_fail_db)
    return _check(_pick("noise", level, "ok", "some", "high"), level, snr, "dB")


def _clipping(waveform: Waveform, limits: QualityLimits) -> Check:
    share = clipped_share(waveform.samples)
    level = _grade(share, limits.clipped_warn_share, limits.clipped_fail_share)
    return _check(_pick("clipping", level, "ok", "some", "heavy"), level, 100 * share, "%")


def _bandwidth(waveform: Waveform, limits: QualityLimits) -> Check | None:
    width = bandwidth_hz(waveform)
    if not width:
        return None
    level = _grade(width, limits.bandwidth_warn_hz, limits.bandwidth_fail_hz)
    code = _pick("bandwidth", level, "ok", "narrow", "telephone")
    return _check(code, level, width / 1000, "kHz")


def _speakers(
    waveform: Waveform, spans: Spans, embed: Embed, limits: QualityLimits
) -> Check | None:
    spread = speaker_spread(waveform, spans, embed)
    if spread is None:
        return None
    level = _grade(spread, limits.spread_warn, limits.spread_fail)
    code = _pick("speakers", level, "one", "maybe_several", "several")
    return _check(code, level, spread, "")


def _grade(value: float, warn: float, fail: float) -> Level:
    """Grade ``value``; a ``fail`` under ``warn`` says that low values are the bad ones."""
    sign = 1 if fail > warn else -1
    if sign * value > sign * fail:
        return Level.FAIL
    return Level.WARN if sign * value > sign * warn else Level.PASS


def _pick(name: str, level: Level, passed: str, warned: str, failed: str) -> str:
    return f"{name}." + {Level.PASS: passed, Level.WARN: warned, Level.FAIL: failed}[level]


def _check(code: str, level: Level, value: float | None, unit: str) -> Check:
    rounded = None if value is None else float(f"{value:.4g}")
    return Check(code, level, rounded, unit, MESSAGES[code].format(value=value))
