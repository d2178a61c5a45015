"""Hold an uploaded workbook of reports against what stands: what would be saved and submitted, and what is wrong."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from app.domain.access import Actor
from app.domain.periods import OwedState
from app.queries.closings import proven
from app.queries.owed_reports import OwedRow, owed
from app.queries.report_forms import Draft, TargetField, drafts_of, targets_of
from app.queries.report_workbooks import handed_in, own_drafts
from app.services.errors import InputError, Message, msg
from app.services.import_archive import FIELD
from app.services.report_workbooks_reading import FileProblem, FileRow, read_file
from app.services.report_workbooks_texts import FileTexts, file_texts

_HANDED_IN = (OwedState.SUBMITTED, OwedState.ENDORSED, OwedState.ACCEPTED)


class Fate(StrEnum):
    """What becomes of a report of the file."""

    READY = "ready"  # can be submitted
    NEEDS_FILE = "needs_file"  # a claim without evidence: saved as a draft only
    WRONG = "wrong"  # can be saved, not submitted
    OVERTAKEN = "overtaken"  # somebody else wrote or handed it in since the download: left as it is


@dataclass(frozen=True, slots=True)
class FieldPreview:
    """A field that the file changes, or that something is wrong with; texts as they are shown."""

    name: str
    heading: str
    target: TargetField | None
    cell: str
    before: str
    after: str
    problem: Message | None
    doubt: Message | None

    @property
    def changed(self) -> bool:
        """Tell whether the file says something else than what stands."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class ReportPreview:
    """A report of the file beside what stands; `typed` are its texts as a draft keeps them.

    `problem` is wrong with the report as a whole. `doubted` are targets whose values look implausible.
    """

    row: OwedRow
    fate: Fate
    cell: str
    fields: tuple[FieldPreview, ...]
    typed: dict[str, str]
    problem: Message | None
    doubted: tuple[int, ...]
    saved: bool  # the draft says the same already


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do; `seen` tells whether it is still what somebody looked at."""

    reports: tuple[ReportPreview, ...]
    problems: tuple[FileProblem, ...]
    unchanged: int
    handed_in: int
    seen: str

    def of(self, *fates: Fate) -> list[ReportPreview]:
        """Return the reports of some fates."""
        return [item for item in self.reports if item.fate in fates]

    @property
    def wrong(self) -> int:
        """Return how many cells, rows and reports something is wrong with, so that nothing can be submitted."""
        fields = [item for report in self.of(Fate.WRONG) for item in report.fields if item.problem]
        return len(self.problems) + len(fields) + sum(report.problem is not None for report in self.of(Fate.WRONG))

    @property
    def can_save(self) -> bool:
        """Tell whether there is something to save and nothing in the way."""
        return not self.problems and any(not item.saved for item in self.of(Fate.READY, Fate.NEEDS_FILE, Fate.WRONG))

    @property
    def can_submit(self) -> bool:
        """Tell whether there is something to submit and nothing in the way."""
        return not self.problems and not self.of(Fate.WRONG) and bool(self.of(Fate.READY))


@dataclass
class Known:
    """What stands in the database for the reports of a file."""

    rows: dict[int, OwedRow]
    drafts: dict[int, Draft]
    own: set[int]
    targets: dict[int, list[TargetField]]
    reports: dict[int, dict[str, str]]
    proven: set[int]
    today: date
    taken: Mapping[int, str] = field(default_factory=dict)


def preview(
    session: Session, actor: Actor, content: bytes, today: date, *, taken: Mapping[int, str] | None = None
) -> Preview:
    """Return what a file would do; `taken` are overtaken reports to write all the same, with the marks seen.

    Raises: InputError for a file that is none of ours, another unit's, or of a period that is closed.
    """
    file = read_file(content)
    known = _known(session, actor, file.rows, today, taken or {})
    problems = [*file.problems, *_foreign(file.rows, known)]
    by_report: dict[int, list[FileRow]] = {}
    for item in file.rows:
        if item.expected_id in known.rows:
            by_report.setdefault(item.expected_id, []).append(item)
    reports: list[ReportPreview] = []
    unchanged = done = 0
    for expected_id, rows in by_report.items():
        texts = file_texts(session, rows, known.rows[expected_id], known)
        problems += texts.problems
        if not texts.touched:
            unchanged += 1
        elif _is_handed_in(texts, known.rows[expected_id], known):
            done += 1
        else:
            reports.append(_report(texts, known.rows[expected_id], known))
    return Preview(tuple(reports), tuple(problems), unchanged, done, _seen(reports, known))


def _known(session: Session, actor: Actor, rows: Sequence[FileRow], today: date, taken: Mapping[int, str]) -> Known:
    ids = list(dict.fromkeys(item.expected_id for item in rows if item.expected_id))
    found = {row.id: row for row in owed(session, actor.scope, ids, today)}
    if ids and not found:
        raise InputError({FIELD: msg("none of its reports is owed by your unit: it is another unit's workbook")})
    if found and all(row.period.open_until_on is None for row in found.values()):
        names = "、".join(dict.fromkeys(row.period.name for row in found.values()))
        raise InputError(
            {FIELD: msg("%(periods)s: closed for entry; ask the office to open it for your unit", periods=names)}
        )
    milestones = [row.milestone_id for row in found.values()]
    return Known(
        found,
        drafts_of(session, list(found)),
        own_drafts(session, list(found), actor.account_id),
        targets_of(session, milestones),
        handed_in(session, {row.report_id for row in found.values() if row.report_id}),
        proven(session, milestones),
        today,
        taken,
    )


def _foreign(rows: Sequence[FileRow], known: Known) -> list[FileProblem]:
    """Name rows that the actor does not owe, once for each report."""
    first = {item.expected_id: item for item in reversed(rows) if item.expected_id not in known.rows}
    told = msg("your unit does not owe this report; delete the row, or download again")
    return [FileProblem(item.cell("title"), told) for item in reversed(first.values())]


def _is_handed_in(texts: FileTexts, row: OwedRow, known: Known) -> bool:
    """Tell whether the very same report is on record: a second click, or the same file again."""
    if row.state not in _HANDED_IN or row.id in known.drafts:
        return False
    return texts.same_as(known.reports.get(row.report_id or 0, {}))


def _report(texts: FileTexts, row: OwedRow, known: Known) -> ReportPreview:
    draft = known.drafts.get(row.id)
    saved = draft is not None and texts.same_as(draft.typed)
    fields = tuple(_fields(texts, _standing(row, draft, known)))
    if not saved and _is_overtaken(texts, row, known) and known.taken.get(row.id) != row.mark:
        fate = Fate.OVERTAKEN
    elif texts.problem or any(item.problem for item in fields):
        fate = Fate.WRONG
    elif texts.typed.get("claims_completion") and not ((draft and draft.files) or row.milestone_id in known.proven):
        fate = Fate.NEEDS_FILE
    else:
        fate = Fate.READY
    doubted = tuple(item.target.id for item in fields if item.doubt and item.target)
    return ReportPreview(row, fate, texts.cell, fields, texts.typed, texts.problem, doubted, saved)


def _standing(row: OwedRow, draft: Draft | None, known: Known) -> dict[str, str]:
    """Return what stands now: the draft, the report handed in, or what was reported last."""
    if draft is not None:
        return draft.typed
    if row.report_id in known.reports:
        return known.reports[row.report_id]
    if row.last is None:
        return {}
    share = row.last.share_pct
    texts = {"reported_on": row.last.reported_on.isoformat(), "summary": row.last.summary}
    texts["share_pct"] = "" if share is None else f"{share:f}"
    return texts | {f"value-{item.target_id}": f"{item.value:f}" for item in row.last.values}


def _is_overtaken(texts: FileTexts, row: OwedRow, known: Known) -> bool:
    """Tell whether somebody else wrote since the download, or a report was handed in; one's own draft is known."""
    if texts.mark == row.mark:
        return False
    reported = texts.mark.partition(".")[0] != row.mark.partition(".")[0]
    return reported or (row.id in known.drafts and row.id not in known.own)


def _fields(texts: FileTexts, standing: Mapping[str, str]) -> list[FieldPreview]:
    found = []
    for item in texts.fields:
        name = item.name
        before, after = texts.shown(item, standing.get(name, "")), texts.shown(item, texts.typed.get(name, ""))
        problem, doubt = texts.wrong.get(name), texts.doubts.get(name)
        if before != after or problem or doubt:
            target = texts.target_of(item)
            found.append(FieldPreview(name, item.heading, target, texts.cells[name], before, after, problem, doubt))
    return found


def _seen(reports: Sequence[ReportPreview], known: Known) -> str:
    """Return what the page carries of what it showed, so that a change before the click is noticed."""
    words = [f"{item.row.id} {item.row.mark} {item.row.state} {item.problem or ''}" for item in reports]
    return hashlib.sha256("\n".join([known.today.isoformat(), *words]).encode()).hexdigest()[:16]
