"""The commands backup, restore and worker: what they print, and what they refuse."""

import json
import os
from pathlib import Path

import pytest

from voicehub.cli.main import main
from voicehub.jobs.command import LANES, worker_supervisor
from voicehub.store.jobs import JobStore
from voicehub.store.presence import at_work
from voicehub.store.records import OPERATOR
from voicehub.store.store import Store


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main([*arguments, "--json", "--quiet"])
    return code, json.loads(capsys.readouterr().out)


def test_backup_and_restore(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copy.tar"
    code, data = answer(capsys, "backup", str(target))
    assert code == 3  # nothing is there yet
    job = JobStore(Store(own_home).database).submit(OPERATOR, "demo", "training", {})
    for options in ([], ["--files"]):
        code, data = answer(capsys, "backup", str(target), *options)
        assert (code, data["files"]) == (0, 0)
        with at_work(own_home):
            assert answer(capsys, "restore", str(target))[0] == 1
        code, data = answer(capsys, "restore", str(target))
        assert code == 0
        assert Path(str(data["aside"])).parent == own_home
        assert JobStore(Store(own_home).database).get(job.id, OPERATOR) == job
    target.write_text("no backup")
    assert answer(capsys, "restore", str(target))[0] == 2


def test_workers_are_told_their_home_and_their_parent(own_home: Path) -> None:
    supervisor = worker_supervisor(JobStore(Store(own_home).database), ["--device", "cpu"])
    command = list(supervisor._command(LANES[0], "name"))
    assert command[1:4] == ["-m", "voicehub", "worker"]
    assert command[-2:] == ["--device", "cpu"]
    assert command[command.index("--parent") + 1] == str(os.getpid())
    assert supervisor._environment is not None
    assert supervisor._environment["VOICEHUB_HOME"] == str(own_home)
