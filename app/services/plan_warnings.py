"""What is worth a second look in a plan: warnings to raise, never to block (DOMAIN.md section 7)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain

from app.domain.vocabulary import SchoolStage
from app.services.errors import msg
from app.services.plan_files import IndicatorPart, MilestonePart, PlanFile, TargetPart
from app.services.plan_findings import PlanFinding
from app.services.plan_names import unit_names
from app.services.plan_warning_kinds import SchoolLimits, WarningKind, plain, warning
from app.services.plan_warnings_dates import date_warnings
from app.services.plan_warnings_projects import project_warnings


def plan_warnings(file: PlanFile, standard: Iterable[IndicatorPart]) -> list[PlanFinding]:
    """Return every warning about a plan; `standard` holds the indicators of the standard it follows."""
    indicators = tuple(standard)
    limits = SchoolLimits.of(indicators, file.overrides)
    return list(
        chain(
            project_warnings(file, limits),
            date_warnings(file, indicators),
            _target_sums(file),
            _unit_warnings(file),
        )
    )


def _target_sums(file: PlanFile) -> Iterator[PlanFinding]:
    for index, part in enumerate(file.milestones):
        wholes = [(place, target) for place, target in enumerate(part.targets) if target.stage is None]
        for place, whole in wholes:
            shares = [item for item in part.targets if item.stage is not None and _same_quantity(item, whole)]
            total = sum((item.value for item in shares), Decimal(0))
            if len(shares) > 1 and total != whole.value:
                problem = msg(
                    "%(indicator)s: %(shares)s add up to %(total)s, not to %(whole)s %(unit)s",
                    indicator=whole.indicator,
                    shares=" + ".join(plain(item.value) for item in shares),
                    total=plain(total),
                    whole=plain(whole.value),
                    unit=whole.unit,
                )
                at = ("milestones", index, "targets", place)
                yield warning(WarningKind.SUM_MISMATCH, at, f"milestones {part.key}", problem)


def _same_quantity(share: TargetPart, whole: TargetPart) -> bool:
    """Tell whether a stage's figure is a share of the whole: counts and areas are, percentages and ratios are not."""
    additive = whole.unit not in ("", "%") and "/" not in whole.unit and share.stage is not SchoolStage.NINE_YEAR
    return additive and (share.indicator, share.comparator, share.unit) == (
        whole.indicator,
        whole.comparator,
        whole.unit,
    )


def _unit_warnings(file: PlanFile) -> Iterator[PlanFinding]:
    full = {name: part.name for part in file.organizations for name in unit_names(part)}
    groups = {group.name: group.members for group in file.groups}
    named = {full.get(file.office), full.get(file.issuer), full.get(file.leading_group)}
    named |= {name for part in file.organizations for name in (part.successor, part.supervisor)}
    for index, part in enumerate(file.milestones):
        responsible, supporting = (_resolved(names, groups, full) for names in (part.responsible, part.supporting))
        named |= responsible | supporting
        yield from _both_roles(part, index, sorted(responsible & supporting))
    for index, unit in enumerate(file.organizations):
        if unit.name not in named:
            problem = msg("no milestone names this unit; keep it only if the document names it in another role")
            yield warning(WarningKind.UNIT_NOT_NAMED, ("organizations", index), f"organizations {unit.name}", problem)


def _resolved(names: Iterable[str], groups: dict[str, tuple[str, ...]], full: dict[str, str]) -> set[str]:
    members = (member for name in names for member in groups.get(name, (name,)))
    return {full[member] for member in members if member in full}


def _both_roles(part: MilestonePart, index: int, units: Iterable[str]) -> Iterator[PlanFinding]:
    for unit in units:
        problem = msg("%(unit)s is responsible and supporting at once; keep it if the document says so", unit=unit)
        at = ("milestones", index, "supporting")
        yield warning(WarningKind.UNIT_IN_BOTH_ROLES, at, f"milestones {part.key}", problem)
