"""What the form of a report shows: the draft with its files, and the targets in force."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.vocabulary import Comparator, SchoolStage, ValueType
from app.models import Account, DraftFile, Indicator, ReportDraft, Target


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that was added to a draft."""

    id: int
    filename: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: the texts by field name as they were typed, who saved it last and when, and its files."""

    id: int
    typed: dict[str, str]
    version: int
    author: str
    changed_at: datetime
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class TargetField:
    """A target that a report may give a value for."""

    id: int
    code: str
    name: str
    stage: SchoolStage | None
    comparator: Comparator
    target: Decimal
    unit: str
    value_type: ValueType

    @property
    def field(self) -> str:
        """Return the name of the field that holds its value."""
        return f"value-{self.id}"


def drafts_of(session: Session, expected_ids: Sequence[int]) -> dict[int, Draft]:
    """Return the drafts of expected reports by the expected report's id."""
    if not expected_ids:
        return {}
    rows = session.execute(
        sa.select(ReportDraft, col(Account.display_name))
        .join(Account, col(Account.id) == col(ReportDraft.author_id))
        .where(col(ReportDraft.expected_id).in_(expected_ids))
    ).all()
    files: dict[int, list[FileRow]] = defaultdict(list)
    if rows:
        columns: list[Any] = [
            col(DraftFile.draft_id),
            col(DraftFile.id),
            col(DraftFile.filename),
            col(DraftFile.media_type),
            col(DraftFile.size),
            col(DraftFile.sha256),
        ]
        ids = [draft.id for draft, _ in rows]
        query = sa.select(*columns).where(col(DraftFile.draft_id).in_(ids)).order_by(col(DraftFile.id))
        for draft_id, *values in session.execute(query):
            files[draft_id].append(FileRow(*values))
    return {
        draft.expected_id: Draft(
            draft.id, json.loads(draft.typed), draft.version, author, draft.changed_at, tuple(files[draft.id])
        )
        for draft, author in rows
    }


def targets_of(session: Session, milestone_ids: Sequence[int]) -> dict[int, list[TargetField]]:
    """Return the targets in force of milestones, in the order of the plan."""
    if not milestone_ids:
        return {}
    columns: list[Any] = [
        col(Target.milestone_id),
        col(Target.id),
        col(Indicator.code),
        col(Indicator.name),
        col(Target.stage),
        col(Target.comparator),
        col(Target.value),
        col(Target.unit),
        col(Indicator.value_type),
    ]
    query = (
        sa.select(*columns)
        .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
        .where(col(Target.milestone_id).in_(milestone_ids), col(Target.retired_by_id).is_(None))
        .order_by(col(Target.position), col(Target.id))
    )
    found: dict[int, list[TargetField]] = defaultdict(list)
    for milestone_id, *values in session.execute(query):
        found[milestone_id].append(TargetField(*values))
    return found
