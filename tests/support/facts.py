"""Facts as tests need them: for the rules as plain values, for services as rows of a small plan."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session

from app.core.clock import SHANGHAI
from app.domain.access import Actor
from app.domain.alerts import default_addressees
from app.domain.standing import DecisionFact, DueVersion, MilestoneFacts, Policy, ReportFact
from app.domain.vocabulary import (
    Comparator,
    DecisionKind,
    DueCause,
    IndicatorGroup,
    Measure,
    MilestoneKind,
    OrganizationKind,
    PlaceKind,
    Precision,
    Role,
    ValueType,
)
from app.models import (
    Account,
    DueDate,
    Indicator,
    LadderRung,
    Milestone,
    MilestoneDecision,
    Organization,
    Place,
    Plan,
    Report,
    ReportValue,
    Standard,
    Target,
)

POLICY = Policy(tracked_from=date(2025, 1, 1))
SYSTEM = Actor(None, "test", None)
LADDER = (
    ("reminder", -30, Measure.REMINDER),
    ("urging", 1, Measure.URGING),
    ("notice", 15, Measure.SUPERVISION_NOTICE),
    ("circular", 30, Measure.CIRCULAR),
)
_numbers = count(1)


def day(text: str) -> date:
    """Read a day written as 2026-05-31."""
    return date.fromisoformat(text)


def noon(on: str | date) -> datetime:
    """Return 12:00 Asia/Shanghai of a day as aware UTC."""
    on = day(on) if isinstance(on, str) else on
    return datetime.combine(on, time(12), SHANGHAI).astimezone(UTC)


def milestone(**changes: Any) -> MilestoneFacts:
    """A milestone that runs through 2026 and is due at its end, with nothing on file."""
    values: dict[str, Any] = {"start_on": date(2026, 1, 1), "due_on": date(2026, 12, 31), "precision": Precision.DAY}
    return MilestoneFacts(**values | changes)


def report(on: str | date, share: float | str | None = None, **changes: Any) -> ReportFact:
    """A report recorded at noon of a day; of the whole, without a claim, not accepted."""
    on = day(on) if isinstance(on, str) else on
    values: dict[str, Any] = {
        "id": next(_numbers),
        "recorded_at": noon(on),
        "recorded_on": on,
        "reported_on": on,
        "share_pct": None if share is None else Decimal(str(share)),
        "claims_completion": False,
        "reached_on": None,
        "speaks_for_whole": True,
        "accepted": False,
        "misses_target": False,
    }
    return ReportFact(**values | changes)


def claim(on: str | date, **changes: Any) -> ReportFact:
    """A claim of completion recorded at noon of a day."""
    return report(on, 100, claims_completion=True, **changes)


def decision(
    kind: DecisionKind, on: str | date, *, of: ReportFact | None = None, reached: str | date | None = None
) -> DecisionFact:
    """A decision recorded an hour after noon of a day."""
    on = day(on) if isinstance(on, str) else on
    reached_on = day(reached) if isinstance(reached, str) else reached
    return DecisionFact(kind, noon(on) + timedelta(hours=1), on, of.id if of else None, reached_on)


def extended(*days: str) -> tuple[DueVersion, ...]:
    """Due-date versions 2, 3, … on the given days."""
    return tuple(DueVersion(version, day(text)) for version, text in enumerate(days, 2))


@dataclass(frozen=True, slots=True)
class Office:
    """Ids of a small plan, its place, unit, indicator and the account that records facts."""

    plan_id: int
    place_id: int
    organization_id: int
    indicator_id: int
    account_id: int


def _added(session: Session, row: Any) -> int:
    session.add(row)
    session.flush()
    return int(row.id)


def office(session: Session) -> Office:
    """Add a small plan with a ladder of four rungs, tracked from 2025."""
    no = next(_numbers)
    place = _added(session, Place(path=f"某州{no}", name=f"某州{no}", kind=PlaceKind.PREFECTURE, sort_key=str(no)))
    kind = OrganizationKind.DEPARTMENT
    name = f"某州{no}教育局"
    unit = _added(session, Organization(name=name, short_name="教育局", kind=kind, place_id=place, sort_key="jyj"))
    standard = _added(session, Standard(slug=f"s{no}", name="标准", source="附件", source_sha256="0" * 64))
    indicator = _added(
        session,
        Indicator(
            standard_id=standard,
            code="G1",
            name="指标",
            group=IndicatorGroup.GOVERNMENT,
            value_type=ValueType.NUMBER,
            position=1,
        ),
    )
    plan = _added(session, _plan(no, place, unit, standard))
    session.add_all(
        LadderRung(plan_id=plan, key=key, offset_days=days, measure=kind, addressees=default_addressees(kind))
        for key, days, kind in LADDER
    )
    account = _added(
        session,
        Account(
            name=f"office{no}",
            display_name="办公室",
            role=Role.OFFICE,
            plan_id=plan,
            password_hash="none",
            created_at=noon("2026-01-01"),
        ),
    )
    return Office(plan, place, unit, indicator, account)


def _plan(no: int, place: int, unit: int, standard: int) -> Plan:
    return Plan(
        slug=f"plan-{no}",
        title="方案",
        short_title="方案",
        issuer="某州",
        issued_on=day("2024-01-01"),
        period_start=day("2024-01-01"),
        period_end=day("2030-12-31"),
        place_id=place,
        leading_group="领导小组",
        office_id=unit,
        standard_id=standard,
        source_sha256=f"{no:064}",
        tracked_from=POLICY.tracked_from,
        warning_days=POLICY.warning_days,
        behind_threshold_pp=POLICY.behind_threshold_pp,
        case_grace_days=30,
        sort_key="fa",
    )


def add_milestone(session: Session, of: Office, start: str | date, due: str | date) -> int:
    """Add a milestone due to the day and return its id."""
    no = next(_numbers)
    start, due = (day(item) if isinstance(item, str) else item for item in (start, due))
    row = Milestone(
        plan_id=of.plan_id,
        key=f"m-{no}",
        kind=MilestoneKind.TASK,
        title="任务",
        clause="三(一)",
        place_id=of.place_id,
        start_on=start,
        due_on=due,
        due_phrase=due.isoformat(),
        due_precision=Precision.DAY,
        position=no,
    )
    return _added(session, row)


def add_target(session: Session, of: Office, milestone_id: int, value: str) -> int:
    """Add a target of at least a value and return its id."""
    row = Target(
        milestone_id=milestone_id,
        indicator_id=of.indicator_id,
        comparator=Comparator.AT_LEAST,
        value=Decimal(value),
        position=0,
    )
    return _added(session, row)


def add_report(session: Session, of: Office, milestone_id: int, at: datetime, **changes: Any) -> int:
    """Add a report recorded at an instant, with `values` by target id, and return its id."""
    values: dict[int, str] = changes.pop("values", {})
    row = Report(
        milestone_id=milestone_id,
        author_id=of.account_id,
        reported_on=at.astimezone(SHANGHAI).date(),
        summary="进展",
        recorded_at=at,
        **changes,
    )
    report_id = _added(session, row)
    session.add_all(ReportValue(report_id=report_id, target_id=key, value=Decimal(got)) for key, got in values.items())
    session.flush()
    return report_id


def add_decision(session: Session, of: Office, milestone_id: int, kind: DecisionKind, at: datetime, **more: Any) -> int:
    """Add a decision recorded at an instant and return its id."""
    row = MilestoneDecision(milestone_id=milestone_id, kind=kind, author_id=of.account_id, recorded_at=at, **more)
    return _added(session, row)


def add_due(session: Session, of: Office, milestone_id: int, version: int, due: str | date, at: datetime) -> int:
    """Add an extension as a version of the due date and return its id."""
    row = DueDate(
        milestone_id=milestone_id,
        version=version,
        due_on=day(due) if isinstance(due, str) else due,
        cause=DueCause.EXTENSION,
        reason="批准延期",
        author_id=of.account_id,
        recorded_at=at,
    )
    return _added(session, row)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Yield a list that fills with every statement sent to the database."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
