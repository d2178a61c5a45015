"""Posts: who holds which in a unit from when to when, kept on the unit's page; one post to end, correct or delete."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import PostDuty
from app.services import postings
from app.services.entries import fingerprint
from app.services.errors import InputError, Message
from app.services.postings import PostingInput
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor
from app.web.entries import differing
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep
from app.web.organizations import Keeper, unit_response
from app.web.render import render

router = APIRouter(include_in_schema=False)


@router.post("/organizations/{organization_id}/postings")
def create(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    form: FormDep,
    now: NowDep,
    today: TodayDep,
    organization_id: RowId,
) -> Response:
    """Put a holder of a post on record; the one before is ended where the form says so."""
    postings.kept_unit(session, visitor.actor, organization_id)
    try:
        given, end_earlier = posting_values(form), form.flag("end_earlier")
        postings.add_posting(session, visitor.actor, organization_id, given, end_earlier=end_earlier, now=now)
    except InputError as error:
        problems, typed = {**error.problems, **form.problems}, form.typed

        def again(fresh: Session) -> Response:
            return unit_response(request, visitor, fresh, today, organization_id, problems=problems, typed=typed)

        raise FormRejectedError(again) from error
    return RedirectResponse(f"/organizations/{organization_id}?done=posting#postings", 303)


@router.get("/postings/{posting_id}")
def edit(request: Request, visitor: Keeper, session: SessionDep, posting_id: RowId) -> Response:
    """Show one post with its forms: end it, correct it, delete it."""
    return _posting_page(request, visitor, session, posting_id)


@router.post("/postings/{posting_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, posting_id: RowId
) -> Response:
    """Correct a post."""
    row, _ = postings.kept_posting(session, visitor.actor, posting_id)
    unit_id = row.organization_id
    try:
        given, seen = posting_values(form), form.text("fingerprint", limit=64)
        changed = postings.update_posting(session, visitor.actor, posting_id, given, fingerprint=seen, now=now)
    except InputError as error:
        raise _rejected(request, visitor, posting_id, form, error, "correct") from error
    return RedirectResponse(f"/organizations/{unit_id}?done={'posting' if changed else 'same'}#postings", 303)


@router.post("/postings/{posting_id}/end")
def end(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, posting_id: RowId
) -> Response:
    """Give a post its last day."""
    row, _ = postings.kept_posting(session, visitor.actor, posting_id)
    unit_id = row.organization_id
    to_on = form.day("to_on", required=True)
    try:
        if to_on is None:
            raise InputError(form.problems)
        postings.end_posting(session, visitor.actor, posting_id, to_on=to_on, now=now)
    except InputError as error:
        raise _rejected(request, visitor, posting_id, form, error, "end") from error
    return RedirectResponse(f"/organizations/{unit_id}?done=posting#postings", 303)


@router.post("/postings/{posting_id}/delete")
def delete(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, posting_id: RowId
) -> Response:
    """Take back a post that was entered by mistake."""
    row, _ = postings.kept_posting(session, visitor.actor, posting_id)
    unit_id = row.organization_id
    try:
        seen = form.text("fingerprint", limit=64)
        postings.delete_posting(session, visitor.actor, posting_id, fingerprint=seen, now=now)
    except InputError as error:
        raise _rejected(request, visitor, posting_id, form, error, "delete") from error
    return RedirectResponse(f"/organizations/{unit_id}?done=posting#postings", 303)


def posting_values(form: Form) -> PostingInput:
    """Return a post's values as the form gives them. Raises: InputError naming each field."""
    person = form.text("person", limit=postings.MAX_PERSON, required=True)
    post = form.text("post", limit=postings.MAX_POST, required=True)
    duty = form.code("duty", PostDuty)
    from_on, to_on = form.day("from_on", required=True), form.day("to_on")
    if form.problems or duty is None or from_on is None:
        raise InputError(form.problems)
    return PostingInput(person, post, duty, from_on, to_on)


def _rejected(
    request: Request, visitor: Visitor, posting_id: int, form: Form, error: InputError, name: str
) -> FormRejectedError:
    problems, typed = {**error.problems, **form.problems}, form.typed

    def again(fresh: Session) -> Response:
        return _posting_page(request, visitor, fresh, posting_id, problems=problems, typed=typed, form=name)

    return FormRejectedError(again)


def _posting_page(
    request: Request,
    visitor: Visitor,
    session: Session,
    posting_id: int,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    form: str = "",
) -> Response:
    """Render one post with its forms; what somebody changed meanwhile stands beside what was typed."""
    row, unit = postings.kept_posting(session, visitor.actor, posting_id)
    stored, problems = postings.values_of(row), problems or {}
    words, overtaken = _words_of(stored), "fingerprint" in problems
    correcting = form == "correct" and typed is not None
    return render(
        request,
        "postings/edit.html",
        status=422 if problems else 200,
        posting_id=posting_id,
        unit=unit,
        post=stored,
        fingerprint=fingerprint(stored),
        duties=list(PostDuty),
        values=typed if correcting else words,
        typed=typed or {},
        problems={name: problem for name, problem in problems.items() if name != "fingerprint"},
        overtaken=overtaken,
        now_stored=differing(words, typed or {}) if overtaken and correcting else {},
        form=form,
    )


def _words_of(values: PostingInput) -> dict[str, str]:
    """Return a post's values as a form writes them."""
    return {
        "person": values.person,
        "post": values.post,
        "duty": values.duty.value,
        "from_on": values.from_on.isoformat(),
        "to_on": values.to_on.isoformat() if values.to_on else "",
    }
