"""One frozen settings object, read at the edges and passed down.

Every value comes from the environment (`FOCAL_...`) or, for the embedded stack, from the file `focal.env`
that `focal up` writes into its data directory. Temporal's own address is read by the SDK (`TEMPORAL_ADDRESS`,
`TEMPORAL_NAMESPACE`, ...), so that every way of connecting that Temporal documents works unchanged.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.contracts.mail import Language

DATA_DIR_VARIABLE = "FOCAL_DATA_DIR"
ENVIRONMENT_FILE = "focal.env"


class Settings(BaseSettings):
    """What differs between one installation and another; no behaviour."""

    model_config = SettingsConfigDict(env_prefix="FOCAL_", frozen=True, extra="ignore")

    data_dir: Path = Path(".focal")
    database_url: SecretStr
    """SQLAlchemy address of PostgreSQL, e.g. `postgresql+psycopg://focal:...@db/focal`."""
    secret_key: SecretStr = Field(min_length=32)
    """Signs links and reply addresses. Whoever knows it can answer for anybody: keep it as a secret."""

    temporal_address: str = Field(default="127.0.0.1:7233", validation_alias="TEMPORAL_ADDRESS")
    temporal_namespace: str = Field(default="default", validation_alias="TEMPORAL_NAMESPACE")
    task_queue: str = "focal"

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_connections: int = Field(default=4, ge=1, le=16)
    mail_lease_seconds: int = Field(default=720, ge=1)
    """How long a sender holds a mail before another takes it for dead. A server may take ten minutes to acknowledge
    a text (RFC 5321, 4.5.3.2.6): with a shorter lease, a slow server may get the same bytes twice."""

    mails_per_day: int = Field(default=5, ge=1)
    """Most requests and reminders that one person is sent a day, of whatever process; what is over it waits for the
    next working day. Warnings, escalations and decisions are never held back."""

    inbound_host: str = "127.0.0.1"
    inbound_port: int = 2424
    inbound_protocol: Literal["lmtp", "smtp"] = "lmtp"
    """How the city's mail server hands replies over to `focal inbound serve`."""
    authentication_server: str | None = None
    """The name (authserv-id, RFC 8601) under which the city's mail server writes its Authentication-Results. Without
    it no sender is proven, and every reply has to be confirmed by its registered writer."""
    imap_host: str | None = None
    """Where set, the scheduler fetches replies from this mailbox."""
    imap_port: int = 993
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"
    imap_done_folder: str = "Focal"
    """Where a fetched mail is moved once it is stored."""
    imap_seconds: float = Field(default=30, gt=0)
    words_dir: Path | None = None
    """Where a city keeps its own words for mails; see docs/words.md."""
    metrics_address: str | None = None
    """Where the worker shows its figures to Prometheus, as in `127.0.0.1:9464`."""

    mail_from_address: str = "focal@focal.example"
    mail_domain: str = "focal.example"
    """Right-hand side of Message-IDs and of the addresses that replies and bounces come back to."""
    coordinator_name: str = "International Office"
    coordinator_address: str = "international.office@focal.example"
    office_zone: str = "Europe/Madrid"
    """Time zone of the days and hours that are typed at the command line."""
    coordinator_language: Language = "ca-ES-valencia"

    answer_host: str = "127.0.0.1"
    answer_port: int = 8080
    office_port: int = 8081
    answer_url: str = "http://127.0.0.1:8080"
    """How focal points reach the answer pages from outside; the links in mails begin with it."""
    office_url: str = "http://127.0.0.1:8081"
    mailbox_port: int = 8025

    calls_portal_address: str | None = None
    """The search address of the European portal, from which calls are read every night; without it, never."""
    calls_programmes: str = "CERV LIFE HORIZON DIGITAL ERASMUS CREA SMP ESF SOCPL I3 EUBA"
    """Which programmes are read, with blanks between them; `focal calls clocks` lists all that there are."""

    api_token: SecretStr | None = Field(default=None, min_length=32)
    """What other programs of the city show (`Authorization: Bearer …`) to start a delegation over HTTP; without it
    nobody can."""


def load_settings() -> Settings:
    """Read the settings; the environment wins over the embedded stack's file.

    Raises:
        pydantic.ValidationError: a value is missing or wrong; it names the setting.

    """
    data_dir = Path(os.environ.get(DATA_DIR_VARIABLE, ".focal"))
    return Settings(_env_file=data_dir / ENVIRONMENT_FILE, data_dir=data_dir)
