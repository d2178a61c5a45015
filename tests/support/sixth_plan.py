"""A sixth plan, invented for the tests and called so: what the office types in pages, or writes in a workbook."""

AREA = "云岭县（虚构）"
GOVERNMENT = "云岭县人民政府（虚构）"
EDUCATION = "云岭县教育局（虚构）"
FINANCE = "云岭县财政局（虚构）"
OFFICE = "云岭县义务教育优质均衡发展领导小组办公室（虚构）"
SLUG = "yunling-2026"

# Full name, short name, kind.
UNITS = (
    (GOVERNMENT, "县政府", "government"),
    (EDUCATION, "县教育局", "department"),
    (FINANCE, "县财政局", "department"),
    (OFFICE, "领导小组办公室", "office"),
)
HEAD = {
    "title": "云岭县义务教育优质均衡发展实施方案（虚构，供测试）",
    "short_title": "云岭方案（虚构）",
    "slug": SLUG,
    "document_number": "云政办〔2026〕1号",
    "issuer": GOVERNMENT,
    "issued_on": "2026-01-15",
    "period_start": "2026-01-01",
    "period_end": "2028-12-31",
    "area": AREA,
    "leading_group": "云岭县义务教育优质均衡发展领导小组（虚构）",
    "office": OFFICE,
    "tracked_from": "2026-01-01",
}
STAGES = (
    {"name": "建设阶段", "clause": "三(一)", "start_on": "2026-02-01", "end_on": "2027-08-31"},
    {"name": "迎检阶段", "clause": "三(二)", "start_on": "2027-09-01", "end_on": "2028-12-31"},
)
PROJECT = {
    "key": "chengdong-primary-school",
    "no": "1",
    "name": "城东小学新建工程",
    "clause": "附件1",
    "nature": "new",
    "investment_wan": "5200",
    "start_year": "2026",
    "end_year": "2027",
    "classes": "24",
    "places": "1080",
    "land_m2": "21000",
}
BUDGET = (("2026", "province", "1200"), ("2027", "county", "4000"))
# Fields of the milestone's form; targets as (indicator, stage, comparator, value, unit).
MILESTONES = (
    {
        "key": "recognition",
        "kind": "recognition",
        "title": "云岭县通过优质均衡国家认定",
        "clause": "一",
        "due_phrase": "2028年底前",
        "responsible": "县政府",
        "supporting": "县教育局、县财政局",
        "all_indicators": True,
    },
    {
        "key": "chengdong-completion",
        "kind": "project_completion",
        "title": "建成城东小学",
        "clause": "二(一)",
        "stage": "建设阶段",
        "project": PROJECT["key"],
        "due_phrase": "2027年8月底前",
        "responsible": "县教育局",
    },
    {
        "key": "class-size",
        "kind": "quantity",
        "title": "消除大班额，新增学位1080个",
        "clause": "二(二)",
        "due_phrase": "2027年前",
        "responsible": "县教育局",
        "supporting": "县财政局",
        "targets": (("G5", "primary", "<=", "45", "人"), ("G5", "junior", "<=", "50", "人")),
    },
    {
        "key": "rotation",
        "kind": "duty",
        "title": "校长教师交流轮岗",
        "clause": "二(三)",
        "due_phrase": "每年9月",
        "responsible": "县教育局",
        "targets": (("G11", "", ">=", "10", "%"),),
    },
)
