"""Check a workbook against a plan: every row read, every problem at its cell, and what would change."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.imports import SheetSubject
from app.domain.vocabulary import ChangeSubject
from app.services.errors import msg
from app.services.import_archive import UnreadableFileError
from app.services.import_cells import Cells, Findings
from app.services.import_mapping import ImportMapping
from app.services.import_milestone_parts import MilestoneMaker
from app.services.import_milestones import MilestoneRows, RowGroup
from app.services.import_projects import FrameRows
from app.services.import_reading import Workbook
from app.services.import_record import PlanRecord
from app.services.import_warnings import report_warnings
from app.services.milestone_consistency import milestone_findings
from app.services.plan_context import PlanContext
from app.services.plan_files import MilestonePart, Part
from app.services.plan_findings import ErrorKind, PartProblem, in_a_circle, reversed_span
from app.services.plan_names import PlanNames, stored_keys
from app.services.plan_parts import PartKey
from app.services.project_consistency import project_findings
from app.services.revisions import Change, Wanted, changes_between, normalised

TICK = 200  # rows between two signs of life
Tick = Callable[[int], None]


@dataclass
class CheckFinding:
    """What a check found; `changes` is empty when there are errors. `same` parts of the file are as on record."""

    findings: Findings
    changes: list[Change] = field(default_factory=list)
    same: int = 0
    origins: dict[PartKey, tuple[str, int]] = field(default_factory=dict)  # sheet and row of each part


def count_rows(workbook: Workbook, mapping: ImportMapping) -> int:
    """Return how many rows there are to read."""
    return sum(max(0, workbook.count(item.sheet) - item.header_row) for item in mapping.used)


def check(workbook: Workbook, mapping: ImportMapping, record: PlanRecord, tick: Tick) -> CheckFinding:
    """Check a file and say what it would change; `tick` is called with the number of rows read so far.

    Raises: UnreadableFileError for a file that breaks off, and whatever `tick` raises.
    """
    found = CheckFinding(Findings())
    frame, milestones = FrameRows(record, found.findings), MilestoneRows(record, found.findings)
    done = _read(workbook, mapping, frame, milestones, tick)
    frame.finish()
    maker = MilestoneMaker(record, frame.stage_book, frame.project_book)
    wanted: dict[PartKey, Part | None] = {(ChangeSubject.STAGE, key): part for key, part in frame.stages.items()}
    wanted |= {(ChangeSubject.PROJECT, key): part for key, part in frame.projects.items()}
    parts: dict[str, tuple[RowGroup, MilestonePart]] = {}
    for number, group in enumerate(milestones.groups()):
        part, usable = maker.part(group)
        parts[group.key] = (group, part)
        if usable:
            wanted[ChangeSubject.MILESTONE, group.key] = part
        if number % TICK == 0:
            tick(done)
    _check_frame(frame, record)
    _check_milestones(parts, names_of_plan(record, frame, parts), record, lambda: tick(done))
    if found.findings.errors:
        return found
    wanted |= _gone(record, parts, mapping)
    _compare(found, record.context, wanted, record)
    report_warnings(record, frame, parts, ((change.subject, change.key) for change in found.changes))
    found.origins = _origins(frame, parts)
    return found


def _read(workbook: Workbook, mapping: ImportMapping, frame: FrameRows, milestones: MilestoneRows, tick: Tick) -> int:
    done = 0
    for table in mapping.used:
        if table.sheet not in workbook.sheets:
            raise UnreadableFileError(msg("the file has no sheet %(sheet)s", sheet=table.sheet))
        rows = milestones if table.subject is SheetSubject.MILESTONE else frame
        for row in workbook.rows(table.sheet, table.header_row, table.columns):
            rows.take(table, row)
            done += 1
            if done % TICK == 0:
                tick(done)
    tick(done)
    return done


def names_of_plan(
    record: PlanRecord, frame: FrameRows, parts: Mapping[str, tuple[RowGroup, MilestonePart]]
) -> PlanNames:
    """Return what parts may refer to: names of the record, and of the file itself."""
    context = record.context
    keys = {key for subject, key in record.parts if subject is ChangeSubject.MILESTONE}
    return PlanNames(
        places=frozenset(context.places),
        units=frozenset(context.units) | frozenset(context.groups),
        stages=frozenset(context.stages) | frozenset(frame.stages),
        projects=frozenset(context.projects) | frozenset(frame.projects),
        indicators=frozenset(context.indicators),
        milestones=frozenset(keys | {key for _, part in parts.values() for key in stored_keys(part)}),
    )


def _check_frame(frame: FrameRows, record: PlanRecord) -> None:
    for key, stage in frame.stages.items():
        for problem in reversed_span("end_on", stage.start_on, stage.end_on):
            frame.origins[f"stage/{key}"].problem("end_on", problem.message)
    names = names_of_plan(record, frame, {})
    called: dict[str, str] = {}
    for part in (record.projects | frame.projects).values():
        for name in dict.fromkeys((part.name, *part.aliases)):
            if called.setdefault(name, part.key) != part.key and part.key in frame.projects:
                taken = msg("another project goes by this name: %(key)s", key=called[name])
                frame.origins[f"project/{part.key}"].problem("name" if name == part.name else "aliases", taken)
    for key, project in frame.projects.items():
        for problem in project_findings(project, names):
            _report(frame.origins[f"project/{key}"], problem, names)


def _check_milestones(
    parts: Mapping[str, tuple[RowGroup, MilestonePart]],
    names: PlanNames,
    record: PlanRecord,
    alive: Callable[[], None],
) -> None:
    governors = {key: part.governed_by for key, part in record.milestones.items() if part.governed_by}
    taken: dict[str, str] = {}
    for number, (key, (group, part)) in enumerate(parts.items()):
        if number % TICK == 0:
            alive()
        for problem in milestone_findings(part, names):
            _report_milestone(group, problem, names)
        for stored in stored_keys(part):
            if taken.setdefault(stored, key) != key:
                again = msg("this milestone is an occurrence of %(key)s, which the file has, too", key=taken[stored])
                group.cells.problem("key", again)
        governors.pop(key, None)
        if part.governed_by and not set(part.governed_by) & set(stored_keys(part)):
            governors |= dict.fromkeys(stored_keys(part), part.governed_by)
    for key in in_a_circle(governors):
        if key in parts:
            parts[key][0].cells.problem("governed_by", msg("leads back to itself: no date would govern"))


def _report_milestone(group: RowGroup, problem: PartProblem, names: PlanNames) -> None:
    """Report a problem at its cell: of a target in its own row."""
    place = problem.path[0]
    if place != "targets":
        _report(group.cells, problem, names)
        return
    rows = group.read_targets
    index = problem.path[1] if len(problem.path) > 1 else 0
    cells = rows[index] if isinstance(index, int) and index < len(rows) else group.cells
    cells.problem("indicator", problem.message)


_KNOWN = {
    "place": "places",
    "stage": "stages",
    "project": "projects",
    "responsible": "units",
    "supporting": "units",
    "needs": "projects",
    "governed_by": "milestones",
}
_CELLS = {"repeat": "due", "floors": "key", "phases": "key"}


def _report(cells: Cells, problem: PartProblem, names: PlanNames) -> None:
    name = str(problem.path[0])
    if problem.code is ErrorKind.UNKNOWN_NAME and name in _KNOWN:
        cells.unknown(name, [problem.name.split(" ", 1)[1]], sorted(getattr(names, _KNOWN[name])))
    else:
        cells.problem(_CELLS.get(name, name), problem.message)


def _gone(record: PlanRecord, parts: Mapping[str, tuple[RowGroup, MilestonePart]], mapping: ImportMapping) -> Wanted:
    """Return the stored milestones that go: years a changed duty lost, and, of a complete file, what it lacks."""
    there = {key for _, part in parts.values() for key in stored_keys(part)}
    return {
        (ChangeSubject.MILESTONE, part.key): None
        for part in record.parts.values()
        if isinstance(part, MilestonePart)
        and part.key not in there
        and ((part.series in parts and part.series in record.milestones) or mapping.complete)
    }


def _compare(found: CheckFinding, context: PlanContext, wanted: Wanted, record: PlanRecord) -> None:
    # Places and units on record go by one name each; those of stages and projects new in the file have no ids yet.
    right = normalised(context, wanted)
    found.changes = changes_between(right, record.parts)
    found.same = len(right) - len(found.changes)


def _origins(frame: FrameRows, parts: Mapping[str, tuple[RowGroup, MilestonePart]]) -> dict[PartKey, tuple[str, int]]:
    return dict(_each_origin(frame, parts))


def _each_origin(
    frame: FrameRows, parts: Mapping[str, tuple[RowGroup, MilestonePart]]
) -> Iterator[tuple[PartKey, tuple[str, int]]]:
    for name, cells in frame.origins.items():
        subject, _, key = name.partition("/")
        yield (ChangeSubject(subject), key), (cells.table.sheet, cells.row)
    for group, part in parts.values():
        for key in stored_keys(part):
            yield (ChangeSubject.MILESTONE, key), group.place
