"""Whether anything on record points to a row: what is pointed to cannot be deleted."""

import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from app.models import AmendmentDraft, DraftChange, PlanChange


def tables_naming(session: Session, table: str, row_id: int, *, but: frozenset[str] = frozenset()) -> list[str]:
    """Return the names of the tables with a row that points to this one, but those that belong to the row itself."""
    pointing = [
        sa.select(sa.literal(column.table.name)).where(sa.select(column).where(column == row_id).exists())
        for column in _columns_pointing_to(table)
        if column.table.name not in but
    ]
    return sorted(set(session.scalars(sa.union_all(*pointing))))


def _columns_pointing_to(table: str) -> Iterator[sa.Column[int]]:
    for other in SQLModel.metadata.sorted_tables:
        for column in other.columns:
            if any(key.column.table.name == table for key in column.foreign_keys):
                yield column


def named_in_revisions(session: Session, words: Sequence[str], plan_ids: Sequence[int]) -> list[str]:
    """Return which of these names the versions of some plans, or amendments in preparation, write.

    They keep names, not ids, and could not be read back without what the names stand for.
    """
    if not (words and plan_ids):
        return []
    row = session.execute(sa.select(*(_is_written(word, plan_ids) for word in words))).one()
    return [word for word, written in zip(words, row, strict=True) if written]


def _is_written(word: str, plan_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a name stands in a part as JSON, in quotation marks."""
    quoted = json.dumps(word, ensure_ascii=False)
    before, after, drafted = (
        column.contains(quoted, autoescape=True)
        for column in (col(PlanChange.before), col(PlanChange.after), col(DraftChange.after))
    )
    recorded = sa.select(col(PlanChange.id)).where(col(PlanChange.plan_id).in_(plan_ids), sa.or_(before, after))
    prepared = (
        sa.select(col(DraftChange.draft_id))
        .join(AmendmentDraft, col(AmendmentDraft.id) == col(DraftChange.draft_id))
        .where(col(AmendmentDraft.plan_id).in_(plan_ids), drafted)
    )
    return sa.or_(recorded.exists(), prepared.exists())
