"""The audit trail for the auditor: search, read, check the chain, take it away as CSV."""

import json
import tempfile
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core.database import Engine, read_session
from app.domain.access import Action
from app.models import AuditEntry
from app.queries import choices
from app.queries.audit import PAGE, AuditFilter, list_entries, verify_chain
from app.services.exports import write_csv
from app.web.deps import SessionDep, Visitor, allow
from app.web.forms import row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Auditor = Annotated[Visitor, allow(Action.VIEW_AUDIT)]
Text = Annotated[str, Query(max_length=120)]
_COLUMNS = ("id", "at", "actor", "action", "subject", "plan_id", "detail", "request_id", "previous_hash", "hash")
_CHUNK = 64 * 1024


@router.get("/audit")
def list_(
    request: Request,
    visitor: Auditor,
    session: SessionDep,
    actor: Text = "",
    action: Text = "",
    subject: Text = "",
    plan: Text = "",
    before: Text = "",
) -> Response:
    """Show the entries, newest first; the filters lie in the address."""
    plans = choices.plans(session, visitor.scope)
    asked = {"actor": actor, "action": action, "subject": subject, "plan": plan}
    entries = list_entries(session, _filter(visitor, plans, asked), row_id(before))
    shown = entries[:PAGE]
    return render(
        request,
        "audit/page.html",
        entries=[(entry, detail_of(entry)) for entry in shown],
        older=shown[-1].id if len(entries) > PAGE else None,
        first=not before,
        asked=asked,
        plans=plans,
        plan_names={item.id: item.name for item in plans},
    )


@router.get("/audit/check")
def show_check(request: Request, _visitor: Auditor, session: SessionDep) -> Response:
    """Walk the whole chain now and say whether it holds."""
    return render(request, "audit/check.html", found=verify_chain(session))


@router.get("/audit/entries.csv")
def list_csv(
    request: Request,
    visitor: Auditor,
    session: SessionDep,
    actor: Text = "",
    action: Text = "",
    subject: Text = "",
    plan: Text = "",
) -> Response:
    """Send every entry of the filter as CSV, through a temporary file, as the trail may be larger than memory."""
    asked = {"actor": actor, "action": action, "subject": subject, "plan": plan}
    wanted = _filter(visitor, choices.plans(session, visitor.scope), asked)
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed when it is sent
    write_csv(_COLUMNS, _entries(request.app.state.engine, wanted), file)
    return StreamingResponse(
        _sent(file),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"},
    )


def detail_of(entry: AuditEntry) -> list[tuple[str, str]]:
    """Return what an entry recorded as (key, value) pairs, lists and objects written out."""
    values: dict[str, Any] = json.loads(entry.detail)
    return [(key, _words(value)) for key, value in values.items() if value not in (None, "", [], {})]


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return {True: "✓", False: "✗"}[value] if isinstance(value, bool) else str(value)


def _filter(visitor: Visitor, plans: list[choices.Choice], asked: dict[str, str]) -> AuditFilter:
    """Return the filter asked for, never wider than the visitor's plan; an unknown plan does not narrow."""
    actor, action, subject = (asked[name].replace("\x00", "").strip() for name in ("actor", "action", "subject"))
    chosen = next((item.id for item in plans if item.slug == asked["plan"]), None)
    return AuditFilter(actor, action, subject, visitor.scope.plan_id or chosen)


def _entries(engine: Engine, wanted: AuditFilter) -> Iterator[Any]:
    """Yield the entries, newest first; each page is read in a transaction of its own."""
    before: int | None = None
    while True:
        with read_session(engine) as session:
            entries = list_entries(session, wanted, before)
        yield from entries[:PAGE]
        if len(entries) <= PAGE:
            return
        before = entries[PAGE - 1].id


def _sent(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file from its beginning and close it."""
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
