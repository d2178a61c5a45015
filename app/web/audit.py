"""The audit trail for the auditor: search, read, check the chain, take it away as CSV or as a workbook."""

import tempfile
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core.database import Engine, Session, read_session
from app.domain.access import Action
from app.queries import audit, choices
from app.queries.audit import PAGE, AuditFilter
from app.services.audit_exports import COLUMNS, write_workbook
from app.services.exports import write_csv
from app.web.audit_words import lines_of
from app.web.deps import NowDep, SessionDep, Visitor, allow
from app.web.forms import row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Auditor = Annotated[Visitor, allow(Action.VIEW_AUDIT)]
Text = Annotated[str, Query(max_length=120)]
_CHUNK = 64 * 1024
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELDS = ("actor", "action", "subject", "plan", "from", "to", "request", "text")


@router.get("/audit")
def list_(request: Request, visitor: Auditor, session: SessionDep, before: Text = "", after: Text = "") -> Response:
    """Show the entries, newest first; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    asked = _asked(request)
    wanted = _filter(visitor, plans, asked)
    found = audit.page(session, wanted, before=row_id(before), after=row_id(after))
    known = audit.actions(session)
    return render(
        request,
        "audit/page.html",
        found=found,
        lines=[lines_of(entry, {item.id: item.slug for item in plans}) for entry in found.entries],
        at_newest=found.newer is None,
        asked=asked,
        unread=_unread(asked),
        plans=plans,
        plan_names={item.id: item.name for item in plans},
        nouns=sorted({action.partition(":")[0] for action in known}),
        actions=known,
    )


@router.get("/audit/check")
def show_check(request: Request, _visitor: Auditor, session: SessionDep, noted: Text = "") -> Response:
    """Walk the whole chain now and say whether it holds, and whether a hash that was noted is still in it."""
    noted = noted.replace("\x00", "").strip().lower()
    return render(request, "audit/check.html", found=audit.verify_chain(session, noted), noted=noted)


@router.get("/audit/entries.csv")
def list_csv(request: Request, visitor: Auditor, session: SessionDep) -> Response:
    """Send every entry of the filter as CSV, through a temporary file, as the trail may be larger than memory."""
    wanted = _wanted(request, visitor, session)
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed when it is sent
    write_csv(COLUMNS, _entries(request.app.state.engine, wanted), file)
    return _file(file, "text/csv; charset=utf-8", "audit.csv")


@router.get("/audit/entries.xlsx")
def list_xlsx(request: Request, visitor: Auditor, session: SessionDep, now: NowDep) -> Response:
    """Send the entries of the filter as a workbook with typed cells."""
    wanted = _wanted(request, visitor, session)
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed when it is sent
    write_workbook(_entries(request.app.state.engine, wanted), file, now)
    return _file(file, _WORKBOOK, "audit.xlsx")


def _asked(request: Request) -> dict[str, str]:
    """Return what each filter of the address says, without NUL, which PostgreSQL refuses, and not endlessly long."""
    return {name: request.query_params.get(name, "").replace("\x00", "").strip()[:120] for name in _FIELDS}


def _wanted(request: Request, visitor: Visitor, session: Session) -> AuditFilter:
    return _filter(visitor, choices.plans(session, visitor.scope), _asked(request))


def _filter(visitor: Visitor, plans: list[choices.Choice], asked: dict[str, str]) -> AuditFilter:
    """Return the filter asked for, never wider than the visitor's plan; an unknown plan or day does not narrow."""
    chosen = next((item.id for item in plans if item.slug == asked["plan"]), None)
    return AuditFilter(
        actor=asked["actor"],
        action=asked["action"],
        subject=asked["subject"],
        plan_id=visitor.scope.plan_id or chosen,
        from_on=_day(asked["from"]),
        to_on=_day(asked["to"]),
        request_id=asked["request"],
        text=asked["text"],
    )


def _day(text: str) -> date | None:
    """Return the day written YYYY-MM-DD within the years a calendar can hold in any time zone; else None."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 1900 <= day.year <= 9000 else None


def _unread(asked: dict[str, str]) -> list[str]:
    """Return the names of the days that are filled in and cannot be read."""
    return [name for name in ("from", "to") if asked[name] and _day(asked[name]) is None]


def _entries(engine: Engine, wanted: AuditFilter) -> Iterator[Any]:
    """Yield the entries, newest first; each page is read in a transaction of its own."""
    before: int | None = None
    while True:
        with read_session(engine) as session:
            entries = audit.list_entries(session, wanted, before)
        yield from entries[:PAGE]
        if len(entries) <= PAGE:
            return
        before = entries[PAGE - 1].id


def _file(file: BinaryIO, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_sent(file), media_type=media_type, headers=headers)


def _sent(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file from its beginning and close it."""
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
