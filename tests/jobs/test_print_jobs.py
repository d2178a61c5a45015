"""Print jobs: papers, issues and bundles are printed beside the requests; cancelled and failed ones keep nothing."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.core.database import Engine, read_session, write_session
from app.core.files import stored_path
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import DocumentKind, DocumentState
from app.domain.print_jobs import GIVEN_UP_AFTER, PrintJobKind, PrintJobState
from app.domain.vocabulary import Role, UnitRole
from app.jobs import print_jobs as press
from app.jobs.print_jobs import Press
from app.models import DocumentNumber, Milestone, MilestoneUnit, OfficialDocument, PrintJob, Printout
from app.queries import official_documents
from app.services import official_documents as documents
from app.services import print_jobs, standings
from app.services.errors import ConflictError
from app.services.import_steps import message_of
from app.services.print_jobs import Order
from app.services.turns import take_turn
from tests.support.facts import Office, add_milestone, day, noon, office

NOW = noon("2026-10-09")


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant


@dataclass(frozen=True)
class Shop:
    """An office with a milestone, and the press that prints for it."""

    engine: Engine
    of: Office
    actor: Actor
    settings: Settings

    def ordered(self, given: Order) -> Press:
        with write_session(self.engine) as session:
            job = print_jobs.order(session, self.actor, given, now=NOW)
            assert job.id is not None
            run = print_jobs.begin(session, self.actor, job.id, now=NOW)
            return Press(self.engine, self.settings, FixedClock(), "http://junheng.test", self.actor, job.id, run)

    def paper(self, kind: DocumentKind = DocumentKind.MILESTONE_LEDGER) -> Press:
        wanted = {"kind": kind, "key": ""}
        return self.ordered(Order(self.of.plan_id, PrintJobKind.PAPER, "任务台账", 2, wanted=wanted))

    def job(self, press: Press) -> PrintJob:
        with read_session(self.engine) as session:
            found = session.get_one(PrintJob, press.job_id)
            session.expunge(found)
            return found

    def count(self, model: type) -> int:
        with read_session(self.engine) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    def checked(self) -> int:
        kind, key = DocumentKind.QUARTERLY_CIRCULAR, "2026Q3"
        with write_session(self.engine) as session:
            drawn = documents.draw(session, self.actor, plan_id=self.of.plan_id, kind=kind, key=key, now=NOW)
            row = documents.keep_draft(session, replace(self.actor, account_id=None), drawn, now=NOW)
            assert row.id is not None
            documents.check(session, self.actor, row.id, 1, now=NOW)
            return row.id


@pytest.fixture
def shop(engine: Engine, tmp_path: Path) -> Shop:
    with write_session(engine) as session:
        of = office(session)
        ids = [add_milestone(session, of, "2026-01-01", "2026-06-30")]
        standings.refresh(session, ids, day("2026-10-09"))
    return Shop(engine, of, Actor(of.account_id, "办公室", Role.OFFICE), Settings(data_dir=tmp_path))


def test_a_paper_is_printed_in_its_formats_and_registered_with_its_hashes(shop: Shop) -> None:
    printing = shop.paper()
    press.run_job(printing)
    job = shop.job(printing)
    assert (job.state, job.done, job.message) == (PrintJobState.DONE, 2, "")
    with read_session(shop.engine) as session:
        row = session.get_one(OfficialDocument, job.document_id)
        files = session.scalars(sa.select(Printout).where(col(Printout.document_id) == row.id)).all()
        assert (row.state, row.number) == (DocumentState.ISSUED, None)
        assert {file.format for file in files} == {"pdf", "xlsx"}
        for file in files:
            assert stored_path(shop.settings.printouts_dir, file.sha256).stat().st_size == file.size


def test_an_issue_takes_the_number_that_is_next_when_its_files_are_written(shop: Shop) -> None:
    document_id = shop.checked()
    wanted = {"series": "试均衡办", "signed_by": "王主任（虚构）", "signed_on": "2026-10-09"}
    given = Order(shop.of.plan_id, PrintJobKind.ISSUE, "通报", 3, document_id=document_id, wanted=wanted)
    printing = shop.ordered(given)
    press.run_job(printing)
    assert shop.job(printing).state is PrintJobState.DONE
    with read_session(shop.engine) as session:
        row = official_documents.find(session, shop.actor.scope, document_id)
        assert row is not None
        assert row.number == "试均衡办〔2026〕1号"
    again = shop.ordered(given)
    press.run_job(again)
    failed = shop.job(again)
    assert failed.state is PrintJobState.FAILED
    assert message_of(failed.message) == "Only a checked document is issued."
    assert shop.count(DocumentNumber) == 1


def test_a_cancelled_job_keeps_nothing_and_cannot_be_cancelled_twice(shop: Shop) -> None:
    printing = shop.paper()
    with write_session(shop.engine) as session:
        print_jobs.cancel(session, shop.actor, printing.job_id, now=NOW)
    press.run_job(printing)
    assert shop.job(printing).state is PrintJobState.CANCELLED
    assert shop.count(OfficialDocument) == shop.count(Printout) == 0
    with pytest.raises(ConflictError), write_session(shop.engine) as session:
        print_jobs.cancel(session, shop.actor, printing.job_id, now=NOW)
    with pytest.raises(ConflictError), write_session(shop.engine) as session:
        print_jobs.begin(session, shop.actor, printing.job_id, now=NOW)


def test_a_character_without_a_glyph_fails_the_job_by_name_and_place_and_it_can_be_begun_again(shop: Shop) -> None:
    _retitle(shop, "建设\U000f0000学校")
    printing = shop.paper()
    press.run_job(printing)
    job = shop.job(printing)
    assert job.state is PrintJobState.FAILED
    said = str(message_of(job.message))
    assert "U+F0000" in said
    assert "任务" in said
    assert shop.count(Printout) == 0
    _retitle(shop, "建设学校")
    with write_session(shop.engine) as session:
        run = print_jobs.begin(session, shop.actor, printing.job_id, now=NOW)
    press.run_job(replace(printing, run=run))
    assert shop.job(printing).state is PrintJobState.DONE


def test_a_job_whose_process_ended_is_begun_again_and_the_old_run_writes_nothing(shop: Shop) -> None:
    printing = shop.paper()
    late = NOW + GIVEN_UP_AFTER * 2
    with pytest.raises(ConflictError), write_session(shop.engine) as session:
        print_jobs.begin(session, shop.actor, printing.job_id, now=NOW)
    with write_session(shop.engine) as session:
        print_jobs.begin(session, shop.actor, printing.job_id, now=late)
    press.run_job(printing)
    assert shop.job(printing).state is PrintJobState.RUNNING
    assert shop.count(Printout) == 0


def test_cancelling_waits_for_a_job_that_is_being_kept_and_neither_blocks_the_other(shop: Shop) -> None:
    printing = shop.paper()

    def cancel() -> None:
        with write_session(shop.engine) as session:
            print_jobs.cancel(session, shop.actor, printing.job_id, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with write_session(shop.engine) as session:
            take_turn(session)
            cancelled = pool.submit(cancel)
            wait_for([cancelled], timeout=0.3)  # it comes while the job's outcome is being written
            print_jobs.end(session, printing.job_id, printing.run, PrintJobState.DONE, now=NOW)
        with pytest.raises(ConflictError, match="ended already"):
            cancelled.result()
    assert shop.job(printing).state is PrintJobState.DONE


@pytest.mark.parametrize("kind", [PrintJobKind.VOLUME, PrintJobKind.ARCHIVE])
def test_sheets_are_bound_in_one_volume_or_packed_each_as_a_file(shop: Shop, kind: PrintJobKind) -> None:
    wanted = {"kind": DocumentKind.UNIT_SHEET, "ids": [_responsible(shop)]}
    printing = shop.ordered(Order(shop.of.plan_id, kind, "单位任务表", 1, wanted=wanted))
    press.run_job(printing)
    job = shop.job(printing)
    assert (job.state, message_of(job.message)) == (PrintJobState.DONE, None)
    with read_session(shop.engine) as session:
        made = session.get_one(Printout, job.printout_id)
    path = stored_path(shop.settings.printouts_dir, made.sha256)
    if kind is PrintJobKind.VOLUME:
        assert path.read_bytes().startswith(b"%PDF")
        with read_session(shop.engine) as session, pytest.raises(ConflictError, match="bound volume"):
            documents.draw_correction(session, shop.actor, job.document_id or 0, now=NOW)
    else:
        [name] = ZipFile(path).namelist()
        assert name.startswith("001_")
        assert name.endswith(".pdf")


def _retitle(shop: Shop, title: str) -> None:
    with write_session(shop.engine) as session:
        session.execute(sa.update(Milestone).values(title=title))


def _responsible(shop: Shop) -> int:
    """Make the office's unit responsible for everything, and return its id."""
    unit = shop.of.organization_id
    with write_session(shop.engine) as session:
        for one in session.scalars(sa.select(Milestone)):
            session.add(
                MilestoneUnit(
                    milestone_id=one.id or 0,
                    role=UnitRole.RESPONSIBLE,
                    organization_id=unit,
                    named_as="教育局",
                    position=1,
                )
            )
    return unit
