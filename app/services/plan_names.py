"""The names that the parts of a plan may refer to."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.services.plan_files import MilestonePart, OrganizationPart, PlanFile


@dataclass(frozen=True, slots=True)
class PlanNames:
    """What a plan defines: `units` holds every name of its units and groups, `milestones` the stored keys."""

    places: frozenset[str]
    units: frozenset[str]
    stages: frozenset[str]
    projects: frozenset[str]
    indicators: frozenset[str]
    milestones: frozenset[str]

    @classmethod
    def of(cls, file: PlanFile, standard_codes: frozenset[str]) -> "PlanNames":
        """Return what a plan file defines, together with the indicators of its standard."""
        units = {name for part in file.organizations for name in unit_names(part)}
        return cls(
            places=frozenset(part.name for part in file.places),
            units=frozenset(units | {group.name for group in file.groups}),
            stages=frozenset(part.key for part in file.stages),
            projects=frozenset(part.key for part in file.projects),
            indicators=standard_codes | {part.code for part in file.indicators},
            milestones=frozenset(key for part in file.milestones for key in stored_keys(part)),
        )


def unit_names(part: OrganizationPart) -> Iterator[str]:
    """Yield the names of a unit, each once: full, short, aliases."""
    yield from dict.fromkeys((part.name, part.short_name, *part.aliases))


def stored_keys(part: MilestonePart) -> list[str]:
    """Return the keys of the milestones that a part stands for: its own, or one per year of a recurring duty."""
    return [part.key] if part.repeat is None else [f"{part.key}-{year}" for year in part.repeat.years]
