"""What the sheets of units (一单位一表) say, gathered for many units at once."""

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.dossier_words import word
from app.domain.rectifications import UNSETTLED
from app.domain.sheets import ExtensionLine, SheetMilestone, UnitSheetFacts, UnitTask
from app.domain.vocabulary import UnitRole
from app.models import ExtensionRequest, Milestone, MilestoneUnit, Organization, Plan
from app.queries import facts
from app.queries.circulars import CutOff
from app.queries.extension_rows import ExtensionRow, requests, whole
from app.queries.past_milestones import PastMilestone
from app.queries.sheet_alerts import addressed_to, alerts_then
from app.queries.sheet_cases import open_cases
from app.queries.sheet_ledger import Ledger, in_order, open_ledger, sheet_milestones
from app.queries.sheet_rectifications import rectification_lines
from app.queries.sheet_reports import Owed, by_period, owed_reports


def units_of_plan(session: Session, plan: Plan) -> list[int]:
    """Return the units bound to a plan's milestones, by pinyin of their names."""
    bound = (
        sa.select(col(MilestoneUnit.organization_id))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan.id)
    )
    query = sa.select(col(Organization.id)).where(col(Organization.id).in_(bound))
    return list(session.scalars(query.order_by(col(Organization.sort_key), col(Organization.id))))


def gather_units(session: Session, plan: Plan, unit_ids: Collection[int], at: CutOff) -> dict[int, UnitSheetFacts]:
    """Return what the sheet of each unit says, by unit; one that has nothing to do with the plan is missing.

    The number of statements does not depend on how many units there are, but for milestones in chunks.
    """
    ledger = open_ledger(session, plan, at)
    names = _names(session, unit_ids)
    bound = sa.select(col(MilestoneUnit.milestone_id)).where(col(MilestoneUnit.organization_id).in_(names))
    ledger.judge_where(col(Milestone.id).in_(bound))
    tasks = _tasks(ledger, names)
    owed = defaultdict[int, list[Owed]](list)
    for item in owed_reports(ledger, names):
        owed[item.organization_id].append(item)
    alerts = alerts_then(ledger, addressed_to(names))
    cases, items, head = open_cases(ledger), rectification_lines(ledger), ledger.head()
    extensions = _extensions(ledger, names)
    found = {
        unit_id: UnitSheetFacts(
            head=head,
            unit=name,
            tasks=tuple(tasks[unit_id]),
            missing=by_period(ledger, owed[unit_id]),
            alerts=tuple(alert.line(unit_id) for alert in alerts if unit_id in alert.recipients),
            cases=tuple(case.row for case in cases if case.organization_id == unit_id),
            items=tuple(item for item in items if item.organization_id == unit_id and item.state in UNSETTLED),
            extensions=tuple(extensions[unit_id]),
        )
        for unit_id, name in names.items()
    }
    return {unit_id: sheet for unit_id, sheet in found.items() if _says_anything(sheet)}


def _says_anything(sheet: UnitSheetFacts) -> bool:
    return any((sheet.tasks, sheet.missing, sheet.alerts, sheet.cases, sheet.items, sheet.extensions))


def _names(session: Session, unit_ids: Collection[int]) -> dict[int, str]:
    query = sa.select(col(Organization.id), col(Organization.name)).where(col(Organization.id).in_(unit_ids))
    rows = session.execute(query.order_by(col(Organization.sort_key), col(Organization.id)))
    return {unit_id: name for unit_id, name in rows}


def _tasks(ledger: Ledger, names: Collection[int]) -> dict[int, list[UnitTask]]:
    """Return the tasks of each unit by the date in force; one in both roles counts as responsible."""
    rows = in_order(ledger.judged.values())
    lines = sheet_milestones(ledger, rows)
    found: dict[int, list[UnitTask]] = defaultdict(list)
    for row in rows:
        roles: dict[int, UnitRole] = {}
        for unit in row.units:
            if unit.organization_id in names and roles.get(unit.organization_id) is not UnitRole.RESPONSIBLE:
                roles[unit.organization_id] = unit.role
        for unit_id, role in roles.items():
            found[unit_id].append(_task(row, lines[row.id], unit_id, role))
    return found


def _task(row: PastMilestone, line: SheetMilestone, unit_id: int, role: UnitRole) -> UnitTask:
    """Return a task; the unit named first, and by itself, leads."""
    responsible = [unit for unit in row.units if unit.role is UnitRole.RESPONSIBLE]
    alone = sum(unit.named_as == responsible[0].named_as for unit in responsible) == 1 if responsible else False
    return UnitTask(row=line, role=role, leads=alone and responsible[0].organization_id == unit_id)


def _extensions(ledger: Ledger, names: Collection[int]) -> dict[int, list[ExtensionLine]]:
    """Return what units asked for by the cut-off, and what had become of it, by unit."""
    found: dict[int, list[ExtensionLine]] = defaultdict(list)
    for some in facts.chunks(list(names)):
        query = requests(ledger.at.at).where(
            col(Milestone.plan_id) == ledger.plan_id, col(ExtensionRequest.organization_id).in_(some)
        )
        for row in whole(ledger.session, query.order_by(col(ExtensionRequest.id)), ledger.at.at):
            found[row.organization_id or 0].append(_extension(row))
    return found


def _extension(row: ExtensionRow) -> ExtensionLine:
    return ExtensionLine(
        milestone=row.milestone,
        asked_on=local_day(row.recorded_at),
        asked_from_on=row.asked_from_on,
        proposed_due_on=row.proposed_due_on,
        state=word(row.state),
        granted_due_on=row.granted_due_on,
    )
