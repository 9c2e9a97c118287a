"""The settings of a running embedded stack: what its parts are given, and the file other shells find them in.

Promise: `focal.env` is whole or absent, readable by its owner alone, and keeps the secret key from the first
start to the last, so that links in mails already sent go on working.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from embedded.mailbox_vouching import NAME
from embedded.ports import LOOPBACK, Ports
from embedded.temporal import NAMESPACE, EmbeddedTemporal, without_temporal
from settings import DATA_DIR_VARIABLE, ENVIRONMENT_FILE

_SECRET_KEY = "FOCAL_SECRET_KEY"  # noqa: S105 - the name of a setting, not a secret
_HEADER = """\
# Written by `focal up` at every start; it keeps the secret key. Other settings belong in the environment.
"""


def stack_settings(
    *,
    data_dir: Path,
    ports: Ports,
    answer_host: str,
    database_url: str,
    temporal: EmbeddedTemporal,
    extra: Mapping[str, str],
) -> dict[str, str]:
    """The `FOCAL_...` and `TEMPORAL_...` values of one stack, except its secret key; `extra` wins.

    The public addresses may be given from outside (`FOCAL_ANSWER_URL`, `FOCAL_OFFICE_URL`): behind a proxy
    they are not the ports listened on.
    """
    return {
        DATA_DIR_VARIABLE: str(data_dir),
        "FOCAL_DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "FOCAL_SMTP_HOST": LOOPBACK,
        "FOCAL_SMTP_PORT": str(ports.smtp),
        "FOCAL_SMTP_SECURITY": "none",
        "FOCAL_AUTHENTICATION_SERVER": NAME,
        "FOCAL_ANSWER_HOST": answer_host,
        "FOCAL_ANSWER_PORT": str(ports.answer),
        "FOCAL_OFFICE_PORT": str(ports.office),
        "FOCAL_ANSWER_URL": os.environ.get("FOCAL_ANSWER_URL", f"http://{LOOPBACK}:{ports.answer}"),
        "FOCAL_OFFICE_URL": os.environ.get("FOCAL_OFFICE_URL", f"http://{LOOPBACK}:{ports.office}"),
        "FOCAL_MAILBOX_PORT": str(ports.mailbox),
        **extra,
    }


def with_secret_key(settings: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """The settings with a secret key: from the environment, else kept from the first start, else new."""
    kept = os.environ.get(_SECRET_KEY) or _kept_secret_key(data_dir / ENVIRONMENT_FILE)
    return {_SECRET_KEY: kept or secrets.token_hex(32), **settings}


def process_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What a part of the stack is started with: the shell's environment, with the stack's settings in it."""
    inherited = without_temporal(os.environ)
    for name in ("FOCAL_SMTP_USER", "FOCAL_SMTP_PASSWORD", "FOCAL_IMAP_HOST"):
        inherited.pop(name, None)  # meant for another relay and a real mailbox, whose mail must not end up here
    return {**inherited, "PYTHONUNBUFFERED": "1", **settings}


def write(settings: Mapping[str, str], data_dir: Path) -> None:
    """Put the settings where `settings.load_settings` looks for them.

    Raises:
        OSError: the data directory cannot be written.

    """
    path = data_dir / ENVIRONMENT_FILE
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    lines = "".join(f"{name}={_quoted(value)}\n" for name, value in settings.items())
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - the mode
        file.write(_HEADER + lines)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _quoted(value: str) -> str:
    """In single quotes, as both the settings and a shell read it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _kept_secret_key(path: Path) -> str | None:
    if not path.exists():
        return None
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        if name == _SECRET_KEY:
            return value.strip("'") or None
    return None
