"""The texts of one report of an uploaded workbook: what the file says over what stands, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sqlmodel import Session

from app.domain.periods import OwedState
from app.queries.owed_reports import OwedRow
from app.queries.report_forms import Draft, TargetField
from app.services.errors import InputError, Message, msg
from app.services.report_drafts import begun
from app.services.report_fields import read_report, target_of
from app.services.report_submissions import CLOSED, NOT_NEEDED
from app.services.report_values import ask_for_explanations
from app.services.report_workbooks_cells import FieldKind, fingerprint, normalized, read_cell, shown
from app.services.report_workbooks_layout import (
    FIELDS,
    VALUE_FIELDS,
    WorkbookField,
    fields_of,
    of_target,
    unit_of,
)
from app.services.report_workbooks_reading import FileProblem, FileRow
from app.services.reports import plain_problems


class Standing(Protocol):
    """What stands in the database, as far as the texts of a report need it."""

    drafts: dict[int, Draft]
    targets: dict[int, list[TargetField]]
    today: date


@dataclass
class FileTexts:
    """A report of the file: its texts by field name, their cells, and what is wrong with each.

    `problem` is wrong with the report as a whole, `problems` with rows that belong to no target in force.
    """

    cell: str
    mark: str
    targets: dict[int, TargetField]
    fields: list[WorkbookField]
    cells: dict[str, str]
    typed: dict[str, str]
    touched: bool = False
    problem: Message | None = None
    problems: list[FileProblem] = field(default_factory=list)
    wrong: dict[str, Message] = field(default_factory=dict)
    doubts: dict[str, Message] = field(default_factory=dict)

    def same_as(self, other: Mapping[str, str]) -> bool:
        """Tell whether other texts say the same."""
        return all(self.plain(item, other) == self.plain(item) for item in self.fields)

    def shown(self, item: WorkbookField, text: str) -> str:
        """Return a text of a field as the preview writes it."""
        unit = unit_of(item, self.targets)
        return shown(item.kind, normalized(item.kind, text, unit), unit)

    def target_of(self, item: WorkbookField) -> TargetField | None:
        """Return the target that a field speaks of; None for a field of the report itself."""
        return self.targets.get(target_of(item.name) or 0)

    def plain(self, item: WorkbookField, texts: Mapping[str, str] | None = None) -> str:
        """Return a field of other texts (None: its own) as it comes back from a workbook."""
        text = (self.typed if texts is None else texts).get(item.name, "")
        return normalized(item.kind, text, unit_of(item, self.targets))


def file_texts(session: Session, rows: Sequence[FileRow], row: OwedRow, known: Standing) -> FileTexts:
    """Return what the rows of a report say over what stands: rows that nobody touched say nothing."""
    targets = {item.id: item for item in known.targets.get(row.milestone_id, ())}
    draft = known.drafts.get(row.id)
    begins = begun(row, known.today)
    fields = fields_of(targets)
    first = rows[0]
    texts = FileTexts(
        first.cell("title"),
        first.mark,
        targets,
        fields,
        {item.name: first.cell(item.name) for item in fields},
        dict(draft.typed if draft else begins),
    )
    found: dict[str, Message] = {}
    for item in rows:
        _take(item, texts, found)
    if texts.touched:
        if texts.typed.get("no_change"):
            _drop_prefilled(texts, begins)
        known_fields = {item.name for item in fields}  # a draft may name targets that are not in force any more
        texts.typed = {name: text for name, text in texts.typed.items() if text and name in known_fields}
        _check(session, row, texts, found, known.today)
    return texts


def _take(row: FileRow, texts: FileTexts, wrong: dict[str, Message]) -> None:
    """Take the texts of a row, if somebody touched it."""
    fields = list(FIELDS)
    if row.target_id is not None:
        target = texts.targets.get(row.target_id)
        if target is None:
            if not _untouched_value(row):
                told = msg("this target is not in force any more; delete the row, or download again")
                texts.problems.append(FileProblem(row.cell("value"), told))
            return
        fields = [of_target(f"{item.name}-{target.id}", target) for item in VALUE_FIELDS]
    read, faults = dict[str, str](), dict[str, Message]()
    for item in fields:
        name = item.name if row.target_id is None else item.name.partition("-")[0]
        texts.cells[item.name] = row.cell(name)
        if name not in row.columns:
            continue
        read[item.name], fault = read_cell(item.kind, row.raws.get(name), unit_of(item, texts.targets))
        if fault:
            faults[item.name] = fault
    if len(read) == len(fields) and fingerprint(read) == row.fingerprint:
        return
    known = row.fingerprint and len(read) == len(fields)
    if known or any(text != texts.plain(item) for item in fields if (text := read.get(item.name)) is not None):
        texts.touched = True
        # A word that is neither yes nor no must not tick anything.
        ticks = {item.name for item in fields if item.kind is FieldKind.TICK and item.name in faults}
        texts.typed |= {name: "" if name in ticks else text for name, text in read.items()}
        wrong |= faults


def _untouched_value(row: FileRow) -> bool:
    """Tell whether nobody touched the row of a target of which nothing is known."""
    why = read_cell(FieldKind.WORDS, row.raws.get("why"))[0]
    values = [read_cell(kind, row.raws.get("value"))[0] for kind in (FieldKind.NUMBER, FieldKind.ANSWER)]
    names = [f"{item.name}-{row.target_id}" for item in VALUE_FIELDS]
    return any(fingerprint(dict(zip(names, (value, why), strict=True))) == row.fingerprint for value in values)


def _drop_prefilled(texts: FileTexts, begins: Mapping[str, str]) -> None:
    """Leave out of a report of no change what only stands there because it was reported last."""
    for item in texts.fields:
        if item.kind in (FieldKind.NUMBER, FieldKind.ANSWER) and texts.typed.get(item.name) == begins.get(item.name):
            texts.typed.pop(item.name, None)


def _check(session: Session, row: OwedRow, texts: FileTexts, found: Mapping[str, Message], today: date) -> None:
    given, unread = read_report(texts.typed, today, expected_id=row.id)
    texts.wrong = {**plain_problems(given, today), **unread, **found}
    if row.state is OwedState.NOT_NEEDED:
        texts.problem = NOT_NEEDED
    elif row.period.open_until_on is None:
        texts.problem = CLOSED
    if not given.values or unread:
        return
    try:
        ask_for_explanations(session, row.milestone_id, given.values, given.explanations.keys())
    except InputError as error:
        texts.doubts = dict(error.problems)
