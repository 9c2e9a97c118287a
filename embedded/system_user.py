"""The system user that PostgreSQL runs as when Focal is started by root, and what that user must reach.

Promise: only what is needed is opened. Directories on the way to the server's files become passable, not
listable; the package's own files become readable; nothing becomes writable.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from embedded.process import StackError

SYSTEM_USER = "focal-postgres"


def ensure_system_user() -> None:
    """Create the user unless there is one.

    Raises:
        StackError: the system does not allow it.

    """
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin") or "useradd"
        command = [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - fixed command line
            pwd.getpwnam(SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            raise StackError(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER} for it could not be created: "
                f"{reason.strip()}. Start Focal as an ordinary user, or create {SYSTEM_USER} yourself."
            ) from error


def let_pass(path: Path) -> None:
    """Let others walk through the directories above `path`, without letting them list what is there."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def let_read(folder: Path) -> None:
    """Let others read and run what the owner can below `folder`: it may be installed for root only."""
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | (mode & 0o500) >> 6
        if mode != wanted:
            path.chmod(wanted)


def give(folder: Path, user: str) -> None:
    """Make `user` the owner of everything in `folder` unless they already own the folder."""
    entry = pwd.getpwnam(user)
    if folder.stat().st_uid == entry.pw_uid:
        return
    for root, _, files in os.walk(folder, topdown=False):  # the folder itself last: it tells that all is done
        for path in (root, *(os.path.join(root, name) for name in files)):  # noqa: PTH118 - os.walk gives strings
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
