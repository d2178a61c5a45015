"""How the plan as a whole stands: counts and shares, the on-time rate, the change on the quarter before."""

from app.domain.circulars import (
    CircularFacts,
    StandingTotal,
    ending,
    has_previous,
    on_time,
    on_time_change,
    standing_totals,
    unconfirmed_count,
)
from app.domain.official_words import STANDINGS
from app.domain.plan_names import short_form
from app.domain.vocabulary import Standing
from app.printouts.circular_words import change_text, percent
from app.printouts.documents import Align, CellType, Column, Table, day_text, number_text

ALWAYS_SHOWN = frozenset({Standing.CLOSED, Standing.OVERDUE})


def counts_text(facts: CircularFacts, pointer: str) -> str:
    """Count the milestones by standing with their shares; `pointer` to the annex that lists them."""
    day = day_text(facts.cut_off_on)
    if not facts.milestones:
        return f"截至{day}，{short_form(facts.plan_title)}任务尚未列入台账，无进度可报。"
    totals = standing_totals(facts)
    parts = [f"{STANDINGS[t.standing]}{t.count}项，占{percent(t.share_pct)}" for t in totals if t.count]
    none_closed = "" if any(t.count for t in totals if t.standing is Standing.CLOSED) else "；尚无任务销号"
    whole = f"截至{day}，{short_form(facts.plan_title)}列入台账的任务共{len(facts.milestones)}项"
    return f"{whole}，其中：{'；'.join(parts)}{none_closed}{pointer}。"


def on_time_text(facts: CircularFacts, pointer: str) -> str:
    """Tell the on-time rate of what was due; `pointer` to the annex that lists what is overdue."""
    rate, day = on_time(facts.milestones, facts.cut_off_on), day_text(facts.cut_off_on)
    if rate.rate_pct is None:
        return f"截至{day}，尚无应完成的到期任务，按期完成率不作评估。"
    early = f"（其中提前完成{rate.early}项）" if rate.early else ""
    done = f"按期完成{rate.in_time}项{early}" if rate.in_time else "均未按期完成"
    text = f"时限在{day}及以前的任务{rate.due}项，{done}，按期完成率{percent(rate.rate_pct)}。"
    late = sum(row.standing is Standing.OVERDUE for row in facts.milestones)
    unfinished = len(ending(facts))
    if late:
        text += f"逾期未完成{late}项{pointer}。"
    elif not unfinished:
        text += "无逾期未完成任务。"
    return text + (f"{day}当日到期、尚未完成{unfinished}项，自次日起计为逾期。" if unfinished else "")


def unconfirmed_text(facts: CircularFacts) -> str:
    """Remark on what was due before tracking began; empty when there is none."""
    count = unconfirmed_count(facts)
    if not count:
        return ""
    return f"另有{count}项任务的时限早于台账启用之日且无填报记录，列为待核实，不计入逾期任务和按期完成率。"


def comparison_text(facts: CircularFacts) -> str:
    """Compare with the end of the quarter before."""
    if not has_previous(facts):
        return "本季度为首次通报，无上季度数据可比。"
    totals = standing_totals(facts)
    seldom = (Standing.AWAITING_VERIFICATION, Standing.REGRESSED)
    shown = {Standing.CLOSED, Standing.BEHIND, Standing.OVERDUE}
    shown |= {t.standing for t in totals if t.standing in seldom and (t.count or t.previous)}
    parts = [f"{STANDINGS[t.standing]}任务{change_text(t.change or 0)}" for t in totals if t.standing in shown]
    text = f"与{facts.previous_quarter_label}末相比，{'，'.join(parts)}；"
    change = on_time_change(facts)
    if change is None:
        return text + "上季度末无到期任务，按期完成率无可比数据。"
    if change == 0:
        return text + "按期完成率持平。"
    return text + f"按期完成率{'上升' if change > 0 else '下降'}{number_text(abs(change))}个百分点。"


def standing_table(facts: CircularFacts, caption: str) -> Table:
    """Build the table of standings, now and at the end of the quarter before; what never occurs is left out."""
    compared = has_previous(facts)
    ended = facts.cut_off_on == facts.quarter_last_on
    now = "本季度末\n（项）" if ended else f"截至{facts.cut_off_on.month}月{facts.cut_off_on.day}日\n（项）"
    columns = (
        Column("任务状态", 36, Align.CENTER),
        Column(now, 30, Align.CENTER, CellType.INTEGER),
        Column("占比", 30, Align.CENTER, CellType.PERCENT),
        *((Column("上季度末\n（项）", 30, Align.CENTER, CellType.INTEGER),) if compared else ()),
        *((Column("增减\n（项）", 30, Align.CENTER, CellType.INTEGER),) if compared else ()),
    )
    rows = tuple(
        (STANDINGS[t.standing], t.count, t.share_pct, *((t.previous, t.change) if compared else ()))
        for t in standing_totals(facts)
        if _occurs(t)
    )
    return Table(columns, rows, caption, "任务状态")


def _occurs(total: StandingTotal) -> bool:
    return bool(total.count or total.previous or total.standing in ALWAYS_SHOWN)
