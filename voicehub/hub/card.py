"""The model card of a published voice, written from what is known of it."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicehub.hub.shelf import Visibility


@dataclass(frozen=True)
class CardFacts:
    """What a card tells; ``metrics`` are figures with their names, ``previews`` file and words."""

    repo: str
    name: str
    voice_id: str
    version: int
    kind: str
    base_id: str
    minutes: float
    recordings: int
    basis: str
    consent_sha256: str
    licence: str
    scope: str
    metrics: Mapping[str, Any]
    previews: Sequence[tuple[str, str]]
    marking: str
    public_key: str
    visibility: Visibility


def write_card(facts: CardFacts) -> str:
    """Return the text of README.md; what people wrote cannot become markup in it."""
    name, scope, licence = (_plain(each) for each in (facts.name, facts.scope, facts.licence))
    figures = "\n".join(
        f"| {_plain(key)} | {_plain(value)} |" for key, value in facts.metrics.items()
    )
    clips = "\n".join(f"- `{file}`: {_plain(words)}" for file, words in facts.previews)
    return f"""\
{_front_matter(facts)}
# {name}

A synthetic voice, made with VoiceHub under the consent of its owner. It is an adapter of the base
checkpoint `{facts.base_id}` ({facts.kind}, version {facts.version}) and does nothing without it.

```bash
voicehub pull {facts.repo}
voicehub speak {json.dumps(facts.name, ensure_ascii=False)} "Hello!" -o hello.wav
```

## Hear it

{clips}

## What it was made from

{facts.minutes:.1f} minutes of speech in {facts.recordings} recordings. The recordings are not here.

| measured | value |
| --- | --- |
{figures or "| nothing yet | |"}

## Consent and licence

- basis: {_plain(facts.basis)}
- hash of the proof of consent: `{facts.consent_sha256}` (the proof is `consent.json`)
- licence: {licence}
- scope: {scope}

Use it only within that scope, and say that what it speaks is synthetic. The owner can take the
consent back: then this repository is erased with its history, and whoever pulled the voice has to
stop using it, which VoiceHub does by itself when it next looks.

## Marks

{_plain(facts.marking)}

## Limits

American English and Mandarin. Not for deception, not for impersonation, not for deciding who
somebody is. It speaks as well as the figures above say, and no better.

## Signature

`manifest.json` names the hash of every file and is signed (ed25519) with the key
`{facts.public_key}`. `voicehub pull` checks hashes, shapes, base, consent and signature, and
remembers the key of each owner from the first time on.
"""


def _front_matter(facts: CardFacts) -> str:
    """Return the metadata; a JSON string is a YAML string."""
    lines = [
        "license: other",
        "license_name: voicehub-voice-licence",
        "library_name: voicehub",
        "pipeline_tag: text-to-speech",
        "language: [en, zh]",
        'tags: ["voicehub", "synthetic-voice", "consented-voice"]',
        f"voicehub_base: {json.dumps(facts.base_id)}",
        f"voicehub_consent_sha256: {json.dumps(facts.consent_sha256)}",
    ]
    if facts.visibility == "gated":
        asked = f"Use {facts.name} only within this scope: {facts.scope}"
        lines.append(f"extra_gated_prompt: {json.dumps(' '.join(asked.split()))}")
    return "\n".join(["---", *lines, "---"])


def _plain(value: object) -> str:
    """Return ``value`` as one line of text without any meaning in Markdown or HTML."""
    text = html.escape(" ".join(str(value).split()), quote=False)
    return "".join(f"\\{each}" if each in "\\`*_[]|#!~" else each for each in text)
