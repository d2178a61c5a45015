"""What checking a plan says: findings with their place in the file, and problems inside one part of it."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.services.errors import Message, msg
from app.services.plan_yaml import Way


class FindingLevel(StrEnum):
    """Whether a finding keeps the plan from being loaded."""

    ERROR = "error"
    WARNING = "warning"


class ErrorKind(StrEnum):
    """Why a plan cannot be taken."""

    YAML = "yaml"  # the file is not YAML that we read
    FORMAT = "format"  # an entry is missing, unknown, or of the wrong type
    UNKNOWN_NAME = "unknown_name"  # a name that nothing in the plan defines
    REPEATED = "repeated"
    ORDER = "order"  # an end before its beginning
    CYCLE = "cycle"
    CONTRADICTION = "contradiction"  # entries that cannot stand together
    NO_SUCH_DAY = "no_such_day"


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """One error or warning; `path` leads to the entry in the file, `where` names it for a person."""

    level: FindingLevel
    code: str
    path: Way
    where: str
    message: Message


@dataclass(frozen=True, slots=True)
class PartProblem:
    """What is wrong inside one part: `path` leads there from the part, `name` says which of many values."""

    code: ErrorKind
    path: Way
    name: str
    message: Message

    def at(self, path: Way, where: str) -> PlanFinding:
        """Return the finding of this problem in a part that stands at `path` and is called `where`."""
        full = f"{where}, {self.name}" if self.name else where
        return PlanFinding(FindingLevel.ERROR, self.code, (*path, *self.path), full, self.message)


def unknown(path: Way, kind: str, names: Iterable[str], known: Container[str]) -> Iterator[PartProblem]:
    """Yield every name of a list at `path` that is not known."""
    for index, name in enumerate(names):
        if name not in known:
            yield PartProblem(ErrorKind.UNKNOWN_NAME, (*path, index), f"{kind} {name}", msg("is not defined"))


def unknown_one(field: str, kind: str, name: str | None, known: Container[str]) -> Iterator[PartProblem]:
    """Yield the name in a field when it is given and not known."""
    if name is not None and name not in known:
        yield PartProblem(ErrorKind.UNKNOWN_NAME, (field,), f"{kind} {name}", msg("is not defined"))


def repeated(names: Iterable[tuple[Way, str]]) -> Iterator[PartProblem]:
    """Yield every name that is given more than once, at the place where it is given again."""
    seen: Counter[str] = Counter()
    for path, name in names:
        seen[name] += 1
        if seen[name] == 2:
            yield PartProblem(ErrorKind.REPEATED, path, name, msg("is given more than once"))


def reversed_span(field: str, start: Any, end: Any) -> Iterator[PartProblem]:
    """Yield a problem when both ends of a span are given and it ends before it starts."""
    if start is not None and end is not None and end < start:
        problem = msg("ends (%(end)s) before it starts (%(start)s)", start=start, end=end)
        yield PartProblem(ErrorKind.ORDER, (field,), field, problem)


def in_a_circle(edges: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the names, sorted, from which the edges lead back to themselves."""
    return sorted(name for name in edges if _leads_back(name, edges))


def _leads_back(name: str, edges: Mapping[str, tuple[str, ...]]) -> bool:
    ahead, seen = list(edges[name]), set[str]()
    while ahead:
        step = ahead.pop()
        if step == name:
            return True
        if step not in seen:
            seen.add(step)
            ahead.extend(edges.get(step, ()))
    return False


def by_field(problems: Iterable[PartProblem]) -> dict[str, Message]:
    """Return problems of one part as a form shows them: one sentence per field, naming the values at fault."""
    unknown_names: dict[str, list[str]] = {}
    found: dict[str, Message] = {}
    for problem in problems:
        field = str(problem.path[0])
        if problem.code is ErrorKind.UNKNOWN_NAME:
            unknown_names.setdefault(field, []).append(problem.name.split(" ", 1)[1])
        else:
            found.setdefault(field, problem.message)
    for field, names in unknown_names.items():
        found[field] = msg("not defined in this plan: %(names)s", names="、".join(names))
    return found
