"""What a document's page shows of its distribution."""

from dataclasses import dataclass

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.documents import KINDS, DocumentState
from app.queries import distribution
from app.queries.distribution import RecipientRow
from app.queries.document_pages import DocumentPage
from app.web.deps import Visitor


@dataclass(frozen=True, slots=True)
class DistributionPart:
    """The recipients of a document that a visitor may see, and what may be done about them."""

    rows: tuple[RecipientRow, ...]
    issued: bool
    may_choose: bool
    may_sign: bool
    may_carry: bool

    @property
    def signed(self) -> int:
        """How many of them have signed."""
        return sum(row.signature is not None for row in self.rows)


def distribution_part(session: Session, visitor: Visitor, found: DocumentPage) -> DistributionPart | None:
    """Return what is shown of a document's distribution; None: a working paper, which is sent to nobody."""
    row = found.row
    if not KINDS[row.kind].numbered or row.id is None:
        return None
    unit_id = visitor.scope.organization_id
    rows = distribution.rows(session, row.id, organization_id=unit_id)
    issued = row.state is DocumentState.ISSUED
    return DistributionPart(
        rows=rows,
        issued=issued,
        may_choose=row.state is DocumentState.DRAFT and may(visitor.role, Action.PRINT),
        may_sign=may(visitor.role, Action.RECEIVE_DOCUMENT) and issued and any(one.signature is None for one in rows),
        may_carry=may(visitor.role, Action.CARRY),
    )
