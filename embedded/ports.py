"""The ports of the embedded stack: defaults, free ones for tests, and a clear word when one is taken."""

import random
import socket
from dataclasses import astuple, dataclass, fields
from typing import Self

from embedded.process import StackError
from settings import Settings

LOOPBACK = "127.0.0.1"

# Below the range from which systems take the ports of outgoing connections, so that none slips in between
# choosing a port and listening on it.
_FREE_RANGE = range(18000, 32000)
_POSSIBLE = range(1, 65536)

_WANTED_BY = {
    "answer": "the answer pages want",
    "office": "the office pages want",
    "mailbox": "the mailbox page wants",
    "smtp": "the mailbox wants",
    "temporal": "Temporal wants",
    "temporal_ui": "Temporal's own pages want",
}


@dataclass(frozen=True)
class Ports:
    """One TCP port for each listener; `check` says whether they can be had."""

    answer: int = Settings.model_fields["answer_port"].default
    office: int = Settings.model_fields["office_port"].default
    mailbox: int = Settings.model_fields["mailbox_port"].default
    smtp: int = Settings.model_fields["smtp_port"].default
    temporal: int = 7233
    temporal_ui: int = 8233

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody listens on now."""
        candidates = iter(random.sample(_FREE_RANGE, 200))
        free = (port for port in candidates if _refusal(LOOPBACK, port) is None)
        return cls(*(next(free) for _ in fields(cls)))

    def check(self, *, answer_host: str = LOOPBACK) -> None:
        """Make sure that every port can be listened on.

        Raises:
            StackError: one is taken, forbidden, impossible or wanted twice, or the address is not one of this
                machine; names it, who wants it and what to change.

        """
        if reason := _refusal(answer_host, 0):
            raise StackError(
                f"The answer pages cannot listen on “{answer_host}”: {reason}. "
                f"Give an address of this machine with --answer-host, for example {LOOPBACK}."
            )
        for field, port in zip(fields(self), astuple(self), strict=True):
            option = f"--{field.name.replace('_', '-')}-port"
            wanted = f"Port {port}, which {_WANTED_BY[field.name]},"
            if port not in _POSSIBLE:
                raise StackError(f"{wanted} does not exist. Give one from 1 to 65535 with {option} NUMBER.")
            if astuple(self).count(port) > 1:
                raise StackError(f"{wanted} is wanted twice. Give each its own, for example with {option}.")
            reason = _refusal(answer_host if field.name == "answer" else LOOPBACK, port)
            if reason:
                raise StackError(f"{wanted} cannot be used: {reason}. Free it, or choose another with {option} NUMBER.")


def _refusal(host: str, port: int) -> str | None:
    """Why nothing can listen on a port; none if something can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: a connection of a server that just stopped does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return None
