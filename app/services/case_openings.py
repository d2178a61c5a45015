"""Open accountability cases, one for a unit and a matter: overdue beyond grace, or by a rung that says so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from app.core.clock import day_end, local_day
from app.domain.access import Actor
from app.domain.alert_words import chinese_date, late_originally, progress
from app.domain.cases import Allotment, CaseEventKind, CaseStage, allot
from app.domain.ladder import opens_case
from app.domain.standing import StandingFinding, judge
from app.domain.vocabulary import Standing
from app.models import AccountabilityCase, CaseEvent, CaseMilestone
from app.queries import facts, scans
from app.services import audit
from app.services.turns import take_turn

_CASES = AccountabilityCase.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_MEMBERS = CaseMilestone.__table__  # type: ignore[attr-defined]
_EVENTS = CaseEvent.__table__  # type: ignore[attr-defined]
_NAMED = 12  # milestones that an opening names one by one: its text holds 4000 characters


def open_due(session: Session, actor: Actor, milestone_ids: Sequence[int], *, on: date, now: datetime) -> int:
    """Open a case for each of the milestones (at most facts.CHUNK) past grace, or let it join; return cases opened."""
    take_turn(session)
    past = _past_grace(session, milestone_ids, on, day_end(on) if on < local_day(now) else None)
    graces = scans.graces(session)
    because = {plan_id: f"下列事项逾期超过{days}天宽限期（办公室设定）" for plan_id, days in graces.items()}
    return _open(session, actor, past, because, on, now)


def open_fired(session: Session, actor: Actor, found: dict[int, StandingFinding], *, on: date, now: datetime) -> int:
    """Open a case for milestones whose rung opens one and has just fired, or let them join; return cases opened."""
    held = scans.held_in_cases(session, list(found))
    new = {
        milestone_id: finding
        for milestone_id, finding in found.items()
        if (milestone_id, finding.due_version, _occasion(finding)) not in held
    }
    because = dict.fromkeys(scans.graces(session), "下列事项达到方案阶梯中立案的条件")
    return _open(session, actor, new, because, on, now)


def _open(
    session: Session,
    actor: Actor,
    found: dict[int, StandingFinding],
    because: dict[int, str],
    on: date,
    now: datetime,
) -> int:
    """Give each milestone its case; `because` says by plan which rule they met."""
    members = scans.candidates(session, list(found))
    if not members:
        return 0
    allotments = allot(members, scans.joinable_cases(session, members))
    opened = _open_new(session, [item for item in allotments if item.case_id is None], on, now)
    joined = [item for item in allotments if item.case_id is not None]
    _fill(session, joined, CaseEventKind.JOINED, found, because, on, now)
    _fill(session, list(opened.values()), CaseEventKind.OPENED, found, because, on, now)
    audit.record_all(session, actor, _writes(allotments, opened, on), now=now)
    return len(opened)


def _occasion(finding: StandingFinding) -> int:
    """Return which regression a milestone is held for; 0: none, its due date."""
    return finding.occasion if finding.standing is Standing.REGRESSED else 0


def _writes(allotments: Sequence[Allotment], opened: dict[str, Allotment], on: date) -> list[audit.Write]:
    """Return one entry for each plan: the cases opened in it with their milestones, and those that others joined."""
    details: dict[int, dict[str, dict[str, list[int]]]] = {}
    joined = {str(item.case_id): item for item in allotments if item.case_id is not None}
    for name, items in (("opened", opened), ("joined", joined)):
        for number, item in items.items():
            plan = details.setdefault(item.members[0].plan_id, {"opened": {}, "joined": {}})
            plan[name][number] = [member.milestone_id for member in item.members]
    return [audit.Write("cases:open", f"scans/{on}", plan_id, detail) for plan_id, detail in sorted(details.items())]


def _past_grace(
    session: Session, ids: Sequence[int], on: date, known_until: datetime | None
) -> dict[int, StandingFinding]:
    """Judge again and return the findings of those that are past grace and in no case."""
    policies, graces, held = facts.policies(session), scans.graces(session), scans.held_in_cases(session, ids)
    found: dict[int, StandingFinding] = {}
    for item in facts.gather(session, ids, known_until):
        finding = judge(item.facts, on, policies[item.plan_id])
        if (item.milestone_id, finding.due_version, 0) not in held and opens_case(
            finding.standing, finding.days_late(on), graces[item.plan_id]
        ):
            found[item.milestone_id] = finding
    return found


def _open_new(session: Session, allotments: Sequence[Allotment], on: date, now: datetime) -> dict[str, Allotment]:
    """Add the new cases under the next free numbers of their plans; return the allotments with their cases' ids."""
    numbers = scans.numberings(session, {item.members[0].plan_id for item in allotments}, on.year)
    taken = Counter({plan_id: numbering.taken for plan_id, numbering in numbers.items()})
    numbered: dict[str, Allotment] = {}
    for allotment in allotments:
        plan_id = allotment.members[0].plan_id
        taken[plan_id] += 1
        numbered[f"{numbers[plan_id].slug}-{on.year}-{taken[plan_id]:03}"] = allotment
    rows = [
        {
            "number": number,
            "plan_id": item.members[0].plan_id,
            "organization_id": item.members[0].organization_id,
            "held_as": item.members[0].held_as,
            "opened_on": on,
            "opened_at": now,
            "stage": CaseStage.OPEN,
        }
        for number, item in numbered.items()
    ]
    if not rows:
        return {}
    insert = sa.insert(_CASES).returning(_CASES.c.number, _CASES.c.id)
    ids = {number: case_id for number, case_id in session.connection().execute(insert, rows)}
    return {number: replace(item, case_id=ids[number]) for number, item in numbered.items()}


def _fill(
    session: Session,
    allotments: Sequence[Allotment],
    kind: CaseEventKind,
    past: dict[int, StandingFinding],
    because: dict[int, str],
    on: date,
    now: datetime,
) -> None:
    """Bring the milestones into their cases and say in each case what happened."""
    if not allotments:
        return
    wordings = scans.wordings(session, list(past))
    members = [
        {
            "case_id": item.case_id,
            "milestone_id": member.milestone_id,
            "due_version": past[member.milestone_id].due_version,
            "occasion": _occasion(past[member.milestone_id]),
            "effective_due_on": past[member.milestone_id].effective_due_on,
            "joined_on": on,
        }
        for item in allotments
        for member in item.members
    ]
    events = [
        {
            "case_id": item.case_id,
            "kind": kind,
            "text": _explanation(item, kind, past, wordings, because[item.members[0].plan_id], on),
            "recorded_at": now,
        }
        for item in allotments
    ]
    session.connection().execute(sa.insert(_MEMBERS), members)
    session.connection().execute(sa.insert(_EVENTS), events)


def _explanation(
    allotment: Allotment,
    kind: CaseEventKind,
    past: dict[int, StandingFinding],
    wordings: dict[int, scans.Wording],
    because: str,
    on: date,
) -> str:
    """Say in Chinese which milestones brought the case about, and by which rule."""
    lines = [
        _line(past[member.milestone_id], wordings[member.milestone_id], on) for member in allotment.members[:_NAMED]
    ]
    if len(allotment.members) > _NAMED:
        lines.append(f"等共{len(allotment.members)}项")
    step = "系统据此立案" if kind is CaseEventKind.OPENED else "同一事项，系统据此并入本案"
    return f"截至{chinese_date(on)}，{because}，{step}：{'；'.join(lines)}。"


def _line(finding: StandingFinding, wording: scans.Wording, on: date) -> str:
    original = (
        f"，原定{chinese_date(wording.original_due_on)}" if wording.original_due_on != finding.effective_due_on else ""
    )
    due = f"时限“{wording.due_phrase}”，现行时限{chinese_date(finding.effective_due_on)}{original}"
    if finding.standing is Standing.REGRESSED:
        slid = f"{chinese_date(finding.since)}认定滑坡（第{finding.occasion}次）"
        return f"{wording.title}（{due}，{slid}，{progress(finding.progress_pct)}）"
    late = f"逾期{finding.days_late(on)}天{late_originally(finding, wording.original_due_on, on)}"
    return f"{wording.title}（{due}，{late}，{progress(finding.progress_pct)}）"
