"""Transcript files and the quality gate's arithmetic."""

from collections.abc import Callable
from pathlib import Path

import pytest

from voicehub.errors import InputError, NotFoundError
from voicehub.services.recordings import hear, read_transcripts

CLIPS = [Path("x/a.wav"), Path("x/b.wav")]


def test_transcripts_by_name_and_by_order(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("b.wav\tsecond words\na.wav\tfirst\n", encoding="utf-8")
    assert read_transcripts(path, CLIPS) == ["first", "second words"]
    path.write_text("first\n第二\n", encoding="utf-8")
    assert read_transcripts(path, CLIPS) == ["first", "第二"]
    assert read_transcripts(None, CLIPS) is None


@pytest.mark.parametrize("content", ["only one\n", "a.wav\tfirst\n", ""])
def test_transcripts_that_do_not_match(content: str, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read_transcripts(path, CLIPS)


def test_transcripts_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_transcripts(tmp_path / "none", CLIPS)
    (tmp_path / "t").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_transcripts(tmp_path / "t", CLIPS)


def test_short_recordings_count_together_and_each_once(clip: Callable[..., Path]) -> None:
    short, other = clip(2.5), clip(2.4, "reader-f", 1)
    assert len(hear([short, other])) == 2
    with pytest.raises(InputError, match="twice"):
        hear([short, other, short])
