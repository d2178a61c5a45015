"""What a person sees of extensions and may do about them, on a milestone's page and on a request's own."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.extensions import Bar, ExtensionFacts, grant_bar, is_late, next_state, request_bar
from app.domain.standing import StandingFinding
from app.domain.vocabulary import ExtensionStepKind, UnitRole
from app.queries.extension_rows import ExtensionRow
from app.queries.extensions import MilestoneExtensions, of_milestone
from app.queries.milestone_page import MilestonePage
from app.services.errors import Message
from app.services.extension_checks import BARS
from app.web.deps import Visitor

_ACTIONS = {
    ExtensionStepKind.OPINION: Action.ADVISE_EXTENSION,
    ExtensionStepKind.GRANT: Action.DECIDE_EXTENSION,
    ExtensionStepKind.REFUSE: Action.DECIDE_EXTENSION,
    ExtensionStepKind.WITHDRAW: Action.REQUEST_EXTENSION,
    ExtensionStepKind.CORRECT: Action.DECIDE_EXTENSION,
}


@dataclass(frozen=True, slots=True)
class ExtensionPart:
    """The extensions of a milestone; `late`: asking now needs a reason why, `bar`: why a request cannot be granted."""

    held: MilestoneExtensions
    steps: dict[int, frozenset[ExtensionStepKind]]
    is_open: bool
    may_ask: bool
    late: bool
    bar: Message | None


def of_page(
    session: Session, visitor: Visitor, page: MilestonePage, today: date, known_until: datetime | None = None
) -> ExtensionPart:
    """Return what a milestone's page shows of its extensions, as known before a moment (None: now)."""
    assert page.milestone.id is not None
    held = of_milestone(session, page.milestone.id, known_until)
    finding = page.finding
    if known_until is not None:
        held = replace(held, rows=tuple(_as_of(row, finding) for row in held.rows))
    known = ExtensionFacts(
        finding.standing, finding.effective_due_on, held.waiting is not None, held.granted, held.limit
    )
    unit = visitor.scope.organization_id
    responsible = {item.organization_id for item in page.units if item.role is UnitRole.RESPONSIBLE}
    asks = may(visitor.role, Action.REQUEST_EXTENSION) and (unit is None or unit in responsible)
    return _part(visitor, held, held.rows, known, today, asks=asks)


def _as_of(row: ExtensionRow, finding: StandingFinding) -> ExtensionRow:
    """Return a request beside the dates that were in force on the day of a finding, not beside those of now."""
    return replace(
        row,
        standing=finding.standing,
        original_due_on=finding.original_due_on,
        effective_due_on=finding.effective_due_on,
        current_version=finding.due_version,
    )


def of_request(session: Session, visitor: Visitor, row: ExtensionRow, today: date) -> ExtensionPart:
    """Return what the page of one request shows."""
    held = of_milestone(session, row.milestone_id)
    known = ExtensionFacts(row.standing, row.effective_due_on, row.waits, held.granted, held.limit)
    return _part(visitor, held, (row,), known, today, asks=False)


def _part(
    visitor: Visitor,
    held: MilestoneExtensions,
    rows: tuple[ExtensionRow, ...],
    known: ExtensionFacts,
    today: date,
    *,
    asks: bool,
) -> ExtensionPart:
    bar = grant_bar(known)
    return ExtensionPart(
        held=held,
        steps={row.id: frozenset(_steps(visitor, row, barred=bar is not None)) for row in rows},
        is_open=request_bar(known) is not Bar.NOT_OPEN,
        may_ask=asks and request_bar(known) is None,
        late=is_late(known, today),
        bar=BARS[bar] if bar else None,
    )


def _steps(visitor: Visitor, row: ExtensionRow, *, barred: bool) -> list[ExtensionStepKind]:
    """Return the steps that this person may take on a request as it stands."""
    unit = visitor.scope.organization_id
    fits = {
        ExtensionStepKind.GRANT: not barred,
        ExtensionStepKind.WITHDRAW: row.organization_id == unit,
        ExtensionStepKind.CORRECT: row.correctable,
    }
    return [
        kind
        for kind, action in _ACTIONS.items()
        if may(visitor.role, action) and next_state(row.state, kind) and fits.get(kind, True)
    ]
