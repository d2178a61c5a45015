"""The dossier of a case as a page: its steps, what is open in it, its timeline, and the forms this person may use."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request, Response

from app.core.database import Session
from app.domain.access import Action, may
from app.domain.case_replies import ReplyState, may_follow
from app.domain.case_tasks import TimelineKind
from app.domain.cases import CaseEventKind, CaseStage, may_decide, may_take
from app.domain.ladder import Rung
from app.domain.vocabulary import Measure
from app.queries import ladders, postings, rectifications
from app.queries.case_detail import CaseDetail, ReplyRow, find_case
from app.queries.case_obstacles import obstacles
from app.queries.case_timeline import MOST, timeline
from app.queries.dossiers import made_before
from app.services.errors import Message, NotFoundError, msg
from app.web.deps import Visitor
from app.web.render import render

_OF_REPLIES = (CaseEventKind.REPLY, CaseEventKind.REPLY_ACCEPT, CaseEventKind.REPLY_RETURN)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A form that comes back: what is wrong with it, what was typed, and which one it was."""

    problems: dict[str, Message]
    typed: dict[str, str]
    form: str


def clauses(rungs: tuple[Rung, ...]) -> dict[Measure, str | None]:
    """Return the clause that a ladder provides for each measure; None: the office's setting."""
    found: dict[Measure, str | None] = {}
    for rung in rungs:
        found[rung.measure] = found.get(rung.measure) or rung.clause
    return found


def dossier(
    request: Request,
    visitor: Visitor,
    session: Session,
    today: date,
    case_id: int,
    *,
    rejected: Rejected | None = None,
) -> Response:
    """Show one case whole. Raises: NotFoundError out of scope."""
    case = find_case(session, visitor.scope, case_id, role=visitor.role, today=today)
    if case is None:
        raise NotFoundError(msg("There is no such case in your scope."))
    ids = case.milestone_ids
    files = rectifications.files_of_events(session, [event.id for event in case.events], ids)
    return render(
        request,
        "cases/show.html",
        status=422 if rejected else 200,
        case=case,
        case_id=case.id,
        dossiers=made_before(session, case_id) if may(visitor.role, Action.PRINT) else None,
        today=today,
        stages=list(CaseStage),
        events={event.id: event for event in case.events},
        files=files,
        open=obstacles(session, case_id, today) if case.decided else None,
        items=rectifications.of_case(session, case_id) if case.decided else (),
        replies=[(reply, _reply_steps(visitor, case, reply)) for reply in case.replies],
        answering=postings.answering_in_case(session, case.id, case.organization_id, case.opened_on),
        may_assign=may(visitor.role, Action.ASSIGN_RECTIFICATION)
        and case.stage in (CaseStage.DECIDED, CaseStage.RECTIFYING),
        problems=rejected.problems if rejected else {},
        typed=rejected.typed if rejected else {},
        form=rejected.form if rejected else "",
        **_timeline(request, session, case_id),
        **_measures(session, visitor, case),
    )


def _timeline(request: Request, session: Session, case_id: int) -> dict[str, Any]:
    """Return the entries that the address asks for, and what it asks; words that mean nothing do not narrow."""
    asked = request.query_params.get("kind", "")
    kind = TimelineKind(asked) if asked in set(TimelineKind) else None
    oldest_first = request.query_params.get("order") == "oldest"
    entries = timeline(session, case_id, kind=kind, oldest_first=oldest_first)
    return {
        "entries": entries,
        "cut": len(entries) == MOST,
        "kinds": list(TimelineKind),
        "kind": kind,
        "oldest_first": oldest_first,
    }


def _measures(session: Session, visitor: Visitor, case: CaseDetail) -> dict[str, Any]:
    """Return what the forms of proposing and deciding offer, and whether a proposal waits for a leader."""
    proposal = case.last(CaseEventKind.PROPOSAL)
    waits = proposal is not None and proposal.measure is not None and not may_decide(visitor.role, proposal.measure)
    steps = [step for step in case.next_steps if step not in _OF_REPLIES]
    return {
        "proposal": proposal,
        "steps": [step.value for step in steps if step is not CaseEventKind.DECISION or not waits],
        "waits_for_leader": waits and CaseEventKind.DECISION in case.next_steps and case.stage is CaseStage.PROPOSED,
        "measures": list(Measure),
        "deciding": [measure for measure in Measure if may_decide(visitor.role, measure)],
        "clauses": clauses(ladders.rungs(session, case.plan_id)),
    }


def _reply_steps(visitor: Visitor, case: CaseDetail, reply: ReplyRow) -> list[str]:
    """Return what this person may do about a reply; who answers for the unit does not judge."""
    if case.stage is CaseStage.CLOSED or reply.state is ReplyState.ACCEPTED:
        return []
    return [kind.value for kind in _OF_REPLIES if may_follow(reply.state, kind) and may_take(visitor.role, kind)]
