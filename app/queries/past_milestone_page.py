"""One milestone's page as of a past day: what was on file by its end, in the words of the record then."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.vocabulary import ChangeSubject
from app.models import Milestone, MilestoneGovernor, Project, Stage
from app.queries.measurements import latest_values
from app.queries.milestone_page import MilestonePage, RelatedMilestone, TargetRow, show_milestone
from app.queries.past_milestones import PastMilestone, milestones_on
from app.queries.past_plan_page import plan_then
from app.queries.past_plans import Record, record_of
from app.queries.past_targets import PastTarget, targets_on

Row = TypeVar("Row")
_COLUMNS = (
    *("series", "kind", "title", "detail", "note", "clause", "units_clause", "project_id", "start_on"),
    *("due_phrase", "due_precision", "alternative_due_on", "recurrence"),
)


def show_milestone_on(session: Session, scope: Scope, milestone_id: int, on: date) -> MilestonePage | None:
    """Return one milestone as of the end of a past day; None when it was not on record, or lies or lay out of scope."""
    now = show_milestone(session, scope, milestone_id, on)
    if now is None:
        return None
    record = record_of(session, on, scope, now.milestone.plan_id)
    then = milestones_on(record, [milestone_id]).get(milestone_id)
    if then is None or now.milestone.plan_id not in record.in_force or not then.shown_to(record.readers):
        return None
    page = _trimmed(now, record.until)
    targets = _targets(record, then, page)
    in_force, measured = {item.id for item in targets}, {key for row in page.reports for key, _ in row.values}
    needs = (then.part or {}).get("needs")
    return replace(
        page,
        units=then.units,
        targets=targets,
        former_targets=tuple(item for item in page.targets + page.former_targets if item.id in measured - in_force),
        related=_related(record, then) if now.related else (),
        needs=page.needs if then.part is None or needs else (),
        facts=then.facts,
        policy=record.plans[then.plan_id].policy,
        finding=then.finding,
        milestone=_milestone(now.milestone, then),
        plan=plan_then(record, now.plan),
        place_name=then.place_name,
        stage=_stage(record, then, now.stage),
        project=_project(session, then, now.project),
    )


def known(rows: Iterable[Row], until: datetime) -> tuple[Row, ...]:
    """Return the rows recorded before an instant, with what of their own lists was recorded by then.

    What carries no `recorded_at` is kept. A state that a query worked out from later steps is not worked out again.
    """
    return tuple(_trimmed(item, until) for item in rows if _recorded_before(item, until))


def _recorded_before(item: Any, until: datetime) -> bool:
    recorded_at = getattr(item, "recorded_at", None)
    return recorded_at is None or recorded_at < until


def _trimmed(item: Row, until: datetime) -> Row:
    """Return a row with the lists in it trimmed too."""
    if not is_dataclass(item) or isinstance(item, type):
        return item
    lists = {field.name: value for field in fields(item) if isinstance(value := getattr(item, field.name), tuple)}
    return replace(item, **{name: known(value, until) for name, value in lists.items()})


def _targets(record: Record, then: PastMilestone, page: MilestonePage) -> tuple[TargetRow, ...]:
    latest = latest_values(record.session, [then.id], record.until) if page.reports else {}
    return tuple(_target(item, *latest.get(item.id, (None, None))) for item in targets_on(record, [then])[then.id])


def _target(item: PastTarget, value: Decimal | None, measured_on: date | None) -> TargetRow:
    return TargetRow(
        value=value,
        measured_on=measured_on,
        id=item.id,
        code=item.code,
        name=item.name,
        group=item.group,
        value_type=item.value_type,
        stage=item.stage,
        comparator=item.comparator,
        target=item.value,
        unit=item.unit,
        clause=item.clause,
        note=item.note,
        baseline=item.baseline,
    )


def _related(record: Record, then: PastMilestone) -> tuple[RelatedMilestone, ...]:
    """Return the milestones that state the same goal now, as they were then; those not on record are left out."""
    link = MilestoneGovernor
    query = sa.select(col(link.milestone_id), col(link.governor_id)).where(
        sa.or_(col(link.milestone_id) == then.id, col(link.governor_id) == then.id)
    )
    governs = {
        (governor if milestone == then.id else milestone): milestone == then.id
        for milestone, governor in record.session.execute(query)
    }
    rows = [row for row in milestones_on(record, sorted(governs)).values() if row.shown_to(record.readers)]
    found = [
        RelatedMilestone(governs[row.id], row.id, row.title, row.clause, row.finding.effective_due_on) for row in rows
    ]
    return tuple(sorted(found, key=lambda item: (not item.governs, item.effective_due_on, item.id)))


def _milestone(now: Milestone, then: PastMilestone) -> Milestone:
    """Return the milestone in the words of that day, as a row of its own that is never stored."""
    words = {name: getattr(then, name) for name in _COLUMNS}
    return Milestone(**{**now.model_dump(), **words, "due_on": then.facts.due_on, "place_id": then.place_id})


def _stage(record: Record, then: PastMilestone, now: Stage | None) -> Stage | None:
    """Return the stage the milestone belonged to, as it was."""
    if then.stage_key is None:
        return None
    changed, part = record.plans[then.plan_id].part(ChangeSubject.STAGE, then.stage_key)
    if changed and part is not None:
        first, last = date.fromisoformat(part["start_on"]), date.fromisoformat(part["end_on"])
        words = {"key": then.stage_key, "name": part["name"], "clause": part["clause"]}
        return Stage(plan_id=then.plan_id, start_on=first, end_on=last, **words)
    if now is not None and now.key == then.stage_key:
        return now
    query = sa.select(Stage).where(col(Stage.plan_id) == then.plan_id, col(Stage.key) == then.stage_key)
    return record.session.scalar(query)


def _project(session: Session, then: PastMilestone, now: Project | None) -> Project | None:
    """Return the project the milestone belonged to, under the name it had."""
    project = now if now is not None and now.id == then.project_id else session.get(Project, then.project_id or 0)
    if project is None or then.project_name in (None, project.name):
        return project
    return Project(**{**project.model_dump(), "name": then.project_name})
