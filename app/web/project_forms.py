"""The form of a project: read it with its rows, write a stored project into it, bring it back when it is refused."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from starlette.datastructures import FormData, UploadFile

from app.domain.money import MOST_WAN, fen_of_wan
from app.domain.vocabulary import FundSource, ProjectNature, SchoolStage
from app.services.errors import InputError, msg
from app.services.plan_files import BudgetPart, FloorPart, PhasePart, ProjectPart
from app.web.filters import format_number
from app.web.forms import Form

FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_COUNT = 1_000_000
# Rows of a form are named group-index-field.
ROWS: dict[str, tuple[str, ...]] = {
    "floors": ("name", "area_m2", "underground"),
    "phases": tuple(PhasePart.model_fields),
    "budget": ("year", "source", "amount_wan", "clause"),
}
_PRESET = {"underground"}  # chosen in an empty row too


def compacted(form: Form) -> tuple[Form, dict[str, int]]:
    """Return the form without empty rows, numbered anew, and how many rows of each group it was sent with."""
    rows: dict[str, dict[int, dict[str, str]]] = {group: defaultdict(dict) for group in ROWS}
    plain: list[tuple[str, str | UploadFile]] = []
    for name, typed in form.typed.items():
        value = typed.replace("\x00", "")  # PostgreSQL refuses it, and no page may show it
        group, _, rest = name.partition("-")
        index, _, field = rest.partition("-")
        if field in ROWS.get(group, ()) and index.isascii() and index.isdigit() and len(index) <= 3:
            rows[group][int(index)][field] = value
        else:
            plain.append((name, value))
    for group, found in rows.items():
        full = [
            row for _, row in sorted(found.items()) if any(row[name].strip() for name in row if name not in _PRESET)
        ]
        plain += [(f"{group}-{number}-{name}", value) for number, row in enumerate(full) for name, value in row.items()]
    return Form(FormData(plain)), {group: len(found) for group, found in rows.items()}


def rows_in(typed: Mapping[str, str]) -> dict[str, int]:
    """Return how many rows of each group a compacted form holds."""
    return {group: len({name.split("-")[1] for name in typed if name.startswith(f"{group}-")}) for group in ROWS}


def part_of(form: Form, key: str) -> ProjectPart:
    """Return the project that a compacted form gives. Raises: InputError naming each field that cannot be read."""
    name, clause = form.text("name", limit=120, required=True), form.text("clause", limit=60, required=True)
    place, nature = form.text("place", limit=200, required=True), form.code("nature", ProjectNature)
    number, end_year = count(form, "no", required=True), year(form, "end_year", required=True)
    aliases = tuple(line.strip() for line in form.text("aliases").splitlines() if line.strip())
    if any(len(alias) > 120 for alias in aliases):
        form.problems["aliases"] = msg("this text is too long")
    rows = rows_in(form.typed)
    values = {
        "key": key,
        "no": number,
        "name": name,
        "clause": clause,
        "place": place,
        "nature": nature,
        "end_year": end_year,
        "aliases": aliases,
        "site": form.text("site", limit=120) or None,
        "investment_wan": wan(form, "investment_wan"),
        "start_year": year(form, "start_year"),
        "stage": stage(form, "stage"),
        "description": form.text("description"),
        **{item: count(form, item) for item in ("grade_classes", "grades", "classes", "places")},
        **{item: area(form, item) for item in ("land_m2", "floor_m2", "sports_m2")},
    }
    floors = [_floor(form, f"floors-{index}") for index in range(rows["floors"])]
    phases = [_phase(form, f"phases-{index}") for index in range(rows["phases"])]
    budget = [_budget(form, f"budget-{index}") for index in range(rows["budget"])]
    if form.problems:
        raise InputError(form.problems)
    return ProjectPart.model_validate(values | {"floors": floors, "phases": phases, "budget": budget})


def words_of(part: ProjectPart) -> dict[str, str]:
    """Return a project as a form writes it."""
    words = {name: _word(getattr(part, name)) for name in ProjectPart.model_fields if name not in ROWS}
    words["aliases"] = "\n".join(part.aliases)
    for group, names in ROWS.items():
        for index, row in enumerate(getattr(part, group)):
            words |= {f"{group}-{index}-{name}": _word(getattr(row, name)) for name in names}
    return words


def stored_words(part: ProjectPart, field: str) -> str:
    """Return one field of a stored project in words, for who typed something else; rows one after another."""
    value = getattr(part, field)
    if field in ROWS:
        return "；".join(" ".join(filter(None, (_word(getattr(row, name)) for name in ROWS[field]))) for row in value)
    return "、".join(value) if isinstance(value, tuple) else _word(value)


def count(form: Form, name: str, *, required: bool = False) -> int | None:
    """Return a whole number above zero; None when empty."""
    return _whole(form, name, 1, MOST_COUNT, required)


def year(form: Form, name: str, *, required: bool = False) -> int | None:
    """Return a year; None when empty."""
    return _whole(form, name, FIRST_YEAR, LAST_YEAR, required)


def area(form: Form, name: str, *, required: bool = False) -> Decimal | None:
    """Return an area in m² above zero; None when empty."""
    typed = form.text(name, required=required)
    found = form.number(name, least=0)
    if found == 0 or (found is not None and "%" in typed):
        form.problems[name] = msg("this number is outside the range allowed")
    return found


def wan(form: Form, name: str, *, required: bool = False) -> Decimal | None:
    """Return a sum of money in 万元 above zero, exact to the fen; None when empty."""
    found = area(form, name, required=required)
    if found is None or name in form.problems:
        return None
    if found > MOST_WAN:
        form.problems[name] = msg("this sum is out of range; it is written in 万元")
        return None
    try:
        fen_of_wan(found)
    except ValueError:
        form.problems[name] = msg("at most six decimals: a sum ends at the fen")
        return None
    return found


def stage(form: Form, name: str) -> SchoolStage | None:
    """Return a school stage; None when nothing is chosen."""
    return form.code(name, SchoolStage) if form.text(name) else None


def _whole(form: Form, name: str, least: int, most: int, required: bool) -> int | None:
    form.text(name, required=required)
    found = form.number(name, least=least, most=most)
    if found is not None and found != found.to_integral_value():
        form.problems[name] = msg("write a whole number")
    return None if found is None or name in form.problems else int(found)


def _floor(form: Form, row: str) -> FloorPart | None:
    name, size = form.text(f"{row}-name", limit=60, required=True), area(form, f"{row}-area_m2", required=True)
    if size is None or form.problems:
        return None
    return FloorPart(name=name, area_m2=size, underground=form.flag(f"{row}-underground"))


def _phase(form: Form, row: str) -> PhasePart | None:
    values = {
        "name": form.text(f"{row}-name", limit=60, required=True),
        "stage": stage(form, f"{row}-stage"),
        **{name: year(form, f"{row}-{name}") for name in ("start_year", "end_year")},
        **{name: count(form, f"{row}-{name}") for name in ("classes", "places")},
        **{name: area(form, f"{row}-{name}") for name in ("land_m2", "floor_m2", "sports_m2")},
    }
    return None if form.problems else PhasePart.model_validate(values)


def _budget(form: Form, row: str) -> BudgetPart | None:
    """Return a budget line; one without a clause is the office's own record."""
    in_year, source = year(form, f"{row}-year"), form.code(f"{row}-source", FundSource)
    amount, clause = wan(form, f"{row}-amount_wan", required=True), form.text(f"{row}-clause", limit=60) or None
    if source is None or amount is None or form.problems:
        return None
    return BudgetPart(year=in_year, source=source, amount_wan=amount, clause=clause)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, Decimal):
        return format_number(value)
    return "" if value is None else str(value)
