"""The Chinese words of official documents for stored codes; printed documents are Chinese in themselves."""

from app.domain.cases import CaseStage
from app.domain.vocabulary import MilestoneKind, ProjectNature, SchoolStage, Standing

STANDINGS = {
    Standing.PLANNED: "未启动",
    Standing.ON_TRACK: "推进中",
    Standing.DUE_SOON: "临期",
    Standing.BEHIND: "滞后",
    Standing.AWAITING_VERIFICATION: "待核验",
    Standing.OVERDUE: "逾期",
    Standing.CLOSED: "已销号",
    Standing.REGRESSED: "滑坡",
    Standing.UNCONFIRMED: "待核实",
    Standing.WITHDRAWN: "已调整",
}
KINDS = {
    MilestoneKind.RECOGNITION: "认定",
    MilestoneKind.QUANTITY: "量化目标",
    MilestoneKind.TASK: "任务",
    MilestoneKind.DUTY: "年度任务",
    MilestoneKind.PROJECT_START: "项目开工",
    MilestoneKind.PROJECT_COMPLETION: "项目竣工",
    MilestoneKind.STAGE: "阶段",
}
NATURES = {
    ProjectNature.NEW: "新建",
    ProjectNature.RELOCATION: "迁建",
    ProjectNature.EXPANSION: "改扩建",
}
SCHOOL_STAGES = {
    SchoolStage.PRIMARY: "小学",
    SchoolStage.JUNIOR: "初中",
    SchoolStage.NINE_YEAR: "九年一贯制",
    SchoolStage.SENIOR: "高中",
    SchoolStage.TEACHING_POINT: "教学点",
}
CASE_STAGES = {
    CaseStage.OPEN: "已立案",
    CaseStage.PROPOSED: "已提出处理建议",
    CaseStage.DECIDED: "已作出决定",
    CaseStage.RECTIFYING: "整改中",
    CaseStage.CLOSED: "已结案",
}
