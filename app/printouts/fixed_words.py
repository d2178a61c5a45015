"""The words and rooms that the standard gives every official document, the same in every format (GB/T 9704-2012, 7)."""

from datetime import date, datetime, timedelta, timezone

from app.printouts.documents import Distribution, Document, day_text

SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving since 1991
SIGNER = "签发人："  # before the name of who signs a document to a superior (7.2.6)
UNSIGNED_BY = "　　　"  # room for that name in a draft


def open_day(day: date | None, data_as_of: datetime) -> str:
    """Write a day; None leaves month and day open for the pen, in the year in which the facts were cut off."""
    return f"{data_as_of.astimezone(SHANGHAI).year}年　月　日" if day is None else day_text(day)


def annex_labels(document: Document) -> tuple[str, ...]:
    """Return the label over each annex: 附件 for a single one, else 附件1, 附件2 (7.3.6)."""
    count = len(document.annexes)
    return ("附件",) if count == 1 else tuple(f"附件{number}" for number in range(1, count + 1))


def annex_list(document: Document) -> tuple[tuple[str, str], ...]:
    """Return number and title of each annex for the list below the text; a single one has no number (7.3.4)."""
    if len(document.annexes) == 1:
        return (("", document.annexes[0].title),)
    return tuple((f"{number}．", annex.title) for number, annex in enumerate(document.annexes, start=1))


def copies_line(distribution: Distribution) -> str:
    """Return the line that names who gets a copy, "" when nobody does (7.4.2)."""
    return f"抄送：{'，'.join(distribution.copies_to)}。" if distribution.copies_to else ""


def printed_on_words(distribution: Distribution, data_as_of: datetime) -> str:
    """Return the day of printing as the distribution block words it, open for the pen when there is none (7.4.3)."""
    return f"{open_day(distribution.printed_on, data_as_of)}印发"
