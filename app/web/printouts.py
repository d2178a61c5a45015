"""Printed matter: the documents in work, those that were issued, what was printed before, byte for byte."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.core.clock import local_day
from app.core.database import Session
from app.domain.access import Action, may
from app.domain.documents import KINDS, DocumentKind, Subject, SubjectKind
from app.domain.print_jobs import is_given_up
from app.domain.quarters import Quarter, parse_quarter, quarter_of
from app.queries import choices, document_pages
from app.queries.choices import Choice
from app.queries.printouts import find_printout, list_printouts
from app.services.errors import NotFoundError, msg
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.document_downloads import stored_file
from app.web.forms import row_id
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, allow(Action.VIEW_DOCUMENTS)]
MOST_OTHERS = 10
Text = Annotated[str, Query(max_length=40)]


@router.get("/printouts")
def list_register(
    request: Request,
    visitor: Reader,
    session: SessionDep,
    now: NowDep,
    kind: Text = "",
    plan: Text = "",
    words: Annotated[str, Query(max_length=100)] = "",
    below: Text = "",
) -> Response:
    """Show the documents in work and the issued ones; htmx gets the register alone."""
    asked = DocumentKind(kind) if kind in set(DocumentKind) else None
    found = document_pages.issued(
        session,
        visitor.scope,
        kind=asked,
        plan_id=row_id(plan),
        words=words.replace("\x00", "").strip(),
        below=row_id(below),
    )
    filters = {"kind": asked.value if asked else "", "plan": str(row_id(plan) or ""), "words": words}
    narrowed = any(filters.values())
    if wants_part(request):
        return render(request, "printouts/_register.html", page=found, specs=KINDS, filters=filters, narrowed=narrowed)
    works = may(visitor.role, Action.PRINT)
    plans = choices.plans(session, visitor.scope)
    return render(
        request,
        "printouts/page.html",
        page=found,
        works=works,
        in_work=document_pages.in_work(session, visitor.scope) if works else (),
        jobs=document_pages.jobs(session, visitor.scope) if works else (),
        others=list_printouts(session, visitor.scope, limit=MOST_OTHERS).rows if works else (),
        plans=plans,
        quarter=_quarter_to_begin(session, visitor, plans, local_day(now)) if works else None,
        kinds=list(DocumentKind),
        specs=KINDS,
        filters=filters,
        narrowed=narrowed,
        now=now,
        given_up=is_given_up,
    )


def _quarter_to_begin(session: Session, visitor: Visitor, plans: list[Choice], today: date) -> Quarter | None:
    """Return the last quarter when its circular is to be begun; None: it was, or it is not one plan's register."""
    if len(plans) != 1:
        return None
    quarter = quarter_of(today).previous
    subject = Subject(SubjectKind.QUARTER, str(quarter))
    begun = document_pages.of_subject(session, visitor.scope, str(subject), plans[0].id, limit=1)
    return None if begun else quarter


@router.get("/printouts/{printout_id}/file")
def show_file(visitor: Reader, session: SessionDep, settings: SettingsDep, printout_id: RowId) -> Response:
    """Send the same bytes again."""
    row = find_printout(session, visitor.scope, printout_id)
    if row is None:
        raise NotFoundError(msg("There is no such printout in your scope."))
    title = f"{row.plan_title}{parse_quarter(row.quarter).label}{row.kind_name}"
    return stored_file(settings, row.sha256, title, row.format)
