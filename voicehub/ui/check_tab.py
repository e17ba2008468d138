"""The tab that checks any file for anybody: was it made here, and what would its mark survive?"""

from pathlib import Path
from typing import Any

import gradio as gr

from voicehub.errors import InputError
from voicehub.services.checker import Finding, Heard, Source
from voicehub.services.manifests import MAX_BYTES
from voicehub.services.robustness import Survival
from voicehub.ui.desk import Desk, address_of
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import badge, block, notice
from voicehub.ui.report_card import figure, table

_AT_ONCE: dict[str, Any] = {
    "concurrency_limit": 1,
    "concurrency_id": "check",
}  # one file at a time: it is work


class CheckTab:
    """Usable without an account: nothing is kept of what is checked."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        block(tag("h2", say("check_title")) + tag("p", say("check_intro"), class_="vh-soft"))
        with gr.Row(equal_height=False):
            with gr.Column(scale=1, min_width=320):
                self.file = gr.File(label=say("check_file"), type="filepath", height=150)
                self.go = gr.Button(say("check_do"), variant="primary", size="lg")
                with gr.Accordion(say("check_manifest"), open=False):
                    self.manifest = gr.File(
                        label=say("check_manifest_file"), type="filepath", height=110
                    )
            with gr.Column(scale=1, min_width=320):
                self.found = block(tag("p", say("check_soon"), class_="vh-soft"), min_height=180)
        block(tag("h3", say("survive_title")) + tag("p", say("survive_intro"), class_="vh-soft"))
        self.try_it = gr.Button(say("survive_do"), size="sm", elem_classes="vh-start")
        self.survived = block(min_height=60)

    def wire(self) -> None:
        """Wire the tab."""
        self.go.click(
            self.check, [self.file, self.manifest], self.found, api_name="check_file",
            show_progress="minimal", **_AT_ONCE,
        )  # fmt: skip
        self.try_it.click(
            self.survive, self.file, self.survived, api_name="survive",
            show_progress="minimal", **_AT_ONCE,
        )  # fmt: skip

    def check(self, file: str | None, manifest: str | None, request: gr.Request) -> Markup:
        """Return what is known of a file."""
        desk = self.desk
        with desk.sentences():
            desk.needed(file, "need_file")
            desk.services.limits.check_address(address_of(request), "check")
            data = _manifest_bytes(manifest, desk) if manifest else None
            finding = desk.services.checker.check(Path(file or ""), data)
            return finding_card(desk, finding)

    def survive(self, file: str | None, request: gr.Request) -> Markup:
        """Return what the mark in a clip survives."""
        desk = self.desk
        with desk.sentences():
            desk.needed(file, "need_file")
            desk.services.limits.check_address(address_of(request), "check")
            found = desk.services.robustness.survivals(Path(file or ""))
            return survival_table(desk, found)


def _manifest_bytes(path: str, desk: Desk) -> bytes:
    if Path(path).stat().st_size > MAX_BYTES:
        raise InputError(desk.say("manifest_large"))
    return Path(path).read_bytes()


def finding_card(desk: Desk, finding: Finding) -> Markup:
    """Return what is known of a file, the verdict first."""
    say = desk.say
    ours = finding.ours
    verdict = badge(say("verdict_ours" if ours else "verdict_not"), "good" if ours else "plain")
    rows: list[tuple[str, object]] = [
        (say("check_certainty"), say(f"certainty_{finding.certainty}"))
    ]
    if finding.source is not None:
        rows += _source_rows(desk, finding.source)
    if finding.heard is not None:
        rows.append((say("check_mark"), _mark(desk, finding.heard)))
    elif not ours:
        rows.append((say("check_mark"), say("mark_none")))
    for label in finding.aigc:
        told = say(
            "aigc_told", producer=label.get("producer", ""), number=label.get("produce_id", "")
        )
        rows.append((say("check_aigc"), join(told, " ", say("aigc_ours") if label["ours"] else "")))
    rows.append((say("check_c2pa"), _credentials(desk, finding.c2pa)))
    if finding.manifest is not None:
        rows.append((say("check_manifest_row"), _manifest(desk, finding.manifest)))
    body = tag("dl", *(join(tag("dt", key), tag("dd", value)) for key, value in rows))
    hints = [tag("p", say("not_means"), class_="vh-soft")] if not ours else []
    if not ours and any(label["ours"] for label in finding.aigc):
        hints.insert(0, notice(say("aigc_alone"), "fair"))
    return tag("article", tag("h3", verdict), body, *hints, class_="vh-card", role="status")


def _source_rows(desk: Desk, source: Source) -> list[tuple[str, object]]:
    say = desk.say
    voice = source.voice or say(f"voice_{source.voice_state}")
    revoked = source.consent_revoked is not None
    state = badge(
        say("consent_revoked" if revoked else "consent_holds"), "bad" if revoked else "good"
    )
    given = say(
        f"consent_kind_{source.consent_kind.replace('-', '_')}", at=source.consent_given[:10]
    )
    consent = join(state, given, tag("br"), tag("code", source.consent_id))
    return [
        (say("voice"), voice),
        (say("consent_state"), consent),
        (say("created"), f"{source.made[:16].replace('T', ' ')} UTC"),
        (say("check_label"), say(f"label_{source.label}")),
    ]


def _mark(desk: Desk, heard: Heard) -> str:
    key = "mark_known" if heard.known else "mark_unknown"
    return desk.say(
        key, payload=heard.payload, score=heard.score, begin=heard.start_seconds,
        end=heard.end_seconds,
    )  # fmt: skip


def _credentials(desk: Desk, told: dict[str, Any] | None) -> str:
    say = desk.say
    if told is None:
        return say("c2pa_none")
    whole = say("c2pa_valid" if told["valid"] else "c2pa_broken")
    trust = say("c2pa_trusted" if told["trusted"] else "c2pa_untrusted", signer=told["signer"])
    made = say("c2pa_generated", generator=told["generator"]) if told["generated"] else ""
    return " ".join(part for part in (made, whole, trust) if part)


def _manifest(desk: Desk, told: dict[str, Any]) -> str:
    if not told["valid"]:
        return desk.say("manifest_broken")
    if not told["belongs"]:
        return desk.say("manifest_other")
    return desk.say("manifest_ours" if told["ours"] else "manifest_foreign")


def survival_table(desk: Desk, found: list[Survival]) -> Markup:
    """Return what a mark survives, a row for each change."""
    say = desk.say
    rows = []
    for each in found:
        if each.found is None:
            verdict = badge(say("survived_untried"), "plain")
        elif each.led:
            verdict = badge(say("survived_all"), "good")
        elif each.found:
            verdict = badge(say("survived_mark"), "fair")
        else:
            verdict = badge(say("survived_nothing"), "bad")
        name = tag("th", say(f"change_{_key(each.change)}"), scope="row")
        rows.append(tag("tr", name, tag("td", verdict), tag("td", figure(each.score, 1))))
    count = sum(1 for each in found if each.led)
    tried = sum(1 for each in found if each.found is not None)
    heads = [say("survive_change"), say("survive_result"), say("survive_strength")]
    note = tag("p", say("survive_note", count=count, tried=tried), class_="vh-soft", role="status")
    return join(note, table(heads, rows))


def _key(change: str) -> str:
    return change.lower().replace("+", "up_").replace("-", "down_").replace("%", "")
