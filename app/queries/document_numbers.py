"""Reads of an organ's register of document numbers: the next serial, the code words of its kinds."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.documents import DocumentKind, missing_serials
from app.models import DocumentNumber, DocumentSeries


def next_serial(session: Session, organization_id: int, series: str, year: int) -> int:
    """Return the serial that follows the last one taken in an organ's series and year; 1 when there is none."""
    query: Any = sa.select(sa.func.max(col(DocumentNumber.serial))).where(
        col(DocumentNumber.organization_id) == organization_id,
        col(DocumentNumber.series) == series,
        col(DocumentNumber.year) == year,
    )
    return (session.scalar(query) or 0) + 1


def gaps(session: Session, organization_id: int, year: int) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Return, by series of an organ's year, the last serial and those that are missing before it."""
    query: Any = (
        sa.select(col(DocumentNumber.series), col(DocumentNumber.serial))
        .where(col(DocumentNumber.organization_id) == organization_id, col(DocumentNumber.year) == year)
        .order_by(col(DocumentNumber.series))
    )
    taken: dict[str, list[int]] = {}
    for series, serial in session.execute(query):
        taken.setdefault(series, []).append(serial)
    return {series: (max(serials), missing_serials(serials)) for series, serials in taken.items()}


def series_of(session: Session, organization_id: int) -> dict[DocumentKind, str]:
    """Return the code words an organ has settled, by kind of document."""
    query: Any = sa.select(col(DocumentSeries.kind), col(DocumentSeries.series)).where(
        col(DocumentSeries.organization_id) == organization_id
    )
    return {row.kind: row.series for row in session.execute(query)}
