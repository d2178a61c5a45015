"""Printing at size: the real plans' circulars, long annexes, 100 county sheets; `python -m benchmarks.printing`."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import pikepdf
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.core.clock import local_day
from app.core.database import make_engine, read_session, write_session
from app.core.files import project_dir
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.domain.access import Actor, Scope
from app.domain.documents import DocumentKind, FileFormat
from app.models import Milestone, Plan
from app.printouts import typesetting
from app.printouts.documents import Document, Stamp, Volume
from app.queries.choices import places
from app.services import official_documents, sheet_bundles, standings
from app.services.document_files import render
from app.services.installation import install
from tests.support.sheets import prefecture

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
WORKER = Actor(None, "benchmark", None)
STAMP = Stamp(address="http://junheng.example/verify/" + "ab" * 10, fingerprint="3f2a 91c0 77be 0d14")
COUNTIES, OWN = 100, 50


@dataclass(frozen=True, slots=True)
class Measured:
    """One print: seconds to gather and compose, to write each format, of the engine alone; its memory in MiB."""

    document: str
    pages: int
    gather_s: float
    pdf_s: float
    pages_per_s: float
    engine_s: float
    engine_mib: float
    docx_s: float | None
    xlsx_s: float | None
    peak_mib: float


def main() -> None:
    """Measure everything on a database made for it, and print a line of JSON for each print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bare", action="store_true", help="set the job on stdin with the engine alone")
    if parser.parse_args().bare:
        bare()
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), print_timeout_seconds=600)
        upgrade(settings.effective_database_url)
        engine = make_engine(settings.effective_database_url)
        large = furnish(engine)
        for measured in prints(engine, settings, large):
            sys.stdout.write(json.dumps(asdict(measured), ensure_ascii=False) + "\n")
            sys.stdout.flush()


def furnish(engine: Engine) -> int:
    """Load the five plans and one of 100 counties with 50 milestones each; return that one's id."""
    with write_session(engine) as session:
        install(session, project_dir("seeds"), WORKER, NOW)
        home = prefecture(session, COUNTIES, OWN)
        ids = [
            one for one in session.exec(select(Milestone.id).where(col(Milestone.plan_id) == home.of.plan_id)) if one
        ]
        standings.refresh(session, ids, local_day(NOW))
        return home.of.plan_id


def prints(engine: Engine, settings: Settings, large: int) -> Iterator[Measured]:
    """Measure each print in turn."""
    with read_session(engine) as session:
        plans = {plan.id: plan.slug for plan in session.exec(select(Plan))}
    kind = DocumentKind.QUARTERLY_CIRCULAR
    for plan_id, slug in plans.items():
        assert plan_id is not None
        name = f"circular of {slug}" if plan_id != large else "circular with annexes of 5,000 rows"
        yield measure(engine, settings, name, drawing(plan_id, kind, "2026Q3"), tuple(FileFormat))
    formats = (FileFormat.PDF, FileFormat.XLSX)
    yield measure(engine, settings, "ledger of 5,000 rows", drawing(large, DocumentKind.MILESTONE_LEDGER, ""), formats)
    yield measure(engine, settings, "100 county sheets, bound", binding(large), (FileFormat.PDF,))


def drawing(plan_id: int, kind: DocumentKind, key: str) -> Callable[[Session], Document | Volume]:
    """Return what draws one document."""
    return lambda session: (
        official_documents.draw(session, WORKER, plan_id=plan_id, kind=kind, key=key, now=NOW).document
    )


def binding(plan_id: int) -> Callable[[Session], Document | Volume]:
    """Return what draws the sheets of all counties of a plan as one volume."""

    def draw(session: Session) -> Volume:
        ids = [choice.id for choice in places(session, Scope(plan_id=plan_id), plan_id)][-COUNTIES:]
        sheets = sheet_bundles.draw(session, WORKER, plan_id, DocumentKind.COUNTY_SHEET, ids, now=NOW)
        return Volume(sheets.title, sheets.organ, tuple(sheets.documents.values()), sheets.cut_off.at)

    return draw


def measure(
    engine: Engine,
    settings: Settings,
    name: str,
    draw: Callable[[Session], Document | Volume],
    formats: tuple[FileFormat, ...],
) -> Measured:
    """Print one document in its formats, and its pages once more with the engine alone."""
    began = perf_counter()
    with read_session(engine) as session:
        printed = draw(session)
    gathered = perf_counter() - began
    took: dict[FileFormat, float] = {}
    pdf = b""
    with recorded() as jobs:
        for one in formats:
            began = perf_counter()
            content = render(printed, one, settings, STAMP)
            took[one] = perf_counter() - began
            pdf = content if one is FileFormat.PDF else pdf
    with pikepdf.open(BytesIO(pdf)) as opened:
        pages = len(opened.pages)
    alone = engine_alone(next(job for job in jobs if '"official.typ"' in job))
    return Measured(
        document=name,
        pages=pages,
        gather_s=round(gathered, 2),
        pdf_s=round(took[FileFormat.PDF], 2),
        pages_per_s=round(pages / took[FileFormat.PDF], 1),
        engine_s=alone["seconds"],
        engine_mib=alone["mib"],
        docx_s=round(took[FileFormat.DOCX], 2) if FileFormat.DOCX in took else None,
        xlsx_s=round(took[FileFormat.XLSX], 2) if FileFormat.XLSX in took else None,
        peak_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Yield the jobs that are handed to the typesetting process meanwhile."""
    jobs: list[str] = []
    as_it_is = typesetting.typeset

    def noted(job: str, *rest: Any) -> bytes:
        jobs.append(job)
        return as_it_is(job, *rest)

    with patch.object(typesetting, "typeset", noted):
        yield jobs


def engine_alone(job: str) -> dict[str, float]:
    """Set a job in a process of its own and return what the engine took of it, without start-up and glyph check."""
    command = [sys.executable, "-m", "benchmarks.printing", "--bare"]
    done = subprocess.run(command, input=job.encode(), capture_output=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def bare() -> None:
    """Set the job on stdin and print the engine's seconds and this process's highest memory."""
    import typst

    job = json.load(sys.stdin)
    folder = Path(typesetting.__file__).resolve().parent / "typst"
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=job["font_dirs"])
    inputs = {"data": json.dumps(job["data"], ensure_ascii=False)}
    began = perf_counter()
    typst.compile(
        str(folder / job["template"]),
        root=str(folder),
        font_paths=fonts,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=job["standards"],
        pdf_tags=job["tagged"],
    )
    seconds = round(perf_counter() - began, 2)
    mib = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    sys.stdout.write(json.dumps({"seconds": seconds, "mib": mib}))


if __name__ == "__main__":
    main()
