"""A customer-service bot: finds an answer, says that it is a machine, and speaks with a voice."""

import argparse
import os
import re
import sys
from pathlib import Path

import httpx

ANSWERS = {
    ("order", "parcel", "delivery"): "Your order {number} is on its way and arrives tomorrow.",
    ("return", "refund", "money"): "You can return everything within thirty days, free of charge.",
    ("open", "hours", "when"): "We are here from nine to five, Monday to Friday.",
}
UNKNOWN = "I do not know that. I am putting you through to a person."
GREETING = "This is an automatic assistant with a synthetic voice. "


def answer(question: str) -> str:
    """Return what to say; a number in the question is repeated."""
    words = re.findall(r"[a-z]+", question.lower())
    number = next(iter(re.findall(r"\d+", question)), "")
    for keys, text in ANSWERS.items():
        if any(word.startswith(key) for word in words for key in keys):
            return " ".join(text.format(number=number).split())
    return UNKNOWN


def speak(address: str, key: str, voice: str, text: str, path: Path) -> None:
    """Write ``text`` as speech; raise ``SystemExit`` with the server's words where it refuses."""
    asked = {
        "model": "voicehub-1", "voice": voice, "input": text,
        "response_format": path.suffix.lstrip(".") or "mp3",
    }  # fmt: skip
    got = httpx.post(
        f"{address}/audio/speech",
        json=asked,
        headers={"authorization": f"Bearer {key}"},
        timeout=120,
    )
    if got.status_code != 200:
        raise SystemExit(got.json()["error"]["message"])
    path.write_bytes(got.content)


def main(arguments: list[str] | None = None) -> int:
    """Answer one question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question")
    parser.add_argument("--voice", required=True)
    parser.add_argument("--address", default="http://127.0.0.1:7860/v1")
    parser.add_argument("-o", "--output", type=Path, default=Path("answer.mp3"))
    given = parser.parse_args(arguments)
    text = GREETING + answer(given.question)
    speak(given.address, os.environ["VOICEHUB_API_KEY"], given.voice, text, given.output)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
