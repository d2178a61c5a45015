"""The form that assigns a rectification item, from a case or from a milestone itself."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.cases import CaseEventKind, may_happen
from app.queries import instructions, postings
from app.queries import rectifications as rectified
from app.queries.case_detail import find_case
from app.services import rectifications
from app.services.errors import InputError, Message, NotFoundError, msg
from app.services.rectifications import Assignment
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, TodayDep, Visitor
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.rectifications import Assigner
from app.web.render import render
from app.web.uploads import received

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an item comes from: a case with its milestones, or one milestone.

    `possible` False: no measure has been decided in the case. `milestones` are pairs of id and words.
    """

    address: str
    back: str
    words: str
    source: str
    case_id: int | None
    milestones: tuple[tuple[int, str], ...]
    possible: bool


@router.get("/cases/{case_id}/rectifications/new")
def new_of_case(request: Request, visitor: Assigner, session: SessionDep, today: TodayDep, case_id: RowId) -> Response:
    """Show the form for an item of a case."""
    return _form_page(request, visitor, session, today, _of_case(session, visitor, case_id, today))


@router.post("/cases/{case_id}/rectifications")
def create_of_case(
    request: Request,
    visitor: Assigner,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    case_id: RowId,
) -> Response:
    """Assign an item of a case."""
    origin = _of_case(session, visitor, case_id, today)
    given = _given(form, form.id("milestone") or origin.milestones[0][0])
    try:
        files = received(form, settings)
        created = rectifications.assign(session, visitor.actor, given, now=now, case_id=case_id, files=files)
    except InputError as error:
        raise _rejected(request, visitor, today, form, error, case_id=case_id) from error
    return RedirectResponse(f"/rectifications/{created}?done=create", 303)


@router.get("/milestones/{milestone_id}/rectifications/new")
def new_of_milestone(
    request: Request, visitor: Assigner, session: SessionDep, today: TodayDep, milestone_id: RowId
) -> Response:
    """Show the form for an item of a milestone."""
    return _form_page(request, visitor, session, today, _of_milestone(session, visitor, milestone_id))


@router.post("/milestones/{milestone_id}/rectifications")
def create_of_milestone(
    request: Request,
    visitor: Assigner,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    today: TodayDep,
    form: FormDep,
    milestone_id: RowId,
) -> Response:
    """Assign an item of a milestone."""
    _of_milestone(session, visitor, milestone_id)
    given = _given(form, milestone_id)
    try:
        files = received(form, settings)
        created = rectifications.assign(session, visitor.actor, given, now=now, files=files)
    except InputError as error:
        raise _rejected(request, visitor, today, form, error, milestone_id=milestone_id) from error
    return RedirectResponse(f"/rectifications/{created}?done=create", 303)


def _given(form: Form, milestone_id: int) -> Assignment:
    return Assignment(
        milestone_id=milestone_id,
        organization_id=form.id("organization"),
        person=form.text("person", limit=rectifications.MAX_PERSON, required=True),
        source=form.text("source", limit=rectifications.MAX_SOURCE, required=True),
        problem=form.text("problem", limit=rectifications.MAX_TEXT, required=True),
        measure=form.text("measure", limit=rectifications.MAX_TEXT, required=True),
        due_on=form.day("due_on", required=True),
    )


def _of_case(session: Session, visitor: Visitor, case_id: int, today: date) -> Origin:
    case = find_case(session, visitor.scope, case_id, role=visitor.role, today=today)
    if case is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    decision = case.last(CaseEventKind.DECISION)
    number = decision.document_number if decision and decision.document_number else case.number
    return Origin(
        address=f"/cases/{case_id}/rectifications",
        back=f"/cases/{case_id}",
        words=case.number,
        source=f"问责案件 {number}",
        case_id=case_id,
        milestones=tuple({item.milestone_id: (item.milestone_id, item.title) for item in case.milestones}.values()),
        possible=may_happen(case.stage, CaseEventKind.RECTIFICATION),
    )


def _of_milestone(session: Session, visitor: Visitor, milestone_id: int) -> Origin:
    title = rectified.milestone_title(session, visitor.scope, milestone_id)
    if title is None:
        raise NotFoundError(msg("There is no such milestone in your scope."))
    return Origin(
        address=f"/milestones/{milestone_id}/rectifications",
        back=f"/milestones/{milestone_id}",
        words=title,
        source="",
        case_id=None,
        milestones=((milestone_id, title),),
        possible=True,
    )


def _rejected(
    request: Request,
    visitor: Visitor,
    today: date,
    form: Form,
    error: InputError,
    *,
    case_id: int | None = None,
    milestone_id: int = 0,
) -> FormRejectedError:
    def again(fresh: Session) -> Response:
        if case_id is None:
            origin = _of_milestone(fresh, visitor, milestone_id)
        else:
            origin = _of_case(fresh, visitor, case_id, today)
        return _form_page(request, visitor, fresh, today, origin, error.problems, form.typed)

    return FormRejectedError(again)


def _form_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    origin: Origin,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    owners = instructions.possible_addressees(session, origin.milestones[0][0])
    persons = postings.responsible_on(session, [item.id for item in owners], today)
    return render(
        request,
        "rectifications/new.html",
        status=422 if problems else 200,
        origin=origin,
        owners=owners,
        persons=persons,
        problems=problems or {},
        typed=typed or {},
    )
