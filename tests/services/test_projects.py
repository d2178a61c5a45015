"""Payments by source of funds, budgets, drift and names of projects, on both engines."""

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.project_money import MoneyFindingKind, Paid
from app.domain.projects import ProjectState
from app.domain.vocabulary import DecisionKind, FundSource, MilestoneKind, ProjectNature, Role
from app.models import BudgetLine, Milestone, Payment, Project, ProjectAlias
from app.queries import projects as reads
from app.queries.export_rows import Selection
from app.queries.project_reports import last_progress
from app.queries.projects import ProjectFilter, ProjectOrder
from app.services import exports, projects, standings
from app.services.errors import InputError, NotFoundError
from app.services.exports import ExportFormat, ExportKind
from app.services.project_names import known_project
from app.services.projects import PaymentInput
from tests.support import facts
from tests.support.facts import Office, noon

TODAY = date(2026, 11, 22)
NOW = noon(TODAY)
WAN = 1_000_000


def _project(session: Session, of: Office, name: str = "石柱一中迁建工程", **values: Any) -> int:
    given: dict[str, Any] = {
        "plan_id": of.plan_id,
        "key": name,
        "no": 1,
        "name": name,
        "clause": "附件4",
        "place_id": of.place_id,
        "nature": ProjectNature.RELOCATION,
        "investment_fen": 100 * WAN,
        "start_year": 2025,
        "end_year": 2026,
    }
    project = Project(**given | values)
    session.add(project)
    session.flush()
    assert project.id is not None
    return project.id


def _completion(session: Session, of: Office, project_id: int, start: str, due: str) -> int:
    milestone = facts.add_milestone(session, of, start, due)
    row = session.get_one(Milestone, milestone)
    row.project_id, row.kind = project_id, MilestoneKind.PROJECT_COMPLETION
    session.flush()
    standings.refresh(session, [milestone], TODAY)
    return milestone


def _actor(of: Office) -> Actor:
    return Actor(of.account_id, "办公室", Role.OFFICE, Scope(of.plan_id))


def _pay(session: Session, of: Office, project: int, on: str, wan: str, source: FundSource, note: str = "") -> Payment:
    given = PaymentInput(date.fromisoformat(on), Decimal(wan), source, "", note)
    return projects.pay(session, _actor(of), project, given, now=NOW)


def test_a_payment_keeps_its_source_and_needs_no_further_words(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        payment = _pay(session, of, _project(session, of), "2026-05-06", "12.5", FundSource.CITY)
        assert (payment.fund_source, payment.source, payment.amount_fen) == (FundSource.CITY, "", 12_500_000)


def test_the_same_sum_from_another_source_is_another_payment(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        project = _project(session, of)
        _pay(session, of, project, "2026-05-06", "5", FundSource.CITY)
        _pay(session, of, project, "2026-05-06", "5", FundSource.COUNTY)
        with pytest.raises(InputError, match="on record already"):
            _pay(session, of, project, "2026-05-06", "5", FundSource.CITY)


def test_another_plans_office_cannot_pay(engine: Engine) -> None:
    with write_session(engine) as session:
        of, other = facts.office(session), facts.office(session)
        project = _project(session, of)
        with pytest.raises(NotFoundError):
            _pay(session, other, project, "2026-05-06", "5", FundSource.CITY)


def test_payments_are_summed_by_year_and_source_and_held_against_the_lines(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        project = _project(session, of)
        session.add_all(
            BudgetLine(project_id=project, position=at, year=year, source=source, amount_fen=wan * WAN)
            for at, (year, source, wan) in enumerate([(2025, FundSource.CENTRAL, 60), (2026, FundSource.COUNTY, 40)])
        )
        _pay(session, of, project, "2025-05-06", "50", FundSource.CENTRAL)
        _pay(session, of, project, "2025-12-31", "30", FundSource.CENTRAL)
        _pay(session, of, project, "2026-01-01", "-5", FundSource.CENTRAL, "更正")
    with read_session(engine) as session:
        (line,) = reads.search_projects(session, Scope(of.plan_id), ProjectFilter(over_budget=True), TODAY)
    assert line.payments == (Paid(2025, FundSource.CENTRAL, 80 * WAN), Paid(2026, FundSource.CENTRAL, -5 * WAN))
    assert [(item.kind, item.amount_fen) for item in line.money_findings] == [
        (MoneyFindingKind.OVER_SOURCE, 15 * WAN),
        (MoneyFindingKind.OVER_LINE, 20 * WAN),
    ]
    assert (line.budget_fen, line.paid_fen, line.paid_pct) == (100 * WAN, 75 * WAN, Decimal("75.0"))


def test_time_works_and_money_drift_apart_by_the_plans_setting(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        project = _project(session, of)
        milestone = _completion(session, of, project, "2026-01-01", "2026-12-31")
        facts.add_report(session, of, milestone, NOW, share_pct=Decimal(80), speaks_for_whole=True)
        standings.refresh(session, [milestone], TODAY)
        _pay(session, of, project, "2026-05-06", "50", FundSource.CITY)
    with read_session(engine) as session:
        (line,) = reads.search_projects(session, Scope(of.plan_id), ProjectFilter(drifting=True), TODAY)
        assert [(str(item.behind), str(item.ahead), round(item.points, 1)) for item in line.drifts(TODAY)] == [
            ("money", "time", Decimal("39.3")),
            ("money", "works", Decimal("30.0")),
        ]
        assert line.state(TODAY) is ProjectState.UNDER_WAY


def test_a_returned_report_no_longer_tells_the_progress(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        milestone = _completion(session, of, _project(session, of), "2026-01-01", "2026-12-31")
        assert last_progress(session, milestone) is None
        facts.add_report(session, of, milestone, noon("2026-05-01"), share_pct=Decimal(40), speaks_for_whole=True)
        later = facts.add_report(session, of, milestone, NOW, share_pct=Decimal(90), speaks_for_whole=True)
        found = last_progress(session, milestone)
        assert found is not None
        assert (found.share_pct, found.reported_on, found.author) == (Decimal(90), TODAY, "办公室")
        facts.add_decision(session, of, milestone, DecisionKind.RETURN, NOW, report_id=later)
        found = last_progress(session, milestone)
        assert found is not None
        assert found.share_pct == 40


def test_projects_are_found_by_any_of_their_names(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        project = _project(session, of, site="马落洞")
        session.add(ProjectAlias(project_id=project, alias="石柱第一初级中学"))
        _project(session, of, "双庆小学迁建工程", no=2, nature=ProjectNature.NEW, end_year=2029)
    with read_session(engine) as session:

        def found(**wanted: Any) -> list[str]:
            return [line.name[:4] for line in reads.search_projects(session, Scope(), ProjectFilter(**wanted), TODAY)]

        assert found(text="第一初级") == ["石柱一中"]
        assert found(text="马落洞") == ["石柱一中"]
        assert found(text="%") == []
        assert found(nature=ProjectNature.NEW) == ["双庆小学"]
        assert found(year=2028) == ["双庆小学"]
        assert found(order=ProjectOrder.END) == ["石柱一中", "双庆小学"]
        assert known_project(session, "石柱第一初级中学", of.plan_id) == "石柱第一初级中学"
        with pytest.raises(InputError, match="there are: 石柱一中迁建工程"):
            known_project(session, "石柱", None)
        with pytest.raises(InputError, match="no project goes by 双庆中学"):
            known_project(session, "双庆中学", None)


def test_an_export_of_one_project_goes_by_its_alias_and_stands_for_its_day(engine: Engine) -> None:
    with write_session(engine) as session:
        of = facts.office(session)
        project = _project(session, of)
        session.add(ProjectAlias(project_id=project, alias="石柱第一初级中学"))
        _project(session, of, "双庆小学迁建工程", no=2)
        milestone = _completion(session, of, project, "2026-01-01", "2026-12-31")
        facts.add_report(session, of, milestone, noon("2026-05-01"), share_pct=Decimal(10), speaks_for_whole=True)
        facts.add_report(session, of, milestone, NOW, share_pct=Decimal(90), speaks_for_whole=True)
    with read_session(engine) as session:

        def written(kind: ExportKind, file_format: ExportFormat, on: date | None = None) -> bytes:
            stream = io.BytesIO()
            wanted = Selection(of.plan_id, project="石柱第一初级中学")
            exports.export(session, kind, file_format, stream, wanted=wanted, on=on, now=NOW)
            return stream.getvalue()

        (now,) = json.loads(written(ExportKind.PROJECTS, ExportFormat.JSON))
        (then,) = json.loads(written(ExportKind.PROJECTS, ExportFormat.JSON, date(2026, 6, 30)))
        assert (now["progress_pct"], now["elapsed_pct"], now["drift"]) == (90, 89.32, [])
        assert (then["progress_pct"], then["drift"]) == (10, [{"behind": "works", "ahead": "time", "points": 39.59}])
        assert [item["id"] for item in json.loads(written(ExportKind.MILESTONES, ExportFormat.JSON))] == [milestone]
        assert "石柱第一初级中学" in written(ExportKind.PROJECTS, ExportFormat.CSV).decode()
        assert written(ExportKind.PROJECTS, ExportFormat.XLSX).startswith(b"PK")
