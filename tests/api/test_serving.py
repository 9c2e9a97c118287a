"""Both applications are served by one process that starts, says so, and stops cleanly."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.serve import listen, serve
from mail.translation import ROOT
from models.contracts.refusal import Refused
from settings import Settings
from tests.api.conftest import SECRET, free_port

PROGRAM = "import asyncio, settings; from api.serve import serve; asyncio.run(serve(settings.load_settings()))"


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.drill)])
def test_a_signal_stops_both_applications(database_url: str, tmp_path: Path, number: signal.Signals):
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    answer_port, office_port = free_port(), free_port()
    environment = os.environ | {
        "FOCAL_DATABASE_URL": database_url,
        "FOCAL_SECRET_KEY": SECRET,
        "FOCAL_ANSWER_PORT": str(answer_port),
        "FOCAL_OFFICE_PORT": str(office_port),
        "FOCAL_DATA_DIR": str(tmp_path),
        "FOCAL_READY_FILE": str(ready),
    }
    with subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment) as process:
        assert ready.read_text() == "ready\n", "reading waits until the pages say that they listen"
        for port in (answer_port, office_port):
            assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        process.send_signal(number)
        assert process.wait(timeout=15) == 0
    for port in (answer_port, office_port):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port))


async def test_a_taken_port_is_said_in_a_sentence_that_helps(settings: Settings):
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        wanted = settings.model_copy(update={"answer_port": free_port(), "office_port": port})
        with pytest.raises(Refused, match=rf"127\.0\.0\.1:{port}: Address already in use.*FOCAL_OFFICE_PORT"):
            await serve(wanted)
