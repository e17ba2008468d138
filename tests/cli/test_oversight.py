"""The commands of who answers for an installation, as the shell sees them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store.people import give_consent, give_voice, make_local

from voicehub.cli.main import main
from voicehub.services.misuse import Misuse
from voicehub.services.runtime import Runtime

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def runtime(own_home: Path, tiny_base: Path) -> Runtime:
    return Runtime(own_home, tiny_base, "cpu")


def said(capsys: Captured, *arguments: str, code: int = 0) -> dict[str, object]:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == code
    return dict(json.loads(capsys.readouterr().out))


def test_a_log_is_verified_and_a_bad_row_is_named(
    runtime: Runtime, capsys: Captured, tmp_path: Path
) -> None:
    user = make_local(runtime.store)
    give_consent(runtime.store, user)
    kept = tmp_path / "heads"
    head = said(capsys, "audit", "head", "-o", str(kept))["head"]
    assert kept.read_text() == f"{head}\n"
    found = said(capsys, "audit", "verify", "--anchor", str(kept), "--anchor", str(head))
    assert (found["rows"], found["anchors"], found["problem"]) == (3, 2, None)
    tail = said(capsys, "audit", "tail", "--kind", "consent")["rows"]
    assert [row["kind"] for row in tail] == ["consent.given"]  # type: ignore[attr-defined]
    out = tmp_path / "log.jsonl"
    assert said(capsys, "audit", "export", "-o", str(out))["rows"] == 3
    assert len(out.read_text().splitlines()) == 3
    with closing(sqlite3.connect(runtime.store.database.path)) as connection:
        connection.execute("DROP TRIGGER audit_log_only_grows_1")
        connection.execute("UPDATE audit_log SET actor = 'operator' WHERE number = 2")
        connection.commit()
    found = said(capsys, "audit", "verify", code=1)
    assert found["bad_row"] == 2
    assert main(["audit", "verify", "--anchor", "nonsense"]) == 2
    assert main(["audit", "tail", "--count", "0"]) == 2


def test_reports_are_listed_and_decided(runtime: Runtime, capsys: Captured) -> None:
    user = make_local(runtime.store)
    voice = give_voice(runtime.store, give_consent(runtime.store, user))
    report = Misuse(runtime).report(voice.id, "fraud", "they called my mother")
    listed = said(capsys, "reports", "list")
    assert listed["overdue"] == 0
    assert [each["id"] for each in listed["reports"]] == [report.id]  # type: ignore[attr-defined]
    assert said(capsys, "reports", "acknowledge", report.id)["state"] == "acknowledged"
    decided = said(capsys, "reports", "decide", report.id, "upheld")
    assert (decided["decision"], decided["strikes_of_owner"]) == ("upheld", 1)
    assert main(["speak", voice.id, "Hello."]) in (3, 4)
    assert said(capsys, "reports", "decide", report.id, "rejected")["strikes_of_owner"] == 0
    assert said(capsys, "takedown", voice.id, "--category", "other")["decision"] == "upheld"
    assert said(capsys, "reports", "list", "--state", "received")["reports"] == []
    assert main(["reports", "show"]) == 2
    assert main(["reports", "decide", report.id]) == 2
    assert main(["reports", "show", "nothing"]) == 3
    assert main(["takedown", "nothing"]) == 3


def test_an_account_is_exported_and_erased(
    runtime: Runtime, capsys: Captured, tmp_path: Path
) -> None:
    user = make_local(runtime.store, "grace")
    give_voice(runtime.store, give_consent(runtime.store, user))
    users = said(capsys, "account", "list")["users"]
    assert {each["name"] for each in users} == {"operator", "grace"}  # type: ignore[attr-defined]
    out = tmp_path / "grace.zip"
    found = said(capsys, "account", "export", "GRACE", "-o", str(out))
    assert found["rows"]["voices"] == 1  # type: ignore[index]
    assert out.stat().st_mode & 0o077 == 0
    assert main(["account", "erase", "grace"]) == 2
    assert said(capsys, "account", "erase", "grace", "--yes")["user"] == user.id
    assert main(["account", "export", "grace", "-o", str(out)]) == 3
    assert main(["account", "erase", "operator", "--yes"]) == 2
    assert said(capsys, "audit", "verify")["problem"] is None
