"""A plan's revisions: the list, what each changed, the plan as it stood after each, and the plan as a file."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.core.database import Session
from app.domain.access import Action, may
from app.models import Plan
from app.queries import plans, revisions
from app.queries.revisions import ChangeRow
from app.services.errors import NotFoundError, msg
from app.services.plan_context import plan_context
from app.services.plan_edits import title_of
from app.services.plan_exports import plan_file, plan_yaml
from app.services.plan_versions import parts_after, read_part, version_page
from app.web.deps import RowId, SessionDep, TodayDep, View, Visitor
from app.web.part_words import FieldWords, differing_fields
from app.web.render import render

router = APIRouter(include_in_schema=False)
Number = Annotated[int, Query(ge=1, le=2**31 - 1)]
_PLACE = re.compile(r"(\d{1,9})-(\d{1,10})")


@router.get("/plans/{plan_id}/revisions")
def list_revisions(
    request: Request, visitor: View, session: SessionDep, plan_id: RowId, before: Number | None = None
) -> Response:
    """Show how a plan's record came about, newest first, and the amendments in preparation."""
    plan = whole_plan(session, visitor, plan_id)
    rows, more = revisions.list_revisions(session, plan_id, before=before)
    keeps = keeps_plan(visitor, plan_id)
    return render(
        request,
        "revisions/page.html",
        plan=plan,
        rows=rows,
        more=more,
        first=before is None,
        keeps=keeps,
        drafts=revisions.list_drafts(session, plan_id) if keeps else [],
    )


@router.get("/plans/{plan_id}/revisions/{number}")
def show_revision(
    request: Request,
    visitor: View,
    session: SessionDep,
    plan_id: RowId,
    number: RowId,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """Show what one revision changed, part by part."""
    plan = whole_plan(session, visitor, plan_id)
    row = revisions.find_revision(session, plan_id, number)
    if row is None:
        raise NotFoundError(msg("This plan has no version %(number)s.", number=number))
    changes, next_after = revisions.changes_of(session, row, plan_id, after=after)
    return render(
        request,
        "revisions/show.html",
        plan=plan,
        row=row,
        changes=[(item, _title(item), words_of_change(item)) for item in changes],
        next_after=next_after,
    )


@router.get("/plans/{plan_id}/versions/{number}")
def show_version(
    request: Request,
    visitor: View,
    session: SessionDep,
    today: TodayDep,
    plan_id: RowId,
    number: RowId,
    after: str = "",
) -> Response:
    """Show the ledger as the plan stood after one of its revisions."""
    plan = whole_plan(session, visitor, plan_id)
    row = revisions.find_revision(session, plan_id, number)
    if row is None:
        raise NotFoundError(msg("This plan has no version %(number)s.", number=number))
    place = _PLACE.fullmatch(after)
    start = (int(place[1]), int(place[2])) if place else (-1, 0)
    page = version_page(session, plan_context(session, plan), row.id, today, after=start)
    return render(
        request,
        "revisions/version.html",
        plan=plan,
        row=row,
        page=page,
        first=place is None,
        versions=revisions.list_revisions(session, plan_id)[0],
        today=today,
    )


@router.get("/plans/{plan_id}/file")
def download_file(visitor: View, session: SessionDep, plan_id: RowId, version: Number | None = None) -> Response:
    """Send a plan as a plan file, as it is on record or as it stood after a revision."""
    plan = whole_plan(session, visitor, plan_id)
    parts = None if version is None else parts_after(session, plan_context(session, plan), version)
    name = plan.slug if version is None else f"{plan.slug}-{version}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return Response(plan_yaml(plan_file(session, plan, parts)), media_type="application/yaml", headers=headers)


def whole_plan(session: Session, visitor: Visitor, plan_id: int) -> Plan:
    """Return a plan for somebody who sees all of it; a unit sees its own milestones. Raises: NotFoundError."""
    plan = plans.plan_by_id(session, visitor.scope, plan_id)
    if plan is None or visitor.scope.organization_id is not None:
        raise NotFoundError(msg("There is no such plan in your scope."))
    return plan


def keeps_plan(visitor: Visitor, plan_id: int) -> bool:
    """Tell whether the visitor is the office that keeps this plan."""
    return may(visitor.role, Action.KEEP_PLAN) and visitor.scope.plan_id == plan_id


def _title(item: ChangeRow) -> str:
    """Return how the changed part is called: by the name it has afterwards, or had when it went."""
    part = read_part(item.subject, item.after or item.before)
    assert part is not None
    return title_of(part)


def words_of_change(item: ChangeRow) -> list[FieldWords]:
    """Return what a recorded change altered, field by field."""
    return differing_fields(read_part(item.subject, item.before), read_part(item.subject, item.after))
