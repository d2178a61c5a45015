"""Days on which something falls due as an iCalendar file (RFC 5545, RFC 7986): all-day events without a time zone."""

from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from app.domain.calendar_feed import MOST_EVENTS, DueDay, DueDays

_REFRESH = timedelta(hours=6)


def write(found: DueDays, *, name: str, seed: str, base_url: str, today: date) -> bytes:
    """Return the file; the same days give the same bytes, so that a program that has them need not read them again."""
    calendar = Calendar()
    calendar.add("prodid", "-//Junheng//calendar feed//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for day in found.days:
        calendar.add_component(_event(day, seed, base_url))
    if found.left_out:
        calendar.add_component(_event(_left_out(today), seed, base_url))
    return bytes(calendar.to_ical())


def _event(day: DueDay, seed: str, base_url: str) -> Event:
    event = Event()
    event.add("uid", f"{day.key.replace('/', '-')}-{seed}@junheng")
    event.add("dtstamp", day.changed_at.astimezone(UTC))
    event.add("last-modified", day.changed_at.astimezone(UTC))
    event.add("sequence", day.version)
    event.add("dtstart", day.due_on)
    event.add("dtend", day.due_on + timedelta(days=1))
    event.add("summary", day.title)
    if day.lines:
        event.add("description", "\n".join(day.lines))
    event.add("categories", [day.kind])
    event.add("url", f"{base_url}{day.path}")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event


def _left_out(today: date) -> DueDay:
    return DueDay(
        key="left-out",
        due_on=today,
        title=f"日历只列出{MOST_EVENTS}项，其余请在台账中查看",
        kind="说明",
        path="/milestones",
        changed_at=datetime.combine(today, time(), UTC),
    )
