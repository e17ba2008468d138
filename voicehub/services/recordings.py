"""Recordings as they come in: read, judged, and refused with advice where they are of no use."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicehub.audio.files import read_audio
from voicehub.audio.quality import assess, speech_seconds
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, InputError, NotFoundError
from voicehub.services.consent import file_sha256
from voicehub.store.records import Recording
from voicehub.training.manifest import read_manifest

MAX_RECORDINGS = 500
MAX_TOTAL_SECONDS = 3600.0
MIN_SPEECH_SECONDS = 3.0  # in all recordings together
_SHORTEST_SECONDS = 0.01
_BASELINE_SECONDS = 1200.0  # of speech that the baseline is trained on at most
_HELD_OUT_SHARE = 0.2


@dataclass(frozen=True)
class Heard:
    """A recording with its sound and what is kept of it."""

    waveform: Waveform
    recording: Recording


def hear_one(path: Path) -> Heard:
    """Read and judge one recording."""
    from voicehub.speaker.embedding import default_encoder  # torch, when it is needed

    waveform = checked_sound(read_audio(path), path.name)
    quality = assess(waveform, default_encoder().embed).as_dict()
    return Heard(waveform, Recording(file_sha256(path), round(waveform.seconds, 3), quality))


def checked_sound(waveform: Waveform, name: str) -> Waveform:
    """Return a recording, or raise ``AudioError`` for what is left of a header that was cut off."""
    if waveform.seconds < _SHORTEST_SECONDS:
        raise AudioError(
            f"{name} holds {1000 * waveform.seconds:.2g} ms of sound; record or save it again"
        )
    return waveform


def hear(paths: Sequence[Path]) -> list[Heard]:
    """Read and judge recordings for cloning; raise ``AudioError`` with advice for all that fail."""
    if not 1 <= len(paths) <= MAX_RECORDINGS:
        raise InputError(f"need 1 to {MAX_RECORDINGS} recordings, got {len(paths)}")
    heard: dict[str, Heard] = {}  # by hash
    judged: list[tuple[str, dict[str, Any]]] = []
    seconds = 0.0
    for path in paths:
        each = hear_one(path)
        seconds += each.recording.seconds
        if seconds > MAX_TOTAL_SECONDS:
            raise AudioError(
                f"the recordings are longer than {MAX_TOTAL_SECONDS / 60:g} minutes in all; "
                "leave some out, an hour adds nothing over ten minutes"
            )
        if each.recording.sha256 in heard:
            raise InputError(f"{path.name} was given twice; give each recording once")
        heard[each.recording.sha256] = each
        judged.append((path.name, each.recording.quality))
    check_usable(judged)
    return list(heard.values())


def check_usable(judged: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Raise ``AudioError`` with advice where recordings, by name and quality, make no voice."""
    # A short recording among others is of use, so that only their sum can be too little.
    problems = [
        f"{name}: {check['message']}"
        for name, quality in judged
        for check in quality["checks"]
        if check["level"] == "fail" and check["code"] != "speech.too_short"
    ]
    if problems:
        raise AudioError(" ".join(problems))
    speech = sum(speech_seconds(quality) for _, quality in judged)
    if speech < MIN_SPEECH_SECONDS:
        raise AudioError(
            f"the recordings hold {speech:.1f} s of speech, at least {MIN_SPEECH_SECONDS:g} s are "
            "needed, and 30 s or more are better; record a few more sentences"
        )


def shown_value(check: dict[str, Any]) -> str:
    """Return the measurement of a check with its unit."""
    return "" if check["value"] is None else f"{check['value']:g} {check['unit']}".strip()


def read_transcripts(path: Path | None, recordings: Sequence[Path]) -> list[str] | None:
    """Return the words of each recording, from a TSV of file name and words or a line for each."""
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, "excel-tab", quoting=csv.QUOTE_NONE) if row]
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}") from error
    if all(len(row) == 1 for row in rows):
        if len(rows) != len(recordings):
            raise InputError(
                f"{path.name} has {len(rows)} lines for {len(recordings)} recordings; "
                "give one line for each, or a file name and a tab before the words"
            )
        return [row[0].strip() for row in rows]
    words = {row[0]: row[1].strip() for row in rows if len(row) > 1}
    missing = [each.name for each in recordings if each.name not in words]
    if missing:
        raise InputError(f"{path.name} has no words for {', '.join(missing[:5])}")
    return [words[each.name] for each in recordings]


def baseline_material(
    recordings: Sequence[Path], manifest: Path | None, speaker: str | None
) -> tuple[list[Waveform], list[Waveform]]:
    """Return what the baseline is trained on and, the last fifth, what it is scored against."""
    if manifest is not None:
        entries = read_manifest(manifest)
        recordings = [e.path for e in entries if speaker is None or e.speaker == speaker]
        if not recordings:
            raise NotFoundError(f"the manifest has no recordings of {speaker!r}")
    elif not recordings:
        from voicehub.services.demo import READERS, demo_recordings

        recordings = [path for reader in READERS for path in demo_recordings(reader)]
    waveforms: list[Waveform] = []
    seconds = 0.0
    for path in recordings:
        if seconds < _BASELINE_SECONDS:
            waveforms.append(read_audio(path))
            seconds += waveforms[-1].seconds
    if len(waveforms) < 2:
        raise InputError(f"the baseline needs at least two recordings, got {len(waveforms)}")
    n_held_out = max(1, round(len(waveforms) * _HELD_OUT_SHARE))
    return waveforms[:-n_held_out], waveforms[-n_held_out:]
