"""One frozen settings object, read at the edges and passed down.

Every value comes from the environment (`FOCAL_...`) or, for the embedded stack, from the file `focal.env`
that `focal up` writes into its data directory. Temporal's own address is read by the SDK (`TEMPORAL_ADDRESS`,
`TEMPORAL_NAMESPACE`, ...), so that every way of connecting that Temporal documents works unchanged.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
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
    office_host: str = "127.0.0.1"
    """Where the office's pages listen; from another machine they are reached through a proxy that speaks https."""
    office_port: int = 8081
    answer_url: str = "http://127.0.0.1:8080"
    """How focal points reach the answer pages from outside; the links in mails begin with it."""
    office_url: str = "http://127.0.0.1:8081"
    mailbox_port: int = 8025

    sign_in_by_mail: bool = True
    """Whether staff may sign in with a link by mail. Where a provider is configured, better not."""
    oidc_issuer: str | None = None
    """The city's identity provider (OpenID Connect), as in `https://login.city.example/realms/staff`."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_address_claim: str = "email"
    """The claim of the id token that holds the address by which a person is known to Focal. `email` counts only where
    the provider says that it was checked; another claim has to be one that nobody can change themselves."""
    oidc_name: str = "Single sign-on"
    """What the button to the provider is called."""

    city_name: str | None = None
    """What stands at the head of the pages; without it, the coordinator's name."""
    city_logo: Path | None = None
    """An SVG or PNG file, shown beside the name, about as high as a line of text."""
    city_colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    """The colour of the head of the pages and of buttons, as in `#0b4a5c`; white has to be readable on it."""

    calls_portal_address: str | None = None
    """The search address of the European portal, from which calls are read every night; without it, never."""
    calls_programmes: str = "CERV LIFE HORIZON DIGITAL ERASMUS CREA SMP ESF SOCPL I3 EUBA"
    """Which programmes are read, with blanks between them; `focal calls clocks` lists all that there are."""

    @field_validator("city_colour")
    @classmethod
    def _is_dark(cls, colour: str | None) -> str | None:
        if colour is not None and contrast_with_white(colour) < 4.5:  # noqa: PLR2004 - WCAG 2.2, 1.4.3
            raise ValueError("white letters are hard to read on it: choose a darker colour")
        return colour

    @field_validator("city_logo")
    @classmethod
    def _is_image(cls, file: Path | None) -> Path | None:
        if file is not None and (file.suffix.lower() not in {".svg", ".png"} or not file.is_file()):
            raise ValueError("is no SVG or PNG file that can be read")
        return file


def contrast_with_white(colour: str) -> float:
    """The contrast of a colour with white, from 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def load_settings() -> Settings:
    """Read the settings; the environment wins over the embedded stack's file.

    Raises:
        pydantic.ValidationError: a value is missing or wrong; it names the setting.

    """
    data_dir = Path(os.environ.get(DATA_DIR_VARIABLE, ".focal"))
    return Settings(_env_file=data_dir / ENVIRONMENT_FILE, data_dir=data_dir)
