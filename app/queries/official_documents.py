"""Reads of official documents: one of them within scope, who wrote at it, what corrects it."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.documents import DocumentState, DocumentStepKind, FileFormat
from app.models import DocumentStep, OfficialDocument, Printout

_WRITING = (DocumentStepKind.DRAFT, DocumentStepKind.REFRESH, DocumentStepKind.REWRITE)


def find(session: Session, scope: Scope, document_id: int) -> OfficialDocument | None:
    """Return a document for those who work at it; None: not there, or not in scope. A unit works at none."""
    if scope.organization_id is not None:
        return None
    found = session.get(OfficialDocument, document_id)
    return found if found is not None and scope.holds_plan(found.plan_id) else None


def writers(session: Session, document_id: int) -> set[int | None]:
    """Return who drafted a document or wrote at it; None stands for the timetable and the command line."""
    query: Any = sa.select(col(DocumentStep.author_id)).where(
        col(DocumentStep.document_id) == document_id, col(DocumentStep.kind).in_(_WRITING)
    )
    return set(session.scalars(query))


def correction_of(session: Session, document_id: int) -> OfficialDocument | None:
    """Return the document that corrects one, draft or issued; None: nothing does."""
    query = sa.select(OfficialDocument).where(
        col(OfficialDocument.corrects_id) == document_id, col(OfficialDocument.state) != DocumentState.DISCARDED
    )
    return session.scalars(query).first()


def file_of(session: Session, document_id: int, file_format: FileFormat) -> Printout | None:
    """Return a file of an issued document; None: it has none in this format."""
    query = sa.select(Printout).where(
        col(Printout.document_id) == document_id, col(Printout.format) == file_format.value
    )
    return session.scalars(query).first()
