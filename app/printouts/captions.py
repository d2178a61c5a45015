"""Number the tables and charts of a text in the order in which they stand: 表1, 表2; 图1."""

from collections.abc import Iterable
from dataclasses import replace

from app.printouts.documents import Block, Chart, Table


def numbered(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Put its number before the caption of each table and chart, and before the name of its sheet in a workbook."""
    counts = {"表": 0, "图": 0}
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Table | Chart):
            sort = "表" if isinstance(block, Table) else "图"
            counts[sort] += 1
            label = f"{sort}{counts[sort]}"
            found.append(replace(block, caption=f"{label}　{block.caption}", sheet=f"{label} {block.sheet}"))
        else:
            found.append(block)
    return tuple(found)
