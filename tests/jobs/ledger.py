"""A small ledger for tests of alerts and cases: one plan, its office, three units, a ladder, milestones on demand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.core.clock import local_day
from app.core.database import write_session
from app.domain.access import Actor, Scope
from app.domain.alerts import default_addressees
from app.domain.vocabulary import (
    DueCause,
    Measure,
    MilestoneKind,
    OrganizationKind,
    PlaceKind,
    Precision,
    Role,
    UnitRole,
)
from app.jobs.overdue_scan import ScanFinding, scan
from app.models import (
    Account,
    DueDate,
    LadderRung,
    Milestone,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
    Report,
    Standard,
)
from app.services import standings
from tests.support.laid import laid

_KEYS = count(1)
TODAY = date(2026, 11, 22)
SCHEDULER = Actor(None, "scheduler", None)
RUNGS = (
    (-30, Measure.REMINDER, None),
    (1, Measure.URGING, None),
    (15, Measure.SUPERVISION_NOTICE, None),
    (30, Measure.CIRCULAR, "五(四)"),
)
GRACE = 30
OFFICE, UNIT, OTHER_UNIT, HELPER = 1, 2, 3, 4
PLAN = 1
OFFICER, LEADER, MEMBER, STRANGER = 1, 2, 3, 4


def noon(day: date) -> datetime:
    """Return noon in Shanghai of a day."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def days(number: int) -> timedelta:
    """Return so many days."""
    return timedelta(days=number)


OFFICE_ACTOR = Actor(OFFICER, "office", Role.OFFICE, Scope(plan_id=PLAN))
LEADER_ACTOR = Actor(LEADER, "leader", Role.LEADER)
UNIT_ACTOR = Actor(MEMBER, "unit", Role.UNIT, Scope(organization_id=UNIT))
STRANGER_ACTOR = Actor(STRANGER, "stranger", Role.UNIT, Scope(organization_id=OTHER_UNIT))


def lay_plan(engine: Engine) -> None:
    """Create the plan and everybody around it on an empty database, with fixed ids."""
    laid(engine, _lay_plan)


def _lay_plan(engine: Engine) -> None:
    with write_session(engine) as session:
        _add(session, Place(path="县", name="县", kind=PlaceKind.COUNTY, sort_key="xian"))
        for name in ("领导小组办公室", "教育局", "财政局", "住建局"):
            kind = OrganizationKind.DEPARTMENT if name.endswith("局") else OrganizationKind.OFFICE
            _add(session, Organization(name=name, short_name=name, kind=kind, place_id=1, sort_key=name))
        _add(session, Standard(slug="national", name="标准", source="附件", source_sha256="0" * 64))
        _add(session, _plan())
        for offset, measure, clause in RUNGS:
            _add(
                session,
                LadderRung(
                    plan_id=PLAN,
                    key=measure,
                    offset_days=offset,
                    measure=measure,
                    clause=clause,
                    addressees=default_addressees(measure),
                ),
            )
        for name, role, plan_id, unit_id in (
            ("office", Role.OFFICE, PLAN, None),
            ("leader", Role.LEADER, None, None),
            ("unit", Role.UNIT, None, UNIT),
            ("stranger", Role.UNIT, None, OTHER_UNIT),
        ):
            _add(session, _account(name, role, plan_id, unit_id))


def _plan() -> Plan:
    return Plan(
        slug="trial-2025",
        title="实施方案",
        short_title="方案",
        issuer="政府",
        issued_on=date(2025, 1, 1),
        period_start=date(2025, 1, 1),
        period_end=date(2030, 12, 31),
        place_id=1,
        leading_group="领导小组",
        office_id=OFFICE,
        standard_id=1,
        source_sha256="0" * 64,
        tracked_from=date(2025, 1, 1),
        warning_days=90,
        behind_threshold_pp=10,
        case_grace_days=GRACE,
        sort_key="fangan",
    )


def _account(name: str, role: Role, plan_id: int | None, unit_id: int | None) -> Account:
    return Account(
        name=name,
        display_name=name,
        role=role,
        plan_id=plan_id,
        organization_id=unit_id,
        password_hash="-",
        created_at=noon(TODAY),
    )


def add_milestone(
    engine: Engine,
    due_on: date,
    *,
    today: date = TODAY,
    responsible: tuple[int, ...] = (UNIT,),
    supporting: tuple[int, ...] = (),
    **values: Any,
) -> int:
    """Add a milestone, judge it for `today` and return its id."""
    with write_session(engine) as session:
        content: dict[str, Any] = {
            "plan_id": PLAN,
            "key": f"milestone-{next(_KEYS)}",
            "kind": MilestoneKind.TASK,
            "title": "建成学校",
            "clause": "三(一)2",
            "place_id": 1,
            "start_on": date(2025, 1, 1) if due_on > date(2025, 1, 1) else due_on,
            "due_on": due_on,
            "due_phrase": "按期",
            "due_precision": Precision.DAY,
            "position": 0,
        }
        milestone = Milestone(**(content | values))
        _add(session, milestone)
        assert milestone.id is not None
        for role, units in ((UnitRole.RESPONSIBLE, responsible), (UnitRole.SUPPORTING, supporting)):
            for position, unit_id in enumerate(units):
                session.add(
                    MilestoneUnit(
                        milestone_id=milestone.id,
                        role=role,
                        organization_id=unit_id,
                        named_as="单位",
                        position=position,
                        leads=role is UnitRole.RESPONSIBLE and position == 0,
                    )
                )
        session.flush()
        standings.roll(session, today)
        standings.refresh(session, [milestone.id], today)
        return milestone.id


def extend(engine: Engine, milestone_id: int, due_on: date, *, now: datetime, version: int = 2) -> None:
    """Give a milestone a later version of its due date."""
    with write_session(engine) as session:
        _add(
            session,
            DueDate(
                milestone_id=milestone_id,
                version=version,
                due_on=due_on,
                cause=DueCause.EXTENSION,
                reason="批准延期",
                author_id=OFFICER,
                recorded_at=now,
            ),
        )
        standings.refresh(session, [milestone_id], local_day(now))


def report(engine: Engine, milestone_id: int, share_pct: int, *, now: datetime) -> None:
    """Report a share done."""
    with write_session(engine) as session:
        _add(
            session,
            Report(
                milestone_id=milestone_id,
                author_id=OFFICER,
                reported_on=local_day(now),
                recorded_at=now,
                share_pct=Decimal(share_pct),
                claims_completion=False,
                speaks_for_whole=True,
                accepted=False,
                summary="进展",
            ),
        )
        standings.refresh(session, [milestone_id], local_day(now))


def scan_on(engine: Engine, day: date, *, today: date | None = None) -> ScanFinding:
    """Scan for a day, at noon of `today` (None: of that day)."""
    return scan(engine, on=day, now=noon(today or day), actor=SCHEDULER)


def _add(session: Session, row: Any) -> None:
    session.add(row)
    session.flush()
