"""The words of letters for what is stored: clauses of a plan, measures counted, lists of names."""

import re
from collections.abc import Iterable, Sequence

from app.domain.vocabulary import Measure

_NUMERAL = "[一二三四五六七八九十]+"
_CLAUSE = re.compile(rf"({_NUMERAL})(?:\(({_NUMERAL})\))?(\d+)?(?:\((\d{{4}}年)\))?")
_BRACKETS = str.maketrans("()", "（）")
_COUNTED = {
    Measure.REMINDER: "提醒{}次",
    Measure.URGING: "催办{}次",
    Measure.SUPERVISION_NOTICE: "督办{}次",
    Measure.RECTIFICATION_ORDER: "责令限期整改{}次",
}


def clause_text(clause: str) -> str:
    """Write a clause of a plan out: 三(一)2 is 第三部分第（一）项第2点; what reads otherwise stays as it is."""
    return "、".join(_one(part) for part in clause.split("、"))


def _one(part: str) -> str:
    found = _CLAUSE.fullmatch(part)
    if found is None:
        return part.translate(_BRACKETS)
    chapter, section, point, year = found.groups()
    return (
        f"第{chapter}部分"
        + (f"第（{section}）项" if section else "")
        + (f"第{point}点" if point else "")
        + (f"（{year}）" if year else "")
    )


def measures_text(counts: Sequence[tuple[Measure, int]]) -> str:
    """Say how often units were urged before, mildest first: 提醒2次、催办1次; "" for never."""
    order = list(Measure)
    told = sorted((item for item in counts if item[0] in _COUNTED), key=lambda item: order.index(item[0]))
    return "、".join(_COUNTED[measure].format(count) for measure, count in told)


def quoted(text: str) -> str:
    """Put a text in quotation marks; those inside it become single ones."""
    return f"“{text.translate({ord('“'): '‘', ord('”'): '’'})}”"


def sentence(text: str) -> str:
    """End a text that somebody typed with one full stop, its lines run together."""
    plain = "；".join(line.strip().rstrip("。；;.") for line in text.splitlines() if line.strip())
    return plain if plain.endswith(("！", "？", "!", "?")) else f"{plain}。"


def names(found: Iterable[str]) -> str:
    """List names."""
    return "、".join(found)
