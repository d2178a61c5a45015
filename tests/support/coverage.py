"""The coverage table read back: which clause of which document became which entries of its plan file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from app.services.plan_files import PlanFile, StandardFile

HEADER = ["clause", "recorded as", "why, or why not"]
NAME = re.compile(r"`([^`]+)`")
SEPARATOR = re.compile(r"[、,]\s*")
NUMERALS = "零一二三四五六七八九十百"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a clause, the names it became, and the reason; `where` finds it in the file."""

    where: str
    clause: str
    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a plan file that must be in the table: how rows name it, and the clauses it stands in."""

    kind: str
    names: tuple[str, ...]
    clauses: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind} {self.names[0]} ({'、'.join(self.clauses)})"

    def named_by(self, name: str) -> bool:
        """Whether a name of column two means this entry; `recognition-*` means a family."""
        kind, _, bare = name.rpartition(":")
        return kind in (self.kind, "" if self.kind == "milestone" else self.kind) and any(
            fnmatchcase(own, bare) for own in self.names
        )


def read_coverage(path: Path) -> tuple[dict[str, list[Row]], list[str]]:
    """Return the rows of each section by slug, and what is not in the form `## slug`, one table of three columns."""
    sections: dict[str, list[Row]] = {}
    problems: list[str] = []
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            slug = line[3:].strip()
            problems += [f"line {number}: a second section {slug}"] if slug in sections else []
            rows = sections.setdefault(slug, [])
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            where = f"{slug if sections else '?'}, line {number}, {cells[0]}"
            if cells == HEADER or set("".join(cells)) <= set("-: "):
                continue
            fault = _row_fault(cells)
            problems += [f"{where}: {fault}"] if fault else []
            if not fault:
                rows.append(Row(where, cells[0], tuple(NAME.findall(cells[1])), cells[2]))
    return sections, problems


def _row_fault(cells: list[str]) -> str | None:
    if len(cells) != len(HEADER):
        return f"{len(cells)} columns, or a header that is not {' | '.join(HEADER)}"
    _, names, reason = cells
    if names == "none":
        return None if reason else "neither names nor a reason"
    if not NAME.search(names) or NAME.sub("", names).strip(", "):
        return f"column two holds more than names in backticks and commas: {NAME.sub('', names).strip(', ')}"
    return None


def clauses_of(text: str) -> list[str]:
    """Return the clauses a cell or an entry names, without the words behind them: 三(二)2 rooms → 三(二)2."""
    return [piece.split()[0] for piece in SEPARATOR.split(text) if piece.strip()]


def fits(row_clause: str, clause: str) -> bool:
    """Whether a row's clause is the entry's, contains it or lies inside it; 三(一)1 does not contain 三(一)10."""
    return any(_starts(a, b) or _starts(b, a) for a in clauses_of(row_clause) for b in clauses_of(clause))


def _starts(whole: str, start: str) -> bool:
    rest = whole.removeprefix(start)
    if not whole.startswith(start) or not rest:
        return whole == start
    return not any(rest[0] in figures and start[-1] in figures for figures in ("0123456789", NUMERALS))


def entries(plan: PlanFile) -> list[Entry]:
    """Return what a plan file must account for: milestones, stages, projects, indicators, overrides, rungs."""
    found = [Entry("stage", (part.key,), (part.clause,)) for part in plan.stages]
    found += [Entry("project", (part.key,), (part.clause,)) for part in plan.projects]
    found += [Entry("indicator", (part.code,), (part.clause or "",)) for part in plan.indicators]
    found += [Entry("override", (part.indicator,), (part.clause,)) for part in plan.overrides]
    found += [Entry("rung", (part.key,), (part.clause,)) for part in plan.ladder if part.clause]
    for part in plan.milestones:
        names = (part.key, part.series) if part.series else (part.key,)
        clauses = (part.clause, part.units_clause) if part.units_clause else (part.clause,)
        found.append(Entry("milestone", names, clauses))
    return found


def unrecorded(plan: PlanFile, rows: list[Row]) -> Iterator[str]:
    """Yield each entry of the plan that no row with a fitting clause names."""
    for entry in entries(plan):
        named = [row for row in rows if any(entry.named_by(name) for name in row.names)]
        if not any(fits(row.clause, entry.clauses[0]) for row in named):
            others = ", ".join(row.where for row in named) or "no row"
            yield f"{plan.slug}: {entry} stands in no row of its clause ({others})"


def misplaced(plan: PlanFile, rows: list[Row]) -> Iterator[str]:
    """Yield each row that names a milestone of another clause; the clause that names its units is its own too."""
    milestones = [entry for entry in entries(plan) if entry.kind == "milestone"]
    for row in rows:
        for name in row.names:
            for entry in milestones:
                if entry.named_by(name) and not any(fits(row.clause, clause) for clause in entry.clauses):
                    yield f"{row.where}: {entry} belongs to another clause"


def unknown(plan: PlanFile, standard: StandardFile, rows: list[Row]) -> Iterator[str]:
    """Yield each name of the table that neither the plan file nor its standard defines."""
    defined = [*entries(plan), *(Entry("indicator", (part.code,), ()) for part in standard.indicators)]
    defined += [Entry("rung", (part.key,), ()) for part in plan.ladder]
    defined += [Entry("group", (part.name,), ()) for part in plan.groups]
    defined += [Entry("organization", (part.name, part.short_name, *part.aliases), ()) for part in plan.organizations]
    defined += [Entry("plan", (field,), ()) for field in PlanFile.model_fields]
    for row in rows:
        for name in row.names:
            if not any(entry.named_by(name) for entry in defined):
                yield f"{row.where}: `{name}` is not in the plan file"
