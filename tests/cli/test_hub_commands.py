"""Publishing, pulling and keys on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from voicehub.cli.main import main

Clip = Callable[..., Path]
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*map(str, arguments), "--json", "--quiet"])
        return code, json.loads(capsys.readouterr().out)

    return command


def test_a_voice_goes_to_the_registry_and_to_another_home(
    run: Run, clip: Clip, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nowhere/token")
    base = ("--base", tiny_base)
    made = run(
        "clone", clip(5), "--name", "Ada", "--corpus-licence", "CC BY 4.0",
        "--attribution", "LibriSpeech", "--zero-shot", *base,
    )  # fmt: skip
    assert made[0] == 0
    code, answer = run("publish", "Ada", "--hub", "ada/v", *base)
    assert (code, answer["error"]["type"]) == (1, "HubError")
    code, sent = run("publish", "Ada", "--registry", "ada/v", *base)
    assert (code, sent["tag"]) == (0, "v1")
    registry = tmp_path / "home" / "registry"
    monkeypatch.setenv("VOICEHUB_HOME", str(tmp_path / "third"))
    code, got = run("pull", "ada/v", "--registry", registry, *base)
    assert (code, got["name"], got["licence"]) == (0, "Ada", "CC BY 4.0")
    assert sent["revision"][:12] in got["basis"]
    assert run("pull", "ada/v", "--registry", registry, *base)[0] == 2
    assert run("publish", "Ada", "--registry", "bob/v", *base)[0] == 4
    monkeypatch.setenv("VOICEHUB_HOME", str(tmp_path / "home"))
    assert run("revoke", "Ada")[0] == 0
    assert list(registry.iterdir()) == []
    monkeypatch.setenv("VOICEHUB_HOME", str(tmp_path / "third"))
    assert run("pull", "--check") == (0, {"gone": ["ada/v"]})
    assert run("voices")[1] == {"voices": []}
    assert run("withdraw", "Ada")[0] == 3
    assert run("pull")[0] == 2
    assert run("publish", "Ada")[0] == 2


def test_keys_are_shown_once(run: Run) -> None:
    code, made = run("key", "create", "shop", "--scope", "speak", "--characters", 500)
    assert code == 0
    assert made["secret"].startswith(made["prefix"])
    _, listed = run("key", "list")
    (key,) = listed["keys"]
    assert (key["name"], key["scopes"], key["characters_a_day"]) == ("shop", ["speak"], 500)
    assert made["secret"] not in json.dumps(listed)
    assert run("key", "revoke", key["id"])[0] == 0
    assert run("key", "revoke", key["id"])[0] == 3
    assert run("key", "list")[1]["keys"][0]["revoked"]
    assert run("key", "create", "x", "--scope", "everything")[0] == 2
