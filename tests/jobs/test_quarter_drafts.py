"""Drafts of the quarterly circulars: ready on the first working day after a quarter, once, whatever was missed."""

import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import Engine, write_session
from app.domain.documents import DocumentKind, DocumentState
from app.jobs import quarter_drafts
from app.models import OfficialDocument
from app.services import official_documents
from tests.support.facts import SYSTEM, add_milestone, day, noon, office


def _drafts(engine: Engine) -> list[OfficialDocument]:
    with write_session(engine) as session:
        found = list(session.scalars(sa.select(OfficialDocument).order_by(col(OfficialDocument.id))))
        session.expunge_all()
        return found


def test_circulars_are_drafted_on_the_first_working_day_after_the_quarter_and_not_before(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        add_milestone(session, of, "2026-01-01", "2026-06-30")
    # The first to the seventh of October 2026 are days off.
    assert quarter_drafts.draft(engine, now=noon("2026-10-07"), actor=SYSTEM).drafted == 0
    assert quarter_drafts.draft(engine, now=noon("2026-10-08"), actor=SYSTEM).drafted == 1
    [draft] = _drafts(engine)
    assert (draft.state, draft.subject, draft.scheduled, draft.author_id) == (
        DocumentState.DRAFT,
        "quarter/2026Q3",
        True,
        None,
    )
    assert (draft.cut_off_on, local_day(draft.cut_off_at)) == (day("2026-09-30"), day("2026-10-01"))
    assert quarter_drafts.draft(engine, now=noon("2026-10-08"), actor=SYSTEM).drafted == 0


def test_a_draft_somebody_made_or_discarded_is_not_made_again_and_a_missed_day_is_made_up(engine: Engine) -> None:
    with write_session(engine) as session:
        of = office(session)
        add_milestone(session, of, "2026-01-01", "2026-06-30")
        kind, now = DocumentKind.QUARTERLY_CIRCULAR, noon("2026-10-08")
        drawn = official_documents.draw(session, SYSTEM, plan_id=of.plan_id, kind=kind, key="2026Q3", now=now)
        row = official_documents.keep_draft(session, SYSTEM, drawn, now=now)
        official_documents.discard(session, SYSTEM, row.id or 0, 1, "本季度不发", now=now)
        office(session)
    finding = quarter_drafts.draft(engine, now=noon("2026-12-30"), actor=SYSTEM)
    assert (finding.drafted, finding.failed) == (1, 0)
    assert len({draft.plan_id for draft in _drafts(engine)}) == 2
