"""Tables in the documents, written from results: `python -m drills.tables` puts them in place."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE, RESULTS = ROOT / "docs" / "scaling.md", ROOT / "docs" / "results" / "scaling.json"
_BEGIN, _END = "<!-- scaling -->\n", "<!-- /scaling -->"


def scaling_table(figures: Mapping[str, Any]) -> str:
    """Return the table of what a swap costs and a batch gains."""
    rows = [
        ("swap of a voice, as references", f"{figures['swap_choose_ms']:.1f} ms"),
        ("swap of a voice, merged", f"{figures['swap_merge_ms']:.1f} ms"),
        ("a voice read from disk and checked", f"{figures['load_from_disk_ms']:.1f} ms"),
        ("files of a voice (`voice_bytes`)", f"{figures['voice_bytes'] / 1e6:.2f} MB"),
        ("generator and prosody in memory (`base_bytes`)", f"{figures['base_bytes'] / 1e6:.0f} MB"),
    ]
    for key, name in (
        ("three_seconds", "16 sentences of 3 s"),
        ("a_third_of_a_second", "16 of 0.3 s"),
    ):
        part = figures[key]
        alone, together = part["one_by_one_ms"], part["mixed_batch_ms"]
        speed = part["one_by_one_times_real_time"]
        rows += [
            (f"{name}, one by one", f"{alone:.0f} ms, {speed:.0f} times real time"),
            (
                f"{name}, 16 voices in one batch",
                f"{together:.0f} ms, {part['gain']:.2f} times as fast",
            ),
            (
                f"{name}, one voice in one batch",
                f"{part['one_voice_batch_ms']:.0f} ms, "
                f"{alone / part['one_voice_batch_ms']:.2f} times as fast",
            ),
        ]
    head = f"| {figures['threads']} thread on {figures['device']} | measured |\n| --- | ---: |\n"
    return head + "".join(f"| {what} | {value} |\n" for what, value in rows)


def page_with(table: str, page: str) -> str:
    """Return the page with the table in its place."""
    before, rest = page.split(_BEGIN)
    return before + _BEGIN + table + _END + rest.split(_END)[1]


def main() -> int:
    """Write the table from the results."""
    figures = json.loads(RESULTS.read_text("utf-8"))["scaling"]["figures"]
    PAGE.write_text(page_with(scaling_table(figures), PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
