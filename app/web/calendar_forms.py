"""The form of a year's notice: read it, write what is in force into it, bring it back when it cannot be taken."""

from fastapi import Request, Response

from app.core.database import Session
from app.domain.vocabulary import Role
from app.queries import calendar_regions
from app.queries import calendars as reads
from app.queries.calendar_regions import Region
from app.services.calendar_lines import DayInput, read_lines, written
from app.services.calendar_notices import FIRST_YEAR, LAST_YEAR, NoticeInput
from app.services.errors import InputError, Message, msg
from app.web.deps import Visitor
from app.web.forms import Form, row_id
from app.web.render import render


def render_form(
    request: Request, session: Session, visitor: Visitor, typed: dict[str, str], problems: dict[str, Message]
) -> Response:
    """Render the form; one that somebody overtook starts from what is in force now when it is sent again."""
    if "seen" in problems:
        year, code = row_id(typed.get("year", "")), typed.get("region") or None
        typed = {**typed, "seen": str(reads.in_force(session, year, code) or 0) if year else "0"}
    return render(
        request,
        "calendars/form.html",
        status=422 if problems else 200,
        regions=open_to(session, visitor),
        national=visitor.role is not Role.OFFICE,
        typed=typed,
        problems=problems,
        lines=[problem for name, problem in problems.items() if name.startswith("days-")],
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
    )


def given_by(form: Form) -> NoticeInput:
    """Return the notice that a form gives. Raises: InputError naming each field and each line."""
    year = form.number("year", least=FIRST_YEAR, most=LAST_YEAR)
    if year is None or year != int(year):
        form.problems.setdefault("year", msg("a year from %(first)s to %(last)s", first=FIRST_YEAR, last=LAST_YEAR))
    document_number, note = form.text("document_number"), form.text("note")
    days: list[DayInput] = []
    if "year" not in form.problems and year is not None:
        try:
            days = read_lines(form.text("days", limit=10**6), int(year))
        except InputError as error:
            form.problems |= error.problems
    if form.problems or year is None:
        raise InputError(form.problems)
    return NoticeInput(
        int(year),
        form.text("region", limit=40) or None,
        document_number,
        note,
        tuple(days),
        row_id(form.text("seen")) or 0,
    )


def stored_words(session: Session, year: int, code: str | None) -> dict[str, str]:
    """Return the form of a year and region as it is in force."""
    version = reads.in_force(session, year, code)
    row = reads.versions(session, version)[0] if version else None
    days = [DayInput(item.day, item.works, item.name) for item in reads.own_days(session, year, code)]
    return {
        "year": str(year),
        "region": code or "",
        "document_number": (row.document_number or "") if row else "",
        "note": row.note if row else "",
        "days": written(days),
        "seen": str(version or 0),
    }


def open_to(session: Session, visitor: Visitor) -> list[Region]:
    """Return the regions whose days a person keeps: an office its own, an administrator all."""
    found = calendar_regions.regions(session)
    if visitor.role is not Role.OFFICE:
        return found
    own = calendar_regions.kept_region(session, visitor.scope)
    return [item for item in found if item.code == own]
