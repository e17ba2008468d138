"""The command line as a user meets it: one answer, an exit code, never a traceback."""

import argparse
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from voicehub.cli.console import Progress, table
from voicehub.cli.main import build_parser, main
from voicehub.cli.voices import stopping
from voicehub.json_text import to_json

Clip = Callable[..., Path]
Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json; return its exit code, its one object, and standard error."""

    def command(*arguments: object) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = main([*map(str, arguments), "--json"])
        out, err = capsys.readouterr()
        assert out.count("\n") == 1
        assert "Traceback" not in err
        return code, json.loads(out), err

    return command


@pytest.fixture
def voice(run: Run, clip: Clip, tiny_base: Path) -> str:
    code, data, _ = run(
        "clone", clip(5), "--name", "Ada", "--corpus-licence", "CC BY 4.0",
        "--attribution", "LibriSpeech", "--zero-shot", "--base", tiny_base,
    )  # fmt: skip
    assert code == 0
    assert data["kind"] == "zero-shot"
    assert data["recordings"][0]["quality"]["checks"]
    return str(data["name"])


def test_the_life_of_a_voice(
    run: Run, voice: str, tiny_base: Path, clip: Clip, tmp_path: Path
) -> None:
    _, listed, _ = run("voices")
    assert [each["name"] for each in listed["voices"]] == ["Ada"]
    out = tmp_path / "a.wav"
    code, spoken, err = run("speak", voice, "Hello, 世界.", "-o", out, "--base", tiny_base)
    assert (code, err) == (0, "")
    assert spoken["seconds"] > 0
    assert out.stat().st_size > 1000
    book = tmp_path / "book.txt"
    book.write_text("First sentence. Second one.\n\n第三句。", encoding="utf-8")
    code, _, _ = run(
        "speak", voice, "--file", book, "-o", tmp_path / "book.ogg", "--speed", 1.3,
        "--pitch", -2, "--seed", 4, "--base", tiny_base,
    )  # fmt: skip
    assert code == 0
    code, _, _ = run(
        "convert", voice, clip(3, "reader-m"), "-o", tmp_path / "c.wav", "--base", tiny_base
    )
    assert code == 0
    _, shown, _ = run("show", voice)
    assert shown["generations"] == 3
    assert shown["consent"]["verified"] is False
    assert run("revoke", voice)[0] == 0
    assert run("speak", voice, "Hello.", "-o", out, "--base", tiny_base)[0] == 3
    assert run("voices")[1] == {"voices": []}


@pytest.mark.usefixtures("voice")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["speak", "Ada"], 2),
        (["speak", "Ada", ""], 2),
        (["speak", "Ada", "♪ ♫"], 2),
        (["speak", "Ada", "Hello.", "--file", "x"], 2),
        (["speak", "Ada", "--file", "no/such/file"], 3),
        (["speak", "Nobody", "Hello."], 3),
        (["speak", "Ada", "Hello.", "--speed", "nan"], 2),
        (["speak", "Ada", "Hello.", "--pitch", "99"], 2),
        (["speak", "Ada", "Hello.", "--overrides", "none.json"], 3),
        (["speak", "Ada", "Hello.", "-o", "a.exe"], 2),
        (["convert", "Ada", "none.wav"], 3),
        (["show", "Nobody"], 3),
        (["delete", "Nobody"], 3),
        (["revoke", "Nobody"], 3),
        (["clone", "a.wav", "--name", "Bob"], 4),
        (["clone", "a.wav", "--name", "Bob", "--consent", "c", "--attribution", "x"], 4),
        (["clone", "a.wav", "--name", "Bob", "--corpus-licence", "CC0"], 4),
        (["clone", "--consent", "c.wav"], 2),
        (["clone", "no.wav", "--name", "Bob", "--consent", "no.wav"], 3),
        (["clone", "no.wav", "--name", "../x", "--consent", "no.wav"], 2),
        (["clone", "a.wav", "--name", "Bob", "--consent", "c", "--steps", "0"], 2),
        (["clone", "a.wav", "--name", "Bob", "--consent", "c", "--engine", "jobs"], 2),
        (["features", "none.wav"], 3),
        (["quality", "none.wav"], 3),
        (["baseline", "--manifest", "none.tsv", "-o", "x"], 2),
        (["benchmark", "--manifest", "none.tsv", "-o", "x"], 2),
        (["learning-curve", "--manifest", "none.tsv", "-o", "x"], 2),
        (["learning-curve", "--manifest", "none.tsv", "-o", "x", "--steps", "-1"], 2),
        (["frobnicate"], 2),
        ([], 2),
        (["speak"], 2),
    ],
)
def test_every_mistake_ends_with_a_sentence_and_its_code(
    arguments: Sequence[str],
    code: int,
    run: Run,
    tiny_base: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    base = ["--base", str(tiny_base)] if arguments[:1] in (["speak"], ["convert"]) else []
    got, data, err = run(*arguments, *base)
    assert got == code
    assert data["error"]["code"] == code
    last = err.splitlines()[-1]  # progress may stand before it
    assert last.startswith("voicehub: ")
    assert len(last) > len("voicehub: ") + 10
    assert sorted(tmp_path.iterdir()) == before


def test_a_megabyte_of_text_and_text_that_is_none(
    run: Run, voice: str, tiny_base: Path, tmp_path: Path
) -> None:
    book = tmp_path / "book.txt"
    book.write_bytes(b"word " * 210_000)
    code, data, _ = run("speak", voice, "--file", book, "--base", tiny_base)
    assert (code, data["error"]["type"]) == (2, "TextError")
    book.write_bytes(b"\xff\xfe\x00\x01")
    code, data, _ = run("speak", voice, "--file", book, "--base", tiny_base)
    assert (code, data["error"]["type"]) == (2, "InputError")


def test_text_from_standard_input(
    voice: str, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("你好。".encode())))
    out = tmp_path / "a.wav"
    assert main(["speak", voice, "--file", "-", "-o", str(out), "--base", str(tiny_base)]) == 0
    assert out.exists()


def test_features_and_quality(run: Run, clip: Clip, tmp_path: Path) -> None:
    plot = tmp_path / "plot.png"
    code, data, _ = run("features", clip(3), "--plot", plot)
    assert (code, data["sample_rate_hz"]) == (0, 24_000)
    assert plot.read_bytes()[:4] == b"\x89PNG"
    code, data, _ = run("quality", clip(5), clip(1.5))
    assert (code, data["passed"]) == (1, False)
    assert [each["level"] for each in data["recordings"]][1] == "fail"


def test_the_statement_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clone", "--show-statement"]) == 0
    out = capsys.readouterr().out
    assert "I am" not in out
    assert "owner of this voice" in out
    assert "拥有者" in out


def test_doctor_says_what_is_wrong(run: Run, tiny_base: Path, tmp_path: Path) -> None:
    code, data, _ = run("doctor", "--base", tiny_base)
    assert (code, data["healthy"]) == (0, True)
    code, data, _ = run("doctor", "--base", tmp_path)
    assert (code, data["healthy"]) == (1, False)


def test_demo_makes_what_it_says(run: Run, tiny_base: Path, tmp_path: Path) -> None:
    arguments = ("demo", "-o", tmp_path / "out", "--steps", 1, "--base", tiny_base)
    code, data, _ = run(*arguments)
    assert code == 0
    files = [Path(each["file"]) for each in data["made"] if each["file"]]
    assert len(files) == 5
    assert all(path.stat().st_size > 1000 for path in files)


def test_baseline_trains_on_the_demo(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "baseline"
    code, data, _ = run("baseline", "--seconds", 0.5, "--samples", 2, "-o", out)
    assert code == 0
    assert len(list(out.glob("*.wav"))) == 2
    assert json.loads((out / "baseline.json").read_text("utf-8"))["rows"] == data["rows"]


def test_an_interruption_and_an_unexpected_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from voicehub.cli import voices

    def interrupt(arguments: object) -> None:
        raise KeyboardInterrupt

    def break_down(arguments: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(voices, "_voices", interrupt)
    assert main(["voices"]) == 130
    monkeypatch.setattr(voices, "_voices", break_down)
    assert main(["voices", "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["type"] == "ZeroDivisionError"
    assert "Traceback" not in err
    assert main(["voices", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_the_first_ctrl_c_ends_and_the_second_interrupts() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping(Progress(io.StringIO())) as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from voicehub.cli.main import build_parser; build_parser().format_help();"
        "print(sorted({'torch', 'numpy', 'gradio', 'librosa', 'sqlite_utils'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def commands_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each command; where one has acts, as ``review``, those of its acts."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for each in group.choices.values():
            yield from commands_of(each)


def test_every_command_has_help_and_the_options_of_all() -> None:
    commands = {parser.prog: parser for parser in commands_of(build_parser())}
    assert {"voicehub voices", "voicehub review accept"} <= set(commands)
    for name, parser in commands.items():
        text = parser.format_help()
        assert {"--json", "--quiet", "--debug"} <= set(text.split()), name


def test_tables_and_json_hold_any_value() -> None:
    assert table(["a", "b"], [["中文", 1], ["x", 22]]) == "a     b\n----  --\n中文  1\nx     22"
    assert to_json({"a": float("nan"), "b": Path("x"), "c": (1, 2)}) == (
        '{"a": null, "b": "x", "c": [1, 2]}'
    )


def test_progress_off_a_terminal_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for step in range(100):
        progress(step / 100, f"step {step}")
    assert stream.getvalue() == "  0% step 0\n"
