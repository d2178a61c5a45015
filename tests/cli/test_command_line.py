"""The `junheng` command from a fresh folder to a printed circular, and what it says when it is asked wrongly."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest
import structlog

from app import cli

PLANS = {"jiyuan-2022", "kashgar-2022", "luoyang-2025", "nantong-2017", "shizhu-2021"}
START_SECONDS = 90


def started(folder: Path, *arguments: str, typed: str = "") -> str:
    """Run the command in a process of its own, as people do, and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env={**os.environ, "JUNHENG_DATA_DIR": str(folder)},
        input=typed.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


Runs = Callable[..., tuple[int, str, str]]
Says = Callable[..., str]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runs:
    """A function that runs the command in this process: its exit code, what it said, what it complained of."""

    def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("JUNHENG_DATA_DIR", str(folder))
        code = cli.main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def says(runs: Runs) -> Says:
    """A function that runs a command that must succeed in this process and returns what it said."""

    def say(folder: Path, *arguments: str) -> str:
        code, out, err = runs(folder, *arguments)
        assert code == 0, err
        return out

    return say


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after `junheng init`, which nothing opens any more."""
    folder = tmp_path_factory.mktemp("pristine")
    assert "one-time password: " in started(folder, "init")
    return folder


@pytest.fixture
def installed(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of one's own after `junheng init`: commands in this process leave their database open."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(pristine, folder, dirs_exist_ok=True)
    return folder


def test_a_second_init_creates_nothing_and_says_how_to_sign_in(installed: Path, says: Says) -> None:
    said = says(installed, "init")
    assert "one-time password" not in said
    assert "junheng user reset" in said


def test_scan_answers_in_json_and_raises_nothing_twice(installed: Path, tmp_path: Path, says: Says) -> None:
    shutil.copytree(installed, tmp_path, dirs_exist_ok=True)
    first, second = (json.loads(says(tmp_path, "scan")) for _ in range(2))
    assert {"on", "examined", "overdue", "alerts_raised", "cases_opened", "seconds"} <= first.keys()
    assert first["overdue"] == second["overdue"] > 0
    assert first["alerts_raised"] > 0
    assert (second["alerts_raised"], second["cases_opened"]) == (0, 0)
    alerts = json.loads(says(tmp_path, "export", "alerts", "--format", "json"))
    assert len(alerts) == first["alerts_raised"]
    assert all(alert["recipients"] for alert in alerts)
    assert says(tmp_path, "audit", "verify").startswith("audit trail whole")
    assert says(tmp_path, "standings", "--check") == "standings agree with the facts\n"


def test_the_check_of_the_trail_names_the_first_broken_link_and_what_it_is(
    installed: Path, tmp_path: Path, runs: Runs, says: Says
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(installed, folder)
    last = says(folder, "audit", "verify").split()[-1]
    assert says(folder, "audit", "verify", "--noted", last.upper()).endswith(f"last hash {last}\n")
    code, _, complaint = runs(folder, "audit", "verify", "--noted", "0123" * 16)
    assert (code, "the noted hash is not in it" in complaint) == (1, True)
    assert runs(folder, "audit", "verify", "--noted", "0123")[0] == 2
    with sqlite3.connect(folder / "junheng.db") as database:
        database.execute("DROP TRIGGER audit_entry_no_update")
        database.execute("UPDATE audit_entry SET detail = '{}' WHERE id = 2")
    database.close()
    code, _, complaint = runs(folder, "audit", "verify")
    assert code == 1
    assert "broken at entry 2: content: its content was changed" in complaint


def test_the_plans_are_exported_to_a_file_and_to_standard_output(installed: Path, tmp_path: Path, says: Says) -> None:
    file = tmp_path / "milestones.json"
    says(installed, "export", "milestones", "--on", "2026-11-22", "--format", "json", "-o", str(file))
    milestones = json.loads(file.read_bytes())
    assert {item["plan"] for item in milestones} == PLANS
    one = json.loads(
        started(installed, "export", "milestones", "--plan", "luoyang-2025", "--on", "2026-11-22", "--format", "json")
    )
    assert one == [item for item in milestones if item["plan"] == "luoyang-2025"]
    projects = json.loads(says(installed, "export", "projects", "--plan", "shizhu-2021", "--format", "json"))
    assert sum(item["investment_wan"] for item in projects) == 150396
    tied = {item["id"]: item["projects"] for item in milestones}
    assert all(project["name"] in tied[key] for project in projects for key in project["milestones"])
    assert [path.name for path in tmp_path.iterdir()] == ["milestones.json"]


@pytest.mark.parametrize(("file_format", "sign"), [("pdf", b"%PDF"), ("xlsx", b"PK")])
def test_a_circular_is_printed_and_kept(
    installed: Path, tmp_path: Path, says: Says, file_format: str, sign: bytes
) -> None:
    file = tmp_path / "circular"
    says(
        installed,
        *("print", "quarterly", "--plan", "luoyang-2025", "--quarter", "2026Q3"),
        *("--format", file_format, "-o", str(file)),
    )
    content = file.read_bytes()
    assert content.startswith(sign)
    assert content in {path.read_bytes() for path in (installed / "printouts").glob("??/*")}


def test_accounts_are_added_with_a_password_or_get_one(installed: Path, says: Says) -> None:
    plain = started(
        installed,
        *("user", "add", "zhang", "--role", "unit", "--plan", "luoyang-2025", "--organization", "市教育局"),
        "--password-stdin",
        typed="correct-horse-1\n",
    )
    assert "password" not in plain
    assert "one-time password: " in says(installed, "user", "add", "li", "--role", "leader")
    assert "one-time password: " in says(installed, "user", "reset", "zhang")


def test_serve_says_where_to_go_and_ends_in_order(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0"],
        env={**os.environ, "JUNHENG_DATA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        while "serves http" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        address = said.split("serves ")[1].split()[0]
        assert "first administrator: admin, one-time password: " in said
        with urlopen(f"{address}/sign-in", timeout=START_SECONDS) as answer:
            assert answer.status == 200
        await_scan(tmp_path)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(START_SECONDS)
        process.stdout.close()
    assert code == 0


def alerts_of(folder: Path) -> int:
    """Count the alerts on record."""
    with closing(sqlite3.connect(folder / "junheng.db")) as database:
        return int(database.execute("SELECT count(*) FROM alert").fetchone()[0])


def await_scan(folder: Path) -> None:
    """Wait until the timetable has scanned for the first time."""
    deadline = time.monotonic() + START_SECONDS
    while not alerts_of(folder):
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Give the log back: the command binds it to the standard error of the moment, which a test replaces."""
    yield
    structlog.reset_defaults()


WRONG = [
    (["export", "milestones"], "--format"),
    (["export", "schools", "--format", "json"], "'milestones', 'projects', 'indicators', 'alerts'"),
    (["export", "milestones", "--format", "xml"], "'json', 'csv', 'xlsx'"),
    (["export", "milestones", "--format", "json", "--on", "2026-13-01"], "--on"),
    (["export", "milestones", "--format", "json", "--on", "20261122"], "YYYY-MM-DD"),
    (["export", "milestones", "--format", "json", "--plan", "nowhere"], "--plan"),
    (["export", "milestones", "--format", "json", "-o", "no/such/folder/file"], "--output"),
    (["print", "quarterly", "--plan", "x", "--quarter", "2026Q3", "--format", "docx", "-o", "x"], "'pdf', 'xlsx'"),
    (["print", "quarterly", "--plan", "x", "--quarter", "2026Q3", "--format", "pdf"], "--output"),
    (["scan", "--on", "yesterday"], "--on"),
    (["scan", "--on", "2999-01-01"], "--on"),
    (["user", "add", "wang", "--role", "king"], "'office', 'leader', 'unit'"),
    (["user", "add", "wang", "--role", "office"], "--plan"),
    (["user", "add", "wang", "--role", "unit", "--organization", "无此单位"], "--organization"),
    (["user", "reset", "nobody"], "nobody"),
    (["serve", "--port", "eighty"], "--port"),
    (["frobnicate"], "frobnicate"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=lambda value: " ".join(value)[:60])
def test_wrong_input_is_one_line_that_names_it(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JUNHENG_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUNHENG_DATABASE_URL", sqlite_url)
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert named in said.err
    assert said.err.count("\n") == 1


def test_a_setting_that_cannot_be_taken_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUNHENG_SCAN_AT", "noon")
    assert cli.main(["scan"]) == 2
    assert "JUNHENG_SCAN_AT" in capsys.readouterr().err


def test_without_arguments_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert all(command in said for command in ("init", "serve", "scan", "export", "print", "user"))
