"""The command ``voicehub``: runs what is asked, prints one answer, maps errors to exit codes."""

import argparse
import sys
import traceback
from collections.abc import Sequence

from voicehub import __version__
from voicehub.cli import (
    analysis,
    content,
    demo,
    hub,
    keys,
    lab,
    listening,
    listings,
    oversight,
    page,
    provenance,
    speech,
    trust,
    voices,
    watermark,
    worker,
)  # fmt: skip
from voicehub.cli.console import Answer, Command, Parser, common_options
from voicehub.errors import VoiceHubError
from voicehub.json_text import to_json

INTERRUPTED = 130
_EPILOGUE = """\
exit codes:
  0    done
  1    an error of VoiceHub itself, or a check that failed
  2    the data or arguments given cannot be used
  3    a voice, checkpoint or file does not exist
  4    no legal basis: the consent is missing or was revoked
  5    weights are corrupt, foreign or of another version
  6    an optional program or package is not installed
  130  interrupted (Ctrl-C)

User data lies in VOICEHUB_HOME, else in the user's data directory.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json, debug = "--json" in given, "--debug" in given
    try:
        parsed = build_parser().parse_args(given)
        command: Command = parsed.run
        answer = command(parsed)
        _print(to_json(answer.data) if as_json else answer.text)
        return answer.exit_code
    except VoiceHubError as error:
        return _fail(error, str(error), error.exit_code, as_json, debug)
    except KeyboardInterrupt as error:
        return _fail(error, "interrupted", INTERRUPTED, as_json, debug)
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads on; Python would complain at exit
        return 1
    except Exception as error:  # the last line of defence: a sentence, never a traceback
        message = f"unexpected {type(error).__name__}: {error}; run again with --debug to see where"
        return _fail(error, message, 1, as_json, debug)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; imports nothing heavy."""
    parser = Parser(
        prog="voicehub",
        description="Clone a consented voice, speak and convert with it, and measure the result.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"voicehub {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = common_options()
    for group in (
        demo, voices, speech, provenance, analysis, lab, content, listening, hub, keys, watermark, listings,
        page, worker, trust, oversight,
    ):  # fmt: skip
        group.add_commands(commands, common)
    return parser


def _print(text: str) -> None:
    if text:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()


def _fail(error: BaseException, message: str, code: int, as_json: bool, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    line = " ".join(message.split())
    sys.stderr.write(f"voicehub: {line}\n")
    if as_json:
        _print(to_json({"error": {"type": type(error).__name__, "message": line, "code": code}}))
    return code


__all__ = ["Answer", "build_parser", "main"]
