"""Export records: judged on any day from what was known then, complete, exact, in few statements."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.vocabulary import (
    Capacity,
    Comparator,
    DecisionKind,
    ProjectNature,
    RungTrigger,
    SchoolStage,
    Standing,
    UnitRole,
)
from app.models import (
    Alert,
    AlertRecipient,
    LadderRung,
    MilestoneUnit,
    Payment,
    Project,
    ProjectAlias,
    Threshold,
)
from app.queries import export_registers, exports
from app.queries.export_rows import Selection
from app.services import standings
from app.services.exports import ExportFormat, ExportKind, export, write_csv
from tests.support.facts import (
    Office,
    add_decision,
    add_due,
    add_milestone,
    add_report,
    add_target,
    counted,
    day,
    noon,
    office,
)

TODAY = day("2026-11-22")


def exported(session: Session, kind: ExportKind, file_format: ExportFormat, on: str | None = None) -> bytes:
    stream = io.BytesIO()
    export(session, kind, file_format, stream, wanted=Selection(), on=day(on) if on else None, now=noon(TODAY))
    return stream.getvalue()


def objects(session: Session, kind: ExportKind, on: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(exported(session, kind, ExportFormat.JSON, on))
    return found


def add_project(session: Session, of: Office) -> int:
    project = Project(
        plan_id=of.plan_id,
        key="school",
        no=1,
        name="第二中学迁建",
        clause="附件1",
        place_id=of.place_id,
        nature=ProjectNature.RELOCATION,
        investment_fen=12_345_600_000,
        end_year=2027,
        floor_m2=Decimal("20117.36"),
    )
    session.add(project)
    session.flush()
    assert project.id is not None
    session.add(ProjectAlias(project_id=project.id, alias="二中"))
    return project.id


def pay(session: Session, of: Office, project_id: int, fen: int, at: str) -> None:
    session.add(
        Payment(
            project_id=project_id,
            paid_on=day(at),
            amount_fen=fen,
            source="中央资金",
            author_id=of.account_id,
            recorded_at=noon(at),
        )
    )


def test_a_past_day_is_judged_by_what_was_known_then(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-06-30")
        add_due(session, of, milestone_id, 2, "2026-09-30", noon("2026-07-10"))
        add_decision(
            session, of, milestone_id, DecisionKind.CLOSE_OUT, noon("2026-10-05"), reached_on=day("2026-10-03")
        )
    with read_session(engine) as session:
        seen = {on: objects(session, ExportKind.MILESTONES, on)[0] for on in ("2026-07-05", "2026-07-11", "2026-10-06")}
    late, extended, closed = seen.values()
    assert (late["standing"], late["effective_due_on"], late["days_late"]) == ("overdue", "2026-06-30", 5)
    assert (extended["standing"], extended["effective_due_on"], extended["due_on"]) == (
        "due_soon",
        "2026-09-30",
        "2026-06-30",
    )
    assert (closed["standing"], closed["timeliness"], closed["original_timeliness"]) == ("closed", "late", "late")
    assert (closed["days_late"], closed["days_late_original"]) == (3, 95)


def test_a_milestone_carries_its_units_projects_and_targets(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        first, second = add_target(session, of, milestone_id, "4.20"), add_target(session, of, milestone_id, "95")
        add_report(session, of, milestone_id, noon("2026-05-01"), share_pct=Decimal("40.5"), values={first: "3.9"})
        add_report(session, of, milestone_id, noon("2026-06-01"), values={first: "4.1"})
        session.add(
            MilestoneUnit(
                milestone_id=milestone_id,
                role=UnitRole.RESPONSIBLE,
                organization_id=of.organization_id,
                named_as="各部门",
                position=0,
            )
        )
    with read_session(engine) as session:
        found = objects(session, ExportKind.MILESTONES)[0]
        earlier = objects(session, ExportKind.MILESTONES, "2026-05-15")[0]
    assert found["id"] == milestone_id
    assert (found["responsible"], found["responsible_as_named"], found["supporting"]) == (["教育局"], ["各部门"], [])
    assert [target["value"] for target in found["targets"]] == [4.2, 95]
    assert (found["targets"][0]["measured"], found["targets"][0]["measured_on"]) == (4.1, "2026-06-01")
    assert (found["targets"][1]["indicator"], found["targets"][1]["measured"]) == ("G1", None)
    assert (earlier["targets"][0]["measured"], earlier["progress_pct"]) == (3.9, 40.5)
    assert second


def test_numbers_leave_without_binary_noise() -> None:
    from app.services.exports import json_number

    assert json_number(Decimal("4.20")) == 4.2
    assert repr(json_number(Decimal("95.00"))) == "95"
    assert json_number(Decimal("0.1234567890123456789")) == "0.1234567890123456789"


def test_statements_do_not_grow_with_the_milestones(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        for number in range(60):
            milestone_id = add_milestone(session, of, "2026-01-01", day("2026-02-01") + timedelta(number))
            target = add_target(session, of, milestone_id, "1")
            add_report(session, of, milestone_id, noon("2026-01-15"), values={target: "2"})
    counts = []
    for size in (5, 60):
        with read_session(engine) as session:
            with counted(engine) as statements:
                page = exports.milestone_page(
                    session, Selection(), TODAY, standing=None, today=TODAY, after=0, limit=size
                )
            assert len(page.items) == size
            counts.append(len(statements))
    assert counts[0] == counts[1] <= 15


def test_a_page_in_one_standing_is_the_same_by_projection_and_by_judging(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        for number in range(30):
            add_milestone(session, of, "2026-01-01", day("2026-11-01") + timedelta(2 * number))
        standings.rebuild(session, TODAY)
    with read_session(engine) as session:
        walks = []
        for today in (TODAY, day("2027-01-01")):
            found, after = [], 0
            while True:
                page = exports.milestone_page(
                    session, Selection(), TODAY, standing=Standing.OVERDUE, today=today, after=after, limit=4
                )
                found += [item.id for item in page.items]
                if page.next_after is None:
                    break
                after = page.next_after
            walks.append(found)
    assert walks[0] == walks[1]
    assert len(walks[0]) == 11


def test_projects_carry_exact_money_and_what_was_paid_by_the_day(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        project_id = add_project(session, of)
        pay(session, of, project_id, 1_050_000, "2026-03-01")
        pay(session, of, project_id, 2_000_000, "2026-10-01")
    with read_session(engine) as session:
        now, then = objects(session, ExportKind.PROJECTS)[0], objects(session, ExportKind.PROJECTS, "2026-09-30")[0]
        before = objects(session, ExportKind.PROJECTS, "2026-02-01")[0]
    assert (now["investment_wan"], now["paid_wan"], then["paid_wan"]) == (12345.6, 3.05, 1.05)
    assert before["paid_wan"] is None
    assert (now["floor_m2"], now["land_m2"], now["aliases"]) == (20117.36, None, ["二中"])


def test_a_plans_own_threshold_stands_in_for_the_standards(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        for plan_id, stage, value in (
            (None, SchoolStage.PRIMARY, "0.5"),
            (None, SchoolStage.JUNIOR, "0.45"),
            (of.plan_id, SchoolStage.PRIMARY, "0.4"),
        ):
            session.add(
                Threshold(
                    indicator_id=of.indicator_id,
                    plan_id=plan_id,
                    stage=stage,
                    comparator=Comparator.AT_MOST,
                    value=Decimal(value),
                )
            )
    with read_session(engine) as session:
        found = objects(session, ExportKind.INDICATORS)[0]
    in_force = {item["stage"]: (item["value"], item["overridden"]) for item in found["thresholds"]}
    assert in_force == {"primary": (0.4, True), "junior": (0.45, False)}


def test_indicators_show_the_value_last_measured_at_each_place(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        target = add_target(session, of, milestone_id, "95")
        add_report(session, of, milestone_id, noon("2026-05-01"), values={target: "90"})
        add_report(session, of, milestone_id, noon("2026-06-01"), values={target: "96.5"})
    with read_session(engine) as session:
        found = export_registers.indicators(session, Selection(of.plan_id), TODAY)[0]
    assert found.targets == 1
    assert [(item.value, item.measured_on) for item in found.measured] == [(Decimal("96.5"), day("2026-06-01"))]


@pytest.fixture
def alerted(engine: Engine) -> Office:
    """A plan with one alert, whose reason begins like a formula."""
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-06-30")
        rung = session.scalars(
            sa.select(LadderRung).where(col(LadderRung.plan_id) == of.plan_id, col(LadderRung.key) == "urging")
        ).one()
        alert = Alert(
            plan_id=of.plan_id,
            matter=f"milestone/{milestone_id}",
            trigger=RungTrigger.DUE,
            milestone_id=milestone_id,
            due_version=1,
            rung_id=rung.id or 0,
            measure=rung.measure,
            effective_due_on=day("2026-06-30"),
            fire_on=day("2026-07-01"),
            days_late=1,
            reason="=1+1 未填报",
            scanned_on=day("2026-07-01"),
            raised_at=noon("2026-07-01"),
        )
        session.add(alert)
        session.flush()
        recipient = AlertRecipient(
            alert_id=alert.id or 0, organization_id=of.organization_id, capacity=Capacity.RESPONSIBLE
        )
        session.add(recipient)
    return of


def test_the_register_names_recipients_and_reason(engine: Engine, alerted: Office) -> None:
    with read_session(engine) as session:
        found = objects(session, ExportKind.ALERTS)
        assert objects(session, ExportKind.ALERTS, "2026-06-30") == []
        others = export_registers.alerts(session, Selection(organization_id=alerted.organization_id + 1000), None)
    assert (found[0]["recipients"], found[0]["reason"], found[0]["days_late"]) == (["教育局"], "=1+1 未填报", 1)
    assert (found[0]["original_due_on"], found[0]["days_late_original"]) == ("2026-06-30", 1)
    assert others == []


def test_a_spreadsheet_never_takes_text_for_a_formula(engine: Engine, alerted: Office) -> None:
    with read_session(engine) as session:
        content = exported(session, ExportKind.ALERTS, ExportFormat.CSV)
        workbook = exported(session, ExportKind.ALERTS, ExportFormat.XLSX)
    assert content.startswith(b"\xef\xbb\xbf")
    row = next(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert (row["reason"], row["days_late"], row["recipients"]) == ("'=1+1 未填报", "1", "教育局")
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).active
    header, values = ([item.value for item in line] for line in sheet.iter_rows())
    cells = dict(zip(header, values, strict=True))
    assert (cells["reason"], cells["days_late"], cells["fire_on"].date()) == ("=1+1 未填报", 1, day("2026-07-01"))


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_no_sign_that_begins_a_formula_begins_a_cell(text: str) -> None:
    stream = io.BytesIO()
    write_csv(("reason",), [SimpleNamespace(reason=text)], stream)
    assert list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline="")))[1] == [f"'{text}"]


@pytest.mark.parametrize("kind", ExportKind)
def test_an_empty_ledger_exports_as_an_empty_list(engine: Engine, kind: ExportKind) -> None:
    with read_session(engine) as session:
        assert json.loads(exported(session, kind, ExportFormat.JSON)) == []
        assert len(exported(session, kind, ExportFormat.CSV).splitlines()) == 1
