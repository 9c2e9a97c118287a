"""A city's mail: real Postfix and Dovecot from Debian's packages, on loopback, in folders and on ports of their own.

Nothing leaves the machine: what is for nobody here comes back. The servers of the machine itself, if there are any,
are left alone.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from imap_tools import MailBoxUnencrypted

from tests.edges.command import HOUSE, unused_port

PACKAGES = ("postfix", "dovecot-imapd", "dovecot-lmtpd")
PROGRAMS = ("postfix", "dovecot")
FOCAL = "focal.city.example"
"""The domain of docs/mail.md, whose configuration these servers run with."""
AUTHENTICATION_SERVER = "mx.city.example"
PASSWORD = "drill"


def require_servers() -> None:
    """Install what is missing, or skip."""
    if os.geteuid() != 0:
        pytest.skip("Postfix and Dovecot start as root only")
    if all(map(shutil.which, PROGRAMS)):
        return
    if shutil.which("apt-get") is None:
        pytest.skip("Postfix and Dovecot are not here, and neither is apt-get to install them")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(["apt-get", "--quiet", *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"Postfix and Dovecot cannot be installed: {done.stderr.strip()[-500:]}")


@dataclass(frozen=True)
class Ports:
    """Where everything listens. `outside` is where strangers bring mail, `staff` where people of the city send it."""

    outside: int
    staff: int
    lmtp: int
    imap: int
    focal: int
    """Focal's own door."""

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses at this moment."""
        return cls(*(unused_port() for _ in range(5)))


POSTFIX = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.city.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_transport = error:nobody is local
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = prova.example, hosted.example
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
virtual_alias_maps = inline:{{ r@hosted.example=focal@hosted.example, b@hosted.example=focal@hosted.example }}
staff_is_proven = check_sender_access regexp:{folder}/config/staff
mailbox_size_limit = 0
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
notify_classes =
"""
STAFF = "/@prova\\.example$/ PREPEND Authentication-Results: mx.city.example; dmarc=pass header.from=prova.example\n"
"""What a milter in a real city writes of people who have proven who they are; here whoever comes to `staff` has."""
MASTER = """\
{outside} inet n - n - - smtpd
{staff} inet n - n - - smtpd
    -o smtpd_data_restrictions=$staff_is_proven
    -o cleanup_service_name=trusted
trusted unix n - n - 0 cleanup
    -o header_checks=
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT = """\
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
protocol lmtp {{
  postmaster_address = postmaster@prova.example
}}
"""


def _documented(folder: Path, ports: Ports) -> dict[str, str]:
    """The files that docs/mail.md tells an operator to write, by their name."""
    text = (HOUSE / "docs" / "mail.md").read_text().split("```")[1]
    text = text.replace("/etc/postfix", str(folder / "config")).replace(":2424", f":{ports.focal}")
    files = (part.strip().removeprefix("# ").partition("\n") for part in text.split("\n\n"))
    return {name: f"{lines}\n" for name, _, lines in files}


@contextmanager
def postfix(folder: Path, ports: Ports) -> Iterator[Path]:
    """A running Postfix; gives its log."""
    for name in ("config", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    values: Mapping[str, object] = {"folder": folder, **vars(ports)}
    documented = _documented(folder, ports)
    (folder / "config" / "main.cf").write_text(POSTFIX.format(**values) + documented.pop("main.cf"))
    (folder / "config" / "master.cf").write_text(MASTER.format(**values))
    for name, text in {**documented, "staff": STAFF}.items():
        (folder / "config" / name).write_text(text)
    command = ["postfix", "-c", str(folder / "config")]
    _run(*command, "start")
    try:
        yield folder / "log"
    finally:
        _run(*command, "stop")


@dataclass
class Dovecot:
    """A running Dovecot that can be started again."""

    folder: Path
    ports: Ports

    @contextmanager
    def running(self, users: Sequence[str]) -> Iterator["Dovecot"]:
        """Dovecot with these mailboxes for the length of the block."""
        (self.folder / "mail").mkdir()
        shutil.chown(self.folder / "mail", "mail", "mail")
        values: Mapping[str, object] = {"folder": self.folder, **vars(self.ports)}
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(**values))
        (self.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}::::::\n" for user in users))
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start, and wait until it answers."""
        _run("dovecot", "-c", str(self.folder / "dovecot.conf"))
        for _ in range(100):
            with suppress(OSError):
                MailBoxUnencrypted("127.0.0.1", self.ports.imap, timeout=5).client.shutdown()
                return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Tell everybody who is connected BYE, and stop: by itself, it lets them finish."""
        doveadm = ("doveadm", "-c", str(self.folder / "dovecot.conf"))
        subprocess.run([*doveadm, "kick", "*"], capture_output=True, check=False)  # fails when nobody is
        _run(*doveadm, "stop")

    @contextmanager
    def mailbox(self, user: str) -> Iterator[MailBoxUnencrypted]:
        """Somebody's mailbox."""
        with MailBoxUnencrypted("127.0.0.1", self.ports.imap, timeout=10).login(user, PASSWORD) as box:
            yield box


def _run(*command: str) -> None:
    # Not through a pipe: a server that stays holds it open.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(command, stdout=said, stderr=said, check=False)
        said.seek(0)
        assert done.returncode == 0, f"{' '.join(command)}: {said.read()}"
