"""The command that measures the content encoder: what it writes and what it prints."""

import json
from pathlib import Path

import pytest
from corpus import write_manifest

from voicehub.cli.main import main
from voicehub.model.base import load_base


def test_the_report_is_written_and_printed(
    tiny_base: Path, content_manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = _longer(content_manifest, tmp_path)
    given = ("content-report", "--manifest", manifest, "-o", tmp_path / "results", "--quiet")
    code = main([*map(str, given), "--utterances", "1", "--base", str(tiny_base)])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    written = json.loads((tmp_path / "results" / "content.json").read_text("utf-8"))
    assert written["base_id"] == load_base(tiny_base, "cpu").id
    assert {"command", "date", "machine", "processor_seconds", "phones", "leak"} < set(written)
    assert "| readers never heard in training, 2 | 2 |" in out
    assert "| posteriors and detail | all, 2 |" in out


def _longer(manifest: Path, folder: Path) -> Path:
    """The clips last 2.5 s; the command asks for 4 s of those that readers are told by."""
    told = folder / "manifest.tsv"
    told.write_text(manifest.read_text("utf-8").replace("\t2.5\t", "\t4\t"), encoding="utf-8")
    return told


def test_a_manifest_without_readers_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "empty.tsv", [])
    given = ("content-report", "--manifest", manifest, "-o", tmp_path, "--base", tiny_base)
    assert main([*map(str, given), "--quiet"]) == 2
