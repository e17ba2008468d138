"""The drill of fuzzing: generated input to all that reads what comes from outside."""

import io
import json
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from drills.outcome import Options, Outcome
from voicehub.audio.files import probe_audio, read_audio
from voicehub.audio.formats import describe, sniff
from voicehub.errors import VoiceHubError
from voicehub.services.names import checked_name, checked_phrase
from voicehub.services.screen import DEFAULT_FILE, load_screen
from voicehub.store.chain import Head, canonical
from voicehub.training.manifest import COLUMNS, read_manifest
from voicehub.ui.markup import tag

Target = tuple[st.SearchStrategy[Any], Callable[[Any], None]]
_FORMS = (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"),
          ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"))  # fmt: skip
_changes = st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), max_size=60)


@lru_cache(maxsize=8)
def _sound(form: str, subtype: str) -> bytes:
    target, chance = io.BytesIO(), np.random.default_rng(0)
    noise = (0.1 * chance.standard_normal(4800)).astype(np.float32)
    soundfile.write(target, noise, 24_000, subtype, format=form)
    return target.getvalue()


@st.composite
def _broken_sound(draw: st.DrawFn) -> bytes:
    """Return a sound with bytes changed, most of them in its headers, and perhaps cut."""
    content = bytearray(_sound(*draw(st.sampled_from(_FORMS))))
    reach = draw(st.sampled_from((64, 512, len(content))))
    for place, value in draw(_changes):
        content[place % min(reach, len(content))] = value
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


def _read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.wav"
        path.write_bytes(content)
        probe_audio(path)
        samples = read_audio(path).samples
        assert np.isfinite(samples).all()
        assert len(samples)


def _frontend(text: str) -> None:
    from voicehub.text.frontend import Frontend

    for sentence in Frontend().sentences(text):
        assert sentence.phonemes


def _manifest(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.tsv"
        path.write_bytes(content)
        for entry in read_manifest(path):
            assert entry.seconds >= 0


def _name(text: str) -> None:
    for clean in (checked_name(text), checked_phrase("a name", text)):
        assert clean == " ".join(clean.split())
        assert not set(clean) & set("/\\<>\0\n")


def _markup(text: str) -> None:
    made = tag("p", text, title=text)
    assert made.count("<") == 2  # the element's own


def _screen(text: str) -> None:
    screen = load_screen(DEFAULT_FILE)
    rule = screen.rule_for(text)
    assert (screen.rule_for(text.upper()) is None) == (rule is None) or not text.isascii()
    screen.check_name(text)


def _kinds(head: bytes) -> None:
    sniff(head)
    assert describe(head)


def _heads(text: str) -> None:
    assert str(Head.parse(text)).partition(":")[2] in text


def _line(value: Any) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
_texts = st.text(max_size=200) | st.text(
    st.sampled_from("0123456789 .,:/-%$€£¥°'’()年月日时点分，。？abcIVX你好"), max_size=60
)
_head = "\t".join(COLUMNS).encode() + b"\n"
TARGETS: dict[str, Target] = {
    "decoders, changed recordings": (_broken_sound(), _read),
    "decoders, any bytes": (st.binary(max_size=2000), _read),
    "kinds of files": (st.binary(max_size=4096), _kinds),
    "text": (_texts, _frontend),
    "manifests": (st.binary(max_size=300).map(lambda rest: _head + rest), _manifest),
    "names": (st.text(max_size=80), _name),
    "markup": (st.text(max_size=80), _markup),
    "the screen": (st.text(max_size=200), _screen),
    "heads of the log": (st.text(max_size=100), _heads),
    "canonical JSON": (_json, _line),
}  # fmt: skip


def fuzz(name: str, times: int, chance: int = 0) -> int:
    """Try a target so often, and return how often it refused; anything else it raises comes out."""
    strategy, function = TARGETS[name]
    refused = 0

    @seed(chance)
    @settings(
        max_examples=times, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def attempt(value: Any) -> None:
        nonlocal refused
        try:
            function(value)
        except VoiceHubError as error:
            if not str(error).strip():
                raise AssertionError("it was refused without a word") from error
            refused += 1

    attempt()
    return refused


def run(options: Options) -> Outcome:
    """Try every target ``times`` times a hundred; the first that is no sentence fails it."""
    times, figures, failed = options.times * 100, {}, []
    for name in TARGETS:
        began = time.process_time()
        try:
            said = {"tries": times, "refused": fuzz(name, times, options.seed)}
        except BaseException as error:  # hypothesis raises what the target did, or a group of them
            said = {"tries": times, "failed": f"{type(error).__name__}: {error}"[:300]}
            failed.append(name)
        figures[name] = said | {"cpu_seconds": round(time.process_time() - began, 1)}
    total = times * len(TARGETS)
    verdict = f"{total} tries at {len(TARGETS)} targets, failed: {', '.join(failed) or 'none'}"
    return Outcome({"targets": figures, "seed": options.seed}, not failed, verdict)
