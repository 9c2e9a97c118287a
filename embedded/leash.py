"""Turn into a command that ends when the process that started it ends.

Promise: the command keeps this process's id, runs as the wanted user, and on Linux is sent the given signal
by the kernel when its parent dies in whatever way, so that nothing started here outlives a killed supervisor.
Other systems have no such signal; there only an orderly stop ends the command.

Started as a script by `embedded.process`, isolated and with the standard library alone:
`leash.py PARENT_ID DEATH_SIGNAL USER COMMAND...`; an empty USER means: stay who you are.
"""

import ctypes
import os
import pwd
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


def become(user: str) -> None:
    """Give up root for the user; must come before the leash, because a change of user takes the leash off."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def main(parent: int, death_signal: int, user: str, command: list[str]) -> None:
    """Put the leash on and become the command; does not return."""
    if user:
        become(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, death_signal)
    if os.getppid() != parent:
        sys.exit(1)  # the parent died before the leash was on
    # Python ignores these two for itself; the command expects them as the system sets them.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - the supervisor's own command line, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
