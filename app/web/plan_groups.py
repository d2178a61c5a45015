"""The groups of units of a plan (各县区人民政府) for the office that keeps it: list, add, correct, remove."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.domain.vocabulary import ChangeSubject
from app.queries.plan_frame import group_ids, milestones_naming
from app.services.errors import InputError, NotFoundError, msg
from app.services.plan_files import GroupPart
from app.services.plan_frame import LONGEST_NAME, names_of_county_governments, split_names
from app.services.plan_parts import stored_parts
from app.web.deps import NowDep, RowId, SessionDep, TodayDep
from app.web.forms import Form, FormDep
from app.web.plan_keeping import (
    Keeper,
    KeptPlan,
    Problems,
    Words,
    add_kept,
    kept_plan,
    rejected,
    render_part_form,
    save_kept,
)
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=20)]
_LONGEST_LIST = 20_000  # characters: hundreds of units


@router.get("/plans/{slug}/groups")
def list_(request: Request, visitor: Keeper, session: SessionDep, slug: str, done: Text = "") -> Response:
    """Show the groups with their members and how many milestones name them."""
    kept = kept_plan(session, visitor, slug)
    ids = group_ids(session, kept.context.plan_id)
    counts = milestones_naming(session, kept.context.plan_id, list(ids.values()))
    return render(
        request,
        "plans/groups.html",
        plan=kept.head.plan,
        groups=[(key, name, [word for _, word in kept.context.groups.get(name, ())]) for key, name in ids.items()],
        counts=counts,
        done=done,
    )


@router.get("/plans/{slug}/groups/new")
def new(
    request: Request, visitor: Keeper, session: SessionDep, today: TodayDep, slug: str, fill: Text = ""
) -> Response:
    """Show the form for a group; `fill=counties` begins with the governments right below the plan's area."""
    kept, typed = kept_plan(session, visitor, slug), {}
    if fill == "counties":
        typed = {"members": "\n".join(names_of_county_governments(session, kept.context, today))}
    return _form(request, session, kept, None, {}, typed)


@router.post("/plans/{slug}/groups")
def create(request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str) -> Response:
    """Add a group."""
    kept = kept_plan(session, visitor, slug)
    try:
        part = _read(form, kept, None)
        add_kept(session, visitor, kept, form, ChangeSubject.GROUP, part.name, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, kept_plan(fresh, visitor, slug), None, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/groups?done=created", 303)


@router.get("/plans/{slug}/groups/{group_id}/edit")
def edit(request: Request, visitor: Keeper, session: SessionDep, slug: str, group_id: RowId) -> Response:
    """Show the form with a group."""
    return _form(request, session, kept_plan(session, visitor, slug), group_id, {}, {})


@router.post("/plans/{slug}/groups/{group_id}")
def update(
    request: Request, visitor: Keeper, session: SessionDep, form: FormDep, now: NowDep, slug: str, group_id: RowId
) -> Response:
    """Change the members of a group, or (the button says so) remove it."""
    kept = kept_plan(session, visitor, slug)
    stored = _stored(session, kept, group_id)
    try:
        part = None if form.flag("remove") else _read(form, kept, stored.name)
        done = save_kept(session, visitor, kept, form, ChangeSubject.GROUP, stored.name, part, now=now)
    except InputError as error:

        def again(fresh: Session, problems: Problems, typed: Words) -> Response:
            return _form(request, fresh, kept_plan(fresh, visitor, slug), group_id, problems, typed)

        raise rejected(form, error, again) from error
    return RedirectResponse(f"{kept.address}/groups?done={done}", 303)


def _read(form: Form, kept: KeptPlan, name: str | None) -> GroupPart:
    """Return the group that a form gives; `name` None: a new one's. Raises: InputError."""
    called = name or form.text("name", limit=LONGEST_NAME, required=True)
    members = split_names(kept.context, form.text("members", limit=_LONGEST_LIST, required=True))
    if form.problems:
        raise InputError(form.problems)
    return GroupPart.model_construct(name=called, members=members)  # the check names members that are no units


def _stored(session: Session, kept: KeptPlan, group_id: int) -> GroupPart:
    name = group_ids(session, kept.context.plan_id).get(group_id)
    found = stored_parts(session, kept.context, [(ChangeSubject.GROUP, name)]) if name else {}
    if not found:
        raise NotFoundError(msg("There is no such group in your plan."))
    (part,) = found.values()
    assert isinstance(part, GroupPart)
    return part


def _form(
    request: Request, session: Session, kept: KeptPlan, group_id: int | None, problems: Problems, typed: Words
) -> Response:
    stored = _stored(session, kept, group_id) if group_id is not None else None
    words = {"name": stored.name, "members": "\n".join(stored.members)} if stored else {}
    used = milestones_naming(session, kept.context.plan_id, [stored.name]) if stored else {}
    return render_part_form(
        request,
        "plans/group.html",
        stored,
        words,
        problems,
        typed,
        plan=kept.head.plan,
        used=sum(used.values()),
        units=sorted(kept.context.units),
        address=f"{kept.address}/groups" + (f"/{group_id}" if group_id else ""),
    )
