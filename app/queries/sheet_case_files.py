"""What lies in the paper file of a case (案卷), in order: from the facts of its dossier, as known at a cut-off."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.access import Actor, Scope
from app.domain.alert_words import MEASURE_NAMES
from app.domain.cases import CaseEventKind, CaseStage, stage_after
from app.domain.dossier_words import word
from app.domain.official_words import CASE_STAGES
from app.domain.sheets import CaseFileFacts, PaperRow, ProofFile
from app.domain.vocabulary import ExtensionStepKind
from app.models import Plan
from app.queries import dossiers
from app.queries.case_detail import CaseStep
from app.queries.circulars import CutOff
from app.queries.dossiers import DossierFacts
from app.queries.past_milestone_page import known
from app.queries.sheet_ledger import open_ledger

# A further milestone and the end of the last item are told by other papers.
_NO_PAPER = (CaseEventKind.JOINED, CaseEventKind.RECTIFICATION, CaseEventKind.RECTIFIED)


def gather_case_file(session: Session, plan: Plan, case_id: int, at: CutOff) -> CaseFileFacts | None:
    """Return cover and contents of a case's paper file; None: it is none of this plan, or was opened later."""
    reader = Actor(None, "", None, Scope(plan_id=plan.id))
    found = dossiers.gather(session, reader, case_id, today=at.on, now=at.at)
    if found is None or found.case.opened_at >= at.at:
        return None
    events = known(found.case.events, at.at)
    stage, closed_on = _stage(events)
    papers = sorted(_papers(found, events, at.at), key=lambda row: row.on)
    return CaseFileFacts(
        head=open_ledger(session, plan, at).head(),
        case_number=found.case.number,
        unit=found.case.organization if found.plan.unit == found.plan.office else found.plan.unit,
        milestones=_titles(found, at.on),
        opened_on=found.case.opened_on,
        stage=CASE_STAGES[stage],
        measures=tuple(
            _decided(event) for event in events if event.kind is CaseEventKind.DECISION and event.measure is not None
        ),
        closed_on=closed_on,
        papers=tuple(papers),
        files=tuple(
            ProofFile(
                filename=line.filename,
                backs=line.backs,
                handed_in_on=local_day(line.recorded_at),
                sha256=line.sha256,
            )
            for line in known(found.evidence, at.at)
        ),
    )


def _titles(found: DossierFacts, on: date) -> tuple[str, ...]:
    """Return the titles of the milestones that the case held by a day."""
    held = {item.milestone_id for item in found.case.milestones if item.joined_on <= on}
    return tuple(item.title for item in found.commitments if item.id in held)


def _stage(events: tuple[CaseStep, ...]) -> tuple[CaseStage, date | None]:
    """Return the stage after the events known, and the day of the closing in force."""
    stage, closed_on = CaseStage.OPEN, None
    for event in events:
        if event.kind is CaseEventKind.OPENED:
            continue
        after = stage_after(stage, event.kind)
        if after is not stage:
            closed_on = local_day(event.recorded_at) if after is CaseStage.CLOSED else None
        stage = after
    return stage, closed_on


def _decided(event: CaseStep) -> str:
    measure = MEASURE_NAMES[event.measure] if event.measure else word(event.kind)
    return measure + (f"（{event.document_number}）" if event.document_number else "")


def _papers(found: DossierFacts, events: tuple[CaseStep, ...], until: datetime) -> Iterator[PaperRow]:
    """Yield every paper of the case that was known, whatever its day."""
    yield from _of_alerts(found, until)
    for event in events:
        if event.kind not in _NO_PAPER:
            name = word(event.kind) + (f"（{MEASURE_NAMES[event.measure]}）" if event.measure else "")
            on = event.dated_on if event.document_number and event.dated_on else local_day(event.recorded_at)
            yield PaperRow(on=on, name=name, by=event.author or found.plan.office, number=event.document_number)
    for request in known(found.extensions, until):
        unit = request.organization or found.plan.office
        yield PaperRow(on=local_day(request.recorded_at), name="延期申请", by=unit, number=None)
        for step in request.steps:
            if step.kind is not ExtensionStepKind.OPINION or step.text:
                on, name = local_day(step.recorded_at), f"延期申请：{word(step.kind)}"
                yield PaperRow(on=on, name=name, by=step.author, number=step.document_number)
    for written in known(found.instructions, until):
        yield PaperRow(on=written.issued_on, name="领导批示", by=written.leader, number=None)
        for answer in written.steps:
            yield PaperRow(
                on=local_day(answer.recorded_at), name=f"批示{word(answer.kind)}", by=answer.author, number=None
            )
    for item in known(found.items, until):
        yield PaperRow(on=local_day(item.recorded_at), name="整改任务（布置）", by=item.author, number=None)
        for move in item.steps:
            yield PaperRow(on=local_day(move.recorded_at), name=f"整改{word(move.kind)}", by=move.author, number=None)


def _of_alerts(found: DossierFacts, until: datetime) -> Iterator[PaperRow]:
    office = found.plan.office
    for alert in found.alerts:
        if alert.row.raised_at >= until:
            continue
        name = MEASURE_NAMES[alert.row.measure]
        about = alert.row.milestone or (f"{alert.row.period}填报" if alert.row.period else "")
        yield PaperRow(on=alert.row.scanned_on, name=f"{name}：{about}", by=office, number=None)
        for step in known(alert.steps, until):
            on, said = local_day(step.recorded_at), f"对{name}的{word(step.kind)}"
            yield PaperRow(on=on, name=said, by=step.unit or step.author or office, number=None)
        for row in alert.by_hand:
            if row.receipt is not None and row.receipt.recorded_at < until:
                yield PaperRow(
                    on=row.receipt.received_on or local_day(row.receipt.recorded_at),
                    name=f"{name}送达回证（{row.unit}）",
                    by=row.unit,
                    number=row.number,
                )
