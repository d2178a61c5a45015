"""The form of a milestone: what was typed to a part of the plan, and a part of the plan to what a form shows."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.database import Session
from app.domain.due_phrase_words import FIRST_YEAR, LAST_YEAR, LONGEST
from app.domain.vocabulary import Comparator, MilestoneKind, Precision, SchoolStage
from app.models import Plan
from app.queries import choices, plan_choices
from app.services.due_phrases import due_part
from app.services.errors import InputError, Message, msg
from app.services.plan_context import PlanContext
from app.services.plan_files import DuePart, MilestonePart, RepeatPart
from app.web.due_phrases import ShownReading, shown_reading
from app.web.filters import SIGNS
from app.web.forms import Form
from app.web.target_forms import EMPTY_ROW, MOST_TARGETS, read_targets, row_of, typed_rows

SPARE_ROWS = 2
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,69}")
_SEPARATORS = re.compile(r"[、，；,;\t]")


@dataclass(frozen=True, slots=True)
class MilestoneValues:
    """A milestone's form as it is shown: texts by field name, ticked projects, and the rows of its targets."""

    text: Mapping[str, str]
    needs: frozenset[str]
    targets: tuple[Mapping[str, str], ...]

    def with_rows(self, count: int) -> "MilestoneValues":
        """Return the form with so many more empty rows, as far as there is room."""
        room = max(0, min(count, MOST_TARGETS - len(self.targets)))
        return MilestoneValues(self.text, self.needs, (*self.targets, *[EMPTY_ROW] * room))


@dataclass(frozen=True, slots=True)
class MilestoneOptions:
    """What the form offers: pairs of key and name, and the names of units and groups."""

    places: list[str]
    stages: plan_choices.Named
    projects: plan_choices.Named
    indicators: plan_choices.Named
    milestones: plan_choices.Named
    units: list[str]


def milestone_options(session: Session, context: PlanContext) -> MilestoneOptions:
    """Return what the form of a plan's milestone offers to choose from: four statements."""
    places = context.place_names()
    return MilestoneOptions(
        places=[places[place_id] for place_id in dict.fromkeys(context.places.values())],
        stages=plan_choices.stages(session, context.plan_id),
        projects=plan_choices.projects(session, context.plan_id),
        indicators=plan_choices.indicators(session, context.plan),
        milestones=plan_choices.milestones(session, context.plan_id, choices.LIMIT),
        units=[*context.groups, *context.units][: choices.LIMIT],
    )


def form_context(session: Session, context: PlanContext, values: MilestoneValues) -> dict[str, Any]:
    """Return what `milestones/_form.html` shows besides the problems of its fields."""
    return {
        "plan": context.plan,
        "values": values,
        "options": milestone_options(session, context),
        "due_shown": due_shown(values, context.plan),
        "kinds": list(MilestoneKind),
        "precisions": list(Precision),
        "school_stages": list(SchoolStage),
        "comparators": [(item, SIGNS[item]) for item in Comparator],
    }


def empty_values(context: PlanContext) -> MilestoneValues:
    """Return the form of a new milestone: for the whole area, nothing else filled in."""
    area = context.place_names()[context.plan.place_id]
    return MilestoneValues({"place": area}, frozenset(), ()).with_rows(SPARE_ROWS)


def stored_values(part: MilestonePart, plan: Plan) -> MilestoneValues:
    """Return a stored milestone as a form shows it; saved as it is, nothing changes."""
    plain = ("key", "kind", "title", "clause", "place", "stage", "project", "units_clause", "detail", "note")
    text = {name: str(getattr(part, name) or "") for name in plain}
    text |= _due_words(part, plan)
    text |= {name: "\n".join(getattr(part, name)) for name in ("responsible", "supporting", "governed_by")}
    text["start_on"] = part.start_on.isoformat() if part.start_on else ""
    text["all_indicators"] = "1" if part.all_indicators else ""
    rows = tuple(row_of(target) for target in part.targets)
    return MilestoneValues(text, frozenset(part.needs), rows).with_rows(SPARE_ROWS)


def typed_values(form: Form, *, more: int = SPARE_ROWS) -> MilestoneValues:
    """Return a form as it was typed, without the rows left empty, and with `more` empty ones at the end."""
    text = {name: typed.replace("\x00", "") for name, typed in form.typed.items()}
    for name in ("responsible", "supporting", "governed_by"):
        text[name] = "\n".join(filter(None, (text.get(name, "").strip(), text.pop(f"{name}_more", "").strip())))
    needs = frozenset(item for item in form.data.getlist("needs") if isinstance(item, str))
    return MilestoneValues(text, needs, tuple(typed_rows(form))).with_rows(more)


def due_shown(values: MilestoneValues, plan: Plan) -> ShownReading | None:
    """Return how the phrase in a form is read; None while there is none."""
    return shown_reading(
        values.text.get("due_phrase", ""),
        issued_on=plan.issued_on,
        period_start=plan.period_start,
        period_end=plan.period_end,
        other=values.text.get("due_phrase_other") == "1",
    )


def read_milestone(form: Form, context: PlanContext, stored: MilestonePart | None, *, key: str = "") -> MilestonePart:
    """Return the milestone a form gives; where `form.problems` names a field, something stands there for it.

    `stored` is the one being edited, whose key and series stay; of a new one `key` is taken when none is typed.
    """
    values = typed_values(form)
    units = frozenset(context.units) | frozenset(context.groups)
    return MilestonePart.model_construct(
        key=stored.key if stored else _key(form, key),
        series=stored.series if stored else None,
        kind=form.code("kind", MilestoneKind) or MilestoneKind.TASK,
        title=form.text("title", limit=120, required=True),
        clause=form.text("clause", limit=60, required=True),
        place=form.text("place", limit=200, required=True),
        detail=form.text("detail"),
        stage=form.text("stage", limit=80) or None,
        project=form.text("project", limit=80) or None,
        responsible=_names(form, values, "responsible", units),
        supporting=_names(form, values, "supporting", units),
        units_clause=form.text("units_clause", limit=60) or None,
        all_indicators=form.flag("all_indicators"),
        targets=read_targets(form),
        needs=tuple(sorted(values.needs)),
        governed_by=tuple(sorted(_names(form, values, "governed_by", frozenset()))),
        note=form.text("note") or None,
        **_dates(form, values, context.plan, stored),
    )


def form_problems(problems: Mapping[str, Message], *, by_hand: bool) -> dict[str, Message]:
    """Return the problems of a part under the names of the form's fields."""
    dates = {"due": "due_alternative_on" if by_hand else "due_phrase", "repeat": "due_phrase", "series": "key"}
    found: dict[str, Message] = {}
    for field, problem in problems.items():
        parts = field.split("-")
        row = f"{field}-indicator" if len(parts) == 2 and parts[0] == "targets" else field
        found[dates.get(row, row)] = problem
    return found


def _key(form: Form, proposed: str) -> str:
    key = form.text("key") or proposed
    if not KEY.fullmatch(key):
        form.problems["key"] = msg("a key has small letters, digits and hyphens, at most 70")
    return key


def _names(form: Form, values: MilestoneValues, field: str, known: Container[str]) -> tuple[str, ...]:
    """Return the names in a text: one a line, or several between the signs that writers put between names."""
    form.text(field)
    found: list[str] = []
    for line in values.text.get(field, "").splitlines():
        found += [line.strip()] if line.strip() in known else [name.strip() for name in _SEPARATORS.split(line)]
    return tuple(name for name in found if name)


def _day(form: Form, field: str, *, required: bool = False) -> date | None:
    day = form.day(field, required=required)
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        form.problems[field] = msg("a year is from %(first)s to %(last)s", first=FIRST_YEAR, last=LAST_YEAR)
    return day


def _dates(form: Form, values: MilestoneValues, plan: Plan, stored: MilestonePart | None) -> dict[str, Any]:
    """Return the fields `due`, `repeat` and `start_on` of a part."""
    due, start_on = _due(form, plan, stored), _day(form, "start_on")
    if isinstance(due, RepeatPart):
        if start_on is not None and stored is None:
            form.problems["start_on"] = msg("a recurring duty starts anew each year; leave this empty")
        return {"due": None, "repeat": due, "start_on": None}
    if due is None:
        due, start_on = DuePart(phrase="", on=plan.period_end, precision=Precision.YEAR), None
    return {"due": due, "repeat": None, "start_on": start_on or _start_of(values, plan)}


def _due(form: Form, plan: Plan, stored: MilestonePart | None) -> DuePart | RepeatPart | None:
    phrase = form.text("due_phrase", limit=LONGEST, required=True)
    if form.flag("due_by_hand"):
        return _due_by_hand(form, phrase, stored)
    try:
        found = due_part(
            phrase,
            issued_on=plan.issued_on,
            period_start=plan.period_start,
            period_end=plan.period_end,
            other_reading=form.text("due_phrase_other") == "1",
        )
    except InputError as error:
        form.problems.update({name: form.problems.get(name, problem) for name, problem in error.problems.items()})
        return None
    if isinstance(found, RepeatPart) and stored is not None:
        form.problems["due_phrase"] = msg(
            "this phrase recurs, and what is edited here is one milestone: set its date by hand, or enter a new duty"
        )
    return found


def _due_by_hand(form: Form, phrase: str, stored: MilestonePart | None) -> DuePart | None:
    on, precision = _day(form, "due_on", required=True), form.code("due_precision", Precision)
    other = _day(form, "due_alternative_on")
    if on is None or precision is None:
        return None
    due = DuePart.model_construct(phrase=phrase, on=on, precision=precision, alternative_on=other)
    if (stored is None or stored.due != due) and not form.text("note"):
        form.problems["note"] = msg("say here why the date was set by hand")
    return due


def _start_of(values: MilestoneValues, plan: Plan) -> date | None:
    """Return the beginning that the phrase itself names, None when it names none."""
    shown = due_shown(values, plan)
    return shown.reading.start_on if shown and shown.reading else None


def _due_words(part: MilestonePart, plan: Plan) -> dict[str, str]:
    """Return a due date by its phrase alone where the phrase says it all, else as set by hand."""
    due = part.due
    assert due is not None, "a stored milestone is one occurrence"
    words = {"due_phrase": due.phrase, "due_on": due.on.isoformat(), "due_precision": due.precision.value}
    words["due_alternative_on"] = due.alternative_on.isoformat() if due.alternative_on else ""
    for other in (False, True):
        try:
            days = {"issued_on": plan.issued_on, "period_start": plan.period_start, "period_end": plan.period_end}
            if due_part(due.phrase, **days, other_reading=other) == due:
                return words | {"due_phrase_other": "1" if other else ""}
        except InputError:
            break
    return words | {"due_by_hand": "1"}
