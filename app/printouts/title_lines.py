"""Break a document's title where its words allow, into lines of good shape (GB/T 9704-2012, 7.3.1)."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from math import comb

TITLE_LINE = 19.5  # characters of 2号 that stand comfortably on a title line
TITLE_LINE_ACROSS = 28  # the same on a landscape page
MOST_WAYS = 10_000  # ways of breaking a title that are weighed
# Words that titles of plans are made of; between them a line may end, inside them never.
_WORDS = re.findall(
    r"\S+",
    """
    关于 义务教育 教育事业 优质均衡 优质 均衡 一体化 现代化 高质量 县域 城乡 学校 教师 发展
    国家 评估 验收 认定 创建 督导 统筹 推进 推动 促进 加快 深化 改革 建设 提升 保障 实施方案
    工作方案 行动方案 行动计划 三年行动 实施意见 指导意见 具体举措 重点任务 任务清单 规划 方案
    意见 举措 计划 工作 市政府 县政府 省政府 人民政府 落实情况 进展情况 实施 情况 通报 报告
    逾期 任务 台账 清单 工程 项目 投资 和
    """,
)
# An area's name is not torn from what it is.
_AREAS = "自治县|自治州|自治区|示范区|开发区|新区|地区|市|县|州|省"
_TOKEN = re.compile(
    "[《（]*(?:"
    r"\d{4}年第?[一二三四]季度|\d{4}(?:[—-]\d{4})?年|"
    + "|".join(sorted(_WORDS, key=len, reverse=True))
    + rf"|[^《》（）]+?(?:{_AREAS})(?=$|.)"
    + "|.)的?[》）、]*"
)


def break_title(parts: Sequence[str], room: float = TITLE_LINE) -> tuple[str, ...]:
    """Set a title on as few lines as it needs, breaking between its parts where that looks as well as elsewhere.

    A line never starts with 的 or a closing mark and never ends with an opening one. `room`: characters of a line.
    """
    tokens, seams = _tokens(parts, room)
    for count in range(1, len(tokens) + 1):
        if comb(len(tokens) - 1, count - 1) > MOST_WAYS:
            break
        fitting = [lines for lines in _divided(tokens, count) if all(width(line) <= room for line in lines)]
        if fitting:
            return min(fitting, key=lambda lines: _cost(lines, seams))
    return _filled(tokens, room)


def width(text: str) -> float:
    """Return the width in characters, a Latin letter or digit counting half."""
    return sum(0.5 if character.isascii() else 1 for character in text)


def _tokens(parts: Sequence[str], room: float) -> tuple[list[str], frozenset[int]]:
    """Return what lines are made of, and the lengths of text after which a part ends."""
    tokens: list[str] = []
    seams: set[int] = set()
    done = 0
    for part in parts:
        tokens += [piece for token in _words(part) for piece in _halved(token, room)]
        done += len(part)
        seams.add(done)
    return tokens, frozenset(seams)


def _words(part: str) -> Iterator[str]:
    """Yield a part's words; signs that are no word of the list stay together up to the next one."""
    held = ""
    for match in _TOKEN.finditer(part):
        token = match[0]
        if len(token.strip("《》（）、的")) <= 1:
            held += token
            continue
        if held and not _opens(held):
            yield held
            held = ""
        yield held + token
        held = ""
    if held:
        yield held


def _opens(text: str) -> bool:
    return text[-1] in "《（"


def _halved(token: str, room: float) -> list[str]:
    if width(token) <= room:
        return [token]
    middle = (len(token) + 1) // 2
    return [*_halved(token[:middle], room), *_halved(token[middle:], room)]


def _divided(tokens: list[str], count: int) -> Iterator[tuple[str, ...]]:
    """Yield every way to set the tokens on so many lines."""
    for cuts in combinations(range(1, len(tokens)), count - 1):
        ends = (0, *cuts, len(tokens))
        yield tuple("".join(tokens[start:end]) for start, end in pairwise(ends))


def _filled(tokens: list[str], room: float) -> tuple[str, ...]:
    """Fill line after line: for a title too long to weigh every way of breaking it."""
    lines = [""]
    for token in tokens:
        if lines[-1] and width(lines[-1] + token) > room:
            lines.append("")
        lines[-1] += token
    return tuple(lines)


def _cost(lines: tuple[str, ...], seams: frozenset[int]) -> float:
    """Return how ill the lines look: uneven, waisted (a shorter line between longer ones), broken within a part."""
    widths = [width(line) for line in lines]
    mean = sum(widths) / len(widths)
    uneven = sum((one - mean) ** 2 for one in widths)
    waists = sum(left > middle < right for left, middle, right in zip(widths, widths[1:], widths[2:], strict=False))
    ends = [sum(len(line) for line in lines[: index + 1]) for index in range(len(lines) - 1)]
    return uneven + 100 * waists + 12 * sum(end not in seams for end in ends)
