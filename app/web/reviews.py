"""Review of reports: what waits, one report beside the last one and its targets, and the answers to it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.reports import SUPERVISORS, ReportKind, ReportStep, may_step
from app.domain.vocabulary import ReportState, Role, Standing
from app.queries import choices, review_pages
from app.queries import reviews as waiting
from app.queries.review_rows import Comparison, ReviewedReport
from app.queries.reviews import ReviewFilter
from app.services import reviews
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.reviews import OvertakenError
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, View, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import FormDep, row_id
from app.web.render import render, wants_part
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Reviewer = Annotated[Visitor, allow(Action.VERIFY)]
Supervisor = Annotated[Visitor, allow(Action.ENDORSE)]
Text = Annotated[str, Query(max_length=100)]
TOLD = frozenset({Role.OFFICE, Role.LEADER, Role.INSPECTOR, Role.AUDITOR})  # of how long reports wait


@dataclass(frozen=True, slots=True)
class ReviewQuery:
    """The queue's address as it was typed: words that mean nothing do not narrow."""

    plan: str
    unit: str
    period: str
    state: str
    kind: str

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        names = ("plan", "unit", "period", "state", "kind")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def wanted(self) -> ReviewFilter:
        """What the queue is narrowed to."""
        return ReviewFilter(
            plan=self.plan.replace("\x00", ""),
            unit_id=row_id(self.unit),
            period=_span(self.period),
            state=ReportState(self.state) if self.state in set(ReportState) else None,
            kind=ReportKind(self.kind) if self.kind in set(ReportKind) else None,
        )


def _asked(plan: Text = "", unit: Text = "", period: Text = "", state: Text = "", kind: Text = "") -> ReviewQuery:
    return ReviewQuery(plan, unit, period, state, kind)


Asked = Annotated[ReviewQuery, Depends(_asked)]


def _span(text: str) -> tuple[date, date] | None:
    """Read `2026-07-01_2026-09-30`; anything else names no period."""
    first, _, last = text.partition("_")
    try:
        return (date.fromisoformat(first), date.fromisoformat(last)) if len(text) == 21 else None
    except ValueError:
        return None


@router.get("/reviews")
def list_(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    now: NowDep,
    asked: Asked,
    at: Text = "",
    done: Text = "",
) -> Response:
    """Show the reports that wait, the oldest first; htmx gets the table alone."""
    return _queue(request, visitor, session, today, asked, now=now, after=row_id(at), done=done)


def _queue(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    asked: ReviewQuery,
    *,
    now: Any,
    after: int | None = None,
    done: str = "",
    problems: dict[str, Message] | None = None,
) -> Response:
    context: dict[str, Any] = {
        "asked": asked,
        "page": waiting.queue(session, visitor.scope, asked.wanted, after),
        "today": today,
        "answer_days": waiting.ANSWER_DAYS,
        "reviews": may(visitor.role, Action.VERIFY),
        "problems": problems or {},
    }
    if wants_part(request):
        return render(request, "reviews/_queue.html", **context)
    told = visitor.role in TOLD or visitor.supervises
    return render(
        request,
        "reviews/page.html",
        status=422 if problems else 200,
        plans=choices.plans(session, visitor.scope),
        units=waiting.units(session, visitor.scope),
        periods=waiting.periods(session, visitor.scope),
        states=[item for item in ReportState if item is not ReportState.REPLACED],
        kinds=list(ReportKind),
        backlog=waiting.backlog(session, visitor.scope, today, now) if told else None,
        window_days=waiting.WINDOW_DAYS,
        done=done,
        **context,
    )


@router.post("/reviews/accept")
def accept_many(
    request: Request,
    visitor: Reviewer,
    session: SessionDep,
    today: TodayDep,
    now: NowDep,
    form: FormDep,
    asked: Asked,
) -> Response:
    """Show what is about to be accepted; once confirmed, accept it, all or nothing."""
    ticked, note = form.ids("report")[: reviews.MOST + 1], form.text("note", limit=2000)
    try:
        if form.problems:
            raise InputError(form.problems)
        if ticked and not form.flag("confirmed"):
            return _confirm(request, visitor, session, today, asked, ticked, note)
        count = reviews.accept_many(session, visitor.actor, ticked, note, now=now)
    except OvertakenError as error:
        late = error.report_ids

        def left(fresh: Session) -> Response:
            return _confirm(request, visitor, fresh, today, asked, ticked, note, late=late)

        raise FormRejectedError(left) from error
    except InputError as error:
        problems = error.problems

        def again(fresh: Session) -> Response:
            return _queue(request, visitor, fresh, today, asked, now=now, problems=problems)

        raise FormRejectedError(again) from error
    return _go("/reviews", asked, done=f"accepted-{count}")


def _confirm(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    asked: ReviewQuery,
    ticked: list[int],
    note: str,
    *,
    late: tuple[int, ...] = (),
) -> Response:
    """Show the ticked reports again, those that somebody has dealt with meanwhile (`late`) apart."""
    rows = waiting.rows_of(session, visitor.scope, ticked)
    return render(
        request,
        "reviews/confirm.html",
        status=409 if late else 200,
        asked=asked,
        rows=[row for row in rows if row.report_id not in late and row.waits],
        late=[row for row in rows if row.report_id in late or not row.waits],
        note=note,
        today=today,
    )


@router.get("/reviews/{report_id}")
def show(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    report_id: RowId,
    asked: Asked,
    done: Text = "",
) -> Response:
    """Show one report beside the last one and its targets, with what may be answered."""
    return _page(request, visitor, session, today, report_id, asked, done=done)


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    report_id: int,
    asked: ReviewQuery,
    *,
    done: str = "",
    status: int = 200,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    page = review_pages.show_review(session, visitor.scope, report_id)
    if page is None:
        raise NotFoundError(msg("There is no such report in your scope."))
    before, after = waiting.neighbours(session, visitor.scope, asked.wanted, report_id)
    steps = steps_of(visitor, page.this.report, claim_pending=page.claim_pending)
    return render(
        request,
        "reviews/show.html",
        status=status,
        page=page,
        steps=[] if page.standing is Standing.WITHDRAWN else steps,
        before=before,
        after=after,
        asked=asked,
        today=today,
        done=done,
        problems=problems or {},
        typed=typed or {},
    )


def in_review(session: Session, visitor: Visitor, milestone_id: int) -> list[tuple[Comparison, list[ReportStep]]]:
    """Return the reports on a milestone that wait, each with what this person may answer."""
    found = review_pages.waiting_of_milestone(session, visitor.scope, milestone_id)
    return [(item, steps_of(visitor, item.report)) for item in found]


def steps_of(visitor: Visitor, report: ReviewedReport, *, claim_pending: bool = False) -> list[ReportStep]:
    """Return what a person may answer to a report: a supervisor passes on or sends back, the office decides."""
    if visitor.scope.organization_id is not None:
        supervises = report.supervisor_id == visitor.scope.organization_id
        return [step for step in ReportStep if supervises and (report.state, step) in SUPERVISORS]
    if not may(visitor.role, Action.VERIFY):
        return []
    steps = (ReportStep.ACCEPT, ReportStep.RETURN)
    return [step for step in steps if may_step(report.state, step, claim_pending=claim_pending)]


@dataclass(frozen=True, slots=True)
class _Answering:
    """An answer being given: by whom, from which page, with what was typed."""

    request: Request
    session: SessionDep
    settings: SettingsDep
    today: TodayDep
    now: NowDep
    form: FormDep
    asked: Asked
    report_id: RowId
    back: Text = ""

    def take(self, visitor: Visitor, step: ReportStep) -> Response:
        """Take the step and go on to the next report that waits, or back to the milestone."""
        note = self.form.text("note", limit=2000)
        try:
            files = received(self.form, self.settings)
            _, after = waiting.neighbours(self.session, visitor.scope, self.asked.wanted, self.report_id)
            decision = reviews.review(self.session, visitor.actor, self.report_id, step, note, files, now=self.now)
        except InputError as error:
            raise self._rejected(visitor, error.problems, 422) from error
        except ConflictError as error:
            raise self._rejected(visitor, {"step": error.message}, 409) from error
        if self.back == "milestone":
            return RedirectResponse(f"/milestones/{decision.milestone_id}?done=decision#history", 303)
        return _go(f"/reviews/{after}" if after else "/reviews", self.asked, done=step.value)

    def _rejected(self, visitor: Visitor, problems: dict[str, Message], status: int) -> FormRejectedError:
        request, today, report_id, asked, typed = (
            self.request,
            self.today,
            self.report_id,
            self.asked,
            self.form.typed,
        )

        def again(fresh: Session) -> Response:
            return _page(
                request, visitor, fresh, today, report_id, asked, status=status, problems=problems, typed=typed
            )

        return FormRejectedError(again)


def _go(path: str, asked: ReviewQuery, *, done: str) -> Response:
    return RedirectResponse(f"{path}?{urlencode({**asked.values, 'done': done})}", 303)


Answering = Annotated[_Answering, Depends(_Answering)]


@router.post("/reviews/{report_id}/accept")
def accept(visitor: Reviewer, answer: Answering) -> Response:
    """Accept a report, its measured values with it."""
    return answer.take(visitor, ReportStep.ACCEPT)


@router.post("/reviews/{report_id}/return")
def return_(visitor: Reviewer, answer: Answering) -> Response:
    """Send a report back to its unit with a note."""
    return answer.take(visitor, ReportStep.RETURN)


@router.post("/reviews/{report_id}/endorse")
def endorse(visitor: Supervisor, answer: Answering) -> Response:
    """Pass a report of a unit under one's supervision on to the office."""
    return answer.take(visitor, ReportStep.ENDORSE)


@router.post("/reviews/{report_id}/send-back")
def send_back(visitor: Supervisor, answer: Answering) -> Response:
    """Send a report back to a unit under one's supervision with a note."""
    return answer.take(visitor, ReportStep.RETURN)
