"""Add a decision on a milestone with its files; what each step asks for is said in closings, history and milestones."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from app.domain.access import Actor
from app.models import MilestoneDecision
from app.services import evidence
from app.services.evidence import StoredUpload
from app.services.reports import author_of
from app.services.standing_changes import MilestoneFact

_TOLD = (
    "report_id",
    "reached_on",
    "note",
    "checks",
    "notice_until_on",
    "calendar_version",
    "document_number",
    "batch_id",
)


def append(
    session: Session,
    actor: Actor,
    decision: MilestoneDecision,
    plan_id: int,
    files: Sequence[StoredUpload] = (),
    **more: Any,
) -> MilestoneFact:
    """Add a decision and the files that back it; return what the trail is to tell, for `standing_changes.record`."""
    return append_all(session, actor, [(decision, plan_id)], files, **more)[0]


def append_all(
    session: Session,
    actor: Actor,
    decisions: Sequence[tuple[MilestoneDecision, int]],
    files: Sequence[StoredUpload] = (),
    **more: Any,
) -> list[MilestoneFact]:
    """Add decisions, each with its plan's id, in two statements however many; the same files back each of them."""
    session.add_all(decision for decision, _ in decisions)
    session.flush()
    added = []
    for decision, plan_id in decisions:
        digests = evidence.attach(
            session,
            author_of(actor),
            list(files),
            milestone_id=decision.milestone_id,
            decision_id=decision.id,
            now=decision.recorded_at,
        )
        detail = {"decision": decision.id, "evidence": digests}
        detail |= {name: value for name in _TOLD if (value := getattr(decision, name)) not in (None, "")}
        fact = MilestoneFact(f"milestones:{decision.kind}", decision.milestone_id, plan_id, detail | more)
        added.append(fact)
    return added
