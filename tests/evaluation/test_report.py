"""Results written, read back and rendered."""

from pathlib import Path

import numpy as np
import pytest

from voicehub.errors import InputError, NotFoundError
from voicehub.evaluation.confidence import estimate, summarise
from voicehub.evaluation.report import (
    Column,
    build_results,
    machine_description,
    read_results,
    render_table,
    write_results,
)

MACHINE = {"processor": "Some CPU", "cores": 2, "torch": "2.13.0", "precision": "float32"}
COLUMNS = (Column("system", "system"), Column("mos", "MOS", 1), Column("n", "clips"))


def test_table_by_hand() -> None:
    rows = [
        {"system": "natural | real", "mos": np.float32(3.96), "n": 12},
        {"system": "fake", "mos": summarise([3.0, 3.0, 3.0]).as_dict(), "n": None},
    ]
    results = build_results("voicehub evaluate", "2026-01-02", MACHINE, COLUMNS, rows)
    assert render_table(results).splitlines() == [
        "| system | MOS | clips |",
        "| --- | ---: | ---: |",
        "| natural \\| real | 4.0 | 12 |",
        "| fake | 3.0 (3.0 to 3.0) | - |",
        "",
        "Made by `voicehub evaluate` on 2026-01-02: Some CPU, 2 cores, torch 2.13.0, float32. "
        "Ranges are 95 % bootstrap intervals of the median.",
    ]


def test_an_estimate_is_not_called_a_median() -> None:
    rows = [{"system": "fake", "mos": estimate([1.0, 2.0], np.mean).as_dict(), "n": 2}]
    table = render_table(build_results("command", "2026-01-02", MACHINE, COLUMNS, rows))
    assert "| fake | 1.5 (1.0 to 2.0) | 2 |" in table
    assert table.endswith("Ranges are 95 % bootstrap intervals.\n")


def test_table_renders_the_same_from_the_file(tmp_path: Path) -> None:
    rows = [{"system": "fake", "mos": 3.25, "n": np.int64(4)}]
    results = build_results("command", "2026-01-02", machine_description(), COLUMNS, rows)
    path = tmp_path / "results" / "table.json"
    write_results(path, results)
    assert read_results(path) == results
    assert render_table(read_results(path)) == render_table(results)
    assert "bootstrap" not in render_table(results)


def test_machine_tells_what_speed_depends_on() -> None:
    machine = machine_description("bfloat16")
    assert {"processor", "cores", "threads", "torch", "precision"} <= set(machine)
    assert machine["precision"] == "bfloat16"


def test_what_cannot_be_written_or_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks mos, n"):
        build_results("c", "d", MACHINE, COLUMNS, [{"system": "x"}])
    with pytest.raises(InputError, match="JSON cannot"):
        build_results("c", "d", MACHINE, COLUMNS, [{"system": "x", "mos": float("nan"), "n": 1}])
    with pytest.raises(InputError, match="one column"):
        build_results("c", "d", MACHINE, [], [])
    with pytest.raises(NotFoundError, match="no results at"):
        read_results(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(InputError, match="does not hold JSON"):
        read_results(broken)
