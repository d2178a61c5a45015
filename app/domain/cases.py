"""How an accountability case moves (DOMAIN.md section 4): statement before decision, a person decides."""

from enum import StrEnum


class CaseStage(StrEnum):
    """Where a case stands."""

    OPEN = "open"  # flagged, the unit may state its case
    PROPOSED = "proposed"  # the office proposes a measure
    DECIDED = "decided"  # a leader decided a measure
    CLOSED = "closed"


class CaseEventKind(StrEnum):
    """What can happen in a case."""

    OPENED = "opened"
    JOINED = "joined"  # a further milestone came in
    STATEMENT = "statement"  # the unit states its case
    PROPOSAL = "proposal"  # the office proposes a measure
    DECISION = "decision"  # a leader decides a measure
    NOTE = "note"
    CLOSING = "closing"
    REOPENING = "reopening"


_STEPS: dict[CaseEventKind, tuple[frozenset[CaseStage], CaseStage | None]] = {
    CaseEventKind.JOINED: (frozenset({CaseStage.OPEN, CaseStage.PROPOSED, CaseStage.DECIDED}), None),
    CaseEventKind.STATEMENT: (frozenset({CaseStage.OPEN, CaseStage.PROPOSED, CaseStage.DECIDED}), None),
    CaseEventKind.PROPOSAL: (frozenset({CaseStage.OPEN, CaseStage.PROPOSED}), CaseStage.PROPOSED),
    CaseEventKind.DECISION: (frozenset({CaseStage.PROPOSED, CaseStage.DECIDED}), CaseStage.DECIDED),
    CaseEventKind.NOTE: (frozenset(CaseStage), None),
    CaseEventKind.CLOSING: (frozenset({CaseStage.OPEN, CaseStage.PROPOSED, CaseStage.DECIDED}), CaseStage.CLOSED),
    CaseEventKind.REOPENING: (frozenset({CaseStage.CLOSED}), CaseStage.OPEN),
}


def may_happen(stage: CaseStage, event: CaseEventKind) -> bool:
    """Tell whether an event is possible at a stage."""
    return event in _STEPS and stage in _STEPS[event][0]


def stage_after(stage: CaseStage, event: CaseEventKind) -> CaseStage:
    """Return the stage after an event. Raises: ValueError when the event is not possible."""
    if not may_happen(stage, event):
        raise ValueError(f"{event} is not possible in stage {stage}")
    return _STEPS[event][1] or stage
