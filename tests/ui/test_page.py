"""The page without a browser: its endpoints do the work, its errors are sentences."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from visiting import Visitor

from voicehub.audio.files import read_audio
from voicehub.services.runtime import Runtime

Clip = Callable[..., Path]
ENDPOINTS = {
    "consent_statement", "give_consent", "add_sample", "add_samples", "remove_sample", "preview",
    "preview_progress", "clone", "clone_progress", "stop_clone", "resume_clone",
    "speak", "speak_progress", "cancel_speech", "forget_speech", "history",
    "convert", "convert_progress", "cancel_conversion",
    "evaluate", "evaluate_progress", "leaderboard", "add_reference", "make_current",
    "voice_details", "rename_voice", "delete_voice", "revoke_consent", "guided_demo", "guided_demo_progress",
    "stop_guided_demo", "check_file", "survive", "show_name", "voices", "samples", "jobs", "job",
    "market_search", "market_listing", "accept_licence", "rate_voice", "licences", "receipts",
    "top_up", "offer_voice", "submit_listing", "withdraw_listing", "my_listings", "earnings",
    "publish_to_hub", "withdraw_from_hub", "hub_places",
}  # fmt: skip


def test_the_endpoints_have_their_names(visitor: Visitor) -> None:
    named = visitor.client.view_api(return_format="dict")["named_endpoints"]
    assert {name.strip("/") for name in named} == ENDPOINTS


def test_from_consent_to_speech_and_back(visitor: Visitor, clip: Clip, tmp_path: Path) -> None:
    words = visitor.consent(clip(4, "reader-f", 1), "Ada O'Hara")
    assert "<mark" in words
    assert "Ada O&#x27;Hara" in words
    added = visitor.shown("add_sample", handle_file(clip(6)))
    assert "<article" in added
    assert " of 30 s" in added
    visitor.call("preview")
    preview = visitor.ended()
    assert preview["kind"] == "preview"
    assert "data-autoplay" in visitor.shown("preview_progress")
    visitor.call("clone", "Ada")
    visitor.until("sample")
    shown = visitor.shown("clone_progress")
    assert "vh-player" in shown
    assert "<svg" in shown
    visitor.call("stop_clone")
    assert visitor.ended()["state"] == "cancelled"
    (voice,) = visitor.call("voices")
    assert voice["name"] == "Ada"

    visitor.call("speak", voice["id"], "Hello there. 你好。", 1.0, 0, "mp3")
    spoken = visitor.ended()
    assert [e["number"] for e in spoken["events"] if e["kind"] == "chunk"] == [0, 1]
    address = f"/files/speech/{spoken['result']['speech_id']}"
    for kind in ("wav", "mp3", "flac", "ogg"):
        answer = visitor.get(f"{address}?format={kind}&download=1")
        assert "attachment" in answer.headers["content-disposition"]
        (tmp_path / f"a.{kind}").write_bytes(answer.content)
        assert read_audio(tmp_path / f"a.{kind}").seconds > 0.1
    part = visitor.get(address, range="bytes=0-99")
    assert (part.status_code, len(part.content)) == (206, 100)
    manifest = visitor.get(f"/files/manifest/{spoken['result']['speech_id']}?format=mp3").json()
    sound = visitor.get(f"{address}?format=mp3").content
    assert manifest["manifest"]["file_sha256"] == hashlib.sha256(sound).hexdigest()
    assert "AI-generated voice" in visitor.shown("speak_progress")
    (heard,) = visitor.call("history")
    assert heard["text"].startswith("Hello there")
    assert visitor.call("forget_speech", heard["id"]) == []

    visitor.call("convert", voice["id"], handle_file(clip(3, "reader-m")), 0, "none", True, 1.0)
    assert visitor.ended()["result"]["seconds"] == pytest.approx(3.0, abs=0.05)
    assert "Before" in visitor.shown("convert_progress")

    assert "Ada" in visitor.shown("rename_voice", voice["id"], "Ada two")
    assert "v1" in visitor.shown("leaderboard", voice["id"])
    assert visitor.get(f"/files/export/{voice['id']}").content[:2] == b"PK"
    receipt = visitor.call("revoke_consent", voice["id"])
    assert receipt["action"] == "revoke"
    assert receipt["removed"]
    assert visitor.call("voices") == []


def test_what_is_anothers_is_not_there(visitor: Visitor, other: Visitor, clip: Clip) -> None:
    visitor.call("add_sample", handle_file(clip(5)))
    (sample,) = visitor.call("samples")
    assert visitor.get(f"/files/sample/{sample['id']}").status_code == 200
    assert visitor.get(f"/files/picture/{sample['id']}").headers["content-type"] == "image/png"
    stranger = httpx.get(visitor.client.src.rstrip("/") + f"/files/sample/{sample['id']}")
    assert stranger.status_code == 404
    other.call("add_sample", handle_file(clip(5, "reader-m")))
    for path in ("sample", "picture", "speech", "manifest", "export"):
        answer = other.get(f"/files/{path}/{sample['id']}")
        assert answer.status_code == 404
        assert answer.json()["message"]
    with pytest.raises(AppError):
        other.call("remove_sample", sample["id"])
    assert visitor.call("samples") == [sample]


def test_mistakes_become_sentences(visitor: Visitor, clip: Clip, tmp_path: Path) -> None:
    text = tmp_path / "a.wav"
    text.write_text("I am no sound")
    attempts = [
        ("consent_statement", ("", "en", "a test", True), "fill in the name"),
        ("consent_statement", ("Ada", "en", "a test", False), "Tick"),
        ("give_consent", (handle_file(clip(4)), True), "fresh code"),
        ("add_sample", (None,), "Record or upload"),
        ("add_sample", (handle_file(text),), "not a known audio"),
        ("clone", ("Ada",), "consent comes first"),
        ("speak", ("nobody", "Hello.", 1.0, 0, "wav"), "no voice"),
        ("speak", (None, "Hello.", 1.0, 0, "wav"), "Choose a voice"),
        ("speak", ("nobody", " ", 1.0, 0, "wav"), "Write what"),
        ("convert", ("nobody", None, 0), "to convert"),
        ("speak", ("nobody", "Hi.", 1.0, 0, "wav", "none", False), "acknowledgement"),
        ("check_file", (None, None), "Choose a file"),
        ("check_file", (handle_file(text), None), "not a known audio"),
        ("survive", (handle_file(clip(4)),), "No mark of ours"),
        ("evaluate", (None,), "Choose a voice"),
        ("rename_voice", ("nobody", "x"), "no voice"),
        ("job", ("nobody",), "no job"),
    ]
    for name, arguments, sentence in attempts:
        with pytest.raises(AppError, match=sentence):
            visitor.call(name, *arguments)


def test_anybody_checks_a_file_without_becoming_anybody(address: str, clip: Clip) -> None:
    visitor = Visitor(Client(address, verbose=False))
    shown = visitor.shown("check_file", handle_file(clip(4, "reader-f", 3)), None)
    assert "Not known to be made here" in shown
    with pytest.raises(AppError, match="nothing here that is yours"):
        visitor.call("remove_sample", "nobody")
    visitor.client.close()


def test_private_files_are_not_served(visitor: Visitor, runtime: Runtime) -> None:
    for path in ("/etc/passwd", str(Path(__file__)), str(runtime.store.database.path)):
        assert visitor.get(f"/gradio_api/file={path}").status_code in (403, 404)


def test_the_other_language_has_its_own_page(address: str, clip: Clip) -> None:
    from gradio_client import Client

    client = Client(address + "zh/", verbose=False)
    with pytest.raises(AppError, match="请填写声音主人的姓名"):
        client.predict("", "zh", "x", True, api_name="/consent_statement")
    client.close()
