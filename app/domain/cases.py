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

# What a person needs to be granted for a step; any one suffices. Steps that are missing are the scheduler's.
STEP_ACTIONS: dict[CaseEventKind, frozenset[Action]] = {
    CaseEventKind.STATEMENT: frozenset({Action.STATE_CASE}),
    CaseEventKind.PROPOSAL: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.DECISION: frozenset({Action.HANDLE_CASE, Action.DECIDE_CASE}),
    CaseEventKind.NOTE: frozenset({Action.HANDLE_CASE, Action.DECIDE_CASE}),
    CaseEventKind.CLOSING: frozenset({Action.HANDLE_CASE}),
    CaseEventKind.REOPENING: frozenset({Action.HANDLE_CASE}),
}

# What a milestone is about: the kind of matter and which one.
MatterKey = tuple[str, int | str]

# Where a further milestone of the same matter still joins; a decided case has been weighed without it.
JOINABLE = frozenset({CaseStage.OPEN, CaseStage.PROPOSED})


def may_happen(stage: CaseStage, event: CaseEventKind) -> bool:
    """Tell whether an event is possible at a stage."""
    return event in _STEPS and stage in _STEPS[event][0]


def stage_after(stage: CaseStage, event: CaseEventKind) -> CaseStage:
    """Return the stage after an event. Raises: ValueError when the event is not possible."""
    if not may_happen(stage, event):
        raise ValueError(f"{event} is not possible in stage {stage}")
    return _STEPS[event][1] or stage


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
