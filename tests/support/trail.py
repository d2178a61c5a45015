"""Hold every request of the tests to the rule of the audit trail: what writes also says so, in the same transaction."""

import re
from contextvars import ContextVar
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Connection, Engine, event
from starlette.types import ASGIApp, Receive, Scope, Send

# What may change without an entry of its own, and why.
UNTOLD = {
    "audit_entry": "the trail itself",
    "audit_head": "the trail itself",
    "sign_in": "the trail tells of signing in and out, not of sessions that run out or end with a password",
    "sign_in_throttle": "counted attempts; the trail tells when a name or an address is closed",
    "milestone_standing": "projection of facts",
    "obligation": "projection of facts",
    "projection_day": "projection of facts",
    "report_review": "projection of facts",
    "case_reply": "projection of facts",
    "rectification_standing": "projection of facts",
    "report_draft": "what is typed and not yet submitted; its submission is told",
    "draft_file": "files of a draft; their hashes are told with the submission",
    "import_part": "what a check worked out; its beginning and its writing are told",
    "import_problem": "what a check worked out; its beginning is told",
    "job_run": "the register of runs is a trail of its own",
    "scheduler_lease": "who leads changes every few seconds",
    "heartbeat": "signs of life of processes, every few seconds",
    "inbox_read": "who read which notice when is a register of its own",
    "inbox_read_to": "up to where an inbox counts as read",
    "calendar_feed": "when it was last fetched; its making, renewal and end are told",
    "job_problem": "what a run could not write, until a later one does",
}
_WRITE = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITTEN = "tables written in this transaction"
_request: ContextVar[str | None] = ContextVar("the request that is being answered", default=None)


class UntoldWriteError(AssertionError):
    """A request changed the record and left no entry on the audit trail."""


def hold_to_the_trail(app: FastAPI) -> None:
    """Make every request of this application fail that commits a change without an audit entry."""
    app.add_middleware(_Named)
    if not event.contains(Engine, "commit", _check):
        event.listen(Engine, "after_cursor_execute", _note)
        event.listen(Engine, "commit", _check)
        event.listen(Engine, "rollback", _forget)


class _Named:
    """Says in a context variable which request is being answered, so that what tests write themselves is let be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _request.set(f"{scope.get('method', '')} {scope.get('path', '')}")
        try:
            await self._app(scope, receive, send)
        finally:
            _request.reset(token)


def _note(connection: Connection, cursor: Any, statement: str, *_rest: Any) -> None:
    if _request.get() is None or not (found := _WRITE.match(statement)):
        return
    if cursor.rowcount or "RETURNING" in statement:  # rows that are given back are not counted yet
        connection.info.setdefault(_WRITTEN, set()).add(found.group(1))


def _check(connection: Connection) -> None:
    written = connection.info.pop(_WRITTEN, set())
    if "audit_entry" not in written and (untold := written - set(UNTOLD)):
        raise UntoldWriteError(f"{_request.get()} wrote {sorted(untold)} and left no entry on the audit trail")


def _forget(connection: Connection) -> None:
    connection.info.pop(_WRITTEN, None)
