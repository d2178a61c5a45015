"""The short form under which a document goes on naming its plan after the first mention: 《方案》, 《实施意见》."""

import re

_REMARK = re.compile(r"(?:（[^（）]*）|\([^()]*\)|的通知|[》”\s])+$")
# What titles of plans end with; the longest first where one ends with another.
_KINDS = (
    *("实施意见", "指导意见", "具体举措", "若干措施", "行动计划", "任务清单"),
    *("方案", "计划", "规划", "意见", "举措", "措施", "办法", "细则", "要点", "通知"),
)
DEFAULT = "《方案》"


def short_form(title: str) -> str:
    """Return the short form of a plan's title, what follows its kind left out: …工作方案（2020—2029年） is 《方案》."""
    plain = _REMARK.sub("", title)
    kind = next((kind for kind in _KINDS if plain.endswith(kind)), "")
    return f"《{kind}》" if kind else DEFAULT


def title_of(title: str) -> str:
    """Put a plan's title in title marks; those inside it become single ones."""
    return f"《{title.translate({ord('《'): '〈', ord('》'): '〉'})}》"
