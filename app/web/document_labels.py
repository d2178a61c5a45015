"""The words for the codes of printed matter, as msgids."""

from enum import StrEnum

from app.domain.distribution import RecipientCapacity
from app.domain.documents import DocumentState, DocumentStepKind
from app.domain.print_jobs import PrintJobState


def _(msgid: str) -> str:
    """Mark a msgid for extraction."""
    return msgid


DOCUMENT_WORDS: tuple[tuple[StrEnum, str], ...] = (
    (RecipientCapacity.MAIN, _("Main recipient")),
    (RecipientCapacity.COPY, _("Copy")),
    (DocumentState.DRAFT, _("Draft")),
    (DocumentState.CHECKED, _("Checked, to be issued")),
    (DocumentState.ISSUED, _("Issued and frozen")),
    (DocumentState.DISCARDED, _("Discarded")),
    (DocumentStepKind.DRAFT, _("Drafted")),
    (DocumentStepKind.REFRESH, _("Figures taken anew")),
    (DocumentStepKind.REWRITE, _("Words changed")),
    (DocumentStepKind.CHECK, _("Checked and found right")),
    (DocumentStepKind.SEND_BACK, _("Sent back to be changed")),
    (DocumentStepKind.ISSUE, _("Printed and frozen")),
    (DocumentStepKind.DISCARD, _("Discarded")),
    (DocumentStepKind.FILE_SCAN, _("Signed copy filed")),
    (PrintJobState.QUEUED, _("Waiting to be printed")),
    (PrintJobState.RUNNING, _("Being printed")),
    (PrintJobState.DONE, _("Finished printing")),
    (PrintJobState.FAILED, _("Printing failed")),
    (PrintJobState.CANCELLED, _("Printing cancelled")),
)
