"""The page without a browser: its endpoints do the work, its errors are sentences."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from voicehub.audio.files import read_audio
from voicehub.audio.quality import MESSAGES
from voicehub.services.runtime import Runtime
from voicehub.ui.page import build_page, launch_options
from voicehub.ui.strings import LANGUAGES, QUALITY_ZH, STRINGS, language_of, quality_sentence

Clip = Callable[..., Path]
ENDPOINTS = {"/check_recordings", "/clone", "/stop", "/speak", "/convert", "/voices"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Iterator[Client]:
    runtime = Runtime(tmp_path_factory.mktemp("page") / "home", tiny_base, "cpu")
    page = build_page(runtime)
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **launch_options(runtime)
    )
    client = Client(url, verbose=False)
    yield client
    client.close()
    page.close()


def test_the_endpoints_have_their_names(served: Client) -> None:
    named = served.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == ENDPOINTS


def test_clone_speak_and_convert(served: Client, clip: Clip) -> None:
    assert served.predict(api_name="/voices") == []
    quality = served.predict([handle_file(clip(5))], api_name="/check_recordings")
    assert quality["value"]["headers"][0] == "file"
    assert len(quality["value"]["data"]) >= 5
    statement = handle_file(clip(4, "reader-f", 1))
    said = served.predict([handle_file(clip(5))], statement, True, "Ada", 0, api_name="/clone")
    assert "Ada" in said
    assert served.predict(api_name="/voices") == ["Ada"]
    sound, note = served.predict("Ada", "Hello. 你好。", 1.0, 0, api_name="/speak")
    assert read_audio(Path(sound)).seconds > 0.1
    assert "s of sound" in note
    source = handle_file(clip(3, "reader-m"))
    sound, _ = served.predict("Ada", source, 0, api_name="/convert")
    assert read_audio(Path(sound)).seconds == pytest.approx(3.0, abs=0.01)


def test_mistakes_become_sentences(served: Client, clip: Clip, tmp_path: Path) -> None:
    recording = handle_file(clip(5))
    text_file = tmp_path / "a.wav"
    text_file.write_text("I am no sound")
    attempts = [
        ("/speak", ("Nobody", "Hello.", 1.0, 0), "no voice"),
        ("/speak", (None, "Hello.", 1.0, 0), "Choose a voice"),
        ("/convert", ("Nobody", None, 0), "convert"),
        ("/clone", (None, recording, True, "Bob", 0), "at least one recording"),
        ("/clone", ([recording], None, True, "Bob", 0), "consent statement"),
        ("/clone", ([recording], recording, False, "Bob", 0), "agrees"),
        ("/clone", ([recording], recording, True, "../x", 0), "name"),
        ("/clone", ([handle_file(text_file)], recording, True, "Bob", 0), "not a known audio"),
    ]
    for name, arguments, sentence in attempts:
        with pytest.raises(AppError, match=sentence):
            served.predict(*arguments, api_name=name)


def test_private_files_are_not_served(served: Client, clip: Clip) -> None:
    import httpx

    secret = served.src.rstrip("/") + "/gradio_api/file="
    for path in ("/etc/passwd", str(Path(__file__)), "../voicehub.db"):
        assert httpx.get(secret + path).status_code in (403, 404)


def test_nothing_hangs_when_there_is_nothing_to_stop(served: Client) -> None:
    done = threading.Event()
    served.submit(api_name="/stop").add_done_callback(lambda _: done.set())
    assert done.wait(20)


def test_both_languages_say_everything() -> None:
    assert set(STRINGS) == set(LANGUAGES)
    english, chinese = STRINGS["en"], STRINGS["zh"]
    assert set(english) == set(chinese)
    for key, sentence in english.items():
        assert sentence.strip(), key
        assert chinese[key].strip(), key
        assert fields(sentence) == fields(chinese[key]), key
    assert set(QUALITY_ZH) == set(MESSAGES)
    for code, sentence in MESSAGES.items():
        assert fields(sentence) == fields(QUALITY_ZH[code]), code


def fields(sentence: str) -> list[tuple[str | None, str | None]]:
    """Return the places to fill in, with their formats, in any order."""
    found = [(name, how) for _, name, how, _ in Formatter().parse(sentence) if name]
    return sorted(found, key=str)


def test_every_string_is_used() -> None:
    folder = Path(__file__).resolve().parents[2] / "voicehub" / "ui"
    code = "".join(p.read_text("utf-8") for p in folder.glob("*.py") if p.name != "strings.py")
    made = ("quality_", "level_")  # put together from a column or a level
    unused = [key for key in STRINGS["en"] if f'"{key}"' not in code and not key.startswith(made)]
    assert unused == []


def test_the_language_follows_the_browser() -> None:
    assert language_of("zh-CN,zh;q=0.9,en;q=0.8") == "zh"
    assert language_of("en-GB,zh;q=0.2") == language_of(None) == language_of("de") == "en"
    check = {"code": "speech.ok", "value": 12.0, "message": "12 s of speech."}
    assert quality_sentence(check, "zh") == "语音时长 12 秒。"
    assert quality_sentence(check, "en") == "12 s of speech."
