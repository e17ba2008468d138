"""An upload is fetched and used by who uploaded it, and by nobody who only knows where it lies."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio.utils import get_upload_folder

from voicehub.ui.desk import COOKIE
from voicehub.ui.uploads import KEPT_SECONDS, Uploads

Browser = httpx.Client


@pytest.fixture
def owner(address: str) -> Iterator[Browser]:
    with httpx.Client(base_url=address, cookies={COOKIE: "a" * 43}) as browser:
        yield browser


@pytest.fixture
def thief(address: str) -> Iterator[Browser]:
    with httpx.Client(base_url=address, cookies={COOKIE: "b" * 43}) as browser:
        yield browser


def upload(browser: Browser, content: bytes, place: str = "") -> str:
    """Return where the server keeps what was uploaded."""
    files = {"files": ("diary.txt", content)}
    answer = browser.post(f"{place}/gradio_api/upload", files=files).raise_for_status()
    return str(answer.json()[0])


def fetch(browser: Browser, path: str) -> httpx.Response:
    return browser.get(f"/gradio_api/file={path}")


def ask(browser: Browser, place: str, stands: object) -> httpx.Response:
    """Call a function of the page, with no right number: what is refused before is not looked up."""
    body = {"data": [stands], "fn_index": 0, "session_hash": "x"}
    return browser.post(f"{place}/gradio_api/queue/join", json=body)


def test_only_its_owner_fetches_an_upload(owner: Browser, thief: Browser, address: str) -> None:
    path = upload(owner, b"my words")
    assert fetch(owner, path).content == b"my words"
    for tried in (path, f"/proc/self/root{path}", path.replace("/", "%2F"), f"{path}/../diary.txt"):
        assert fetch(thief, tried).status_code == 404
    assert httpx.get(f"{address}gradio_api/file={path}").status_code == 404
    assert thief.get(f"/zh/gradio_api/file/{path}").status_code == 404


def test_who_has_the_same_file_has_it_too(owner: Browser, thief: Browser) -> None:
    path = upload(owner, b"a song that everybody knows")
    assert upload(thief, b"a song that everybody knows", "/zh") == path
    assert fetch(owner, path).status_code == fetch(thief, path).status_code == 200


@pytest.mark.parametrize("place", ["", "/zh"])
def test_another_s_upload_is_no_file_of_a_call(owner: Browser, thief: Browser, place: str) -> None:
    path = upload(owner, f"words {place}".encode())
    stands = {"path": path, "meta": {"_type": "gradio.FileData"}}
    shapes = (stands, [stands], path, {"url": f"/gradio_api/file={path}"}, {"x": {path: 1}})
    for given in shapes:
        refused = ask(thief, place, given)
        assert refused.status_code == 403
        assert ("重新上传" if place else "upload it again") in refused.json()["detail"]
        assert ask(owner, place, given).status_code != 403


def test_what_is_not_an_upload_is_served_to_nobody(owner: Browser, tmp_path: Path) -> None:
    (tmp_path / "kept.wav").write_bytes(b"RIFF")  # as is what the server keeps
    assert ask(owner, "", {"path": str(tmp_path / "kept.wav")}).status_code == 403
    for path in ("/etc/passwd", get_upload_folder(), f"{get_upload_folder()}/x", "a\x00b"):
        assert fetch(owner, path.replace("\x00", "%00")).status_code == 404


def test_old_uploads_go_and_what_others_keep_there_stays(tmp_path: Path) -> None:
    async def nothing(*_: object) -> None: ...

    uploads = Uploads(nothing, tmp_path)
    old, new, strange = (tmp_path / name for name in ("old", "new", "strange"))
    for folder in (old, new, strange):
        folder.mkdir()
        (folder / "sound.wav").write_bytes(b"RIFF")
    for folder in (old, new):
        uploads.mark(str(folder / "sound.wav"), "somebody")
    long_ago = time.time() - KEPT_SECONDS - 1
    for path in (*old.iterdir(), *strange.iterdir()):
        os.utime(path, (long_ago, long_ago))
    uploads.sweep()
    assert [each.exists() for each in (old, new, strange)] == [False, True, True]
