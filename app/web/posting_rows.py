"""Units without a responsible person on record: a page of rows to fill in, saved all at once."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import PostDuty
from app.queries import choices
from app.queries import postings as reads
from app.services import postings
from app.services.errors import InputError, Message, msg
from app.services.postings import PostingInput
from app.web.deps import NowDep, SessionDep, TodayDep, Visitor
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.organizations import Keeper
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
DUTIES = (PostDuty.IN_CHARGE, PostDuty.HEAD)  # a contact person answers for nothing, and the unit would stay listed


@router.get("/postings")
def list_(
    request: Request,
    visitor: Keeper,
    session: SessionDep,
    today: TodayDep,
    plan: Text = "",
    page: Text = "",
    done: Text = "",
) -> Response:
    """Show the units for which nobody is on record, with a row to fill in for each."""
    return _page(request, visitor, session, today, plan, row_id(page) or 1, saved=row_id(done) or 0)


@router.post("/postings")
def create(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, today: TodayDep
) -> Response:
    """Put on record what was filled in for several units at once, all or none."""
    plan, number = form.text("plan", limit=100), row_id(form.text("page")) or 1
    try:
        given = _rows(form)
        if form.problems:
            raise InputError(form.problems)
        if not given:
            raise InputError({"rows": msg("fill in person and post of at least one unit")})
        count = postings.add_postings(session, visitor.actor, given, now=now)
    except InputError as error:
        problems, typed = {**error.problems, **form.problems}, form.typed

        def again(fresh: Session) -> Response:
            return _page(request, visitor, fresh, today, plan, number, problems=problems, typed=typed)

        raise FormRejectedError(again) from error
    slug = next((item.slug for item in choices.plans(session, visitor.scope) if item.slug == plan), "")
    return RedirectResponse(f"/postings?done={count}&plan={slug}", 303)


def _rows(form: Form) -> dict[int, PostingInput]:
    """Return what was filled in by unit id; a row with neither person nor post was left out."""
    found: dict[int, PostingInput] = {}
    for name in form.data:
        unit_id = row_id(name.removeprefix("person-")) if name.startswith("person-") else None
        if unit_id is None or not (form.text(name) or form.text(f"post-{unit_id}")):
            continue
        if given := _row(form, unit_id):
            found[unit_id] = given
    return found


def _row(form: Form, unit_id: int) -> PostingInput | None:
    """Return one row's values, the day above the table where it has none of its own; None with problems there."""
    person = form.text(f"person-{unit_id}", limit=postings.MAX_PERSON, required=True)
    post = form.text(f"post-{unit_id}", limit=postings.MAX_POST, required=True)
    duty = form.code(f"duty-{unit_id}", PostDuty)
    own = f"from_on-{unit_id}"
    from_on = form.day(own if form.text(own) or not form.text("from_on") else "from_on", required=True)
    return PostingInput(person, post, duty, from_on) if duty is not None and from_on is not None else None


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    plan: str,
    number: int,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    saved: int = 0,
) -> Response:
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), None)
    found = reads.without_responsible(session, visitor.scope, chosen.id if chosen else None, today=today, number=number)
    problems, shown = problems or {}, {str(row.id) for row in found.rows}
    return render(
        request,
        "postings/page.html",
        status=422 if problems else 200,
        plans=plans,
        found=found,
        asked={"plan": chosen.slug if chosen else ""},
        duties=DUTIES,
        problems=problems,
        # Somebody else may have entered a person meanwhile: then the unit has no row any more.
        unlisted=[text for name, text in problems.items() if "-" in name and name.rpartition("-")[2] not in shown],
        typed=typed or {},
        saved=saved,
    )
