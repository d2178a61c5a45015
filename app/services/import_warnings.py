"""What of an imported file is worth a second look: the warnings about the plan as it would be, each at its cell."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.vocabulary import ChangeSubject
from app.services.import_milestones import RowGroup
from app.services.import_projects import FrameRows
from app.services.import_record import PlanRecord
from app.services.plan_files import HeadPart, MilestonePart, PlanFile
from app.services.plan_findings import PlanFinding
from app.services.plan_names import stored_keys
from app.services.plan_parts import PartKey
from app.services.plan_warnings import plan_warnings

_SECTIONS = {
    ChangeSubject.GROUP: "groups",
    ChangeSubject.INDICATOR: "indicators",
    ChangeSubject.OVERRIDE: "overrides",
    ChangeSubject.RUNG: "ladder",
}
_CELLS = {"repeat": "due", "targets": "value"}


def report_warnings(
    record: PlanRecord,
    frame: FrameRows,
    parts: Mapping[str, tuple[RowGroup, MilestonePart]],
    changed: Iterable[PartKey],
) -> None:
    """Report the warnings about what the file adds or changes; what is on record as it was is not raised again."""
    touched = set(changed)
    milestones = record.milestones | {key: part for key, (_, part) in parts.items()}
    projects = record.projects | frame.projects
    file = _file(record, frame, tuple(milestones.values()), tuple(projects.values()))
    keys = {"milestones": list(milestones), "projects": list(projects)}
    for finding in plan_warnings(file, record.standard):
        section, index = finding.path[0], finding.path[1] if len(finding.path) > 1 else None
        if not isinstance(index, int) or section not in keys:
            continue
        key = keys[str(section)][index]
        if section == "milestones" and key in parts:
            group, part = parts[key]
            if any((ChangeSubject.MILESTONE, stored) in touched for stored in stored_keys(part)):
                _warn(group, finding)
        elif section == "projects" and (ChangeSubject.PROJECT, key) in touched:
            frame.origins[f"project/{key}"].warn(_name(finding), finding.message)


def _warn(group: RowGroup, finding: PlanFinding) -> None:
    """Report a warning at its cell: about a target in its own row."""
    cells = group.cells
    if len(finding.path) > 3 and finding.path[2] == "targets" and isinstance(finding.path[3], int):
        rows = group.read_targets
        cells = rows[finding.path[3]] if finding.path[3] < len(rows) else cells
    cells.warn(_name(finding), finding.message)


def _name(finding: PlanFinding) -> str:
    name = str(finding.path[2]) if len(finding.path) > 2 else "key"
    return _CELLS.get(name, name)


def _file(record: PlanRecord, frame: FrameRows, milestones: tuple[Any, ...], projects: tuple[Any, ...]) -> PlanFile:
    """Return the plan as it would be; units are left out, as their own warnings are not about the file."""
    head = record.parts[ChangeSubject.PLAN, record.context.plan.slug]
    values: dict[str, Any] = {name: getattr(head, name) for name in HeadPart.model_fields}
    for subject, section in _SECTIONS.items():
        values[section] = tuple(part for (which, _), part in record.parts.items() if which is subject)
    return PlanFile.model_construct(
        **values,
        places=(),
        organizations=(),
        stages=tuple((record.stages | frame.stages).values()),
        projects=projects,
        milestones=milestones,
    )
