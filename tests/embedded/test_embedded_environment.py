"""The settings of the embedded stack: what an earlier release wrote goes on working, and nothing real leaks in."""

from pathlib import Path

import pytest

from embedded import environment
from embedded.mailbox_vouching import NAME
from embedded.ports import Ports
from embedded.temporal import EmbeddedTemporal
from settings import load_settings

KEY = "a key of an earlier release, kept to this day"
OF_AN_EARLIER_RELEASE = f"""\
# Written by `focal up` at every start; it keeps the secret key. Other settings belong in the environment.
FOCAL_SECRET_KEY='{KEY}'
FOCAL_DATABASE_URL='postgresql+psycopg://postgres@/postgres'
FOCAL_SMTP_PORT='1025'
"""


@pytest.fixture
def earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "focal.env").write_text(OF_AN_EARLIER_RELEASE)
    monkeypatch.setenv("FOCAL_DATA_DIR", str(tmp_path))
    return tmp_path


def written(data_dir: Path) -> dict[str, str]:
    """The settings of a stack, as they are written at its next start."""
    temporal = EmbeddedTemporal(data_dir / "temporal.db", 7233, 8233)
    settings = environment.stack_settings(
        data_dir=data_dir,
        ports=Ports(),
        answer_host="127.0.0.1",
        database_url="postgresql+psycopg://postgres@/postgres",
        temporal=temporal,
        extra={},
    )
    whole = environment.with_secret_key(settings, data_dir)
    environment.write(whole, data_dir)
    return whole


def test_what_an_earlier_release_wrote_is_read(earlier: Path) -> None:
    settings = load_settings()
    assert settings.secret_key.get_secret_value() == KEY
    assert settings.authentication_server is None, "every reply has to be confirmed until the next start"


def test_the_next_start_keeps_the_key_and_trusts_the_mailbox(earlier: Path) -> None:
    written(earlier)
    settings = load_settings()
    assert (settings.secret_key.get_secret_value(), settings.authentication_server) == (KEY, NAME)


def test_a_real_mailbox_named_in_the_shell_is_not_emptied_by_the_embedded_stack(
    earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOCAL_IMAP_HOST", "imap.city.example")
    assert "FOCAL_IMAP_HOST" not in environment.process_environment(written(earlier))
