"""The targets of a milestone's form: rows as they are typed, and what they say."""

import re
from collections.abc import Mapping
from decimal import Decimal

from starlette.datastructures import FormData

from app.domain.vocabulary import Comparator, SchoolStage
from app.services.errors import msg
from app.services.plan_files import TargetPart
from app.web.filters import format_number
from app.web.forms import Form

MOST_TARGETS = 150  # rows of one form
FIELDS = ("indicator", "stage", "comparator", "value", "unit", "baseline", "note")
EMPTY_ROW: Mapping[str, str] = {**dict.fromkeys(FIELDS, ""), "comparator": Comparator.AT_LEAST}
_ROW = re.compile(rf"targets-(\d{{1,4}})-(?:{'|'.join(FIELDS)})")


def typed_rows(form: Form) -> list[Mapping[str, str]]:
    """Return the rows in which something is typed, in order; a row that is ticked away is not among them."""
    numbers = {int(match[1]) for name in form.data if (match := _ROW.fullmatch(name))}
    typed = form.typed
    found: list[Mapping[str, str]] = []
    for number in sorted(numbers):
        row = {name: typed.get(f"targets-{number}-{name}", EMPTY_ROW[name]).replace("\x00", "") for name in FIELDS}
        written = any(row[name].strip() for name in FIELDS if name != "comparator")
        if written and not form.flag(f"targets-{number}-remove"):
            found.append(row)
    return found[:MOST_TARGETS]


def read_targets(form: Form) -> tuple[TargetPart, ...]:
    """Return a target for each row filled in; what is wrong is named in `form.problems`, and stands for something."""
    found = []
    for number, row in enumerate(typed_rows(form)):
        sheet = Form(FormData({f"targets-{number}-{name}": text for name, text in row.items()}))
        found.append(_target(sheet, f"targets-{number}-"))
        form.problems.update(sheet.problems)
    return tuple(found)


def row_of(target: TargetPart) -> Mapping[str, str]:
    """Return a target as a row shows it."""
    return {
        "indicator": target.indicator,
        "stage": target.stage or "",
        "comparator": target.comparator,
        "value": format_number(target.value),
        "unit": target.unit,
        "baseline": "" if target.baseline is None else format_number(target.baseline),
        "note": target.note or "",
    }


def _target(sheet: Form, at: str) -> TargetPart:
    value, baseline = sheet.number(f"{at}value"), sheet.number(f"{at}baseline")
    if value is None:
        sheet.problems.setdefault(f"{at}value", msg("fill in this field"))
    return TargetPart.model_construct(  # what is too long is a problem of the form, not a fault
        # Browsers may complete a code with the indicator's name behind it.
        indicator=sheet.text(f"{at}indicator", limit=120, required=True).partition(" ")[0],
        stage=sheet.code(f"{at}stage", SchoolStage) if sheet.text(f"{at}stage") else None,
        comparator=sheet.code(f"{at}comparator", Comparator) or Comparator.AT_LEAST,
        value=value or Decimal(0),
        unit=sheet.text(f"{at}unit", limit=20),
        baseline=baseline,
        note=sheet.text(f"{at}note", limit=200) or None,
    )
