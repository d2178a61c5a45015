"""Say at the end what ran: which engines, how many browser tests; nothing is left out in silence."""

import pytest
from _pytest.terminal import TerminalReporter

FIXTURES = {
    "sqlite_url": "sqlite",
    "app": "sqlite",
    "busy": "sqlite",
    "postgresql_url": "postgresql",
    "browser": "browser",
}
PARTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "browser": "Chromium"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they ask for, so that a name in a signature is enough."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for fixture, mark in (
            ("sqlite_url", "sqlite"),
            ("app", "sqlite"),
            ("busy", "sqlite"),
            ("postgresql_url", "postgresql"),
            ("browser", "browser"),
        ):
            if fixture in fixtures:
                item.add_marker(mark)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Write the count per engine and of browser tests, just above pytest's own closing lines."""
    if terminalreporter.config.option.collectonly:
        return
    reports = [
        report
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if getattr(report, "when", "") == "call" or (outcome == "error" and hasattr(report, "keywords"))
    ]
    counts = {name: sum(mark in report.keywords for report in reports) for mark, name in PARTS.items()}
    plain = sum(not any(mark in report.keywords for mark in PARTS) for report in reports)
    skipped = len(terminalreporter.stats.get("skipped", []))
    parts = [f"{count} on {name}" for name, count in counts.items() if name != "Chromium"]
    parts += [f"{counts['Chromium']} in Chromium", f"{plain} without a database", f"{skipped} skipped"]
    terminalreporter.write_line("ran: " + ", ".join(parts))
