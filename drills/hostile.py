"""The drill of hostile input: files that nobody should be sent, to the reader and to the page."""

import os
import resource
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from drills.hostile_files import KINDS, build, special_paths
from drills.hostile_page import upload_all
from drills.outcome import Options, Outcome
from drills.recordings import READERS, clip
from drills.server import UNLIMITED, serving

_MOST_MB, _MOST_SECONDS = 200.0, 5.0
_MB = 1024.0  # of what the kernel counts in kB
_MOST_LOG_KB = 1024.0


def run(options: Options) -> Outcome:
    """Give every kind of file to the reader in a process of its own, then to the running page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = clip(folder / "speech.wav", READERS[0], 0, 5.0).read_bytes()
        files = {kind: build(kind, folder, good) for kind in KINDS}
        paths = files | special_paths(folder, good)
        reader = {kind: _read_apart(path) for kind, path in paths.items()}
        allowed = UNLIMITED | {"VOICEHUB_MAX_SAMPLES": "1000"}
        with serving(options.base, allowed, ready=False, options=("--no-worker",)) as server:
            page = upload_all(server, files, good)
            log_kb = server.log.stat().st_size / _MB
    return _outcome(reader, page, log_kb)


def _read_apart(path: Path) -> dict[str, Any]:
    """Return what reading a file comes to and costs; a crash ends the child alone."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            said = _read(path)
        except BaseException as error:  # what is no sentence of ours is what this drill looks for
            said = f"UNEXPECTED {type(error).__name__}: {error}"
        os.write(into, said.encode("utf-8", "replace")[:60_000])
        os._exit(0)
    os.close(into)
    began, before = time.monotonic(), _own_kb()
    with os.fdopen(out, "rb") as pipe:
        said = pipe.read().decode("utf-8", "replace")
    _, status, used = os.wait4(child, 0)
    signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {
        "said": said.replace(str(path.parent), "").strip()[:200],
        "crashed": bool(signal) or said.startswith("UNEXPECTED"),
        "seconds": round(time.monotonic() - began, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "more_mb": round(max(0.0, used.ru_maxrss - before) / _MB, 1),
    }


def _read(path: Path) -> str:
    """Read as the page reads a recording, within the limits of a visitor."""
    from voicehub.audio.files import probe_audio, read_audio
    from voicehub.errors import VoiceHubError
    from voicehub.services.samples import MAX_VALUES
    from voicehub.settings import AUDIO_LIMITS, ServiceLimits

    seconds = ServiceLimits().max_sample_seconds
    limits = replace(AUDIO_LIMITS, max_seconds=seconds, max_values=int(seconds * MAX_VALUES))
    try:
        probe_audio(path, limits)
        waveform = read_audio(path, limits)
    except VoiceHubError as error:
        return f"refused: {error}"
    return f"read: {waveform.seconds:.2f} s"


def _own_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _outcome(
    reader: dict[str, dict[str, Any]], page: dict[str, dict[str, Any]], log_kb: float
) -> Outcome:
    both = [*reader.values(), *page.values()]
    crashes = sum(each["crashed"] for each in both)
    largest = max(each["more_mb"] for each in both)
    slowest = max(each["cpu_seconds"] for each in both)
    silent = sum(not each["said"] for each in both)
    counted = Counter(each["said"].partition(":")[0] for each in reader.values())
    figures = {
        "kinds": len(page),
        "paths": len(reader) - len(page),
        "crashes": crashes,
        "without_a_word": silent,
        "most_mb_more": largest,
        "slowest_cpu_seconds": slowest,
        "slowest_wall_seconds": max(each["seconds"] for each in both),
        "server_log_kb": round(log_kb, 1),
        "reader_outcomes": dict(counted),
        "reader": reader,
        "page": page,
    }
    passed = (
        len(page) >= 60 and crashes == 0 and silent == 0 and largest <= _MOST_MB
        and slowest <= _MOST_SECONDS and log_kb <= _MOST_LOG_KB
    )  # fmt: skip
    verdict = (
        f"{len(page)} kinds of files and {len(reader) - len(page)} paths: {crashes} crashes, at "
        f"most +{largest:g} MB and {slowest:g} s of the processor; {log_kb:.0f} kB of log"
    )
    return Outcome(figures, passed, verdict)
