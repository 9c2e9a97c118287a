"""Open every nasty mail in a program of its own; print seconds of work and peak memory for each, as JSON."""

import json
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from mail.inbound.opening import open_mail
from mail.inbound.scan import scan
from tests.inbound.nasty import OPENED, REFUSED

MAILS = {name: make for name, (make, _) in REFUSED.items()} | OPENED


def peak() -> int:
    """In MB, of this program since it was reset; what `resource` reports may be that of who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def measured(name: str) -> dict[str, Any]:
    raw = MAILS[name]()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = time.process_time()
    excess = scan(raw)
    opened = open_mail(raw)
    done = time.process_time()
    return {
        "seconds": done - before,
        "megabytes": peak(),
        "excess": excess,
        "sender": [box.address for box in opened.senders],
    }


if __name__ == "__main__":
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        sys.stdout.write(json.dumps(dict(zip(MAILS, pool.map(measured, MAILS, chunksize=1), strict=True))))
