"""`junheng plan …`: check a plan file, load it, write a plan on record as a file, print the format's schema."""

import json
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli_setting import ACTOR, DAY, OutFile, prepare, read_day
from app.core.database import Session, read_session, write_session
from app.core.files import project_dir
from app.domain.access import Actor
from app.domain.vocabulary import RevisionCause
from app.models import Plan
from app.services import lookups, output_files
from app.services.errors import InputError, Message, msg
from app.services.plan_findings import FindingLevel
from app.web.i18n import translations

if TYPE_CHECKING:
    from app.services.plan_sources import LocatedFinding

CHECK_FAILED = 1

plans = typer.Typer(help="Plans as files.")


class CheckFormat(StrEnum):
    """How the findings of a check are written."""

    TEXT = "text"
    JSON = "json"


class Language(StrEnum):
    """The language of the findings' sentences."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


@plans.callback()
def _plan() -> None:
    """Work on plans as files."""


@plans.command("check")
def check_plan_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan file (YAML).")],
    file_format: Annotated[CheckFormat, typer.Option("--format", help="How to write the findings.")] = CheckFormat.TEXT,
    language: Annotated[Language, typer.Option("--language", help="Language of the sentences.")] = Language.ENGLISH,
) -> None:
    """Check a plan file without a database: errors and warnings with their lines; 1 when there are errors."""
    from app.services.plan_sources import check_plan  # slow to load

    found = check_plan(file, project_dir("seeds") / "standards")
    errors = _errors(found)
    if file_format is CheckFormat.JSON:
        print(json.dumps(_document(file, found, len(errors), language), ensure_ascii=False, indent=2))
    else:
        _print(file, found, language)
        print(f"{file}: {_counted(len(errors), 'error')}, {_counted(len(found) - len(errors), 'warning')}")
    if errors:
        raise typer.Exit(CHECK_FAILED)


@plans.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the plan file format (draft 2020-12)."""
    from app.services.plan_schema import schema_text  # slow to load

    print(schema_text(), end="")


def _document(file: Path, found: Sequence["LocatedFinding"], errors: int, language: Language) -> dict[str, object]:
    findings = [
        {
            "line": item.line,
            "level": item.finding.level,
            "code": item.finding.code,
            "path": list(item.finding.path),
            "where": item.finding.where,
            "message": _say(item.finding.message, language),
        }
        for item in found
    ]
    return {"file": str(file), "errors": errors, "warnings": len(found) - errors, "findings": findings}


def _say(message: Message, language: Language) -> str:
    """Return a sentence on one line."""
    sentence = translations(language).gettext(message.msgid)
    return " ".join((sentence % message.values if message.values else sentence).split())


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@plans.command("load")
def load_plan_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan file (YAML).")],
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="The account that records what changes.")
    ] = None,
    document: Annotated[
        str | None, typer.Option("--amendment", metavar="NUMBER", help="Number of the document that amends the plan.")
    ] = None,
    document_on: Annotated[
        date | None, typer.Option("--document-on", parser=read_day, metavar=DAY, help="Day of that document.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why the record changes.")] = "",
) -> None:
    """Load a plan, or bring the one on record to what the file says; every difference is recorded."""
    from app.services.plan_sources import check_plan  # slow to load
    from app.services.plans import load_plan
    from app.services.revisions import RevisionInput

    if (document is None) != (document_on is None):
        raise InputError({"document-on": msg("an amendment has both a number and a day")})
    for option, text, most in (("amendment", document or "", 60), ("reason", reason, 500)):
        if len(text) > most:
            raise InputError({option: msg("at most %(count)s characters", count=most)})
    if errors := _errors(check_plan(file, project_dir("seeds") / "standards")):
        _print(file, errors, Language.ENGLISH)
        raise typer.Exit(CHECK_FAILED)
    at = prepare()
    given = None
    if document is not None:
        title = document
        given = RevisionInput(RevisionCause.AMENDMENT, title, document, document_on, reason)
    with write_session(at.engine) as session:
        finding = load_plan(session, file, _author(session, author), at.now, given=given)
    if finding.revision is None or finding.revision.number is None:
        print(f"{finding.slug}: nothing differs from what is on record")
        return
    found = finding.revision
    print(
        f"{finding.slug}: version {found.number}; milestones: {found.count(added=True)} added, "
        f"{found.count()} changed, {found.count(removed=True)} removed; {len(found.changes)} parts differ in all"
    )


@plans.command("export")
def export_plan_file(
    plan: Annotated[str, typer.Argument(metavar="SLUG", help="The plan, for example luoyang-2025.")],
    version: Annotated[int | None, typer.Option("--version", min=1, help="As it stood after this version.")] = None,
    output: OutFile = None,
) -> None:
    """Write a plan on record as a plan file."""
    from app.services.plan_context import plan_context  # slow to load
    from app.services.plan_exports import plan_file, plan_yaml
    from app.services.plan_versions import parts_after

    at = prepare()
    with read_session(at.engine) as session:
        row = session.get_one(Plan, lookups.plan_id(session, plan))
        parts = None if version is None else parts_after(session, plan_context(session, row), version)
        text = plan_yaml(plan_file(session, row, parts))
    with output_files.output(output) as stream:
        stream.write(text.encode())


def _errors(found: Sequence["LocatedFinding"]) -> list["LocatedFinding"]:
    return [item for item in found if item.finding.level is FindingLevel.ERROR]


def _print(file: Path, found: Sequence["LocatedFinding"], language: Language) -> None:
    for item in found:
        finding = item.finding
        sentence = _say(finding.message, language)
        print(f"{file}:{item.line}: {finding.level} {finding.code}: {finding.where}: {sentence}")


def _author(session: Session, name: str | None) -> Actor:
    if name is None:
        return ACTOR
    account = lookups.account(session, name)
    return Actor(account.id, account.display_name, account.role)
