"""How an accountability case moves (DOMAIN.md section 4): statement before decision, a person decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.access import LEADERS_MEASURES, Action, may
from app.domain.vocabulary import Measure, MilestoneKind, Role


class CaseStage(StrEnum):
    """Where a case stands."""

    OPEN = "open"  # flagged, the unit may state its case
    PROPOSED = "proposed"  # the office proposes a measure
    DECIDED = "decided"  # a measure is decided, nothing is being rectified
    RECTIFYING = "rectifying"  # a measure is decided, and a rectification item is open
    CLOSED = "closed"


class CaseEventKind(StrEnum):
    """What can happen in a case."""

    OPENED = "opened"
    JOINED = "joined"  # a further milestone came in
    STATEMENT_REQUEST = "statement_request"  # the office asks for a statement by a day
    STATEMENT = "statement"  # the unit states its case
    PROPOSAL = "proposal"  # the office proposes a measure
    DECISION = "decision"  # a leader decides a measure
    REPLY = "reply"  # the unit answers a decision
    REPLY_ACCEPT = "reply_accept"  # the office takes the answer
    REPLY_RETURN = "reply_return"  # the answer does not do; a new limit is set
    RECTIFICATION = "rectification"  # an item is to be put right (整改)
    RECTIFIED = "rectified"  # the last open item was accepted or taken back
    NOTE = "note"
    CLOSING = "closing"
    FOLLOW_UP = "follow_up"  # a check of the result is planned (回头看)
    FOLLOW_UP_HELD = "follow_up_held"  # the result holds
    FOLLOW_UP_FAILED = "follow_up_failed"  # the result does not hold: the case is open again
    REOPENING = "reopening"


_OPEN, _PROPOSED, _DECIDED, _RECTIFYING, _CLOSED = CaseStage
_RUNNING = (_OPEN, _PROPOSED, _DECIDED, _RECTIFYING)
_IN_FORCE = (_DECIDED, _RECTIFYING)


def _stay(*stages: CaseStage) -> dict[CaseStage, CaseStage]:
    return {stage: stage for stage in stages}


# At which stages an event is possible, and the stage after it. The stage follows from the events alone, so that it can
# be told for any past day.
_STEPS: dict[CaseEventKind, dict[CaseStage, CaseStage]] = {
    CaseEventKind.JOINED: _stay(*_RUNNING),
    CaseEventKind.STATEMENT_REQUEST: _stay(_OPEN, _PROPOSED),
    CaseEventKind.STATEMENT: _stay(*_RUNNING),
    CaseEventKind.PROPOSAL: dict.fromkeys((_OPEN, _PROPOSED), _PROPOSED),
    CaseEventKind.DECISION: {_PROPOSED: _DECIDED, **_stay(*_IN_FORCE)},
    CaseEventKind.REPLY: _stay(*_IN_FORCE),
    CaseEventKind.REPLY_ACCEPT: _stay(*_IN_FORCE),
    CaseEventKind.REPLY_RETURN: _stay(*_IN_FORCE),
    CaseEventKind.RECTIFICATION: dict.fromkeys(_IN_FORCE, _RECTIFYING),
    CaseEventKind.RECTIFIED: {_RECTIFYING: _DECIDED},
    CaseEventKind.NOTE: _stay(*CaseStage),
    CaseEventKind.CLOSING: dict.fromkeys(_RUNNING, _CLOSED),
    CaseEventKind.FOLLOW_UP: _stay(_CLOSED),
    CaseEventKind.FOLLOW_UP_HELD: _stay(_CLOSED),
    CaseEventKind.FOLLOW_UP_FAILED: {_CLOSED: _OPEN},
    CaseEventKind.REOPENING: {_CLOSED: _OPEN},
}

# What a person needs to be granted for a step; any one suffices. Steps that are missing are the scheduler's.
STEP_ACTIONS: dict[CaseEventKind, frozenset[Action]] = {
    CaseEventKind.STATEMENT_REQUEST: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.STATEMENT: frozenset({Action.STATE_CASE}),
    CaseEventKind.PROPOSAL: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.DECISION: frozenset({Action.HANDLE_CASE, Action.DECIDE_CASE}),
    CaseEventKind.REPLY: frozenset({Action.ANSWER_CASE}),
    CaseEventKind.REPLY_ACCEPT: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.REPLY_RETURN: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.RECTIFICATION: frozenset({Action.ASSIGN_RECTIFICATION}),
    CaseEventKind.NOTE: frozenset({Action.HANDLE_CASE, Action.DECIDE_CASE}),
    CaseEventKind.CLOSING: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.FOLLOW_UP: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.FOLLOW_UP_HELD: frozenset({Action.CHECK_CASE}),
    CaseEventKind.FOLLOW_UP_FAILED: frozenset({Action.CHECK_CASE}),
    CaseEventKind.REOPENING: frozenset({Action.HANDLE_CASE}),
}

# What a milestone is about: the kind of matter and which one.
MatterKey = tuple[str, int | str]

# Where a further milestone of the same matter still joins; a decided case has been weighed without it.
JOINABLE = frozenset({CaseStage.OPEN, CaseStage.PROPOSED})


def may_happen(stage: CaseStage, event: CaseEventKind) -> bool:
    """Tell whether an event is possible at a stage."""
    return stage in _STEPS.get(event, {})


def stage_after(stage: CaseStage, event: CaseEventKind) -> CaseStage:
    """Return the stage after an event. Raises: ValueError when the event is not possible."""
    if not may_happen(stage, event):
        raise ValueError(f"{event} is not possible in stage {stage}")
    return _STEPS[event][stage]


def may_take(role: Role | None, event: CaseEventKind) -> bool:
    """Tell whether a role may take a step at all."""
    return any(may(role, action) for action in STEP_ACTIONS.get(event, frozenset()))


def next_steps(stage: CaseStage, role: Role | None) -> tuple[CaseEventKind, ...]:
    """Return the steps a role may take at a stage, in the order of a case's life."""
    return tuple(event for event in STEP_ACTIONS if may_happen(stage, event) and may_take(role, event))


def may_decide(role: Role | None, measure: Measure) -> bool:
    """Tell whether a role decides a measure: from a circular up a leader, milder ones the office as well."""
    if measure in LEADERS_MEASURES:
        return may(role, Action.DECIDE_CASE)
    return may_take(role, CaseEventKind.DECISION)


def matter_keys(
    milestone_id: int, kind: MilestoneKind, *, series: str | None, project_id: int | None, place_id: int
) -> frozenset[MatterKey]:
    """Return what a milestone is about; two that share a key are one matter.

    One matter are the occurrences of a duty, the dates of a project, the recognition of a place, and one
    milestone under several versions of its due date.
    """
    keys: set[MatterKey] = {("milestone", milestone_id)}
    if series:
        keys.add(("series", series))
    if project_id is not None:
        keys.add(("project", project_id))
    if kind is MilestoneKind.RECOGNITION:
        keys.add(("recognition", place_id))
    return frozenset(keys)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A milestone past its days of grace, the unit that leads it and what it is about.

    Where no unit leads it is the office's; `held_as` then is the group that the text names, if it names one.
    """

    milestone_id: int
    plan_id: int
    organization_id: int
    keys: frozenset[MatterKey]
    held_as: str = ""


@dataclass(frozen=True, slots=True)
class JoinableCase:
    """A case that takes in more, with the keys of everything it holds."""

    case_id: int
    plan_id: int
    organization_id: int
    keys: frozenset[MatterKey]


@dataclass(frozen=True, slots=True)
class Allotment:
    """Milestones that go into one case; `case_id` None: into a new one."""

    case_id: int | None
    members: tuple[Candidate, ...]


@dataclass(slots=True)
class _Docket:
    case_id: int | None
    owner: tuple[int, int]
    keys: set[MatterKey]
    members: list[Candidate]


def allot(candidates: Iterable[Candidate], joinable: Iterable[JoinableCase]) -> list[Allotment]:
    """Give each candidate to the oldest case of its unit, plan and matter, or to a new one; one matter, one case."""
    dockets = [
        _Docket(case.case_id, (case.plan_id, case.organization_id), set(case.keys), [])
        for case in sorted(joinable, key=lambda case: case.case_id)
    ]
    for candidate in candidates:
        owner = (candidate.plan_id, candidate.organization_id)
        docket = next((item for item in dockets if item.owner == owner and item.keys & candidate.keys), None)
        if docket is None:
            docket = _Docket(None, owner, set(), [])
            dockets.append(docket)
        docket.keys |= candidate.keys
        docket.members.append(candidate)
    return [Allotment(item.case_id, tuple(item.members)) for item in dockets if item.members]
