"""A plan file read for its writer: whatever is wrong is named with its line, and as much as possible at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from app.services.errors import Message, msg
from app.services.plan_consistency import consistency_findings
from app.services.plan_files import PlanFile, StandardFile, read_standard
from app.services.plan_findings import ErrorKind, FindingLevel, PlanFinding
from app.services.plan_format import format_findings
from app.services.plan_warnings import plan_warnings
from app.services.plan_yaml import YamlSource, read_source


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding and the line of the file on which its entry begins, counted from 1."""

    line: int
    finding: PlanFinding


def check_plan(path: Path, standards: Path) -> list[LocatedFinding]:
    """Return the errors and warnings of a plan file in the order of its lines; `standards` is a folder of standards.

    The later checks wait until the earlier find no error: form, then consistency, then warnings beside its errors.
    Raises: RefusedError when the file cannot be read.
    """
    try:
        source = read_source(path)
    except yaml.YAMLError as error:
        return [_yaml_finding(error)]
    if source.data is None:
        return [LocatedFinding(1, _error(ErrorKind.YAML, msg("the file is empty")))]
    try:
        file = PlanFile.model_validate(source.data)
    except ValidationError as error:
        return _located(source, format_findings(error, source.data))
    standard = find_standard(standards, file.standard)
    if standard is None:
        missing = msg("no standard is called %(name)s", name=file.standard)
        finding = PlanFinding(FindingLevel.ERROR, ErrorKind.UNKNOWN_NAME, ("standard",), "standard", missing)
        return _located(source, [finding])
    codes = frozenset(part.code for part in standard.indicators)
    return _located(source, [*consistency_findings(file, codes), *plan_warnings(file, standard.indicators)])


def find_standard(folder: Path, slug: str) -> StandardFile | None:
    """Return the standard of that slug, None when the folder has none."""
    standards = (read_standard(path) for path in sorted(folder.glob("*.yaml")))
    return next((standard for standard in standards if standard.slug == slug), None)


def _located(source: YamlSource, findings: Iterable[PlanFinding]) -> list[LocatedFinding]:
    located = [LocatedFinding(source.line(finding.path), finding) for finding in findings]
    return sorted(located, key=lambda item: item.line)


def _yaml_finding(error: yaml.YAMLError) -> LocatedFinding:
    """Return what the reader stumbled over, with line and column where it knows them."""
    if not isinstance(error, yaml.MarkedYAMLError):
        reason = " ".join(str(error).split())
        return LocatedFinding(1, _error(ErrorKind.YAML, msg("cannot be read as YAML: %(reason)s", reason=reason)))
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    reason = "; ".join(part for part in (error.context, error.problem) if part)
    problem = msg("cannot be read as YAML (column %(column)d): %(reason)s", column=column, reason=reason)
    return LocatedFinding(line, _error(ErrorKind.YAML, problem))


def _error(code: ErrorKind, message: Message) -> PlanFinding:
    return PlanFinding(FindingLevel.ERROR, code, (), "plan", message)
