"""The shape of the project: imports point one way, packages have homes, documents tell truth."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "voicehub"

# A package may import from itself and from what stands further down.
LAYERS = (
    ("cli",),  # `voicehub app` serves the page
    ("ui",),
    ("api",),
    ("services",),
    ("jobs",),
    ("store", "hub"),
    ("engines",),
    ("evaluation",),
    ("consent",),
    ("training", "synthesis"),
    ("model",),
    ("text", "speaker", "watermark"),
    ("features",),
    ("audio",),
    ("settings",),
    ("logs",),
    ("errors", "json_text"),
)
# The home of each outside package that only one layer may know.
HOMES = {
    "gradio": {"ui", "app"},
    "sqlite_utils": {"store"},
    "sqlite3": {"store"},
    "huggingface_hub": {"hub"},
    "mcp": {"api"},
    "ray": {"engines"},
    "soundfile": {"audio"},
    "soxr": {"audio"},
    "pyloudnorm": {"audio"},
    "silero_vad": {"audio"},
    "librosa": {"features", "audio"},
    "matplotlib": {"features"},
    "pypinyin": {"text"},
    "pocketsphinx": {"evaluation"},
    "speechmos": {"evaluation"},
    "jiwer": {"evaluation"},
    "kaldi_native_fbank": {"evaluation"},
    "onnxruntime": {"evaluation"},
    "cryptography": {"services", "hub"},
    "c2pa": {"services"},
}
# What is installed under another name than it is imported by.
DISTRIBUTIONS = {
    "sqlite_utils": "sqlite-utils",
    "silero_vad": "silero-vad",
    "argon2": "argon2-cffi",
    "prometheus_client": "prometheus-client",
    "c2pa": "c2pa-python",
    "kaldi_native_fbank": "kaldi-native-fbank",
}
# The one road to speech: nothing else may make any (evaluation measures, and nobody hears it).
SPEAKERS = {"services/speech.py", "services/runtime.py", "evaluation", "synthesis"}

REQUIREMENTS = tuple(
    f"requirements{name}.txt" for name in ("", "-evaluate", "-provenance", "-mcp", "-ray", "-dev")
)
FILES = [*sorted(PACKAGE.rglob("*.py")), ROOT / "app.py"]


def layer_of(name: str) -> int | None:
    for number, names in enumerate(LAYERS):
        if name in names:
            return number
    return None


def part_of(path: Path) -> str:
    """Return the package of a file within voicehub, or its own name."""
    relative = path.relative_to(ROOT).with_suffix("").parts
    return relative[0] if relative[0] != "voicehub" else relative[1]


def imports_of(path: Path) -> Iterator[str]:
    """Yield every imported module of a file, wherever it stands in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way_and_packages_stay_home(path: Path) -> None:
    part = part_of(path)
    own = layer_of(part)
    for module in imports_of(path):
        first, *rest = module.split(".")
        if first in HOMES:
            assert part in HOMES[first], f"{first} is at home in {HOMES[first]}"
        if first == "voicehub" and rest and own is not None:
            other = layer_of(rest[0])
            assert other is not None, f"{module} stands in no layer"
            assert rest[0] == part or other > own, f"{part} may not import {module}"


def test_only_one_road_leads_to_speech() -> None:
    for path in FILES:
        name = str(path.relative_to(PACKAGE)) if PACKAGE in path.parents else path.name
        if name in SPEAKERS or part_of(path) in SPEAKERS:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "voicehub.synthesis"
            ):
                names = {alias.name for alias in node.names}
                # Options say how speech is to be made; they make none.
                assert names <= {"SpeakOptions", "ConvertOptions"}, f"{name} imports {names}"


def test_every_file_says_what_it_is_for_and_holds_one_idea() -> None:
    for path in FILES:
        text = path.read_text("utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
        assert text.count("\n") <= 320, f"{path} is long: it holds two ideas"


def requirements(name: str) -> dict[str, str]:
    """Return each required distribution with its line."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = {}
    for line in lines:
        if line.strip() and not line.startswith("#"):
            found[re.split(r"[<>=~!;\[ ]", line)[0].lower()] = line
    return found


def test_requirements_are_bounded_with_a_reason() -> None:
    for name in REQUIREMENTS:
        for line in requirements(name).values():
            bounds, _, reason = line.partition("#")
            assert "==" in bounds or ("<" in bounds and ">=" in bounds), line
            assert reason.strip(), line


def test_every_import_is_required() -> None:
    known = {each for name in REQUIREMENTS for each in requirements(name) if "dev" not in name}
    for path in FILES:
        for module in imports_of(path):
            first = module.split(".")[0]
            if first in sys.stdlib_module_names or first in ("voicehub", "__future__"):
                continue
            assert DISTRIBUTIONS.get(first, first).lower() in known, f"{path} imports {first}"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_file_map_matches_the_disk(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    block = re.search(r"<!-- file map -->\n+```\w*\n(.*?)```", text, re.DOTALL)
    assert block, f"{name} has no file map"
    told = {line.split()[0].rstrip("/") for line in block[1].splitlines() if line.strip()}
    for entry in told:
        assert (ROOT / entry).exists(), f"{name} names {entry}, which is not there"
    packages = {f"voicehub/{p.name}" for p in PACKAGE.iterdir() if (p / "__init__.py").exists()}
    assert packages <= told


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text("utf-8")):
        assert (ROOT / target).exists(), f"{name} links to {target}"


def test_ci_runs_the_test_command_of_both_readmes() -> None:
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
        if line.startswith("python3 -m venv")
    ]
    assert len(commands) == 1
    for name in ("README.md", "README.zh.md"):
        assert commands[0] in (ROOT / name).read_text("utf-8"), name


def test_exit_codes_are_told() -> None:
    from voicehub import errors

    codes = {
        value.exit_code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.VoiceHubError)
    }
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text("utf-8")
        assert all(f"| {code} |" in text for code in codes | {0, 130}), name
