"""Serves both applications from one process and one loop, until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import uvicorn
from starlette.types import ASGIApp

from api.answers import answer_app
from api.office import office_app
from mail.own_words import use_own_words
from models.contracts.refusal import Refused
from readiness import announce_ready
from settings import Settings
from store.database import Database

SIGNALS = (signal.SIGTERM, signal.SIGINT)
GRACE = 10
"""Seconds that requests under way have to finish when the process is told to stop."""


class Server(uvicorn.Server):
    """A uvicorn server that says when it listens and leaves signals to whoever runs several of them."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        Refused: it cannot; the sentence says why and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise Refused(
            f"The pages cannot listen on {host}:{port}: {error.strerror}. "
            "Stop what uses that port, or choose another with FOCAL_ANSWER_PORT or FOCAL_OFFICE_PORT."
        ) from error


async def serve(settings: Settings, *, ready: Callable[[], None] = announce_ready) -> None:
    """Serve the answer pages and the office's, each on its host and port, until SIGTERM or SIGINT.

    `ready` is called once, when both listen. Cancelling stops it as a signal does.

    Raises:
        Refused: a port cannot be had, or see `use_own_words`.
    """
    use_own_words(settings.words_dir)
    # It would print the tokens of links; `api.protection` writes one without them.
    logging.getLogger("uvicorn.access").disabled = True
    database = Database(settings.database_url.get_secret_value())
    try:
        with ExitStack() as open_sockets:
            apps = (
                (answer_app(settings, database), settings.answer_host, settings.answer_port),
                (office_app(settings, database), settings.office_host, settings.office_port),
            )
            places = [(Server(app), open_sockets.enter_context(listen(host, port))) for app, host, port in apps]
            await _run(places, ready)
    finally:
        await database.close()


async def _run(places: list[tuple[Server, socket.socket]], ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in places:
            server.should_exit = True

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    running = asyncio.gather(*(server.serve([place]) for server, place in places))
    listening = asyncio.gather(*(server.listening.wait() for server, _ in places))
    try:
        await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            ready()
        await asyncio.shield(running)
    finally:
        stop()
        listening.cancel()
        await running
        for number in SIGNALS:
            loop.remove_signal_handler(number)
