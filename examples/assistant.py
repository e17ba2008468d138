"""An assistant that reads a text aloud: the sound is there sentence by sentence, as it is made."""

import argparse
import os
import sys
import time
from pathlib import Path

import httpx


def read_aloud(address: str, key: str, voice: str, text: str, path: Path) -> float:
    """Write speech to ``path`` as it comes; return the seconds until the first of it."""
    asked = {
        "model": "voicehub-1", "voice": voice, "input": text,
        "response_format": path.suffix.lstrip(".") or "opus",
    }  # fmt: skip
    headers = {"authorization": f"Bearer {key}"}
    began, first = time.monotonic(), 0.0
    with (
        httpx.stream(
            "POST", f"{address}/audio/speech", json=asked, headers=headers, timeout=120
        ) as got,
        path.open("wb") as file,
    ):
        if got.status_code != 200:
            got.read()
            raise SystemExit(got.json()["error"]["message"])
        for part in got.iter_bytes():
            first = first or time.monotonic() - began
            file.write(part)
            file.flush()
    return first


def main(arguments: list[str] | None = None) -> int:
    """Read a file aloud."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("--voice", required=True)
    parser.add_argument("--address", default="http://127.0.0.1:7860/v1")
    parser.add_argument("-o", "--output", type=Path, default=Path("speech.opus"))
    given = parser.parse_args(arguments)
    text = given.text.read_text(encoding="utf-8")
    key = os.environ["VOICEHUB_API_KEY"]
    first = read_aloud(given.address, key, given.voice, text, given.output)
    print(f"{given.output}, first sound after {first:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
