"""The ledger and the page of one milestone."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.deadlines import scheduled_pct
from app.domain.decisions import OPEN
from app.domain.quarters import Quarter
from app.domain.schedules import open_quarters
from app.domain.standing import SEVERELY_BEHIND_PP, behind_pp
from app.domain.vocabulary import DueCause, IndicatorGroup, MilestoneKind, Standing, UnitRole
from app.queries import alerts, cases, choices, closings, instructions, postings, rectifications, revisions
from app.queries.as_of import PastPage, list_milestones_on
from app.queries.milestone_page import MilestonePage, TargetRow, in_scope, show_milestone
from app.queries.milestones import Cursor, LedgerFilter, LedgerPage, Sort, UnitRow, list_milestones
from app.queries.past_milestone_page import show_milestone_on
from app.queries.periods import OpenExpectation, open_expectations
from app.services.errors import Message, NotFoundError, msg
from app.web import closing_parts, extension_parts, forecast_parts, reviews
from app.web.as_of import AskedDay, AskedDayDep, quarter_before
from app.web.deps import RowId, SessionDep, View, Visitor
from app.web.errors import FormRejectedError
from app.web.forms import Form, row_id
from app.web.render import render, wants_part
from app.web.revisions import keeps_plan, words_of_change

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """The ledger's address as it was typed: words that mean nothing do not narrow, and the page says so."""

    plan: str
    place: str
    unit: str
    standing: str
    year: str
    kind: str
    q: str
    sort: str
    on: str = ""  # a past day

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        names = ("plan", "place", "unit", "standing", "year", "kind", "q", "sort", "on")
        return {name: value for name in names if (value := getattr(self, name))}


@router.get("/milestones")
def list_ledger(
    request: Request,
    visitor: View,
    session: SessionDep,
    day: AskedDayDep,
    plan: Text = "",
    place: Text = "",
    unit: Text = "",
    standing: Text = "",
    year: Text = "",
    kind: Text = "",
    q: Text = "",
    sort: Text = "",
    at: Text = "",
) -> Response:
    """Show the ledger; htmx gets the table alone, and everything lies in the address."""
    asked = LedgerQuery(plan, place, unit, standing, year, kind, q.replace("\x00", "").strip(), sort, day.parameter)
    plans = choices.plans(session, visitor.scope)
    plan_id = next((item.id for item in plans if item.slug == plan), None)
    wanted = LedgerFilter(
        plan_id=plan_id,
        place_id=row_id(place),
        unit_id=row_id(unit),
        standing=Standing(standing) if standing in set(Standing) else None,
        year=_year(year),
        kind=MilestoneKind(kind) if kind in set(MilestoneKind) else None,
        text=asked.q,
    )
    order: Sort = "-due" if sort == "-due" else "due"
    page: LedgerPage | PastPage
    if day.past is None:
        page = list_milestones(session, visitor.scope, wanted, sort=order, cursor=_cursor(at))
    else:
        page = list_milestones_on(session, visitor.scope, wanted, day.past, sort=order, cursor=_cursor(at))
    whole = plan_id if visitor.scope.organization_id is None else None  # whoever sees all of it sees its versions
    context: dict[str, Any] = {
        "plan_id": whole,
        "asked": asked,
        "page": page,
        "marks": closings.marks(session, [row.id for row in page.rows if row.has_page], day.known_until),
        "day": day,
        "today": day.shown,
        "compare_from": quarter_before(day.shown),
        "cursor_text": _cursor_text,
    }
    if wants_part(request):
        return render(request, "milestones/_ledger.html", **context)
    return render(
        request,
        "milestones/page.html",
        plans=plans,
        places=choices.places(session, visitor.scope, plan_id, most=choices.LIMIT, chosen=wanted.place_id),
        units=choices.units(session, visitor.scope, plan_id, most=choices.LIMIT, chosen=wanted.unit_id),
        years=choices.years(session, visitor.scope, plan_id),
        standings=list(Standing),
        kinds=list(MilestoneKind),
        **context,
    )


def _year(text: str) -> int | None:
    number = row_id(text)
    return number if number is not None and 1990 <= number <= 2100 else None


def _cursor(text: str) -> Cursor | None:
    """Read `2026-12-31.77` or, backwards, `-2026-12-31.77`; anything else starts at the beginning."""
    day, _, milestone_id = text.removeprefix("-").partition(".")
    number = row_id(milestone_id)
    try:
        return Cursor(date.fromisoformat(day), number, text.startswith("-")) if number else None
    except ValueError:
        return None


def _cursor_text(cursor: Cursor) -> str:
    return f"{'-' if cursor.backwards else ''}{cursor.due_on}.{cursor.milestone_id}"


@router.get("/milestones/{milestone_id}")
def show(request: Request, visitor: View, session: SessionDep, day: AskedDayDep, milestone_id: RowId) -> Response:
    """Show one milestone with its targets, reports, history and alerts, today or as of the end of a past day."""
    return milestone_response(request, visitor, session, day.shown, milestone_id, day=day)


def milestone_response(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    milestone_id: int,
    *,
    status: int = 200,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: str = "",
    day: AskedDay | None = None,
) -> Response:
    """Render a milestone's page, with a form as it was typed when that could not be taken.

    `day` None: today. Of a past day what was recorded by its end is shown, and nothing can be done.
    """
    day = day or AskedDay("", today)
    until, reader, visitor = day.known_until, visitor, day.acting(visitor)
    page = _page(session, visitor, milestone_id, day)
    gap = behind_pp(page.facts, today)
    readings = _readings(page)
    return render(
        request,
        "milestones/show.html",
        status=status,
        page=page,
        day=day,
        compare_from=quarter_before(today),
        today=today,
        scheduled=scheduled_pct(page.milestone.start_on, page.finding.effective_due_on, today, page.facts.schedule),
        forecast=forecast_parts.of_page(page, today),
        schedule_quarters=_schedule_quarters(visitor, page),
        behind=gap if gap and gap > 0 else None,
        severe=gap is not None and gap > SEVERELY_BEHIND_PP,
        late_effective=page.finding.days_late(today),
        original_due_on=page.finding.original_due_on,
        late_original=page.finding.days_late_originally(today),
        phrase=next((due.due_phrase for due in reversed(page.dues) if due.due_phrase), page.milestone.due_phrase),
        precision=page.facts.effective_precision,
        versions=[
            (item.revision, words_of_change(item))
            for item in revisions.milestone_versions(session, page.milestone.plan_id, page.milestone.key)
            if until is None or item.revision.recorded_at < until or item.revision.number == 1
        ],
        may_keep=keeps_plan(visitor, page.milestone.plan_id),
        alerts=[item for item in alerts.alerts_of_milestone(session, milestone_id) if item.scanned_on <= today],
        cases=[item for item in _cases(session, reader, milestone_id, today) if item.opened_on <= today],
        history=_history(page),
        extensions=extension_parts.of_page(session, visitor, page, today, until),
        target_groups=_target_groups(page),
        named={role: _named(page, role) for role in UnitRole},
        instructions=instructions.of_milestone(session, milestone_id, until),
        addressees=_addressees(session, visitor, milestone_id),
        rectifications=rectifications.of_milestone(session, visitor.scope, milestone_id) if until is None else (),
        persons=postings.responsible_on(session, _answering(page), today),
        in_review=reviews.in_review(session, visitor, milestone_id) if until is None else [],
        may_report=may(visitor.role, Action.REPORT)
        and page.finding.standing is not Standing.WITHDRAWN
        and page.names(visitor.scope),
        owed=_owed(session, visitor, page, day),
        closing=_closing(session, visitor, page, day),
        readings=readings,
        may_change_due=may(visitor.role, Action.CHANGE_DUE)
        and readings is not None
        and page.finding.standing is not Standing.WITHDRAWN,
        problems=problems or {},
        typed=typed or {},
        form=form,
    )


def _owed(session: Session, visitor: Visitor, page: MilestonePage, day: AskedDay) -> list[OpenExpectation]:
    """Return the expected reports that a report of this person answers, the one it counts as today last."""
    if day.past is not None or page.milestone.id is None or not may(visitor.role, Action.REPORT):
        return []
    unit_id = visitor.scope.organization_id or page.plan.office_id
    return open_expectations(session, [page.milestone.id], unit_id, day.today).get(page.milestone.id, [])


def _page(session: Session, visitor: Visitor, milestone_id: int, day: AskedDay) -> MilestonePage:
    """Return what is on file about a milestone on the day asked for. Raises: NotFoundError."""
    if day.past is None:
        page = show_milestone(session, visitor.scope, milestone_id, day.today)
    else:
        page = show_milestone_on(session, visitor.scope, milestone_id, day.past)
    if page is None and day.past is not None and in_scope(session, visitor.scope, milestone_id):
        raise NotFoundError(msg("On %(day)s this milestone was not in the plan, or not in your scope.", day=day.past))
    if page is None:
        raise NotFoundError(msg("There is no such milestone in your scope."))
    return page


def _closing(session: Session, visitor: Visitor, page: MilestonePage, day: AskedDay) -> closing_parts.ClosingPart:
    """Return what is shown of the closing; of a past day not what stands in the way of one now."""
    found = closing_parts.of_page(session, visitor, page, day.shown)
    return found if day.past is None else replace(found, grounds=())


def form_rejected(
    request: Request,
    visitor: Visitor,
    today: date,
    milestone_id: int,
    form: Form,
    problems: dict[str, Message],
    name: str,
) -> FormRejectedError:
    """Return the error that shows a milestone's page again, with one of its forms (`name`) as it was typed."""
    typed = form.typed

    def again(session: Session) -> Response:
        return milestone_response(
            request, visitor, session, today, milestone_id, status=422, problems=problems, typed=typed, form=name
        )

    return FormRejectedError(again)


def _schedule_quarters(visitor: Visitor, page: MilestonePage) -> list[tuple[Quarter, Decimal | None, Decimal]]:
    """Return the quarters whose share the visitor may set, the share set, and that of the line; none: not to be set."""
    running = page.finding.standing in OPEN and page.finding.standing is not Standing.OVERDUE
    if not may(visitor.role, Action.SCHEDULE) or not running:
        return []
    start_on, due_on, points = page.milestone.start_on, page.finding.effective_due_on, page.facts.schedule
    own = dict(points)
    return [
        (quarter, own.get(quarter.last_on), scheduled_pct(start_on, due_on, quarter.last_on, points))
        for quarter in open_quarters(start_on, due_on)
    ]


def _readings(page: MilestonePage) -> tuple[date, date] | None:
    """Return the plan's own date in force and the other reading of its phrase; None: it has one reading."""
    first, other = page.milestone.due_on, page.milestone.alternative_due_on
    own = [due for due in page.dues if due.cause is not DueCause.EXTENSION]
    if not own:
        return (first, other) if other else None
    last = own[-1]
    if last.alternative_due_on is None and last.cause is DueCause.READING and other:
        return last.due_on, first if last.due_on == other else other
    return (last.due_on, last.alternative_due_on) if last.alternative_due_on else None


def _cases(session: Session, visitor: Visitor, milestone_id: int, today: date) -> tuple[cases.CaseRow, ...]:
    if not may(visitor.role, Action.VIEW_CASES):
        return ()
    return cases.cases_of_milestone(session, visitor.scope, milestone_id, today=today)


def _named(page: MilestonePage, role: UnitRole) -> list[tuple[str, list[UnitRow]]]:
    """Return the units of a role by the word of the text, in the text's order; a group's word holds its members."""
    found: dict[str, list[UnitRow]] = {}
    for unit in page.units:
        if unit.role is role:
            found.setdefault(unit.named_as, []).append(unit)
    return list(found.items())


def _addressees(session: Session, visitor: Visitor, milestone_id: int) -> list[choices.Choice]:
    """Return whom this person may address an instruction to; nobody where the person writes none."""
    return instructions.possible_addressees(session, milestone_id) if may(visitor.role, Action.INSTRUCT) else []


def _answering(page: MilestonePage) -> set[int]:
    """Return the responsible units."""
    return {unit.organization_id for unit in page.units if unit.role is UnitRole.RESPONSIBLE}


def _target_groups(page: MilestonePage) -> list[tuple[IndicatorGroup, list[TargetRow]]]:
    """Return the targets by the standard's groups, in its order."""
    found: dict[IndicatorGroup, list[TargetRow]] = {}
    for target in page.targets:
        found.setdefault(target.group, []).append(target)
    return sorted(found.items(), key=lambda item: list(IndicatorGroup).index(item[0]))


def _history(page: MilestonePage) -> list[tuple[str, Any]]:
    """Return everything that happened, newest first, as (kind, row)."""
    rows: list[tuple[str, Any]] = [("report", row) for row in page.reports]
    rows += [("decision", row) for row in page.decisions]
    rows += [("due", row) for row in page.dues]
    return sorted(rows, key=lambda item: item[1].recorded_at, reverse=True)
