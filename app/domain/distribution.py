"""To whom an official document is sent: main recipients (主送) and copies (抄送), and whom its own words name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.vocabulary import Capacity

MOST_NAME = 120
# Words of an address that name many units at once.
ALL_RESPONSIBLE = "各责任单位"
ALL_COUNTIES = ("各县（市、区）人民政府", "各县市人民政府")  # with districts, and without
_BETWEEN = re.compile(r"[、，,；;]")


class RecipientCapacity(StrEnum):
    """How a document is addressed to somebody."""

    MAIN = "main"  # 主送
    COPY = "copy"  # 抄送


CAPACITY_NAMES = {RecipientCapacity.MAIN: "主送", RecipientCapacity.COPY: "抄送"}
# In what capacity messages and the list of what is carried hold a recipient of a document.
HELD_AS = {RecipientCapacity.MAIN: Capacity.RESPONSIBLE, RecipientCapacity.COPY: Capacity.SUPPORTING}

AS_HELD = {held: capacity for capacity, held in HELD_AS.items()}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Somebody that a document is sent to; `organization_id` None: an organ outside, reached by hand alone."""

    organization_id: int | None
    name: str
    capacity: RecipientCapacity


def addressed(line: str) -> tuple[str, ...]:
    """Return the names in the address of a document, in their order: 甲局、乙局： → 甲局, 乙局."""
    # The brackets of the counties' name hold what else stands between names.
    kept = line.strip().rstrip("：:").replace(ALL_COUNTIES[0], "\x00")
    names = (name.strip().replace("\x00", ALL_COUNTIES[0]) for name in _BETWEEN.split(kept))
    return tuple(dict.fromkeys(name for name in names if name))


def all_counties(places: Iterable[str]) -> str:
    """Name the governments of a plan's counties together; districts only where a name of a place is one's."""
    return ALL_COUNTIES[0 if any(place.endswith("区") for place in places) else 1]


def each_once(found: Sequence[Chosen]) -> tuple[Chosen, ...]:
    """Return every recipient once, by its name; who is a main recipient gets no copy."""
    order = sorted(found, key=lambda one: one.capacity is RecipientCapacity.COPY)
    names: dict[str, Chosen] = {}
    for one in order:
        names.setdefault(one.name, one)
    return tuple(names.values())


def copies(recipients: Sequence[Chosen]) -> tuple[str, ...]:
    """Return the names that stand in the distribution block (版记), in their order."""
    return tuple(one.name for one in recipients if one.capacity is RecipientCapacity.COPY)
