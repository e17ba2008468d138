"""Logs: one JSON object a line, of events, identifiers, times and classes of errors; never of words,
names, paths or addresses. The standard library's loggers, as what Gradio and uvicorn log goes the
same way and is held to the same."""

import json
import logging
import os
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicehub.errors import SettingsError

# All that a line may hold beside its time, level, place and event.
FIELDS = frozenset({"request", "job", "kind", "lane", "worker", "attempt", "state", "seconds", "error",
                    "status", "method", "route", "count", "process", "code"})  # fmt: skip
LEVELS = ("debug", "info", "warning", "error")
_SETTING = "VOICEHUB_LOG_LEVEL"
_FRAMES = 12  # of a traceback, the innermost
_ROOT = Path(__file__).resolve().parent.parent
_request: ContextVar[str] = ContextVar("request", default="")


class Log:
    """Logs events by their names, with nothing but known fields: `log.info("job_ended", job=id)`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """Log what is of use while one looks for something."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Log what goes as it should."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Log what went wrong and is made good."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Log what went wrong; an exception as ``error`` is written with where it came from."""
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, object]) -> None:
        unknown = fields.keys() - FIELDS
        if unknown:
            raise TypeError(f"a log has no field {', '.join(sorted(unknown))}")
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"voicehub": fields}, stacklevel=3)


class JsonFormatter(logging.Formatter):
    """Writes a record as a line; of what other packages log only where it was, never the words."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        fields: dict[str, Any] | None = getattr(record, "voicehub", None)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "from": record.name}
        line["event"] = record.msg if fields is not None else "other"
        if fields is None:
            line["line"] = f"{Path(record.pathname).name}:{record.lineno}"
        if _request.get():
            line["request"] = _request.get()
        for name, value in (fields or {}).items():
            line[name] = _plain(value)
        error = (fields or {}).get("error") or (record.exc_info or (None, None))[1]
        if isinstance(error, BaseException):
            line["error"] = type(error).__name__
            if record.levelno >= logging.ERROR:
                line["trace"] = trace_of(error)
        return json.dumps(line, ensure_ascii=True)


def start_logs(level: str | None = None) -> None:
    """Send the logs to standard error, from ``level`` on: by default VOICEHUB_LOG_LEVEL, else info."""
    chosen = (level or os.environ.get(_SETTING) or "info").lower()
    if chosen not in LEVELS:
        raise SettingsError(f"{_SETTING} is one of {', '.join(LEVELS)}, not {chosen!r}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("voicehub").setLevel(chosen.upper())
    logging.captureWarnings(True)
    through_root()


def through_root() -> None:
    """Take back the handlers that a server gave its own loggers: what they log passes ours."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def remember_request(request: str | None) -> None:
    """Let all that is logged from here on, in this thread or task, say of which request it is."""
    _request.set(request or "")


def trace_of(error: BaseException) -> list[str]:
    """Return where an error was raised, innermost last, and no word of what it says."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    """Return a file of ours from the project's folder on, any other by its last two names."""
    path = Path(filename)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-2:])


def _plain(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, float):
        return round(value, 4)
    return value if value is None or isinstance(value, (bool, int)) else str(value)
