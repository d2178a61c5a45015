"""The register of printed documents: which facts, which day, which bytes."""

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel

from app.models.types import UtcDateTime


class Printout(SQLModel, table=True):
    """A document that was printed: a fact; its bytes lie outside the database under their sha256.

    Of an archive (zip) the list of its files with their hashes (SHA256SUMS) is kept, by which it can be packed again.
    """

    __table_args__ = (
        Index("ix_printout_plan_id", "plan_id", "printed_at"),
        Index("ix_printout_case_id", "case_id", "number", unique=True),
        Index("ix_printout_document_id", "document_id", "format"),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id")
    kind: str = Field(max_length=40)
    quarter: str = Field(max_length=6)  # 2026Q3; of a dossier: in which it was made
    case_id: int | None = Field(default=None, foreign_key="accountability_case.id")  # dossiers only
    document_id: int | None = Field(default=None, foreign_key="official_document.id")  # issued ones only
    number: int | None = None  # the dossiers of a case are counted from 1
    format: str = Field(max_length=8)
    cut_off_on: date
    sha256: str = Field(max_length=64)
    size: int  # bytes
    author_id: int | None = Field(default=None, foreign_key="account.id")  # None: the command line
    printed_at: datetime = Field(sa_type=UtcDateTime)
