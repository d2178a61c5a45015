"""Mine, this period: everything a unit owes in the open periods, its drafts, and their submission."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action
from app.domain.periods import OwedState
from app.queries.owed_reports import OwedFilter, list_owed, owed
from app.queries.report_forms import targets_of
from app.services import report_drafts, report_submissions
from app.services.errors import InputError, Message
from app.services.report_submissions import BatchRejectedError
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.my_report_forms import form_response, rejected
from app.web.render import render
from app.web.report_forms import typed_texts
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Reporter = Annotated[Visitor, allow(Action.REPORT)]
Text = Annotated[str, Query(max_length=40)]
DONE = frozenset({"saved", "submitted", "unchanged", "discarded", "nothing"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The list's address as it was typed; words that mean nothing do not narrow."""

    state: str = ""
    period: str = ""
    page: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Return the parameters that filter, for links that keep them."""
        return {"state": self.state, "period": self.period}

    @property
    def wanted(self) -> OwedFilter:
        """Return what the list is narrowed to."""
        return OwedFilter(OwedState(self.state) if self.state in set(OwedState) else None, row_id(self.period))


@router.get("/my-reports")
def list_(
    request: Request,
    visitor: Reporter,
    session: SessionDep,
    today: TodayDep,
    state: Text = "",
    period: Text = "",
    page: Text = "",
) -> Response:
    """Show what is owed in the open periods, and what was written and handed in."""
    return _list_response(request, visitor, session, today, Asked(state, period, page), {})


def _list_response(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    asked: Asked,
    problems: dict[int, dict[str, Message]],
) -> Response:
    """Render the list; `problems` by expected report: several were to be submitted, and none was."""
    found = list_owed(session, visitor.scope, asked.wanted, today, number=row_id(asked.page) or 1)
    refused = {row.id: row for row in owed(session, visitor.scope, list(problems), today)}
    done, count = (request.query_params.get(name, "") for name in ("done", "count"))
    return render(
        request,
        "my_reports/page.html",
        status=422 if problems else 200,
        found=found,
        asked=asked.values,
        period=next((item for item in found.periods if item.id == asked.wanted.period_id), None),
        states=list(OwedState),
        problems=[(refused[key], items) for key, items in problems.items() if key in refused],
        targets={
            target.id: target
            for targets in targets_of(session, [row.milestone_id for row in refused.values()]).values()
            for target in targets
        },
        today=today,
        done=done if done in DONE and not problems else "",
        done_count=int(count) if count.isascii() and count.isdigit() and len(count) < 5 else 1,
    )


@router.post("/my-reports/submit")
def submit_many(
    request: Request, visitor: Reporter, session: SessionDep, form: FormDep, now: NowDep, today: TodayDep
) -> Response:
    """Submit the ticked drafts, or all of them: all or none."""
    asked = _asked(form)
    drafts = report_submissions.all_drafts(session, visitor.actor, asked.wanted.period_id, today)
    drafts = {key: form.text(f"mark-{key}", limit=80) or mark for key, mark in drafts.items()}  # as the page showed it
    if form.text("which") != "all":
        ticked = set(form.ids("expected"))
        drafts = {key: mark for key, mark in drafts.items() if key in ticked}
    if not drafts:
        return RedirectResponse("/my-reports?done=nothing", 303)
    try:
        count = report_submissions.submit_all(session, visitor.actor, drafts, now=now)
    except BatchRejectedError as error:
        raise _batch_rejected(request, visitor, today, asked, error) from error
    return RedirectResponse(f"/my-reports?done=submitted&count={count}", 303)


@router.post("/my-reports/no-change")
def report_rest(
    request: Request, visitor: Reporter, session: SessionDep, form: FormDep, now: NowDep, today: TodayDep
) -> Response:
    """Hand in a zero report for everything of which nothing is written yet."""
    asked = _asked(form)
    rest = report_submissions.the_rest(session, visitor.actor, asked.wanted.period_id, today)
    if not rest:
        return RedirectResponse("/my-reports?done=nothing", 303)
    try:
        count = report_submissions.report_no_change(session, visitor.actor, rest, now=now)
    except BatchRejectedError as error:
        raise _batch_rejected(request, visitor, today, asked, error) from error
    return RedirectResponse(f"/my-reports?done=unchanged&count={count}", 303)


def _asked(form: Form) -> Asked:
    return Asked(form.text("state", limit=40), form.text("period", limit=40), form.text("page", limit=40))


def _batch_rejected(
    request: Request, visitor: Visitor, today: date, asked: Asked, error: BatchRejectedError
) -> FormRejectedError:
    rows = error.rows

    def again(session: Session) -> Response:
        return _list_response(request, visitor, session, today, asked, rows)

    return FormRejectedError(again)


@router.get("/my-reports/{expected_id}")
def show(request: Request, visitor: Reporter, session: SessionDep, today: TodayDep, expected_id: RowId) -> Response:
    """Show the form of one report; htmx gets it for its place in the list."""
    return form_response(request, visitor, session, today, expected_id)


@router.post("/my-reports/{expected_id}")
def update(
    request: Request,
    visitor: Reporter,
    session: SessionDep,
    settings: SettingsDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    expected_id: RowId,
) -> Response:
    """Save a draft; with `then=submit` submit it too, and where that cannot be, keep the draft and say why."""
    typed, seen = typed_texts(form), form.text("mark", limit=80)
    try:
        files = received(form, settings)
        row = report_drafts.save(
            session, visitor.actor, expected_id, typed, files, seen=seen, drop=form.ids("drop"), now=now
        )
    except InputError as error:
        raise rejected(request, visitor, today, expected_id, typed, error) from error
    if form.text("then") != "submit":
        place = f"/my-reports/{expected_id}?done=saved" if form.flag("alone") else "/my-reports?done=saved"
        return RedirectResponse(f"{place}#owed-{expected_id}", 303)
    try:
        report_submissions.submit(session, visitor.actor, expected_id, seen=row.mark, now=now)
    except InputError as error:
        # Nothing was written but the draft, which is to stay: this answer does not undo it.
        return form_response(request, visitor, session, today, expected_id, problems=error.problems, kept=True)
    return RedirectResponse(f"/my-reports?done=submitted#owed-{expected_id}", 303)


@router.post("/my-reports/{expected_id}/discard")
def discard(
    request: Request,
    visitor: Reporter,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    expected_id: RowId,
) -> Response:
    """Throw a draft away."""
    try:
        report_drafts.discard(session, visitor.actor, expected_id, seen=form.text("mark", limit=80), now=now)
    except InputError as error:
        raise rejected(request, visitor, today, expected_id, typed_texts(form), error) from error
    return RedirectResponse(f"/my-reports?done=discarded#owed-{expected_id}", 303)


@router.post("/my-reports/{expected_id}/no-change")
def report_unchanged(
    request: Request, visitor: Reporter, session: SessionDep, now: NowDep, today: TodayDep, expected_id: RowId
) -> Response:
    """Hand in a zero report in one click."""
    try:
        report_submissions.report_no_change(session, visitor.actor, [expected_id], now=now)
    except BatchRejectedError as error:
        raise _batch_rejected(request, visitor, today, Asked(), error) from error
    return RedirectResponse(f"/my-reports?done=unchanged#owed-{expected_id}", 303)
