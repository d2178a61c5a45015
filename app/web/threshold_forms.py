"""The thresholds of an indicator's form: rows as they are typed, and what they say."""

import re
from decimal import Decimal

from starlette.datastructures import FormData, UploadFile

from app.domain.vocabulary import Comparator, IndicatorGroup, SchoolStage, ValueType
from app.services.errors import InputError, msg
from app.services.plan_files import IndicatorPart, ThresholdPart
from app.web.filters import SIGNS, format_number
from app.web.forms import Form

MOST_ROWS = 20
_BLANK_ROWS = 2
_FIELDS = ("stage", "comparator", "value", "unit")
_ROW = re.compile(rf"thresholds-(\d{{1,4}})-({'|'.join(_FIELDS)})")
COMPARATORS = [(code.value, sign) for code, sign in SIGNS.items()]


def without_gaps(form: Form) -> Form:
    """Return the form with the rows in which a value is typed numbered from 0, and no others."""
    typed = form.typed
    numbers = sorted({int(match[1]) for name in typed if (match := _ROW.fullmatch(name))})
    written = [number for number in numbers if typed.get(f"thresholds-{number}-value", "").strip()]
    kept: list[tuple[str, str | UploadFile]] = [
        (name, text) for name, text in typed.items() if not _ROW.fullmatch(name)
    ]
    for row, number in enumerate(written[:MOST_ROWS]):
        kept += [(f"thresholds-{row}-{name}", typed.get(f"thresholds-{number}-{name}", "")) for name in _FIELDS]
    return Form(FormData(kept))


def indicator_of(form: Form, code: str | None, group: IndicatorGroup | None) -> IndicatorPart:
    """Return the indicator that a form without gaps gives; `code` and `group` None: those it types.

    Raises: InputError naming each field that cannot be read.
    """
    part = {
        "code": code or form.text("code", limit=20, required=True),
        "name": form.text("name", limit=160, required=True),
        "group": group or form.code("group", IndicatorGroup),
        "value_type": form.code("value_type", ValueType),
        "clause": form.text("clause", limit=60) or None,
        "note": form.text("note", limit=500) or None,
        "cumulative": form.flag("cumulative"),
        "thresholds": _thresholds(form),
    }
    if form.problems:
        raise InputError(form.problems)
    return IndicatorPart.model_validate(part)


def threshold_of(form: Form, at: str) -> ThresholdPart:
    """Return the threshold in the fields that begin with `at`; what is wrong is named in `form.problems`."""
    value = form.number(f"{at}value")
    if value is None:
        form.problems.setdefault(f"{at}value", msg("fill in this field"))
    return ThresholdPart.model_construct(  # what is too long is a problem of the form, not a fault
        stage=form.code(f"{at}stage", SchoolStage) if form.text(f"{at}stage") else None,
        comparator=form.code(f"{at}comparator", Comparator) or Comparator.AT_LEAST,
        value=value or Decimal(0),
        unit=form.text(f"{at}unit", limit=20),
    )


def threshold_words(part: ThresholdPart, at: str) -> dict[str, str]:
    """Return a threshold as a form writes it, its fields beginning with `at`."""
    return {
        f"{at}stage": part.stage or "",
        f"{at}comparator": part.comparator.value,
        f"{at}value": format_number(part.value),
        f"{at}unit": part.unit,
    }


def indicator_words(part: IndicatorPart) -> dict[str, str]:
    """Return an indicator as a form writes it."""
    names = ("code", "name", "group", "value_type", "clause", "note")
    words = {name: str(getattr(part, name) or "") for name in names}
    words["cumulative"] = "1" if part.cumulative else ""
    for row, item in enumerate(part.thresholds):
        words |= threshold_words(item, f"thresholds-{row}-")
    return words


def rows_shown(words: dict[str, str]) -> int:
    """Return how many rows a form has that shows these words: those filled in, and some to fill."""
    filled = sum(name.startswith("thresholds-") and name.endswith("-value") for name in words)
    return min(filled + _BLANK_ROWS, MOST_ROWS)


def _thresholds(form: Form) -> tuple[ThresholdPart, ...]:
    rows = sum(name.startswith("thresholds-") and name.endswith("-value") for name in form.typed)
    return tuple(threshold_of(form, f"thresholds-{row}-") for row in range(rows))
