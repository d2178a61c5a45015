"""The form of a plan's head: read it, write a head's words into it."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.core.database import Session
from app.domain.document_numbers import put_right
from app.domain.vocabulary import ReportingCycle
from app.models import Organization, Place
from app.services import lookups
from app.services.errors import InputError, msg
from app.services.places import stored_place
from app.services.plan_files import LONGEST_RECHECK, LONGEST_REPORTING, MOST_EXTENSIONS, HeadPart, SettingsPart
from app.services.plan_heads import proposed_slug
from app.web.entries import place_id
from app.web.forms import Form

LONGEST_SPAN = 3650  # days of a setting: ten years
SETTINGS = {  # the largest value each may have
    "warning_days": LONGEST_SPAN,
    "behind_threshold_pp": 100,
    "case_grace_days": LONGEST_SPAN,
    "drift_threshold_pp": 100,
    "report_timely_days": LONGEST_REPORTING,
    "report_closing_days": LONGEST_REPORTING,
    "extension_limit": MOST_EXTENSIONS,
    "recheck_months": LONGEST_RECHECK,
}
_TEXTS = {"title": 200, "short_title": 60, "issuer": 120, "leading_group": 120}
_DAYS = ("issued_on", "period_start", "period_end")


def head_of(session: Session, form: Form, slug: str | None) -> tuple[HeadPart, Place]:
    """Return the head and its area that a form gives; `slug` None: a new plan's, proposed where none is typed.

    Raises: InputError naming each field that cannot be read.
    """
    texts = {name: form.text(name, limit=limit, required=True) for name, limit in _TEXTS.items()}
    number = put_right(form.text("document_number", limit=60)) or None
    days = {name: form.day(name, required=True) for name in _DAYS}
    area_id = place_id(session, form, "area", required=True)
    office = _office(session, form)
    standard = form.text("standard", limit=80, required=True)
    settings = _settings(form)
    typed_slug = form.text("slug", limit=80) if slug is None else slug
    if any(letter not in "abcdefghijklmnopqrstuvwxyz0123456789-" for letter in typed_slug) or typed_slug[:1] == "-":
        form.problems["slug"] = msg("an address is of small letters, digits and hyphens, for example luoyang-2025")
    if form.problems or settings is None or area_id is None:
        raise InputError(form.problems)
    area = stored_place(session, area_id)
    given: dict[str, Any] = {**texts, **days}
    return (
        HeadPart(
            slug=typed_slug or proposed_slug(session, texts["short_title"], given["issued_on"]),
            document_number=number,
            area=area.name,
            office=office,
            standard=standard,
            settings=settings,
            **given,
        ),
        area,
    )


def was_put_right(form: Form) -> bool:
    """Tell whether the document number was typed in another form than the one that is kept."""
    typed = form.text("document_number")
    return put_right(typed) != typed


def head_words(head: HeadPart, area_path: str) -> dict[str, str]:
    """Return a head as a form writes it."""
    plain = head.model_dump(mode="json", exclude={"settings", "area"})
    settings = head.settings.model_dump(mode="json")
    words = {name: "" if value is None else str(value) for name, value in {**plain, **settings}.items()}
    return {**words, "area": area_path}


def new_head_words() -> dict[str, str]:
    """Return what the form of a new plan begins with: the usual settings."""
    settings = SettingsPart().model_dump(mode="json")
    return {name: str(value) for name, value in settings.items()} | {
        "standard": HeadPart.model_fields["standard"].default
    }


def _office(session: Session, form: Form) -> str:
    """Return the full name of the unit that a field means; empty with a problem there."""
    typed = form.text("office", limit=120, required=True)
    if not typed:
        return ""
    try:
        unit = session.get(Organization, lookups.unit_id(session, typed, None))
    except InputError as error:
        form.problems["office"] = error.problems["organization"]
        return ""
    return unit.name if unit else ""


def _settings(form: Form) -> SettingsPart | None:
    tracked_from: date | None = form.day("tracked_from", required=True)
    numbers = {name: _whole(form, name, most) for name, most in SETTINGS.items()}
    found = {name: value for name, value in numbers.items() if value is not None}
    cycle = form.code("reporting_cycle", ReportingCycle)
    if tracked_from is None or cycle is None or len(found) < len(numbers):
        return None
    if found["report_closing_days"] < found["report_timely_days"]:
        form.problems["report_closing_days"] = msg("a report is taken at least as long as it is in time")
        return None
    settings: dict[str, Any] = {"tracked_from": tracked_from, "reporting_cycle": cycle, **found}
    return SettingsPart(**settings)


def _whole(form: Form, name: str, most: int) -> int | None:
    form.text(name, required=True)
    value: Decimal | None = form.number(name, least=0, most=most)
    if value is None or name in form.problems:
        return None
    if value != value.to_integral_value():
        form.problems[name] = msg("write a whole number")
        return None
    return int(value)
