"""Coefficients of variation between schools (校际差异系数) by place and school stage (DOMAIN.md section 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.domain.circulars import TargetRow
from app.domain.targets import Verdict


@dataclass(frozen=True)
class VariationRow:
    """The coefficients of one place and school stage, one for each indicator of the table; None: it has no limit."""

    place: str | None
    stage_label: str | None
    targets: tuple[TargetRow | None, ...]

    @property
    def met(self) -> int:
        """Return how many coefficients keep their limit."""
        return sum(item is not None and item.verdict is Verdict.MET for item in self.targets)

    @property
    def unmet(self) -> tuple[TargetRow, ...]:
        """Return the coefficients that do not keep their limit."""
        return tuple(item for item in self.targets if item is not None and item.verdict is Verdict.UNMET)


@dataclass(frozen=True)
class VariationTable:
    """The table: its indicators by name in the order of their codes, a row for every place and stage with a value."""

    indicators: tuple[str, ...]
    rows: tuple[VariationRow, ...]

    def holds(self, target: TargetRow) -> bool:
        """Tell whether a target stands in the table."""
        return any(item is target for row in self.rows for item in row.targets)


def variation_table(targets: Iterable[TargetRow]) -> VariationTable | None:
    """Return the coefficients of every place and stage of which any was measured; None: none was, as yet.

    Where several milestones set a limit for the same coefficient, the one measured last stands for it.
    """
    found: dict[tuple[str | None, str | None], dict[str, TargetRow]] = {}
    names: dict[str, str] = {}
    for target in targets:
        if target.is_variation:
            names[target.indicator_code] = target.indicator_name
            own = found.setdefault((target.place, target.stage_label), {})
            own[target.indicator_code] = _later(own.get(target.indicator_code), target)
    told = {key: own for key, own in found.items() if any(item.measured is not None for item in own.values())}
    if not told:
        return None
    codes = sorted(code for code in names if any(code in own for own in told.values()))
    rows = tuple(VariationRow(*key, tuple(own.get(code) for code in codes)) for key, own in told.items())
    return VariationTable(tuple(names[code] for code in codes), rows)


def _later(before: TargetRow | None, target: TargetRow) -> TargetRow:
    if before is None:
        return target
    return target if (target.measured_on or date.min) > (before.measured_on or date.min) else before
