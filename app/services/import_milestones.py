"""Rows of milestones: told apart by key or by words, drawn together with their continuation rows, made into parts."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from app.domain.import_values import CellFaultError, Raw, key_of, line_of
from app.services.errors import msg
from app.services.import_cells import Cells, Findings
from app.services.import_fields import TARGET_FIELDS
from app.services.import_mapping import SheetMapping
from app.services.import_reading import SheetRow
from app.services.import_record import PlanRecord, Words, words_of

_TARGETS = frozenset(TARGET_FIELDS)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass
class RowGroup:
    """One milestone of the file: its first row, and the rows that hold its targets."""

    key: str
    cells: Cells
    new: bool
    targets: list[Cells] = field(default_factory=list)
    read_targets: list[Cells] = field(default_factory=list)  # of the targets that its part has, in their order

    @property
    def place(self) -> tuple[str, int]:
        """The sheet and the row where it begins."""
        return self.cells.table.sheet, self.cells.row


class MilestoneRows:
    """Takes rows one by one and draws together those of one milestone."""

    def __init__(self, record: PlanRecord, findings: Findings) -> None:
        self._record, self._findings = record, findings
        self._groups: dict[str, RowGroup] = {}
        self._last: RowGroup | None = None

    def take(self, table: SheetMapping, row: SheetRow) -> None:
        """Take one row of a sheet; what cannot be one is reported."""
        values = {name: row.cells[column] for column, name in table.columns.items() if column in row.cells}
        cells = Cells(table, row.number, values, self._findings)
        if row.hidden:
            cells.warn(_first(cells), msg("this row is hidden in the file; it is read like the others"))
        if row.banner and self._begins_nothing(cells):
            cells.warn(_first(cells), msg("taken for a heading between the rows; not imported"))
            return
        own = {name for column, name in table.columns.items() if column in row.own}
        if self._last is not None and self._last.cells.table is table and own <= _TARGETS:
            self._last.targets.append(cells)
            return
        if (key := self._key(cells)) is None:
            return
        if (group := self._groups.get(key)) is not None:
            self._continue(group, cells)
        else:
            group = RowGroup(key, cells, new=self._record.stored(key) is None)
            self._groups[key] = group
            if values.keys() & _TARGETS:
                group.targets.append(cells)
        self._last = group

    def groups(self) -> Iterable[RowGroup]:
        """Return the milestones of the file in its order."""
        return self._groups.values()

    def _begins_nothing(self, cells: Cells) -> bool:
        key = cells.values.get("key")
        return key is None or self._record.stored(_quiet(key_of, key)) is None

    def _key(self, cells: Cells) -> str | None:
        """Return the key of a row's milestone: its own, that of the stored one with its words, or one made of them."""
        if cells.given("key"):
            key = cells.read("key", key_of)
            if key and not _KEY.fullmatch(key):
                cells.problem("key", msg("write small letters a to z, digits and hyphens only, at most 80"))
            return key
        title = cells.read("title", line_of) if cells.given("title") else None
        if not title:
            if not cells.failed:
                cells.problem("title", msg("fill in this field, or the key of the milestone that the row belongs to"))
            return None
        clause, place = (_quiet(line_of, cells.values.get(name, "")) for name in ("clause", "place"))
        words = words_of(clause, title, place or self._record.area)
        stored = self._record.by_words.get(words, [])
        if len(stored) > 1:
            problem = msg(
                "several milestones have this clause, text and place: %(keys)s; write the key", keys=_list(stored)
            )
            cells.problem("title", problem)
            return None
        return stored[0] if stored else self._made(words)

    def _made(self, words: Words) -> str:
        """Return a key made of a milestone's words: the same words, the same key."""
        return f"x{sha256('|'.join(words).encode()).hexdigest()[:10]}"

    def _continue(self, group: RowGroup, cells: Cells) -> None:
        """Take a further row of a milestone: it may add targets, and repeat what the first row says."""
        for name, raw in cells.values.items():
            if name in _TARGETS or name == "key":
                continue
            if group.cells.values.get(name) != raw:
                row = group.cells.row
                cells.problem(name, msg("row %(row)d has the same milestone with another value here", row=row))
        if not cells.values.keys() & _TARGETS:
            cells.problem("key", msg("the milestone of row %(row)d is given again", row=group.cells.row))
        group.targets.append(cells)


def _first(cells: Cells) -> str:
    return next(iter(cells.values), "title")


def _list(keys: Iterable[str]) -> str:
    return "、".join(sorted(keys)[:10])


def _quiet(convert: Callable[[Raw], str], raw: Raw) -> str:
    """Return a converted value, empty where the cell cannot be read: that is reported when its column is read."""
    try:
        return convert(raw)
    except CellFaultError:
        return ""


def target_rows(group: RowGroup) -> Iterator[Cells]:
    """Yield the rows of a milestone that hold a target."""
    for cells in group.targets:
        if cells.values.keys() & _TARGETS:
            yield cells
