"""The `junheng` command: reads options, wires the rooms together, says what happened."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from typer.exceptions import TyperException

from app.cli_plans import plans
from app.cli_setting import ACTOR, On, OutFile, PlanSlug, Setting, prepare
from app.core.clock import SystemClock, local_day
from app.core.database import read_session, write_session
from app.core.files import project_dir
from app.core.migrations import NewerSchemaError
from app.domain.vocabulary import Role
from app.queries import audit as audit_trail
from app.queries.export_rows import Selection
from app.services import exports, lookups, output_files, printouts, standings
from app.services.errors import InputError, RefusedError, msg
from app.services.exports import ExportFormat, ExportKind
from app.services.printouts import PrintFormat
from app.services.project_names import known_project

CHECK_FAILED, BAD_INPUT = 1, 2

cli = typer.Typer(
    name="junheng",
    help="Junheng (均衡): the tracker of a leading group's office for quality-balanced compulsory education.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
printing = typer.Typer(help="Print a document and enter it in the register.")
users = typer.Typer(help="Accounts.")
auditing = typer.Typer(help="The audit trail.")
cli.add_typer(printing, name="print")
cli.add_typer(users, name="user")
cli.add_typer(auditing, name="audit")
cli.add_typer(plans, name="plan")


Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")]


@cli.command()
def init() -> None:
    """Migrate the database, load the plans, create the first administrator; safe to repeat."""
    _install(prepare())


@cli.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve pages and run the timetable in one process; does what init does first."""
    _serve(prepare(), host, port, installing=True)


@cli.command()
def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve pages only; the timetable runs elsewhere (`junheng scheduler`)."""
    _serve(prepare(), host, port, installing=False)


@cli.command()
def scheduler() -> None:
    """Run the timetable only; of several, one leads."""
    from app.jobs.timetable import Timetable
    from app.web.serving import leave_on_signals

    at = prepare()
    leave_on_signals()
    timetable = Timetable(at.engine, at.settings, SystemClock())
    timetable.start()
    try:
        Event().wait()
    finally:
        timetable.stop()


@cli.command()
def scan(on: On = None) -> None:
    """Scan once for what is due, near and overdue; what was raised before is not raised again."""
    from app.jobs.scan_by_hand import scan_by_hand

    at = prepare()
    today = local_day(at.now)
    if on is not None and on > today:
        raise InputError({"on": msg("this day has not come yet; what fires is told at once and cannot be unsaid")})
    finding = scan_by_hand(at.engine, on=on or today, now=at.now, actor=ACTOR)
    print(json.dumps(asdict(finding), default=str))
    if finding.failed:
        _fail(f"{finding.failed} items could not be written; the log names them", CHECK_FAILED)


ProjectName = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="NAME", help="Only this project, or its milestones: its name, an alias or its key."
    ),
]


@cli.command()
def export(
    what: Annotated[ExportKind, typer.Argument(metavar="WHAT", help="milestones, projects, indicators or alerts.")],
    file_format: Annotated[ExportFormat, typer.Option("--format", help="File format.")],
    plan: PlanSlug = None,
    on: On = None,
    project: ProjectName = None,
    output: OutFile = None,
) -> None:
    """Write milestones, projects, indicators or alerts as they stood on a day."""
    if output is None and file_format is ExportFormat.XLSX and sys.stdout.isatty():
        raise InputError({"output": msg("a workbook is not text; name a file")})
    at = prepare()
    with read_session(at.engine) as session:
        plan_id = None if plan is None else lookups.plan_id(session, plan)
        wanted = Selection(plan_id, project=project and known_project(session, project, plan_id))
        with output_files.output(output) as stream:
            exports.export(session, what, file_format, stream, wanted=wanted, on=on, now=at.now)


@printing.callback()
def _print() -> None:
    """Print a document and enter it in the register."""


@printing.command("quarterly")
def print_quarterly(
    plan: Annotated[str, typer.Option("--plan", metavar="SLUG", help="The plan, for example luoyang-2025.")],
    quarter: Annotated[str, typer.Option("--quarter", metavar="YYYYQn", help="The quarter, for example 2026Q3.")],
    file_format: Annotated[PrintFormat, typer.Option("--format", help="File format.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")],
) -> None:
    """Print a plan's quarterly circular."""
    at = prepare()
    with output_files.output(output) as stream:
        with read_session(at.engine) as session:
            drawn = printouts.draw_circular(
                session,
                ACTOR,
                plan_id=lookups.plan_id(session, plan),
                quarter=quarter,
                file_format=file_format,
                settings=at.settings,
                now=at.now,
            )
        with write_session(at.engine) as session:
            printouts.keep_circular(session, ACTOR, drawn, folder=at.settings.printouts_dir, now=at.now)
        stream.write(drawn.content)


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with: 2 to 60 characters, no spaces.")],
    role: Annotated[Role, typer.Option("--role", help="What the account may do.")],
    plan: PlanSlug = None,
    organization: Annotated[
        str | None, typer.Option("--organization", metavar="NAME", help="A unit's full name, short name or alias.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made.")
    ] = False,
) -> None:
    """Create an account."""
    from app.services import accounts  # slow to load

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else accounts.new_one_time_password()
    at = prepare()
    with write_session(at.engine) as session:
        plan_id = None if plan is None else lookups.plan_id(session, plan)
        account = accounts.create_account(
            session,
            ACTOR,
            name=name,
            display_name="",
            role=role,
            password=password,
            plan_id=plan_id,
            organization_id=None if organization is None else lookups.unit_id(session, organization, plan_id),
            must_change_password=not password_stdin,
            now=at.now,
        )
    print(f"account {account.name} created, role {account.role}")
    if not password_stdin:
        print(f"one-time password: {password}")


@users.command("reset")
def reset_user(name: Annotated[str, typer.Argument(help="Name of the account.")]) -> None:
    """Give an account a new one-time password, which is printed; its sessions end."""
    from app.services import accounts  # slow to load

    at = prepare()
    password = accounts.new_one_time_password()
    with write_session(at.engine) as session:
        accounts.set_password(session, ACTOR, lookups.account(session, name), password, one_time=True, now=at.now)
    print(f"one-time password: {password}")


@auditing.callback()
def _audit() -> None:
    """Work on the audit trail."""


_BREAKS = {
    "missing": "this entry, or those from it on, are missing",
    "chain": "it does not follow on the entry before it",
    "content": "its content was changed after it was written",
    "head": "the end of the chain that was kept is another one",
}


@auditing.command("verify")
def verify_audit(
    noted: Annotated[
        str, typer.Option("--noted", metavar="HASH", help="The hash that an earlier check ended with.")
    ] = "",
) -> None:
    """Check every link of the audit trail's hash chain; exit code 1 names the first broken link."""
    noted = noted.strip().lower()
    if noted and not (len(noted) == 64 and set(noted) <= set("0123456789abcdef")):
        raise InputError({"noted": msg("a hash has 64 digits from 0 to f")})
    at = prepare()
    with read_session(at.engine) as session:
        finding = audit_trail.verify_chain(session, noted)
    if finding.broken_at is not None:
        reason = f"{finding.reason}: {_BREAKS[finding.reason]}"
        _fail(f"audit trail broken at entry {finding.broken_at}: {reason}", CHECK_FAILED)
    if not finding.noted:
        _fail("audit trail whole, but the noted hash is not in it: it was written anew or cut off", CHECK_FAILED)
    print(f"audit trail whole: {finding.entries} entries, last hash {finding.last_hash}")


@cli.command("standings")
def check_standings(
    check: Annotated[bool, typer.Option("--check", help="Only compare with what is stored.")] = False,
) -> None:
    """Judge every milestone from its facts: rewrite today's standings, or compare with what is stored."""
    at = prepare()
    today = local_day(at.now)
    with write_session(at.engine) as session:
        if not check:
            print(f"{standings.rebuild(session, today)} standings rewritten")
            return
        standings.roll(session, today)
    with read_session(at.engine) as session:
        different = standings.differences(session, today)
    for line in different:
        print(line)
    if different:
        _fail(f"{len(different)} standings differ from the facts; `junheng standings` rewrites them", CHECK_FAILED)
    print("standings agree with the facts")


def _install(at: Setting) -> None:
    """Load what is new and say how to sign in."""
    from app.services import installation  # slow to load

    with write_session(at.engine) as session:
        finding = installation.install(session, project_dir("seeds"), ACTOR, at.now)
    if finding.plans_loaded:
        print(f"plans loaded: {', '.join(finding.plans_loaded)}")
    if finding.plans_kept:
        print(
            f"plans with a newer file, left alone because people changed them here: {', '.join(finding.plans_kept)}; "
            "to apply it: junheng plan load FILE --author NAME"
        )
    if finding.password:
        print(f"first administrator: {installation.ADMINISTRATOR}, one-time password: {finding.password}", flush=True)
    else:
        print(
            "sign in with your account; another: junheng user add NAME --role ROLE, "
            "password forgotten: junheng user reset NAME",
            flush=True,
        )


def _serve(at: Setting, host: str, port: int, *, installing: bool) -> None:
    """Take the port first, then set up if asked, then serve; the timetable comes with setting up."""
    from app.jobs.timetable import Timetable
    from app.main import create_app
    from app.web import serving

    try:
        listener = serving.listen(host, port)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        _fail(f"--port: {host}:{port} cannot be used ({reason}); choose another", CHECK_FAILED)
    clock = SystemClock()
    app = create_app(at.settings, clock)
    if installing:
        _install(at)
    print(f"Junheng serves {serving.address(listener)} (stop: Ctrl+C)", flush=True)
    serving.serve(app, listener, Timetable(at.engine, at.settings, clock) if installing else None)


def _fail(message: str, code: int) -> NoReturn:
    print(f"junheng: {message}", file=sys.stderr)
    raise typer.Exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 for a failed check, 2 for input that cannot be taken."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = cli(given or ["--help"], prog_name="junheng", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        return _complain(error.format_message().replace("Value error, ", ""), error.exit_code)
    except InputError as error:
        return _complain("; ".join(f"--{field}: {problem}" for field, problem in error.problems.items()), BAD_INPUT)
    except ValidationError as error:
        names_ = [f"JUNHENG_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()]
        return _complain("; ".join(names_), BAD_INPUT)
    except RefusedError as error:
        return _complain(str(error), BAD_INPUT)
    except NewerSchemaError as error:
        return _complain(str(error), CHECK_FAILED)
    except DBAPIError as error:
        return _complain(f"database: {error.orig}", CHECK_FAILED)


def _complain(message: str, code: int) -> int:
    """Say what is wrong on one line of standard error."""
    print(f"junheng: {' '.join(message.split())}", file=sys.stderr)
    return code
