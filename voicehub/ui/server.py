"""The server: Gradio's pages, files, accounts and health in one application, and its workers."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fastapi
import gradio as gr
import uvicorn
from fastapi.staticfiles import StaticFiles
from gradio.utils import get_upload_folder

from voicehub.api.app import build_api
from voicehub.errors import CheckpointError, VoiceHubError
from voicehub.jobs.command import worker_supervisor
from voicehub.logs import Log
from voicehub.services.accounts import Accounts
from voicehub.services.api_keys import ApiKeys
from voicehub.services.checker import Checker
from voicehub.services.consents import Consents
from voicehub.services.hub import HubService
from voicehub.services.library import Library
from voicehub.services.limits import Limits
from voicehub.services.market import Market
from voicehub.services.misuse import Misuse
from voicehub.services.reviews import Reviews
from voicehub.services.robustness import Robustness
from voicehub.services.runtime import Runtime
from voicehub.services.samples import Samples
from voicehub.services.selling import Review, Selling
from voicehub.services.speeches import Speeches
from voicehub.services.studio import Studio
from voicehub.services.sweep import Sweeper
from voicehub.store.presence import at_work
from voicehub.ui.account_routes import account_routes
from voicehub.ui.body_limit import BodyLimit
from voicehub.ui.desk import Services, address_of, trusts_proxy
from voicehub.ui.files import file_routes
from voicehub.ui.health import base_is_there, health_routes
from voicehub.ui.page import Page, mount_options
from voicehub.ui.report_routes import report_routes
from voicehub.ui.review_routes import review_routes
from voicehub.ui.shell import PATHS, Shell, offers_hugging_face
from voicehub.ui.streams import Streams
from voicehub.ui.uploads import Uploads

_log = Log(__name__)
_STATIC = Path(__file__).parent / "static"
# The page comes first: the networks load for seconds, on the same processors.
_WORKERS_AFTER_SECONDS = 2.0
_WARM_AFTER_SECONDS = 8.0
_GRACE_SECONDS = 3  # for answers that are being given when the server ends


@dataclass(frozen=True)
class Options:
    """Where to serve, and the options of the workers that are started; None starts none."""

    host: str = "127.0.0.1"
    port: int = 7860
    worker_options: Sequence[str] | None = field(default=())


def build_app(runtime: Runtime) -> Shell:
    """Return the whole application; it starts no worker and opens no port."""
    services = services_of(runtime)
    app = fastapi.FastAPI(title="VoiceHub", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(runtime))
    app.include_router(file_routes(services))
    app.include_router(report_routes(services))
    app.include_router(review_routes(services))
    app.include_router(account_routes(services, runtime.limits.session_days))
    app.mount("/v1", build_api(runtime, address_of))
    app.mount("/static-voicehub", StaticFiles(directory=_STATIC))
    if offers_hugging_face():
        from gradio.oauth import attach_oauth

        attach_oauth(app)
    options = mount_options(runtime.home, runtime.limits.max_upload_mb * 2**20)
    for language in ("zh", "en"):  # the one at "/" comes last: it takes every other path
        blocks = Page(services, language).build()
        gr.mount_gradio_app(app, blocks, PATHS[language].rstrip("/") or "/", **options)
    most = (runtime.limits.max_upload_mb + 1) * 2**20
    uploads = Uploads(Streams(app), Path(get_upload_folder()))
    return Shell(BodyLimit(uploads, most), runtime.limits.session_days)


def services_of(runtime: Runtime) -> Services:
    """Return all services over one runtime."""
    return Services(
        Accounts(runtime), Consents(runtime), Samples(runtime), Studio(runtime), Library(runtime),
        Speeches(runtime), Limits(runtime), Checker(runtime), Robustness(runtime), Misuse(runtime),
        ApiKeys(runtime), Market(runtime), Selling(runtime), Review(runtime),
        Reviews(runtime), HubService(runtime),
    )  # fmt: skip


def check_ready(runtime: Runtime) -> None:
    """Raise ``VoiceHubError`` where the server could do no work, with what to do about it."""
    problems = runtime.store.database.problems()
    if problems:
        raise VoiceHubError(
            f"the database {runtime.store.database.path} is damaged: {problems[0]}; "
            "put a backup in its place with `voicehub restore FILE`"
        )
    if not base_is_there(runtime):
        raise CheckpointError(
            f"the base checkpoint is not in {runtime.base_folder}; "
            "fetch the whole repository, or name its folder with --base"
        )


def serve(runtime: Runtime, options: Options, say: Callable[[str], None]) -> None:
    """Serve the page until SIGTERM or Ctrl-C; ``say`` is told its address."""
    with at_work(runtime.home), listening(options) as listener:
        check_ready(runtime)
        config = uvicorn.Config(
            build_app(runtime), log_config=None, access_log=False, lifespan="on",
            proxy_headers=trusts_proxy(), forwarded_allow_ips="*" if trusts_proxy() else None,
            timeout_graceful_shutdown=_GRACE_SECONDS, server_header=False,
        )  # fmt: skip
        sweeper = Sweeper(runtime)
        # Recordings are judged in this process, whether or not it has workers.
        with _later(_WARM_AFTER_SECONDS, lambda: _warm(runtime)), _workers(runtime, options):
            sweeper.start()
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            say(f"the page is on http://{shown}:{port} (Ctrl-C ends it)")
            _Server(config).run(sockets=[listener])
            sweeper.stop()
        say("closed")


class _Server(uvicorn.Server):
    """Returns after a signal, so that the workers are ended in order; uvicorn would raise it again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End the server at SIGTERM and Ctrl-C; a second one ends it at once."""
        ends = (signal.SIGTERM, signal.SIGINT)
        before = {each: signal.signal(each, self.handle_exit) for each in ends}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


@contextmanager
def listening(options: Options) -> Iterator[socket.socket]:
    """Yield a socket at the address of ``options``; raise ``VoiceHubError`` where it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        listener = socket.create_server((options.host, options.port), family=family)
    except (OSError, OverflowError) as error:
        raise VoiceHubError(
            f"the page cannot be served on {options.host}:{options.port}: {error}"
        ) from error
    with listener:
        # Connections inherit it: else the short messages of a stream wait up to 40 ms for one another.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


@contextmanager
def _workers(runtime: Runtime, options: Options) -> Iterator[None]:
    if options.worker_options is None:
        yield
        return
    supervisor = worker_supervisor(runtime.jobs, options.worker_options)
    try:
        with _later(_WORKERS_AFTER_SECONDS, supervisor.start):
            yield
    finally:
        supervisor.stop()


@contextmanager
def _later(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _warm(runtime: Runtime) -> None:
    """Load what judges recordings, after the page is there."""
    try:
        Samples(runtime).warm()
    except Exception as error:  # the first recording tells it in words
        _log.error("judges_not_loaded", error=error)
