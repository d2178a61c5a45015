"""Measure calls: wall and CPU time, statements, size, and the bare statements' own time on the raw driver."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event

from benchmarks.caller import Answer

RUNS, WARM = 20, 4
Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of one page; `server_ms` is the database server's CPU, 0 where the database runs in this process."""

    name: str
    wall_ms: float
    cpu_ms: float
    server_ms: float
    statements: int
    bare_ms: float
    kib: float


def figures(engine: Engine, name: str, run: Callable[[int], Answer], *, writes: bool = False) -> Figures:
    """Run a call RUNS times after WARM others and return its medians. Raises: RuntimeError on a status of 400 or more.

    `run` gets the number of the run. The statements of a reading call are replayed on the raw driver for `bare_ms`;
    those of a writing call cannot be, so there it is the time the driver took while the calls ran.
    """
    for turn in range(WARM):
        answer = _checked(name, run(turn))
    with _recorded(engine) as (statements, spent):
        for turn in range(WARM, WARM + 3):
            statements.clear()
            spent.clear()
            run(turn)
        driver = sum(spent)
    walls, cpus, server = [], [], _server_cpu(engine)
    for turn in range(WARM + 3, WARM + 3 + RUNS):
        wall, cpu = perf_counter(), process_time()
        run(turn)
        cpus.append(process_time() - cpu)
        walls.append(perf_counter() - wall)
    server = (_server_cpu(engine) - server) / RUNS
    bare = driver if writes else _replayed(engine, statements)
    return Figures(
        name,
        1000 * median(walls),
        1000 * median(cpus),
        1000 * server,
        len(statements),
        1000 * bare,
        len(answer.body) / 1024,
    )


def _checked(name: str, answer: Answer) -> Answer:
    if answer.status >= 400:
        raise RuntimeError(f"{name}: status {answer.status}")
    return answer


@contextmanager
def _recorded(engine: Engine) -> Iterator[tuple[list[Statement], list[float]]]:
    """Yield lists that fill with the statements sent and the seconds each took."""
    statements: list[Statement] = []
    spent: list[float] = []
    started = [0.0]

    def before(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):  # psycopg sends its own unseen
            statements.append((statement, parameters))
        started[0] = perf_counter()

    def after(*_rest: Any) -> None:
        spent.append(perf_counter() - started[0])

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield statements, spent
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _replayed(engine: Engine, statements: list[Statement]) -> float:
    """Return the median seconds that the raw driver needs for all statements with their rows."""
    times: list[float] = []
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        for _ in range(RUNS):
            started = perf_counter()
            for statement, parameters in statements:
                cursor = raw.cursor()
                cursor.execute(statement, parameters)
                cursor.fetchall()
                cursor.close()
            times.append(perf_counter() - started)
    return median(times)


def _server_cpu(engine: Engine) -> float:
    """Return the CPU seconds that the server's processes for this database have used (Linux, same machine), else 0."""
    if engine.dialect.name == "sqlite":
        return 0.0
    with engine.connect() as connection:
        pids = connection.scalars(
            sa.text(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type LIKE 'client%'"
            )
        ).all()
    spent = [Path(f"/proc/{pid}/schedstat") for pid in pids]
    return sum(int(path.read_text().split()[0]) / 1e9 for path in spent if path.exists())
