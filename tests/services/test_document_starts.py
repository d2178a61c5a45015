"""What can be begun of a plan, what was made of it, and the register of its numbers, on both engines."""

from dataclasses import replace

import pytest

from app.core.database import Engine, read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.documents import DocumentKind
from app.domain.print_jobs import PrintJobKind
from app.domain.vocabulary import Role
from app.queries import document_numbers, document_pages
from app.services import document_starts, official_documents, print_jobs
from app.services.document_numbers import enter_paper_numbers
from app.services.errors import NotFoundError
from app.services.print_jobs import Order
from tests.support.facts import add_milestone, noon, office

NOW = noon("2026-10-09")


def test_what_was_made_of_a_plan_is_listed_beside_what_can_be_begun(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-06-30")
        actor = Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id))
        kind = DocumentKind.QUARTERLY_CIRCULAR
        drawn = official_documents.draw(session, actor, plan_id=of.plan_id, kind=kind, key="2026Q3", now=NOW)
        document_id = official_documents.keep_draft(session, actor, drawn, now=NOW).id
        assert document_id is not None
    with read_session(engine) as session:
        (found,) = document_starts.of_plan(session, actor.scope, of.plan_id, NOW)
        assert [row.id for row in found.rows] == [document_id]
        assert {DocumentKind.QUARTERLY_CIRCULAR, DocumentKind.MILESTONE_LEDGER} <= set(found.kinds)
        assert str(found.quarters[0]) == "2026Q4"
        assert [row.id for row in document_pages.of_subject(session, actor.scope, "quarter/2026Q3")] == [document_id]
        assert document_pages.of_subject(session, Scope(of.plan_id, of.organization_id), "quarter/2026Q3") == ()
        assert document_starts.of_milestone(session, actor.scope, milestone_id)[0].kinds == ()
        for scope in (Scope(of.plan_id + 1),):
            with pytest.raises(NotFoundError):
                document_starts.of_plan(session, scope, of.plan_id, NOW)
            with pytest.raises(NotFoundError):
                document_starts.of_milestone(session, scope, milestone_id)
        for find in (document_starts.of_alert, document_starts.of_case, document_starts.of_extension):
            with pytest.raises(NotFoundError):
                find(session, actor.scope, 1, NOW)
    with write_session(engine) as session:
        official_documents.discard(session, actor, document_id, 1, "（虚构）", now=NOW)
    with read_session(engine) as session:
        assert document_starts.of_plan(session, actor.scope, of.plan_id, NOW)[0].rows == ()


def test_a_job_that_issues_a_document_is_found_while_it_is_under_way(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        actor = Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id))
        kind = DocumentKind.PROGRESS_REPORT
        add_milestone(session, of, "2026-01-01", "2026-06-30")
        drawn = official_documents.draw(session, actor, plan_id=of.plan_id, kind=kind, key="", now=NOW)
        document_id = official_documents.keep_draft(session, actor, drawn, now=NOW).id
        assert document_id is not None
        assert document_pages.issue_under_way(session, document_id) is None
        given = Order(of.plan_id, PrintJobKind.ISSUE, "报告", 3, document_id=document_id)
        job_id = print_jobs.order(session, actor, given, now=NOW).id
        assert document_pages.issue_under_way(session, document_id) == job_id
        print_jobs.cancel(session, actor, job_id or 0, now=NOW)
        assert document_pages.issue_under_way(session, document_id) is None


def test_a_register_is_told_by_series_with_what_it_lacks(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        actor = replace(Actor(of.account_id, "办公室", Role.OFFICE), scope=Scope(of.plan_id))
        for series, up_to in (("试均衡办", 3), ("试督函", 1)):
            enter_paper_numbers(
                session, actor, of.plan_id, series=series, year=2026, up_to=up_to, reason="（虚构）", now=NOW
            )
        assert document_numbers.gaps(session, of.organization_id, 2026) == {"试均衡办": (3, ()), "试督函": (1, ())}
        assert document_numbers.gaps(session, of.organization_id, 2025) == {}
        rows = document_pages.numbers(session, of.organization_id, 2026, limit=None)
        assert [row.serial for row in rows if row.series == "试均衡办"] == [3, 2, 1]
