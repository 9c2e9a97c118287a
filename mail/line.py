"""Whether the way to the mail server is open, judged by how it answered last. Instants are aware and handed in."""

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=30)
LAST_PAUSE = timedelta(minutes=10)


class Line:
    """Open, or stopped for a while that doubles; after it, one mail at a time tries whether the line works again."""

    def __init__(self) -> None:
        self.since: datetime | None = None
        """Since when nothing gets through; None while the line works."""
        self._stopped_at: datetime | None = None
        self._worked_at: datetime | None = None
        self._opens_at: datetime | None = None
        self._pause = FIRST_PAUSE

    def room(self, now: datetime, wanted: int) -> int:
        """How many of some mails may be taken now."""
        if self.since is None:
            return wanted
        return min(wanted, 1) if self._opens_at is None or now >= self._opens_at else 0

    def took(self, now: datetime) -> None:
        """Mails were taken; while the line is stopped, the next tries no sooner than this one had time for it."""
        self._opens_at = now + self._pause

    def works(self, taken_at: datetime, now: datetime) -> bool:
        """Whatever was said of a mail, the server was there; tells whether that ends a stop."""
        self._worked_at = now
        if self.since is None or self._is_old(taken_at):
            return False
        self.since = None
        return True

    def worked_since(self, instant: datetime) -> bool:
        """Whether a mail got through since an instant."""
        return self._worked_at is not None and self._worked_at >= instant

    def stop(self, taken_at: datetime, now: datetime) -> bool:
        """A mail found the line broken; tells whether that stops it, or was to be expected of a mail already under way.

        `taken_at`: when the mail was taken.
        """
        if self._is_old(taken_at):
            return False
        self._pause = FIRST_PAUSE if self.since is None else min(2 * self._pause, LAST_PAUSE)
        self.since = self.since or now
        self._stopped_at, self._opens_at = now, now + self._pause
        return True

    def _is_old(self, taken_at: datetime) -> bool:
        """Whether a mail was taken before the line was last stopped."""
        return self._stopped_at is not None and taken_at <= self._stopped_at
