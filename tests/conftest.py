"""What all tests share: a home of their own, tiny networks, and short clips of real speech."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from corpus import write_manifest

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what would be skipped where VOICEHUB_SKIP_NOTHING says that all it needs is there.

    What needs an optional extra, or an account elsewhere, begins its reason with "optional".
    """
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _skip_nothing():
        reason = call.excinfo.value if call.excinfo else report.longrepr
        if str(reason).startswith("optional"):
            return report
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here, and this would be: {reason}"
    return report


def _skip_nothing() -> bool:
    return os.environ.get("VOICEHUB_SKIP_NOTHING") == "1"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test ever touches the data of whoever runs it."""
    home = tmp_path / "home"
    monkeypatch.setenv("VOICEHUB_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base checkpoint whose networks are random and tiny."""
    from tiny import write_tiny_base

    return write_tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that cuts seconds from a bundled reader's recording to a WAV file."""
    from tiny import demo_clips

    folder = tmp_path_factory.mktemp("clips")

    def cut(seconds: float, reader: str = "reader-f", number: int = 0) -> Path:
        path = folder / f"{reader}-{number}-{seconds:g}.wav"
        if not path.exists():
            whole = read_audio(demo_clips(reader)[number])
            samples = whole.samples[: int(seconds * whole.sample_rate)].copy()
            write_audio(path, Waveform(samples, whole.sample_rate))
        return path

    return cut


@pytest.fixture(scope="session")
def content_manifest(tmp_path_factory: pytest.TempPathFactory, clip: Callable[..., Path]) -> Path:
    """A manifest of clips of the bundled readers that plays every part a content report needs."""
    parts = [("aishell_sample", "zh1", "zh", "好的", clip(2.5))] * 2
    for speaker, reader in (("ls19", "reader-f"), ("ls2136", "reader-m")):
        parts += [
            ("mini_librispeech", speaker, "en", "THE BOY WAS THERE", clip(2.5, reader, number))
            for number in range(4)
        ]
    parts.append(("mini_librispeech", "heard", "en", "THE SUN ROSE", clip(2.5, "reader-f", 4)))
    parts.append(("speechocean762", "so1", "en", "IT IS EASY", clip(2.5, "reader-m", 4)))
    return write_manifest(
        tmp_path_factory.mktemp("content") / "manifest.tsv",
        [
            (path, corpus, speaker, language, "f", "2.5", text)
            for corpus, speaker, language, text, path in parts
        ],
    )
