"""The only place that reads the wall clock; everything else is told what time it is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tell the present instant as aware UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is told to move; for replays and tests."""

    instant: datetime

    def now(self) -> datetime:
        """Return the instant this clock was set to."""
        return self.instant

    def advance(self, step: timedelta) -> None:
        """Move the clock by `step`."""
        self.instant += step


def local_day(instant: datetime) -> date:
    """Return the day in Asia/Shanghai on which an aware instant falls."""
    return instant.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Return 00:00 Asia/Shanghai of a day as aware UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_end(day: date) -> datetime:
    """Return the first instant after a day (24:00 Asia/Shanghai) as aware UTC."""
    return day_start(day + timedelta(days=1))
