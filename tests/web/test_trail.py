"""No write without an entry on the audit trail: held at every commit of a request, and along every call."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import SQLModel

from app.models import Place, ProjectionDay
from app.web.deps import NowDep, SessionDep
from tests.support.trail import UNTOLD, UntoldWriteError
from tests.support.web import anonymous

ROOT = Path(__file__).resolve().parents[2]
TOLD = {"app.services.audit.record", "app.services.audit.record_all"}
# Where a transaction begins that changes nothing but what tests/support/trail.py lists in UNTOLD.
WITHOUT_ENTRY = {
    "app.web.session.update_language": "a cookie",
    "app.web.my_reports.discard": "what is typed and not yet submitted",
    "app.web.report_workbooks.save_drafts": "what is typed and not yet submitted",
    "app.web.report_workbooks.upload": "keeps the file for its preview; nothing is written of it",
    "app.web.alert_steps._mark_as_read": "who read which notice when",
    "app.web.inbox.update_all": "who read which notice when",
    "app.web.calendar_feeds._count": "when a calendar was last fetched",
    "app.web.alerts.create_scan": "calls the scan that is wired in, which is held by itself",
    "app.jobs.batches._write": "writes what the scan gives it",
    "app.jobs.day_roll._within": "writes what the day roll gives it",
    "app.jobs.lead.Lead": "who leads, and signs of life",
    "app.jobs.run_log.RunLog": "how far a run is, how it ended and what it could not write",
    "app.jobs.deliver._expand": "messages are made of the outbox, which the alerts' entries tell of",
    "app.jobs.deliver._serve": "who sends which message changes every few seconds",
    "app.jobs.deliver._send_all": "who sends which message changes every few seconds",
    "app.jobs.deliver._send_one": "what a message says now; each attempt is a fact of its own",
    "app.jobs.deliver._send_prepared": "each attempt is a fact of its own",
    "app.cli.check_standings": "brings the projection to the day",
    "app.jobs.imports._announce": "how far a check is",
    "app.jobs.imports._check": "how a check ended, which its next reading may change; its beginning is told",
    "app.jobs.imports._end": "how a step ended without a change of the plan",
    "app.services.import_steps.alive": "how far a step is",
    "app.jobs.print_jobs._fail": "why a print job made nothing; its order is told",
    "app.services.print_jobs.alive": "how far a print job is",
    "app.web.document_steps.compare_file": "compares bytes and writes nothing",
    "app.web.document_steps._taken": "calls the step that each route gives it, which is held by itself",
    "app.services.import_steps.drop_findings": "what a check worked out",
    "app.services.import_steps.keep_findings": "what a check worked out",
}
# Begins a new day ahead of any request; what it writes there is not the request's doing.
NOT_FOLLOWED = {"app.web.deps._session"}
WRITING = ("post", "put", "patch", "delete")


def index() -> tuple[dict[str, set[str]], set[str]]:
    """Return what each function and class of the application names, and where a writing transaction begins."""
    names: dict[str, set[str]] = defaultdict(set)
    begins = set()
    for path in sorted((ROOT / "app").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text())
        nodes = list(named(tree))
        known = imported(tree) | {name: f"{module}.{name}" for name, _ in nodes}
        for name, node in nodes:
            own = f"{module}.{name}"
            names[own] = {found for inner in ast.walk(node) if (found := full_name(inner, known))}
            if is_writing_route(node) or (
                not isinstance(node, ast.Assign) and "app.core.database.write_session" in names[own]
            ):
                begins.add(own)
    return names, begins


def named(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the functions, classes and values (aliases of dependencies, tables of steps) of a module by name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node


def imported(tree: ast.Module) -> dict[str, str]:
    """Return the full name of everything that a module imports from the application."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app")
        for alias in node.names
    }


def full_name(node: ast.AST, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
        return f"{known[node.value.id]}.{node.attr}"
    return None


def is_writing_route(node: ast.stmt) -> bool:
    calls = [item.func for item in getattr(node, "decorator_list", ()) if isinstance(item, ast.Call)]
    return any(isinstance(call, ast.Attribute) and call.attr in WRITING for call in calls)


def reached(start: str, names: dict[str, set[str]]) -> set[str]:
    """Return every name that a function leads to."""
    found, ahead = {start}, [start]
    while ahead:
        new = names.get(ahead.pop(), set()) - found - NOT_FOLLOWED
        found |= new
        ahead += new
    return found


def test_every_transaction_that_writes_leads_to_the_audit_trail() -> None:
    names, begins = index()
    assert len(begins) > 60
    silent = {start for start in begins if not reached(start, names) & TOLD}
    assert silent == set(WITHOUT_ENTRY)


def test_every_table_that_changes_without_an_entry_is_one_of_the_schema() -> None:
    assert set(UNTOLD) <= {table.name for table in SQLModel.metadata.sorted_tables}


def test_a_request_that_changes_the_record_without_an_entry_fails_and_changes_nothing(app: FastAPI) -> None:
    @app.post("/untold/{place_id}")
    def rename(session: SessionDep, place_id: int) -> None:
        session.get_one(Place, place_id).name = "改名"

    @app.post("/projected")
    def project(session: SessionDep, now: NowDep) -> None:
        session.add(ProjectionDay(id=2, day=now.date()))

    with pytest.raises(UntoldWriteError, match="POST /untold/1 wrote \\['place'\\]"):
        anonymous(app).post("/untold/1")
    assert anonymous(app).post("/projected").status_code == 200
