"""The ledger and the page of one milestone."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.deadlines import days_late, scheduled_pct
from app.domain.decisions import may_decide
from app.domain.standing import SEVERELY_BEHIND_PP, behind_pp
from app.domain.vocabulary import DecisionKind, DueCause, IndicatorGroup, MilestoneKind, Standing, UnitRole
from app.queries import alerts, cases, choices, revisions
from app.queries.milestone_page import MilestonePage, TargetRow, show_milestone
from app.queries.milestones import Cursor, LedgerFilter, UnitRow, list_milestones
from app.services.errors import Message, NotFoundError, msg
from app.web.deps import RowId, SessionDep, TodayDep, View, Visitor
from app.web.forms import row_id
from app.web.render import render, wants_part
from app.web.revisions import keeps_plan, words_of_change

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]

DECISION_ACTIONS = {
    DecisionKind.ACCEPT: Action.VERIFY,
    DecisionKind.RETURN: Action.VERIFY,
    DecisionKind.CLOSE_OUT: Action.CLOSE_OUT,
    DecisionKind.REOPEN: Action.CLOSE_OUT,
    DecisionKind.RECHECK_FAILED: Action.RECHECK,
    DecisionKind.RECHECK_PASSED: Action.RECHECK,
    DecisionKind.WITHDRAW: Action.CLOSE_OUT,
}


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

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        names = ("plan", "place", "unit", "standing", "year", "kind", "q", "sort")
        return {name: value for name in names if (value := getattr(self, name))}


@router.get("/milestones")
def list_ledger(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
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
    asked = LedgerQuery(plan, place, unit, standing, year, kind, q.replace("\x00", "").strip(), sort)
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
    page = list_milestones(session, visitor.scope, wanted, sort="-due" if sort == "-due" else "due", cursor=_cursor(at))
    whole = plan_id if visitor.scope.organization_id is None else None  # whoever sees all of it sees its versions
    context: dict[str, Any] = {
        "plan_id": whole,
        "asked": asked,
        "page": page,
        "today": today,
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
def show(request: Request, visitor: View, session: SessionDep, today: TodayDep, milestone_id: RowId) -> Response:
    """Show one milestone with its targets, reports, history and alerts."""
    return milestone_response(request, visitor, session, today, milestone_id)


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
) -> Response:
    """Render a milestone's page, with a form as it was typed when that could not be taken."""
    page = show_milestone(session, visitor.scope, milestone_id, today)
    if page is None:
        raise NotFoundError(msg("There is no such milestone in your scope."))
    gap = behind_pp(page.facts, today)
    readings = _readings(page)
    corrected = (due.due_on for due in reversed(page.dues) if due.cause is DueCause.ORIGINAL)
    original = next(corrected, page.milestone.due_on)
    return render(
        request,
        "milestones/show.html",
        status=status,
        page=page,
        today=today,
        scheduled=scheduled_pct(page.milestone.start_on, page.finding.effective_due_on, today),
        behind=gap if gap and gap > 0 else None,
        severe=gap is not None and gap > SEVERELY_BEHIND_PP,
        late_effective=page.finding.days_late(today),
        original_due_on=original,
        late_original=days_late(original, page.finding.clock_stopped_on or today),
        phrase=next((due.due_phrase for due in reversed(page.dues) if due.due_phrase), page.milestone.due_phrase),
        precision=page.facts.effective_precision,
        versions=[
            (item.revision, words_of_change(item))
            for item in revisions.milestone_versions(session, page.milestone.plan_id, page.milestone.key)
        ],
        may_keep=keeps_plan(visitor, page.milestone.plan_id),
        alerts=alerts.alerts_of_milestone(session, milestone_id),
        cases=_cases(session, visitor, milestone_id, today),
        history=_history(page),
        target_groups=_target_groups(page),
        named={role: _named(page, role) for role in UnitRole},
        may_report=may(visitor.role, Action.REPORT) and page.finding.standing is not Standing.WITHDRAWN,
        decisions=_decisions(visitor, page),
        readings=readings,
        may_change_due=may(visitor.role, Action.CHANGE_DUE)
        and readings is not None
        and page.finding.standing is not Standing.WITHDRAWN,
        problems=problems or {},
        typed=typed or {},
        form=form,
    )


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


def _decisions(visitor: Visitor, page: MilestonePage) -> list[DecisionKind]:
    """Return the decisions that this person may take on the milestone as it stands."""
    finding = page.finding
    return [
        kind
        for kind, action in DECISION_ACTIONS.items()
        if may(visitor.role, action)
        and may_decide(kind, finding.standing, claim_pending=finding.claim_pending)
        and (kind is not DecisionKind.ACCEPT or _unaccepted(page))
    ]


def _named(page: MilestonePage, role: UnitRole) -> list[tuple[str, list[UnitRow]]]:
    """Return the units of a role by the word of the text, in the text's order; a group's word holds its members."""
    found: dict[str, list[UnitRow]] = {}
    for unit in page.units:
        if unit.role is role:
            found.setdefault(unit.named_as, []).append(unit)
    return list(found.items())


def _target_groups(page: MilestonePage) -> list[tuple[IndicatorGroup, list[TargetRow]]]:
    """Return the targets by the standard's groups, in its order."""
    found: dict[IndicatorGroup, list[TargetRow]] = {}
    for target in page.targets:
        found.setdefault(target.group, []).append(target)
    return sorted(found.items(), key=lambda item: list(IndicatorGroup).index(item[0]))


def _unaccepted(page: MilestonePage) -> bool:
    answered = {item.report_id for item in page.decisions if item.kind in (DecisionKind.ACCEPT, DecisionKind.CLOSE_OUT)}
    return any(report.values and not report.accepted and report.id not in answered for report in page.reports)


def _history(page: MilestonePage) -> list[tuple[str, Any]]:
    """Return everything that happened, newest first, as (kind, row)."""
    rows: list[tuple[str, Any]] = [("report", row) for row in page.reports]
    rows += [("decision", row) for row in page.decisions]
    rows += [("due", row) for row in page.dues]
    return sorted(rows, key=lambda item: item[1].recorded_at, reverse=True)
