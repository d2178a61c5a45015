"""Invent plans, places, units and milestones (all labelled 虚构) in a realistic mix, the same for the same seed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks.bulk import Row

COLUMNS: dict[str, tuple[str, ...]] = {
    "place": ("id", "path", "name", "kind", "parent_id", "sort_key"),
    "organization": ("id", "name", "short_name", "kind", "place_id", "sort_key"),
    "plan": (
        *("id", "slug", "title", "short_title", "issuer", "issued_on", "period_start", "period_end", "place_id"),
        *("leading_group", "office_id", "standard_id", "source_sha256", "tracked_from", "warning_days"),
        *("behind_threshold_pp", "case_grace_days", "sort_key"),
    ),
    "ladder_rung": ("plan_id", "key", "offset_days", "measure"),
    "milestone": (
        *("id", "plan_id", "key", "kind", "title", "detail", "clause", "place_id", "start_on", "due_on"),
        *("due_phrase", "due_precision", "position"),
    ),
    "milestone_unit": ("milestone_id", "role", "organization_id", "named_as", "position", "leads"),
    "target": ("id", "milestone_id", "indicator_id", "comparator", "value", "unit", "position"),
    "due_date": ("milestone_id", "version", "due_on", "cause", "reason", "author_id", "recorded_at"),
    "report": (
        *("id", "milestone_id", "organization_id", "author_id", "reported_on", "share_pct", "summary"),
        *("claims_completion", "reached_on", "speaks_for_whole", "accepted", "recorded_at"),
    ),
    "report_value": ("report_id", "target_id", "value"),
    "milestone_decision": ("milestone_id", "kind", "report_id", "reached_on", "note", "author_id", "recorded_at"),
}
LADDER = (("reminder", -30), ("urging", 1), ("supervision_notice", 15), ("circular", 30), ("interview", 60))
COUNTIES, DEPARTMENTS, GROUP = 12, 18, 16
# Of 100 milestones: overdue, closed, claimed, before tracking began; the rest lies ahead.
OVERDUE, CLOSED, CLAIMED, HISTORY = 20, 22, 4, 3
PHRASES = ("建成并投入使用", "完成改造", "配齐专任教师", "达到规定标准", "通过评估认定", "完成年度任务", "报送自评报告")
OBJECTS = (
    "寄宿制学校宿舍",
    "体育运动场馆",
    "音乐美术专用教室",
    "实验室",
    "校园网络",
    "乡村小规模学校",
    "教师周转房",
    "学位",
)
KINDS = ("task", "quantity", "duty", "recognition", "project_completion")


@dataclass(slots=True)
class Ids:
    """The next free id of each table that others point to, and what exists already."""

    place: int
    organization: int
    plan: int
    milestone: int
    target: int
    report: int
    standard: int
    indicators: list[int]
    author: int


@dataclass(slots=True)
class _Plan:
    id: int
    places: list[int]
    governments: list[int]
    departments: list[int]
    tracked_from: date


@dataclass(slots=True)
class World:
    """The invention: `rows` collects what one call made, by table."""

    random: Random
    today: date
    ids: Ids
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def plans(self, plans: int, milestones: int) -> Iterator[dict[str, list[Row]]]:
        """Yield the rows of one plan after another, parents before children, `milestones` in all."""
        for number in range(plans):
            self.rows = defaultdict(list)
            plan = self._plan()
            share = milestones * (number + 1) // plans - milestones * number // plans
            for position in range(share):
                self._milestone(plan, position)
            yield {table: self.rows[table] for table in COLUMNS}

    def _plan(self) -> _Plan:
        ids, no = self.ids, self.ids.plan
        city = f"虚构{no:04}市"
        places = list(range(ids.place, ids.place + COUNTIES + 1))
        names = [city] + [f"虚构{no:04}第{county:02}县" for county in range(1, COUNTIES + 1)]
        for key, name in zip(places, names, strict=True):
            path, parent = (city, None) if name == city else (f"{city}/{name}", places[0])
            kind = "county" if parent else "prefecture"
            self.rows["place"].append((key, path, name, kind, parent, f"zz{no:04}{key:08}"))
        units = list(range(ids.organization, ids.organization + COUNTIES + 1 + DEPARTMENTS))
        for position, key in enumerate(units):
            government = position <= COUNTIES
            short = f"{names[position]}人民政府" if government else f"虚构第{position - COUNTIES:02}局"
            name, kind = (short, "government") if government else (f"{city}{short}", "department")
            place = places[position] if government else places[0]
            self.rows["organization"].append((key, name, short, kind, place, f"zz{no:04}{position:02}"))
        first = self.today.year - self.random.randint(1, 5)
        tracked = date(first, 1, 1)
        title = f"{city}义务教育优质均衡发展方案（虚构）"
        self.rows["plan"].append(
            (
                no,
                f"invented-{no}",
                title,
                f"虚构方案{no:04}",
                city,
                f"{first - 1}-06-01",
                f"{first - 1}-06-01",
                f"{self.today.year + 9}-12-31",
                places[0],
                f"{city}领导小组",
                units[0],
                ids.standard,
                f"{no:064}",
                tracked.isoformat(),
                90,
                10,
                30,
                f"zz{no:04}",
            )
        )
        self.rows["ladder_rung"] += [(no, measure, days, measure) for measure, days in LADDER]
        ids.place, ids.organization, ids.plan = places[-1] + 1, units[-1] + 1, no + 1
        return _Plan(no, places, units[1 : COUNTIES + 1], units[COUNTIES + 1 :], tracked)

    def _milestone(self, plan: _Plan, position: int) -> None:
        random, ids = self.random, self.ids
        key, what = ids.milestone, random.randrange(100)
        ids.milestone += 1
        due_on = self._due_on(plan, what)
        start_on = due_on - timedelta(days=random.randint(60, 900))
        place = random.choice(plan.places)
        obj, phrase = random.choice(OBJECTS), random.choice(PHRASES)
        self.rows["milestone"].append(
            (
                key,
                plan.id,
                f"m-{position}",
                random.choice(KINDS),
                f"{obj}{random.randint(1, 60)}处{phrase}（虚构）",
                f"（虚构）{obj}，{phrase}。",
                f"三（{random.randint(1, 9)}）{random.randint(1, 20)}",
                place,
                start_on.isoformat(),
                due_on.isoformat(),
                f"{due_on.year}年{due_on.month}月底前",
                "month",
                position,
            )
        )
        lead = self._units(plan, key)
        if random.random() < 0.03:
            due_on += timedelta(days=60)
            self._extend(key, due_on)
        targets = self._targets(key) if random.random() < 0.4 else []
        self._progress(key, what, start_on, due_on, lead, targets)

    def _due_on(self, plan: _Plan, what: int) -> date:
        """Return the last day of a month that suits what becomes of the milestone."""
        past_days = (self.today - plan.tracked_from).days
        if what < OVERDUE:
            day = self.today - timedelta(days=self.random.randint(62, max(63, past_days)))
        elif what < OVERDUE + CLOSED:
            day = self.today + timedelta(days=self.random.randint(-past_days, 300))
        elif what < OVERDUE + CLOSED + CLAIMED:
            day = self.today + timedelta(days=self.random.randint(-60, 200))
        elif what < OVERDUE + CLOSED + CLAIMED + HISTORY:
            day = plan.tracked_from - timedelta(days=self.random.randint(40, 300))
        else:
            day = self.today + timedelta(days=int(31 + 3000 * self.random.random() ** 1.6))
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    def _units(self, plan: _Plan, milestone: int) -> int | None:
        """Bind none (5 %), a group of sixteen (15 %), or one to three with some that support; return the lead."""
        chance = self.random.random()
        if chance < 0.05:
            return None
        if chance < 0.2:
            group = self.random.sample(plan.departments + plan.governments, GROUP)
            bound = [("responsible", unit, "各有关单位（虚构）") for unit in group]
        else:
            units = self.random.sample(plan.departments, self.random.randint(1, 5))
            leads = min(len(units), self.random.randint(1, 3))
            units[0] = self.random.choice(plan.governments) if self.random.random() < 0.5 else units[0]
            bound = [("responsible" if at < leads else "supporting", unit, "虚构") for at, unit in enumerate(units)]
        self.rows["milestone_unit"] += [
            (milestone, role, unit, named_as, at, role == "responsible" and at == 0)
            for at, (role, unit, named_as) in enumerate(bound)
        ]
        return bound[0][1]

    def _extend(self, milestone: int, due_on: date) -> None:
        at = f"{self.today - timedelta(days=100)} 04:00:00.000000"
        self.rows["due_date"].append(
            (milestone, 2, due_on.isoformat(), "extension", "批准延期（虚构）", self.ids.author, at)
        )

    def _targets(self, milestone: int) -> list[int]:
        made = list(range(self.ids.target, self.ids.target + self.random.randint(1, 3)))
        self.ids.target = made[-1] + 1
        indicators = self.random.sample(self.ids.indicators, len(made))
        self.rows["target"] += [
            (key, milestone, indicator, ">=", str(self.random.randint(50, 100)), "%", position)
            for position, (key, indicator) in enumerate(zip(made, indicators, strict=True))
        ]
        return made

    def _progress(
        self, milestone: int, what: int, start_on: date, due_on: date, lead: int | None, targets: list[int]
    ) -> None:
        """Report what closed, what is claimed, a sixth of what is overdue and of what has begun."""
        closed = OVERDUE <= what < OVERDUE + CLOSED
        claimed = closed or OVERDUE + CLOSED <= what < OVERDUE + CLOSED + CLAIMED
        tracked = what < OVERDUE or what >= OVERDUE + CLOSED + CLAIMED + HISTORY
        if not claimed and not (tracked and start_on < self.today and self.random.random() < 0.16):
            return
        latest = min(due_on, self.today - timedelta(days=1))
        for turn in range(self.random.randint(1, 3) if not claimed else 1):
            on = max(start_on, latest - timedelta(days=self.random.randint(0, 40) + 40 * turn))
            on = min(on, self.today - timedelta(days=1))
            self._report(milestone, on, claimed, lead, targets)
        if closed:
            at = f"{on + timedelta(days=1)} 07:00:00.000000"
            self.rows["milestone_decision"].append(
                (milestone, "close_out", self.ids.report - 1, on.isoformat(), "销号（虚构）", self.ids.author, at)
            )

    def _report(self, milestone: int, on: date, claims: bool, lead: int | None, targets: list[int]) -> None:
        report = self.ids.report
        self.ids.report += 1
        share = "100" if claims else str(self.random.randint(5, 95))
        day = on.isoformat()
        self.rows["report"].append(
            (
                report,
                milestone,
                lead,
                self.ids.author,
                day,
                share,
                "进展（虚构）",
                claims,
                day if claims else None,
                True,
                False,
                f"{day} 06:00:00.000000",
            )
        )
        self.rows["report_value"] += [(report, target, str(self.random.randint(40, 100))) for target in targets]
