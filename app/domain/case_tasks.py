"""Who has to act next in a case, what they have to do, and until when; and what its timeline tells of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.case_replies import ReplyState
from app.domain.cases import CaseStage
from app.domain.rectifications import RectificationState


class CaseParty(StrEnum):
    """Who has to act in a case."""

    UNIT = "unit"
    OFFICE = "office"
    LEADER = "leader"
    NOBODY = "nobody"


class CaseTask(StrEnum):
    """What is to be done next in a case."""

    STATE = "state"  # put the statement that was asked for on file
    PROPOSE = "propose"
    DECIDE = "decide"
    REPLY = "reply"
    JUDGE_REPLY = "judge_reply"
    RECTIFY = "rectify"
    ACCEPT = "accept"  # a rectification that was reported done
    CLOSE = "close"
    FOLLOW_UP = "follow_up"
    NOTHING = "nothing"


class TimelineKind(StrEnum):
    """What an entry of a case's timeline is about."""

    CASE = "case"
    ALERT = "alert"
    REPORT = "report"
    DECISION = "decision"
    DUE_DATE = "due_date"
    EXTENSION = "extension"
    INSTRUCTION = "instruction"
    RECTIFICATION = "rectification"
    POSTING = "posting"


@dataclass(frozen=True, slots=True)
class NextTask:
    """The next thing to do in a case; `due_on` None: no day is set for it."""

    task: CaseTask
    party: CaseParty
    due_on: date | None = None

    def days_late(self, on: date) -> int:
        """Return days past its day."""
        return 0 if self.due_on is None else max(0, (on - self.due_on).days)


@dataclass(frozen=True, slots=True)
class CaseSituation:
    """What a case waits for: stage, the limit of a statement not yet given, replies and items with their limits."""

    stage: CaseStage
    statement_due_on: date | None = None
    leader_decides: bool = False  # the measure proposed is a leader's
    replies: tuple[tuple[ReplyState, date], ...] = ()
    items: tuple[tuple[RectificationState, date], ...] = ()
    follow_up_on: date | None = None


def next_task(case: CaseSituation) -> NextTask:
    """Return what comes next: of what has a day the earliest, and what has none after it."""
    return min(_tasks(case), key=lambda task: (task.due_on is None, task.due_on or date.max))


def _tasks(case: CaseSituation) -> Iterable[NextTask]:
    match case.stage:
        case CaseStage.OPEN | CaseStage.PROPOSED:
            if case.statement_due_on is not None:
                yield NextTask(CaseTask.STATE, CaseParty.UNIT, case.statement_due_on)
            if case.stage is CaseStage.OPEN:
                yield NextTask(CaseTask.PROPOSE, CaseParty.OFFICE)
            else:
                yield NextTask(CaseTask.DECIDE, CaseParty.LEADER if case.leader_decides else CaseParty.OFFICE)
        case CaseStage.CLOSED if case.follow_up_on is not None:
            yield NextTask(CaseTask.FOLLOW_UP, CaseParty.OFFICE, case.follow_up_on)
        case CaseStage.CLOSED:
            yield NextTask(CaseTask.NOTHING, CaseParty.NOBODY)
        case _:
            yield from _obligations(case)


def _obligations(case: CaseSituation) -> Iterable[NextTask]:
    """Yield what follows from decisions: replies, items; and closing, when neither is left."""
    found = [_REPLIES[state](due_on) for state, due_on in case.replies if state in _REPLIES]
    found += [_ITEMS[state](due_on) for state, due_on in case.items if state in _ITEMS]
    yield from found or [NextTask(CaseTask.CLOSE, CaseParty.OFFICE)]


_REPLIES = {
    ReplyState.OWED: lambda due_on: NextTask(CaseTask.REPLY, CaseParty.UNIT, due_on),
    ReplyState.GIVEN: lambda due_on: NextTask(CaseTask.JUDGE_REPLY, CaseParty.OFFICE),
}
_ITEMS = {
    RectificationState.OPEN: lambda due_on: NextTask(CaseTask.RECTIFY, CaseParty.UNIT, due_on),
    RectificationState.DONE: lambda due_on: NextTask(CaseTask.ACCEPT, CaseParty.OFFICE),
}
