"""Prepare an amendment of a plan, milestone by milestone, look at it whole, and put it in force."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.access import Action
from app.domain.document_numbers import put_right
from app.domain.vocabulary import ChangeSubject
from app.queries import revisions
from app.services import amendments
from app.services.amendments import AmendmentInput, UnfitError
from app.services.errors import ConflictError, InputError, Message, NotFoundError, RefusedError, msg
from app.services.milestone_keys import free_key
from app.services.plan_edits import part_problems, plan_in_keeping
from app.services.plan_files import MilestonePart
from app.services.revisions import Change
from app.web.deps import NowDep, RowId, SessionDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.milestone_edits import MORE_ROWS
from app.web.milestone_forms import (
    MilestoneValues,
    empty_values,
    form_context,
    form_problems,
    read_milestone,
    stored_values,
    typed_values,
)
from app.web.part_words import FIELDS, differing_fields
from app.web.plan_heads import was_put_right
from app.web.render import render

router = APIRouter(include_in_schema=False)
Keeper = Annotated[Visitor, allow(Action.KEEP_PLAN)]
Key = Annotated[str, Query(max_length=120, pattern=r"^[^\x00]*$")]
Words = Annotated[str, Query(max_length=120)]
_NONE = msg("There is no such milestone in the plan as the amendment leaves it.")


@router.get("/plans/{plan_id}/amendments/new")
def new_amendment(request: Request, visitor: Keeper, session: SessionDep, plan_id: RowId) -> Response:
    """Show the form for the amending document."""
    context = plan_in_keeping(session, visitor.actor, plan_id)
    drafts = revisions.list_drafts(session, plan_id)
    return render(request, "amendments/new.html", plan=context.plan, drafts=drafts, typed={}, problems={}, draft=None)


@router.post("/plans/{plan_id}/amendments")
def create_amendment(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, plan_id: RowId
) -> Response:
    """Begin to prepare an amendment."""
    plan_in_keeping(session, visitor.actor, plan_id)
    try:
        draft = amendments.start_amendment(session, visitor.actor, plan_id, _document(form), now=now)
        done = _done("", form)
    except InputError as error:
        problems = error.problems | form.problems

        def again(fresh: Session) -> Response:
            plan = plan_in_keeping(fresh, visitor.actor, plan_id).plan
            return render(
                request,
                "amendments/new.html",
                status=422,
                plan=plan,
                drafts=revisions.list_drafts(fresh, plan_id),
                typed=form.typed,
                problems=problems,
                draft=None,
            )

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/amendments/{draft.id}{done}", 303)


@router.get("/amendments/{draft_id}")
def show_amendment(request: Request, visitor: Keeper, session: SessionDep, draft_id: RowId, q: Words = "") -> Response:
    """Show an amendment in preparation with all that it changes, and find further milestones."""
    return _draft_page(request, visitor, session, draft_id, q=q.replace("\x00", "").strip())


@router.post("/amendments/{draft_id}")
def update_amendment(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, draft_id: RowId
) -> Response:
    """Correct what is said of the amending document."""
    amendments.draft_in_keeping(session, visitor.actor, draft_id)
    try:
        amendments.describe_amendment(session, visitor.actor, draft_id, _document(form), now=now)
    except InputError as error:
        raise _rejected(request, visitor, draft_id, form, error.problems | form.problems) from error
    return RedirectResponse(f"/amendments/{draft_id}{_done('document', form)}", 303)


@router.get("/amendments/{draft_id}/milestone")
def edit_change(request: Request, visitor: Keeper, session: SessionDep, draft_id: RowId, key: Key = "") -> Response:
    """Show the form for a milestone as the amendment wants it; without a key, for one that it adds."""
    draft, context = amendments.draft_in_keeping(session, visitor.actor, draft_id)
    if not key:
        values = empty_values(context)
        return _form_page(request, session, draft_id, visitor, None, values, {})
    part = amendments.drafted_part(session, context, draft, key)
    if part is None:
        raise NotFoundError(_NONE)
    return _form_page(request, session, draft_id, visitor, part, stored_values(part, context.plan), {})


@router.post("/amendments/{draft_id}/milestone")
def save_change(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    draft_id: RowId,
    key: Key = "",
) -> Response:
    """Put a milestone into the amendment as it is to be; or give the form more rows."""
    draft, context = amendments.draft_in_keeping(session, visitor.actor, draft_id)
    stored = amendments.drafted_part(session, context, draft, key) if key else None
    if key and stored is None:
        raise NotFoundError(_NONE)
    if form.flag("more"):
        return _form_page(request, session, draft_id, visitor, stored, typed_values(form, more=MORE_ROWS), {})
    taken = amendments.drafted_milestones(session, draft)
    proposed = free_key(session, draft.plan_id, form.text("title")[:120], taken=taken)
    part = read_milestone(form, context, stored, key=proposed)
    try:
        if form.problems:
            raise InputError(part_problems(session, context, ChangeSubject.MILESTONE, part.key, part))
        amendments.draft_change(session, visitor.actor, draft_id, part.key, part, new=stored is None, now=now)
    except (InputError, ConflictError) as error:
        raise _form_again(request, visitor, draft_id, key, form, error) from error
    return RedirectResponse(f"/amendments/{draft_id}?done=change#changes", 303)


@router.post("/amendments/{draft_id}/withdraw")
def withdraw_milestone(visitor: Keeper, session: SessionDep, now: NowDep, draft_id: RowId, key: Key) -> Response:
    """Let the amendment withdraw a milestone."""
    amendments.draft_change(session, visitor.actor, draft_id, key, None, new=False, now=now)
    return RedirectResponse(f"/amendments/{draft_id}?done=change#changes", 303)


@router.post("/amendments/{draft_id}/drop")
def drop_change(visitor: Keeper, session: SessionDep, now: NowDep, draft_id: RowId, key: Key) -> Response:
    """Take a milestone out of the amendment."""
    amendments.drop_change(session, visitor.actor, draft_id, key, now=now)
    return RedirectResponse(f"/amendments/{draft_id}?done=dropped#changes", 303)


@router.post("/amendments/{draft_id}/discard")
def discard_amendment(visitor: Keeper, session: SessionDep, now: NowDep, draft_id: RowId) -> Response:
    """Give up an amendment in preparation."""
    plan_id = amendments.discard_amendment(session, visitor.actor, draft_id, now=now)
    return RedirectResponse(f"/plans/{plan_id}/revisions?done=discarded", 303)


@router.post("/amendments/{draft_id}/enact")
def enact_amendment(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, draft_id: RowId
) -> Response:
    """Put an amendment in force."""
    draft, _ = amendments.draft_in_keeping(session, visitor.actor, draft_id)
    plan_id = draft.plan_id
    try:
        amendments.enact_amendment(session, visitor.actor, draft_id, seen=form.text("seen", limit=64), now=now)
    except UnfitError as error:
        raise _rejected(request, visitor, draft_id, form, {}, unfit=_unfit_words(error)) from error
    except ConflictError as error:
        raise _rejected(request, visitor, draft_id, form, {}, refused=error) from error
    return RedirectResponse(f"/plans/{plan_id}/revisions?done=enacted", 303)


def _document(form: Form) -> AmendmentInput:
    """Return the amending document that a form gives. Raises: InputError; the fields are in `form.problems`."""
    given = AmendmentInput(
        title=form.text("title", limit=200, required=True),
        document_number=put_right(form.text("document_number", limit=60, required=True)),
        document_on=form.day("document_on", required=True),
        reason=form.text("reason", limit=500),
    )
    if form.problems:
        raise InputError({})
    return given


def _done(word: str, form: Form) -> str:
    """Return what the address says of a saved document: its number may have been put right."""
    word = "number" if was_put_right(form) else word
    return f"?done={word}" if word else ""


def _unfit_words(error: UnfitError) -> list[tuple[str, str, Message]]:
    """Return what does not fit as milestone, field (a msgid) and problem."""
    return [
        (f"{part.clause} {part.title}", FIELDS[field.split("-")[0]], problem)
        for part, problems in error.by_milestone
        for field, problem in problems.items()
    ]


def _draft_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    draft_id: int,
    *,
    q: str = "",
    status: int = 200,
    **more: Any,
) -> Response:
    draft, context = amendments.draft_in_keeping(session, visitor.actor, draft_id)
    changes = amendments.preview(session, context, draft)
    found, many = revisions.find_milestones(session, draft.plan_id, q) if q else ([], False)
    typed = {
        "title": draft.title,
        "document_number": draft.document_number,
        "document_on": draft.document_on.isoformat(),
        "reason": draft.reason,
    }
    page: dict[str, Any] = {"typed": typed, "problems": {}, "unfit": [], "refused": None, **more}
    return render(
        request,
        "amendments/show.html",
        status=status,
        draft=draft,
        plan=context.plan,
        changes=[(item, _shown(item), differing_fields(item.before, item.after)) for item in changes],
        mark=amendments.mark_of(draft, changes),
        q=q,
        found=found,
        many=many,
        **page,
    )


def _shown(item: Change) -> MilestonePart:
    """Return the milestone that heads a change: as it is to be, or as it was when it is withdrawn."""
    assert item.subject is ChangeSubject.MILESTONE
    part = item.after or item.before
    assert isinstance(part, MilestonePart)
    return part


def _rejected(
    request: Request,
    visitor: Visitor,
    draft_id: int,
    form: Form,
    problems: dict[str, Message],
    *,
    unfit: list[tuple[str, str, Message]] | None = None,
    refused: RefusedError | None = None,
) -> FormRejectedError:
    def again(fresh: Session) -> Response:
        more: dict[str, Any] = {"unfit": unfit or [], "refused": refused.message if refused else None}
        if problems:
            more |= {"typed": form.typed, "problems": problems}
        return _draft_page(request, visitor, fresh, draft_id, status=409 if refused else 422, **more)

    return FormRejectedError(again)


def _form_page(
    request: Request,
    session: Session,
    draft_id: int,
    visitor: Visitor,
    part: MilestonePart | None,
    values: MilestoneValues,
    problems: dict[str, Message],
    *,
    refused: Message | None = None,
) -> Response:
    draft, context = amendments.draft_in_keeping(session, visitor.actor, draft_id)
    if part is not None:
        values = MilestoneValues(
            {**values.text, "key": part.key, "series": part.series or ""}, values.needs, values.targets
        )
    address = f"/amendments/{draft_id}/milestone"
    return render(
        request,
        "amendments/milestone.html",
        status=409 if refused else 422 if problems else 200,
        draft=draft,
        is_new=part is None,
        more_address=f"{address}?key={quote(part.key)}" if part else address,
        problems=problems,
        refused=refused,
        **form_context(session, context, values),
    )


def _form_again(
    request: Request, visitor: Visitor, draft_id: int, key: str, form: Form, error: InputError | ConflictError
) -> FormRejectedError:
    problems: dict[str, Message] = dict(form.problems)
    if isinstance(error, InputError):
        problems = form_problems(error.problems, by_hand=form.flag("due_by_hand")) | problems

    def again(fresh: Session) -> Response:
        draft, context = amendments.draft_in_keeping(fresh, visitor.actor, draft_id)
        part = amendments.drafted_part(fresh, context, draft, key) if key else None
        refused = error.message if isinstance(error, ConflictError) else None
        return _form_page(request, fresh, draft_id, visitor, part, typed_values(form), problems, refused=refused)

    return FormRejectedError(again)
