"""The office of the invented plan at its desk: it amends the plan, corrects it, reports, and lets the alerts run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import write_session
from app.core.files import project_dir
from app.domain.access import Actor, Scope
from app.domain.vocabulary import ChangeSubject, Precision, RevisionCause, Role
from app.models import Account, Alert, AmendmentDraft, Indicator, Milestone, MilestoneStanding, Obligation, Target
from app.services import alerts, amendments, plans, standards
from app.services.amendments import AmendmentInput
from app.services.plan_context import PlanContext
from app.services.plan_edits import plan_in_keeping
from app.services.plan_files import DuePart, MilestonePart, Part, ProjectPart
from app.services.plan_milestone_parts import milestone_parts
from app.services.plan_parts import stored_parts
from app.services.revisions import RevisionFinding, RevisionInput, revise
from tests.support.facts import SYSTEM, Office, add_report, noon
from tests.support.laid import laid
from tests.support.plan_files import SCHOOL, plan_of

NOW = noon("2026-11-22")
DOCUMENT = AmendmentInput("关于调整试验方案时间表的通知", "试政办〔2026〕8号", date(2026, 11, 1), "学校建设推迟")


@dataclass(frozen=True)
class Desk:
    """An office, its plan, and a session that stays open."""

    session: Session
    actor: Actor
    context: PlanContext

    @property
    def plan_id(self) -> int:
        return self.context.plan_id

    @property
    def office(self) -> Office:
        return Office(self.plan_id, self.context.plan.place_id, 0, 0, self.actor.account_id or 0)

    def stored(self, key: str) -> MilestonePart:
        return milestone_parts(self.session, self.context, [key])[key]

    def id_of(self, key: str) -> int:
        query = sa.select(col(Milestone.id)).where(col(Milestone.key) == key)
        found: int = self.session.execute(query).scalar_one()
        return found

    def standing(self, key: str) -> MilestoneStanding:
        return self.session.get_one(MilestoneStanding, self.id_of(key), populate_existing=True)

    def alerts(self, key: str) -> list[tuple[int, date]]:
        """Return the alerts of a milestone as (version of the due date, the date)."""
        query = sa.select(col(Alert.due_version), col(Alert.effective_due_on)).order_by(col(Alert.id))
        rows = self.session.execute(query.where(col(Alert.milestone_id) == self.id_of(key)))
        return [(version, due_on) for version, due_on in rows]

    def reasons(self, key: str) -> list[str]:
        """Return what the alerts of a milestone say, in the order raised."""
        query = sa.select(col(Alert.reason)).where(col(Alert.milestone_id) == self.id_of(key)).order_by(col(Alert.id))
        return list(self.session.scalars(query))

    def scan(self, now: datetime) -> int:
        """Raise what is due on the day and return how many alerts that are."""
        day = local_day(now)
        ids = self.session.scalars(sa.select(col(Obligation.milestone_id)).where(col(Obligation.fire_on) <= day)).all()
        return alerts.raise_due(self.session, SYSTEM, sorted(ids), on=day, now=now)

    def report(self, key: str, at: datetime = NOW, **given: Any) -> int:
        """Record a report; `values` by indicator code, of the targets for all school stages that are in force."""
        query = (
            sa.select(col(Indicator.code), col(Target.id))
            .join(Target)
            .where(col(Target.milestone_id) == self.id_of(key), col(Target.stage).is_(None))
            .where(col(Target.retired_by_id).is_(None))
        )
        ids = {code: target_id for code, target_id in self.session.execute(query)}
        values = {ids[code]: value for code, value in given.pop("values", {}).items()}
        return add_report(self.session, self.office, self.id_of(key), at, values=values, **given)

    def revise(
        self, key: str, part: Part | None, cause: RevisionCause = RevisionCause.EDIT, *, now: datetime = NOW
    ) -> RevisionFinding:
        given = RevisionInput(cause, "更正", reason="原录入有误")
        return revise(self.session, self.actor, self.context, {(ChangeSubject.MILESTONE, key): part}, given, now=now)

    def correct(self, key: str, **changes: Any) -> RevisionFinding:
        return self.revise(key, self.stored(key).model_copy(update=changes))

    def revise_project(self, key: str, part: ProjectPart | None, *, now: datetime = NOW) -> RevisionFinding:
        given = RevisionInput(RevisionCause.EDIT, "更正", reason="原录入有误")
        return revise(self.session, self.actor, self.context, {(ChangeSubject.PROJECT, key): part}, given, now=now)

    def draft(self, given: AmendmentInput = DOCUMENT, *, now: datetime = NOW) -> AmendmentDraft:
        return amendments.start_amendment(self.session, self.actor, self.plan_id, given, now=now)

    def put(self, draft: AmendmentDraft, key: str, *, now: datetime = NOW, **changes: Any) -> None:
        """Change one milestone in a draft."""
        part = amendments.drafted_part(self.session, self.context, draft, key)
        assert part is not None
        self.put_part(draft, part.model_copy(update=changes), new=False, now=now)

    def put_part(self, draft: AmendmentDraft, part: MilestonePart, *, new: bool = True, now: datetime = NOW) -> None:
        amendments.draft_change(self.session, self.actor, draft.id or 0, part.key, part, new=new, now=now)

    def withdraw(self, draft: AmendmentDraft, key: str) -> None:
        amendments.draft_change(self.session, self.actor, draft.id or 0, key, None, new=False, now=NOW)

    def mark(self, draft: AmendmentDraft) -> str:
        return amendments.mark_of(draft, amendments.preview(self.session, self.context, draft))

    def enact(self, draft: AmendmentDraft, *, now: datetime = NOW) -> RevisionFinding:
        seen = self.mark(draft)
        return amendments.enact_amendment(self.session, self.actor, draft.id or 0, seen=seen, now=now)

    def amend(
        self, key: str, given: AmendmentInput = DOCUMENT, *, now: datetime = NOW, **changes: Any
    ) -> RevisionFinding:
        """Change one milestone by a document, at once."""
        draft = self.draft(given, now=now)
        self.put(draft, key, now=now, **changes)
        return self.enact(draft, now=now)

    def texts(self) -> dict[Any, Part]:
        return stored_parts(self.session, self.context)


def school(**changes: Any) -> ProjectPart:
    """Return the project of the invented plan, or one like it."""
    return ProjectPart(**{**SCHOOL, **changes})


def due(on: str, phrase: str | None = None, **more: Any) -> DuePart:
    """Return a due date to the day."""
    day = date.fromisoformat(on)
    return DuePart(phrase=phrase or f"{on}前", on=day, precision=Precision.DAY, **more)


def document(number: int) -> AmendmentInput:
    """Return one of several amending documents."""
    return AmendmentInput(f"第{number}次调整", f"试政办〔2026〕{number}号", date(2026, 11, 1), "再次调整")


def task(**changes: Any) -> MilestonePart:
    """Return a milestone that the invented plan does not have."""
    values = {
        "key": "new-task",
        "kind": "task",
        "title": "编制建设计划",
        "clause": "三(三)",
        "place": "试验州",
        "due": {"phrase": "2027年底前", "on": "2027-12-31", "precision": "year"},
        "responsible": ["州教育局"],
    }
    return MilestonePart.model_validate(values | changes)


@contextmanager
def desk_of(engine: Engine) -> Iterator[Desk]:
    """Load the invented plan and sit down at its desk; everything is committed at the end."""
    plan_id, account_id = laid(engine, lay_desk)
    with write_session(engine) as session:
        actor = Actor(account_id, "张敏", Role.OFFICE, Scope(plan_id))
        yield Desk(session, actor, plan_in_keeping(session, actor, plan_id))


def lay_desk(engine: Engine) -> tuple[int, int]:
    """Load the plan, open the office's account and return the ids of both."""
    with write_session(engine) as session:
        standards.load_standard(session, project_dir("seeds") / "standards" / "national.yaml")
        given = RevisionInput(RevisionCause.LOAD, "试验方案")
        plan_id = plans.write_file(session, SYSTEM, plan_of(), "0" * 64, given=given, now=NOW).plan_id
        account = Account(
            name="office", display_name="张敏", role=Role.OFFICE, plan_id=plan_id, password_hash="none", created_at=NOW
        )
        session.add(account)
        session.flush()
        return plan_id, account.id or 0
