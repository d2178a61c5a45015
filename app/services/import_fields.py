"""The columns that a workbook may hold, by what its rows are: their headings, and what else offices call them."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from unicodedata import normalize

from app.domain.imports import SheetSubject
from app.domain.vocabulary import (
    FundSource,
    MilestoneKind,
    Precision,
    ProjectNature,
    SchoolStage,
)


@dataclass(frozen=True, slots=True)
class ImportField:
    """A column: its heading in the template, other headings it goes by, and what is written there."""

    name: str
    heading: str
    help: str
    others: tuple[str, ...] = ()
    required: bool = False
    width: int = 14
    words: dict[str, StrEnum] = field(default_factory=dict)  # of a closed list: what stands for which code


KINDS: dict[str, StrEnum] = {
    "认定": MilestoneKind.RECOGNITION,
    "量化目标": MilestoneKind.QUANTITY,
    "任务": MilestoneKind.TASK,
    "年度任务": MilestoneKind.DUTY,
    "项目开工": MilestoneKind.PROJECT_START,
    "项目竣工": MilestoneKind.PROJECT_COMPLETION,
    "阶段": MilestoneKind.STAGE,
}
SCHOOL_STAGES: dict[str, StrEnum] = {
    "小学": SchoolStage.PRIMARY,
    "初中": SchoolStage.JUNIOR,
    "九年一贯制": SchoolStage.NINE_YEAR,
    "高中": SchoolStage.SENIOR,
    "教学点": SchoolStage.TEACHING_POINT,
}
PRECISIONS: dict[str, StrEnum] = {
    "日": Precision.DAY,
    "月": Precision.MONTH,
    "季度": Precision.QUARTER,
    "半年": Precision.HALF_YEAR,
    "年": Precision.YEAR,
    "五年规划期": Precision.FIVE_YEAR_PLAN,
    "每年例行": Precision.RECURRING,
}
NATURES: dict[str, StrEnum] = {
    "新建": ProjectNature.NEW,
    "迁建": ProjectNature.RELOCATION,
    "改扩建": ProjectNature.EXPANSION,
}
SOURCES: dict[str, StrEnum] = {
    "中央": FundSource.CENTRAL,
    "省": FundSource.PROVINCE,
    "市": FundSource.CITY,
    "县": FundSource.COUNTY,
    "其他": FundSource.OTHER,
}

TARGET_FIELDS = ("indicator", "target_stage", "comparator", "value", "unit", "baseline", "target_note")

_MILESTONE = (
    ImportField(
        "key",
        "编号",
        "小写字母、数字和连字符，如 build-school-1。已有编号的行更新该里程碑；"
        "留空时按“条款＋任务内容＋地区”对应，对应不上的新增并自动编号。",
        ("任务编号", "里程碑编号", "任务编码"),
    ),
    ImportField(
        "kind",
        "类别",
        "认定、量化目标、任务、年度任务、项目开工、项目竣工、阶段；"
        "新增行留空时：每年重复的为年度任务，有目标值的为量化目标，其余为任务。",
        ("任务类别", "类型"),
        words=KINDS,
    ),
    ImportField(
        "title",
        "任务内容",
        "一句话写明做什么，最多120字。",
        ("任务", "主要任务", "工作任务", "任务名称", "重点任务", "工作内容", "目标任务", "工作事项", "事项"),
        required=True,
        width=40,
    ),
    ImportField(
        "clause",
        "条款",
        "出自方案哪一条，如 三(一)2。",
        ("方案条款", "依据条款", "条款号", "依据", "出处"),
        required=True,
    ),
    ImportField(
        "place",
        "地区",
        "方案范围内的地区；留空为方案所在地区。",
        ("县区", "县(市、区)", "县市区", "所属地区", "区域"),
        width=16,
    ),
    ImportField("stage", "阶段", "“阶段”表中的编号或名称。", ("实施阶段", "所属阶段")),
    ImportField(
        "project", "工程项目", "“工程项目”表中的编号、名称或别名。", ("项目", "项目名称", "建设项目"), width=18
    ),
    ImportField(
        "due",
        "时限",
        "照方案写，如 2026年底前、2025年8月底前、每年9月；也可以是日期。",
        ("完成时限", "时间要求", "完成时间", "完成期限", "办结时限", "截止时间", "时间节点", "完成日期"),
        required=True,
        width=18,
    ),
    ImportField("due_on", "到期日", "一般留空，由时限推算；时限无法推算或取法不同时填写日期。"),
    ImportField("alternative_on", "另一读法", "时限有两种读法时另一种的日期；一般留空。"),
    ImportField(
        "precision", "精确到", "日、月、季度、半年、年、五年规划期、每年例行；一般留空，由时限推算。", words=PRECISIONS
    ),
    ImportField("start_on", "开始日期", "留空为方案印发之日。", ("开始时间", "启动时间", "起始日期", "启动日期")),
    ImportField(
        "responsible",
        "责任单位",
        "方案中的单位名称，用顿号隔开；第一个为牵头单位。",
        ("牵头单位", "责任部门", "牵头部门", "主办单位", "责任主体", "牵头责任单位"),
        width=28,
    ),
    ImportField("supporting", "配合单位", "同上。", ("协办单位", "配合部门", "参与单位", "协同单位"), width=28),
    ImportField("units_clause", "责任条款", "由另一条规定责任单位时填写。"),
    ImportField(
        "indicator",
        "指标",
        "指标代码或名称。一个里程碑有几个目标时写几行：续行写同一编号，只填目标各列。",
        ("指标代码", "指标名称", "量化指标", "监测指标"),
        width=28,
    ),
    ImportField("target_stage", "学段", "小学、初中、九年一贯制、高中、教学点；不分学段留空。", words=SCHOOL_STAGES),
    ImportField("comparator", "比较", "≥、≤、>、<、等于；留空为≥。", ("比较符", "关系")),
    ImportField("value", "目标值", "数字；也可以连同符号和单位，如 ≥95%。", ("目标", "指标值", "目标数")),
    ImportField("unit", "单位", "如 %、所、个、平方米。", ("计量单位", "目标单位")),
    ImportField("baseline", "基线", "起点数值。", ("基期值", "现状值")),
    ImportField("target_note", "目标说明", "最多200字。"),
    ImportField("all_indicators", "全部指标", "是：该里程碑与全部评估指标挂钩（县域认定）。"),
    ImportField("detail", "说明", "补充说明。", ("工作措施", "具体措施", "任务说明", "主要措施"), width=30),
    ImportField("needs", "依赖项目", "目标要靠哪些项目建成才能实现：项目编号或名称，用顿号隔开。"),
    ImportField("governed_by", "以何为准", "同一目标在方案中另有里程碑写了时限并以其为准时，填其编号。"),
    ImportField("series", "所属系列", "单独列出的某年度任务属于哪个年度任务；一般留空。"),
    ImportField("note", "备注", "办公室的备注。", width=24),
)
_STAGE = (
    ImportField("key", "编号", "小写字母、数字和连字符。", ("阶段编号",), required=True),
    ImportField("name", "名称", "阶段名称。", ("阶段名称", "阶段"), required=True, width=24),
    ImportField("clause", "条款", "出自方案哪一条。", ("依据条款",), required=True),
    ImportField("start_on", "开始日期", "日期。", ("开始时间",), required=True),
    ImportField("end_on", "结束日期", "日期。", ("结束时间",), required=True),
)
_SCALE = (
    ImportField("classes", "班数", "班级数。", ("班级数", "教学班")),
    ImportField("places", "学位数", "学位数。", ("学位",)),
    ImportField("land_m2", "用地面积", "平方米。", ("占地面积",)),
    ImportField("floor_m2", "建筑面积", "平方米。", ("总建筑面积",)),
    ImportField("sports_m2", "运动场面积", "平方米。", ("运动场地面积", "体育场地面积")),
)
_PROJECT = (
    ImportField("key", "编号", "小写字母、数字和连字符。", ("项目编号",), required=True),
    ImportField("no", "序号", "方案附件中的序号。", ("项目序号",)),
    ImportField("name", "名称", "项目名称。", ("项目名称", "学校名称", "建设项目"), required=True, width=28),
    ImportField("aliases", "别名", "用顿号隔开。", ("简称",), width=20),
    ImportField("clause", "条款", "出自方案哪一条或哪个附件。", ("依据条款",), required=True),
    ImportField("place", "地区", "留空为方案所在地区。", ("县区", "所属地区")),
    ImportField("site", "地点", "建设地点。", ("建设地点", "选址"), width=20),
    ImportField("nature", "性质", "新建、迁建、改扩建。", ("建设性质",), required=True, words=NATURES),
    ImportField("investment_wan", "总投资（万元）", "万元。", ("投资", "估算投资", "投资额", "计划投资")),
    ImportField("start_year", "开工年份", "四位数年份。", ("开工时间",)),
    ImportField("end_year", "竣工年份", "四位数年份。", ("竣工时间", "完工年份", "完工时间"), required=True),
    ImportField("stage", "学段", "小学、初中、九年一贯制、高中、教学点。", ("办学类型",), words=SCHOOL_STAGES),
    ImportField("grade_classes", "每年级班数", "规制。", ("规制", "轨制")),
    ImportField("grades", "年级数", "6、3或9。"),
    *_SCALE,
    ImportField("description", "说明", "建设内容。", ("建设内容", "建设规模"), width=30),
)
_OF_PROJECT = ImportField("project", "项目编号", "“工程项目”表中的编号、名称或别名。", ("工程项目",), required=True)
_FLOOR = (
    _OF_PROJECT,
    ImportField("name", "部分", "如 教学楼、食堂。", ("单体名称",), required=True, width=20),
    ImportField("area_m2", "面积", "平方米。", ("建筑面积",), required=True),
    ImportField("underground", "地下", "是或否；留空为否。"),
)
_PHASE = (
    _OF_PROJECT,
    ImportField("name", "分期", "如 一期。", ("期次",), required=True),
    ImportField("stage", "学段", "同工程项目。", words=SCHOOL_STAGES),
    ImportField("start_year", "开工年份", "四位数年份。"),
    ImportField("end_year", "竣工年份", "四位数年份。"),
    *_SCALE,
)
_BUDGET = (
    _OF_PROJECT,
    ImportField("year", "年度", "四位数年份；不分年度留空。", ("年份",)),
    ImportField("source", "资金来源", "中央、省、市、县、其他。", ("来源",), required=True, words=SOURCES),
    ImportField("amount_wan", "金额（万元）", "万元。", ("金额",), required=True),
    ImportField("clause", "条款", "方案未写明、由办公室记录的留空。"),
)

FIELDS: dict[SheetSubject, tuple[ImportField, ...]] = {
    SheetSubject.MILESTONE: _MILESTONE,
    SheetSubject.STAGE: _STAGE,
    SheetSubject.PROJECT: _PROJECT,
    SheetSubject.FLOOR: _FLOOR,
    SheetSubject.PHASE: _PHASE,
    SheetSubject.BUDGET: _BUDGET,
}
SHEET_NAMES = {
    SheetSubject.MILESTONE: "里程碑",
    SheetSubject.STAGE: "阶段",
    SheetSubject.PROJECT: "工程项目",
    SheetSubject.FLOOR: "项目建筑",
    SheetSubject.PHASE: "项目分期",
    SheetSubject.BUDGET: "项目资金",
}
NOTES_SHEET, EXAMPLE_SHEET, LISTS_SHEET = "填写说明", "示例", "列表"
# Sheets of the template that hold nothing of the plan.
PASSIVE_SHEETS = frozenset({NOTES_SHEET, EXAMPLE_SHEET, LISTS_SHEET})

_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def plain_heading(text: str) -> str:
    """Return a heading as it is compared: half-width, without blanks, stars, colons and what stands in brackets."""
    words = "".join(normalize("NFKC", text).split()).replace("*", "").replace(":", "")
    return _IN_BRACKETS.sub("", words) or words


_NAMES = {
    subject: {
        **{plain_heading(other): item.name for item in fields for other in item.others},
        **{plain_heading(item.heading): item.name for item in fields},
    }
    for subject, fields in FIELDS.items()
}


def field_of_heading(subject: SheetSubject, heading: str) -> str | None:
    """Return the field that a heading names; None: none that is known."""
    return _NAMES[subject].get(plain_heading(heading))


def field_named(subject: SheetSubject, name: str) -> ImportField:
    """Return a field by its name. Raises: KeyError."""
    return _BY_NAME[subject][name]


_BY_NAME = {subject: {item.name: item for item in fields} for subject, fields in FIELDS.items()}


def word_for(words: dict[str, StrEnum], code: StrEnum | None) -> str | None:
    """Return the word that a template writes for a code; None for None."""
    return None if code is None else next(word for word, item in words.items() if item is code)
