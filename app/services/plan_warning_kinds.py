"""The kinds of warnings about a plan, and the standard's limits that some of them are judged by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.vocabulary import SchoolStage
from app.services.errors import Message
from app.services.plan_files import IndicatorPart, OverridePart, ThresholdPart
from app.services.plan_findings import FindingLevel, PlanFinding
from app.services.plan_yaml import Way

SCHOOL_SIZE, CLASS_SIZE = "G4", "G5"
_SEVERAL_STAGES = (SchoolStage.PRIMARY, SchoolStage.JUNIOR, SchoolStage.NINE_YEAR)


class WarningKind(StrEnum):
    """What is worth a second look in a plan; the plan is taken all the same."""

    SCHOOL_CAP = "school_cap"  # more places than a school may have
    PLACES_MISMATCH = "places_mismatch"  # places differ from classes × class size
    CLASSES_MISMATCH = "classes_mismatch"  # classes differ from 规制 × grades
    SUM_MISMATCH = "sum_mismatch"  # the parts do not add up to the whole
    YEARS_OUTSIDE_PROJECT = "years_outside_project"  # a phase or budget line before or after the works
    PROJECT_NOT_IN_TARGETS = "project_not_in_targets"  # a project that no annual target names
    DUE_BEFORE_PROJECT = "due_before_project"  # a target due before a project that it needs
    AREA_AFTER_RECOGNITION = "area_after_recognition"  # the whole area later than a county's recognition
    DUE_BEFORE_ISSUE = "due_before_issue"
    TWO_READINGS = "two_readings"
    GOAL_STATED_TWICE = "goal_stated_twice"  # with different dates
    UNIT_NOT_NAMED = "unit_not_named"  # a unit that nothing names
    UNIT_IN_BOTH_ROLES = "unit_in_both_roles"


@dataclass(frozen=True, slots=True)
class SchoolLimits:
    """How many pupils a school and a class may have at most, by school stage; a stage without a limit is absent."""

    school: Mapping[SchoolStage, Decimal]
    classes: Mapping[SchoolStage, Decimal]

    @classmethod
    def of(cls, standard: Iterable[IndicatorPart], overrides: Iterable[OverridePart]) -> "SchoolLimits":
        """Return the limits in force: the plan's own, and the standard's where it sets none."""
        thresholds = {part.code: part.thresholds for part in standard}
        own = tuple(overrides)
        return cls(
            _in_force(thresholds.get(SCHOOL_SIZE, ()), [part for part in own if part.indicator == SCHOOL_SIZE]),
            _in_force(thresholds.get(CLASS_SIZE, ()), [part for part in own if part.indicator == CLASS_SIZE]),
        )

    def places_of(self, stage: SchoolStage, grade_classes: int, grades: int) -> Decimal | None:
        """Return the places of a school with so many classes in each grade; None where no class size is set."""
        if stage is SchoolStage.NINE_YEAR:
            primary, junior = self.classes.get(SchoolStage.PRIMARY), self.classes.get(SchoolStage.JUNIOR)
            return None if primary is None or junior is None else grade_classes * (6 * primary + 3 * junior)
        size = self.classes.get(stage)
        return None if size is None else grade_classes * grades * size


def _in_force(standard: Iterable[ThresholdPart], overrides: Iterable[ThresholdPart]) -> Mapping[SchoolStage, Decimal]:
    found: dict[SchoolStage, Decimal] = {}
    for part in (*standard, *overrides):
        for stage in _SEVERAL_STAGES if part.stage is None else (part.stage,):
            found[stage] = part.value
    return found


def warning(kind: WarningKind, path: Way, where: str, message: Message) -> PlanFinding:
    """Return a finding that does not keep the plan from being loaded."""
    return PlanFinding(FindingLevel.WARNING, kind, path, where, message)


def plain(number: Decimal | int) -> str:
    """Write a number without needless zeros, and never as a power of ten."""
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
