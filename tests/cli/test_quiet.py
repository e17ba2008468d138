"""What C libraries print of a hostile file does not reach the log; what the program says does."""

import subprocess
import sys

SCRIPT = """
import os, subprocess, sys
from voicehub.cli.quiet import quiet_libraries
from voicehub.jobs.supervisor import _log_file
quiet_libraries()
os.write(2, b"a library complains")
print("the program says", file=sys.stderr)
subprocess.run([sys.executable, "-c", "import sys; print('its child says', file=sys.stderr)"],
               stderr=_log_file(), check=True)
"""


def test_only_the_programs_own_words_are_heard() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr.splitlines() == ["the program says", "its child says"]
