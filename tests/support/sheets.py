"""A plan of a prefecture with counties, for tests of sheets: recognitions, targets, values, projects (all invented)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.documents import Subject, SubjectKind
from app.domain.vocabulary import (
    Comparator,
    IndicatorGroup,
    MilestoneKind,
    OrganizationKind,
    PlaceKind,
    Precision,
    ProjectNature,
    SchoolStage,
    UnitRole,
    ValueType,
)
from app.models import Indicator, Milestone, MilestoneUnit, Organization, Place, Plan, Project, Target
from app.queries.circulars import CutOff
from tests.support.facts import Office, day, noon, office

NAMES = ("甲县", "乙县", "丙县", "丁县", "戊县", "己县")


@dataclass(frozen=True)
class County:
    """Ids of one county of the plan."""

    place_id: int
    government_id: int
    recognition_id: int
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Prefecture:
    """The plan, its counties, and a task of the whole area that all governments answer for."""

    of: Office
    counties: tuple[County, ...]
    shared_id: int

    def place(self, number: int) -> Subject:
        return Subject(SubjectKind.PLACE, str(self.counties[number].place_id))

    def unit(self, number: int) -> Subject:
        return Subject(SubjectKind.UNIT, str(self.counties[number].government_id))


def added(session: Session, row: Any) -> int:
    session.add(row)
    session.flush()
    return int(row.id)


def cut(moment: str) -> CutOff:
    """Return the cut-off at noon of a day."""
    at = noon(moment)
    return CutOff(local_day(at), at, None)


def prefecture(session: Session, counties: int = 3, own: int = 1) -> Prefecture:
    """Add a plan with counties, each with a recognition with targets and `own` - 1 further milestones."""
    of = office(session)
    cv = _indicator(session, of, "R1-CV", "教师数的校际差异系数", IndicatorGroup.RESOURCE_CV)
    veto = _indicator(session, of, "V1", "以考试方式招生", IndicatorGroup.VETO, ValueType.BOOLEAN)
    made = tuple(
        _county(session, of, NAMES[number % 6] + str(number // 6 or ""), own, (cv, veto)) for number in range(counties)
    )
    shared = _milestone(session, of, of.place_id, "各县开展自评", MilestoneKind.DUTY, "2026-08-31")
    for position, county in enumerate(made):
        _bind(session, shared, county.government_id, position, "各县人民政府", leads=False)
    return Prefecture(of, made, shared)


def _county(session: Session, of: Office, name: str, own: int, indicators: tuple[int, int]) -> County:
    path = session.get_one(Place, of.place_id).path
    place = added(
        session,
        Place(path=f"{path}/{name}", name=name, kind=PlaceKind.COUNTY, parent_id=of.place_id, sort_key=f"{path}{name}"),
    )
    unit = added(
        session,
        Organization(
            name=f"{path}{name}人民政府",
            short_name=f"{name}政府",
            kind=OrganizationKind.GOVERNMENT,
            place_id=place,
            sort_key=name,
        ),
    )
    first = _milestone(session, of, place, f"{name}通过认定", MilestoneKind.RECOGNITION, "2026-10-31")
    rest = [
        _milestone(session, of, place, f"{name}任务{no}", MilestoneKind.TASK, f"2027-0{no % 9 + 1}-01")
        for no in range(1, own)
    ]
    for position, milestone in enumerate((first, *rest)):
        _bind(session, milestone, unit, position, f"{name}政府", leads=True)
    return County(place, unit, first, _targets(session, of, first, indicators))


def _targets(session: Session, of: Office, milestone: int, indicators: tuple[int, int]) -> tuple[int, ...]:
    cv, veto = indicators
    wanted = (
        (of.indicator_id, SchoolStage.PRIMARY, Comparator.AT_LEAST, "4.2", "人"),
        (of.indicator_id, SchoolStage.JUNIOR, Comparator.AT_LEAST, "5.3", "人"),
        (cv, SchoolStage.PRIMARY, Comparator.AT_MOST, "0.5", ""),
        (veto, None, Comparator.EQUAL, "0", ""),
    )
    return tuple(
        added(
            session,
            Target(
                milestone_id=milestone,
                indicator_id=indicator,
                stage=stage,
                comparator=comparator,
                value=Decimal(value),
                unit=unit,
                position=position,
            ),
        )
        for position, (indicator, stage, comparator, value, unit) in enumerate(wanted)
    )


def _indicator(
    session: Session,
    of: Office,
    code: str,
    name: str,
    group: IndicatorGroup,
    value_type: ValueType = ValueType.NUMBER,
) -> int:
    standard = session.get_one(Plan, of.plan_id).standard_id
    return added(
        session,
        Indicator(standard_id=standard, code=code, name=name, group=group, value_type=value_type, position=9),
    )


def _milestone(session: Session, of: Office, place: int, title: str, kind: MilestoneKind, due: str) -> int:
    row = Milestone(
        plan_id=of.plan_id,
        key=title,
        kind=kind,
        title=title,
        clause="四",
        place_id=place,
        start_on=date(2025, 1, 1),
        due_on=day(due),
        due_phrase="按期",
        due_precision=Precision.DAY,
        position=place,
    )
    return added(session, row)


def _bind(session: Session, milestone: int, unit: int, position: int, named_as: str, *, leads: bool) -> None:
    session.add(
        MilestoneUnit(
            milestone_id=milestone,
            role=UnitRole.RESPONSIBLE,
            organization_id=unit,
            named_as=named_as,
            position=position,
            leads=leads and position == 0,
        )
    )
    session.flush()


def add_project(session: Session, home: Prefecture, number: int) -> int:
    """Add a project in a county and return its id."""
    row = Project(
        plan_id=home.of.plan_id,
        key="xin",
        no=1,
        name="新建小学（虚构）",
        clause="附件1",
        place_id=home.counties[number].place_id,
        nature=ProjectNature.NEW,
        investment_fen=1_280_000_00,
        end_year=2027,
    )
    return added(session, row)


def plan_by_id(session: Session, plan_id: int) -> Plan:
    """Return a plan that is there."""
    return session.get_one(Plan, plan_id)
