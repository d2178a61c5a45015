"""A random but legal life of a small plan: units report, the office verifies, a leader decides, alerts fire."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Actor, Scope
from app.domain.closings import TICKED
from app.domain.quarters import Quarter
from app.domain.reports import WAITING, ReportStep
from app.domain.schedules import open_quarters
from app.domain.vocabulary import (
    DecisionKind,
    ExtensionStepKind,
    Measure,
    OrganizationKind,
    Role,
    RungTrigger,
    Standing,
    UnitRole,
)
from app.models import (
    Account,
    ExtensionRequest,
    Instruction,
    LadderRung,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    MilestoneUnit,
    Obligation,
    Organization,
    ReportReview,
    Target,
)
from app.services import (
    alerts,
    closings,
    days,
    extensions,
    history,
    instructions,
    milestones,
    reports,
    reviews,
    schedules,
    standing_changes,
)
from app.services.closings import VerificationInput
from app.services.errors import InputError, RefusedError
from app.services.evidence import StoredUpload
from app.services.extensions import RequestInput, StepInput
from app.services.instructions import InstructionInput
from app.services.milestones import DecisionInput
from app.services.reports import ReportInput
from tests.support.facts import SYSTEM, Office, add_milestone, add_target, day, noon, office

PROOF = StoredUpload("证明.pdf", "application/pdf", 9, "0" * 64)
BATCH = 20
FIRST_DAY = day("2026-01-05")
Ledger = dict[int, tuple[Any, ...]]


@dataclass
class Walk:
    """Who acts in which plan, and what has been done so far; `now` moves on with the walk."""

    session: Session
    chance: Random
    of: Office
    people: dict[str, Actor]
    ids: list[int]
    now: datetime = field(default_factory=lambda: noon(FIRST_DAY))
    done: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    ledgers: dict[date, Ledger] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The walk's day."""
        return local_day(self.now)

    def go(self, actions: int) -> None:
        """Act until so many actions were legal and done; each is a savepoint, as what is refused leaves nothing."""
        wanted = self.done.total() + actions
        while self.done.total() < wanted:
            step = self.chance.choices(_STEPS, _WEIGHTS)[0]
            try:
                with self.session.begin_nested():
                    self.done[step.__name__] += step(self)
            except (RefusedError, InputError):
                self.refused += 1
            self.now += timedelta(seconds=61)
            if self.chance.random() < 0.04:
                self.pass_days()

    def pass_days(self) -> None:
        """End the day, of which the ledger is kept now and then, and begin a later one."""
        if len(self.ledgers) < 12 and self.chance.random() < 0.2:
            self.ledgers[self.today] = stored_ledger(self.session)
        self.now = noon(self.today + timedelta(days=self.chance.randint(1, 9)))
        days.begin(self.session, self.now)

    def some(self, *standings: Standing, most: int = 1) -> list[int]:
        """Return random milestones in one of the standings, at most so many."""
        query = sa.select(col(MilestoneStanding.milestone_id)).where(col(MilestoneStanding.standing).in_(standings))
        found = sorted(self.session.scalars(query))
        return self.chance.sample(found, min(most, len(found)))

    def unit_of(self, milestone_id: int) -> Actor:
        """Return the account of one of a milestone's units."""
        query = sa.select(col(MilestoneUnit.organization_id)).where(col(MilestoneUnit.milestone_id) == milestone_id)
        unit = self.chance.choice(sorted(self.session.scalars(query)))
        return next(actor for actor in self.people.values() if actor.scope.organization_id == unit)


def stored_ledger(session: Session) -> Ledger:
    """Return the projection: by milestone its standing, the day since which it holds, dates and progress."""
    row = MilestoneStanding
    columns = (row.standing, row.since, row.effective_due_on, row.due_version, row.timeliness, row.clock_stopped_on)
    more = (row.progress_pct, row.claim_pending, row.original_due_on, row.original_timeliness, row.reported_on)
    query = sa.select(col(row.milestone_id), *(col(column) for column in (*columns, *more)))
    return {milestone_id: tuple(values) for milestone_id, *values in session.execute(query)}


def begin(session: Session, seed: int, milestones_count: int = 120) -> Walk:
    """Lay a plan of running, historical and group milestones with its people, and begin the first day."""
    of = office(session)
    rung: dict[str, Any] = {"trigger": RungTrigger.REGRESSION, "offset_days": 0, "measure": Measure.SUPERVISION_NOTICE}
    session.add(LadderRung(plan_id=of.plan_id, key="slid", **rung))
    units = [_unit(session, of, number) for number in range(3)]
    scope = Scope(of.plan_id)
    people = {
        "office": _actor(session, of, Role.OFFICE, "office", scope),
        "second": _actor(session, of, Role.OFFICE, "second", scope),
        "leader": _actor(session, of, Role.LEADER, "leader", scope),
        "inspector": _actor(session, of, Role.INSPECTOR, "inspector", scope),
    }
    for unit in units:
        people[f"unit{unit}"] = _actor(session, of, Role.UNIT, f"unit{unit}", Scope(of.plan_id, unit))
    chance = Random(seed)
    ids = [_milestone(session, of, units, chance, number) for number in range(milestones_count)]
    walk = Walk(session, chance, of, people, ids)
    session.flush()
    days.begin(session, walk.now)
    return walk


def _unit(session: Session, of: Office, number: int) -> int:
    unit = Organization(
        name=f"某县{number}人民政府{of.plan_id}",
        short_name=f"某县{number}",
        kind=OrganizationKind.GOVERNMENT,
        place_id=of.place_id,
        sort_key=str(number),
    )
    session.add(unit)
    session.flush()
    return unit.id or 0


def _actor(session: Session, of: Office, role: Role, name: str, scope: Scope) -> Actor:
    account = Account(
        name=f"{name}-walks-{of.plan_id}",
        display_name=name,
        role=role,
        password_hash="none",
        created_at=noon(FIRST_DAY),
    )
    session.add(account)
    session.flush()
    return Actor(account.id, name, role, scope)


def _milestone(session: Session, of: Office, units: list[int], chance: Random, number: int) -> int:
    history_long = number % 6 == 0
    start = day("2023-01-01") if history_long else FIRST_DAY - timedelta(days=chance.randint(0, 200))
    length = chance.randint(60, 500)
    due = min(start + timedelta(days=length), day("2024-12-31")) if history_long else FIRST_DAY + timedelta(days=length)
    milestone_id = add_milestone(session, of, start, due)
    if number % 2:
        add_target(session, of, milestone_id, "95")
    named = units[:2] if number % 5 == 0 else [chance.choice(units)]
    for position, unit in enumerate(named):
        session.add(
            MilestoneUnit(
                milestone_id=milestone_id,
                role=UnitRole.RESPONSIBLE,
                organization_id=unit,
                named_as="各县" if len(named) > 1 else "某县",
                position=position,
                leads=len(named) == 1,
            )
        )
    return milestone_id


def _report(walk: Walk, milestone_id: int) -> ReportInput:
    query = sa.select(col(Target.id)).where(col(Target.milestone_id) == milestone_id)
    targets = [key for key in walk.session.scalars(query) if key]
    claims = walk.chance.random() < 0.4
    value = Decimal(walk.chance.choice((90, 96, 97, 98)))
    return ReportInput(
        reported_on=walk.today - timedelta(days=walk.chance.randint(0, 5)),
        share_pct=Decimal(walk.chance.randint(0, 100)) if walk.chance.random() < 0.8 else None,
        summary=f"进展{walk.now:%m%d%H%M%S}",
        claims_completion=claims,
        reached_on=walk.today - timedelta(days=walk.chance.randint(0, 30)) if claims else None,
        values={key: value for key in targets if walk.chance.random() < 0.7},
        doubted=frozenset(targets),
    )


def report_together(walk: Walk) -> int:
    """Units hand in what they owe, many at once."""
    added = []
    for milestone_id in walk.chance.sample(walk.ids, BATCH):
        try:
            given = _report(walk, milestone_id)
            _, fact = reports.append(
                walk.session, walk.unit_of(milestone_id), milestone_id, given, [PROOF], now=walk.now
            )
        except (RefusedError, InputError):
            continue
        added.append(fact)
    standing_changes.record(walk.session, walk.people["office"], added, now=walk.now)
    return len(added)


def report_as_office(walk: Walk) -> int:
    """The office reports itself, which speaks for the whole."""
    milestone_id = walk.chance.choice(walk.ids)
    given = _report(walk, milestone_id)
    reports.submit(walk.session, walk.people["second"], milestone_id, given, [PROOF], now=walk.now)
    return 1


def _waiting(walk: Walk, most: int) -> list[int]:
    query = sa.select(col(ReportReview.report_id)).where(col(ReportReview.state).in_(WAITING))
    found = sorted(walk.session.scalars(query))
    return walk.chance.sample(found, min(most, len(found)))


def accept_together(walk: Walk) -> int:
    """The office accepts what waits."""
    ids = _waiting(walk, BATCH)
    return reviews.accept_many(walk.session, walk.people["office"], ids, "采信", now=walk.now)


def return_one(walk: Walk) -> int:
    """The office sends a report back."""
    for report_id in _waiting(walk, 1):
        reviews.review(walk.session, walk.people["office"], report_id, ReportStep.RETURN, "数据不符", [], now=walk.now)
        return 1
    return 0


def close(walk: Walk) -> int:
    """The office verifies a claim and closes; a leader first waives the targets now and then."""
    query = sa.select(col(MilestoneStanding.milestone_id)).where(col(MilestoneStanding.claim_pending))
    found = sorted(walk.session.scalars(query))
    if not found:
        return 0
    milestone_id = walk.chance.choice(found)
    closed = 0
    if walk.chance.random() < 0.5:
        leader = walk.people["leader"]
        closings.waive_targets(walk.session, leader, milestone_id, reason="同意", document_number="", now=walk.now)
        closed += 1
    given = VerificationInput(frozenset(TICKED), "核验通过")
    closings.close_out(walk.session, walk.people["office"], milestone_id, given, [], now=walk.now)
    return closed + 1


def put_on_notice(walk: Walk) -> int:
    """The office publishes a claim before it closes."""
    for milestone_id in walk.some(Standing.AWAITING_VERIFICATION):
        given = VerificationInput(frozenset(TICKED), "公示")
        closings.start_notice(walk.session, walk.people["office"], milestone_id, given, [], now=walk.now)
        return 1
    return 0


def decide(walk: Walk) -> int:
    """Reopen, recheck or withdraw."""
    kind = walk.chance.choice((DecisionKind.REOPEN, DecisionKind.RECHECK_FAILED, DecisionKind.RECHECK_PASSED))
    if walk.chance.random() < 0.05:
        kind = DecisionKind.WITHDRAW
    actor = walk.people["inspector" if kind.value.startswith("recheck") else "office"]
    for milestone_id in walk.some(Standing.CLOSED, Standing.REGRESSED, Standing.WITHDRAWN):
        milestones.decide(walk.session, actor, milestone_id, DecisionInput(kind, "复查"), now=walk.now)
        return 1
    return 0


def ask_for_extension(walk: Walk) -> int:
    """A unit asks for more time."""
    for milestone_id in walk.some(Standing.ON_TRACK, Standing.DUE_SOON, Standing.BEHIND, Standing.OVERDUE):
        stored = walk.session.get_one(MilestoneStanding, milestone_id, populate_existing=True)
        proposed = max(stored.effective_due_on, walk.today) + timedelta(days=walk.chance.randint(1, 90))
        given = RequestInput(proposed, "工期顺延", "汛期影响")
        extensions.ask(walk.session, walk.unit_of(milestone_id), milestone_id, given, [], now=walk.now)
        return 1
    return 0


def answer_extension(walk: Walk) -> int:
    """The office advises, a leader decides, a wrong grant is corrected."""
    requests = walk.session.scalars(sa.select(ExtensionRequest).order_by(col(ExtensionRequest.id))).all()
    if not requests:
        return 0
    request = walk.chance.choice(requests[-8:])
    assert request.id is not None
    kind = walk.chance.choice(list(ExtensionStepKind))
    due_on = request.proposed_due_on + timedelta(days=walk.chance.randint(0, 20))
    dated = due_on if kind in (ExtensionStepKind.GRANT, ExtensionStepKind.CORRECT) else None
    given = StepInput(kind, "意见", walk.chance.random() < 0.7, dated, "试政办函〔2026〕1号")
    steps: dict[ExtensionStepKind, tuple[Callable[..., Any], Actor]] = {
        ExtensionStepKind.OPINION: (extensions.advise, walk.people["office"]),
        ExtensionStepKind.GRANT: (extensions.decide, walk.people["leader"]),
        ExtensionStepKind.REFUSE: (extensions.decide, walk.people["leader"]),
        ExtensionStepKind.WITHDRAW: (extensions.withdraw, walk.unit_of(request.milestone_id)),
        ExtensionStepKind.CORRECT: (extensions.correct, walk.people["leader"]),
    }
    step, actor = steps[kind]
    step(walk.session, actor, request.id, given, now=walk.now)
    return 1


def instruct(walk: Walk) -> int:
    """A leader writes on a milestone; what was written before is answered and settled."""
    row = walk.session.scalars(sa.select(Instruction).order_by(col(Instruction.id).desc()).limit(1)).first()
    if row is not None and row.id and walk.chance.random() < 0.6:
        unit = next(item for item in walk.people.values() if item.scope.organization_id == row.organization_id)
        instructions.reply(walk.session, unit, row.id, text="已办", files=[], now=walk.now)
        instructions.settle(walk.session, walk.people["leader"], row.id, text="可", files=[], now=walk.now)
        return 2
    milestone_id = walk.chance.choice(walk.ids)
    unit_id = walk.unit_of(milestone_id).scope.organization_id or 0
    given = InstructionInput(unit_id, f"抓紧{walk.now:%H%M%S}", walk.today, walk.today + timedelta(days=7))
    instructions.issue(walk.session, walk.people["leader"], milestone_id, given, [], now=walk.now)
    return 1


def reschedule(walk: Walk) -> int:
    """The office sets a schedule of its own."""
    for milestone_id in walk.some(Standing.ON_TRACK, Standing.BEHIND, Standing.DUE_SOON):
        stored = walk.session.get_one(MilestoneStanding, milestone_id, populate_existing=True)
        start_on = walk.session.get_one(Milestone, milestone_id).start_on
        quarters = open_quarters(start_on, stored.effective_due_on)
        shares = sorted(walk.chance.randint(0, 100) for _ in quarters)
        given: dict[Quarter, Decimal] = dict(zip(quarters, map(Decimal, shares), strict=True))
        schedules.set_schedule(walk.session, walk.people["office"], milestone_id, given, reason="按工期", now=walk.now)
        return 1
    return 0


def tell_history(walk: Walk) -> int:
    """The office says what became of milestones of before, or takes back what it said."""
    actor = walk.people["office"]
    if walk.chance.random() < 0.4:
        query = sa.select(col(MilestoneDecision.batch_id)).where(col(MilestoneDecision.batch_id).is_not(None))
        if batches := sorted({batch for batch in walk.session.scalars(query) if batch}):
            return history.take_back(walk.session, actor, walk.chance.choice(batches), now=walk.now)
    ids = walk.some(Standing.UNCONFIRMED, most=5)
    if walk.chance.random() < 0.5:
        return history.take_up(walk.session, actor, ids, note="未完成", now=walk.now).count
    return history.confirm(walk.session, actor, ids, reached_on=None, note="验收报告", files=[], now=walk.now).count


def scan(walk: Walk) -> int:
    """The scheduler raises what is due."""
    query = sa.select(col(Obligation.milestone_id)).where(col(Obligation.fire_on) <= walk.today)
    return alerts.raise_due(walk.session, SYSTEM, sorted(walk.session.scalars(query)), on=walk.today, now=walk.now)


_WEIGHTED: tuple[tuple[Callable[[Walk], int], int], ...] = (
    (report_together, 10),
    (report_as_office, 2),
    (accept_together, 6),
    (return_one, 4),
    (close, 12),
    (put_on_notice, 1),
    (decide, 8),
    (ask_for_extension, 6),
    (answer_extension, 12),
    (instruct, 3),
    (reschedule, 4),
    (tell_history, 4),
    (scan, 3),
)
_STEPS = [step for step, _ in _WEIGHTED]
_WEIGHTS = [weight for _, weight in _WEIGHTED]
