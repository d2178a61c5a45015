"""Measure the check of a long audit trail: seconds and memory of `junheng audit verify`, and of the auditor's page."""

import argparse
import json
import resource
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time

from app.core.database import Engine, make_engine, read_session, write_session
from app.core.migrations import upgrade
from app.domain.access import Actor
from app.queries import audit as trail
from app.queries.audit import AuditFilter
from app.services import audit

BATCH = 5_000
START = datetime(2025, 1, 1, tzinfo=UTC)


def fill(engine: Engine, count: int) -> None:
    """Append entries as the services do, until there are `count` of them."""
    with read_session(engine) as session:
        first = trail.verify_chain(session).entries
    for start in range(first, count, BATCH):
        actor = Actor(None, "虚构人员", None, request_id=f"request-{start}")
        writes = [_write(no) for no in range(start, min(start + BATCH, count))]
        with write_session(engine) as session:
            audit.record_all(session, actor, writes, now=START + timedelta(minutes=start))


def _write(no: int) -> audit.Write:
    before = {"standing": "behind", "effective_due_on": "2026-12-31", "progress_pct": "40"}
    detail = {"report": no, "note": f"（虚构）第{no}次填报，校舍主体完工", "before": before, "after": before}
    return audit.Write(
        ("reports:create", "milestones:accept", "cases:note")[no % 3], f"milestones/{no % 5000}", None, detail
    )


def measure(engine: Engine) -> dict[str, float]:
    """Return the seconds of each read and the most memory that this process took, in MiB."""
    found: dict[str, float] = {}
    started, worked = perf_counter(), process_time()
    with read_session(engine) as session:
        found["entries"] = trail.verify_chain(session).entries
    found["verify_s"] = round(perf_counter() - started, 2)
    found["verify_cpu_s"] = round(process_time() - worked, 2)
    for name, wanted in {
        "newest_page_s": AuditFilter(),
        "subject_page_s": AuditFilter(subject="milestones/77"),
        "rare_word_page_s": AuditFilter(text="没有这个词"),
    }.items():
        started = perf_counter()
        with read_session(engine) as session:
            trail.page(session, wanted)
            trail.actions(session)
        found[name] = round(perf_counter() - started, 4)
    found["peak_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return found


def main() -> None:
    """Fill the database that is named, if need be, and print what the reads cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--entries", type=int, default=200_000)
    given = parser.parse_args()
    upgrade(given.database_url)
    engine = make_engine(given.database_url)
    fill(engine, given.entries)
    print(json.dumps(measure(engine)))
    engine.dispose()


if __name__ == "__main__":
    main()
