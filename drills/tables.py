"""Tables in the documents, written from results: `python -m drills.tables` puts them in place."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from voicehub.evaluation.benchmark_tables import further_tables
from voicehub.evaluation.content_report import render_content
from voicehub.evaluation.learning_tables import curve_page
from voicehub.evaluation.report import read_results, render_table

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results"
Table = Callable[[Mapping[str, Any]], str]


def scaling_table(results: Mapping[str, Any]) -> str:
    """Return the table of what a swap costs and a batch gains."""
    figures = results["scaling"]["figures"]
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


def summary_table(heads: str, results: Mapping[str, Any]) -> str:
    """Return the three figures of every system that a reader of the first page wants."""
    return f"| | {heads} |\n| --- | ---: | ---: | ---: |\n" + "".join(
        f"| {row['system']} | {row['similarity']:.3f} | {row['word_error_rate']:.2f} "
        f"| {row['mos']:.2f} |\n"
        for row in results["rows"]
    )


# What each page holds between markers of that name, and the results that it is made from.
PAGES: dict[str, dict[str, tuple[str, Table]]] = {
    "README.md": {
        "summary": ("benchmark", partial(summary_table, "similarity | word error rate | DNSMOS"))
    },
    "README.zh.md": {
        "summary": ("benchmark", partial(summary_table, "相似度 | 词错误率 | DNSMOS"))
    },
    "docs/scaling.md": {"scaling": ("scaling", scaling_table)},
    "docs/results/README.md": {
        "benchmark": ("benchmark", render_table),
        "further": ("benchmark", further_tables),
        "learning curve": ("learning_curve", curve_page),
        "content": ("content", render_content),
    },
}


def page_with_tables(name: str) -> str:
    """Return a page with its tables as the results say; nothing stands where there are no results yet."""
    page = (ROOT / name).read_text("utf-8")
    for marker, (results, table) in PAGES[name].items():
        path = RESULTS / f"{results}.json"
        made = table(read_results(path)) if path.exists() else ""
        begin, end = f"<!-- {marker} -->\n", f"<!-- /{marker} -->"
        before, rest = page.split(begin)
        page = before + begin + made + end + rest.split(end)[1]
    return page


def main() -> int:
    """Write all tables from the results."""
    for name in PAGES:
        (ROOT / name).write_text(page_with_tables(name), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
