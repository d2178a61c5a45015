"""Tables only; importing this package registers every table on `SQLModel.metadata`."""

from app.models.accounts import Account, SignIn, SignInThrottle
from app.models.alerts import Alert, AlertRecipient, Obligation
from app.models.audit import AuditEntry, AuditHead
from app.models.cases import AccountabilityCase, CaseEvent, CaseMilestone
from app.models.extensions import ExtensionRequest, ExtensionStep
from app.models.imports import ImportPart, ImportProblem, PlanImport
from app.models.indicators import Indicator, Standard, Threshold
from app.models.instructions import Instruction, InstructionStep
from app.models.jobs import JobRun, SchedulerLease
from app.models.milestones import (
    ClosingNumber,
    DueDate,
    Milestone,
    MilestoneDecision,
    MilestoneGovernor,
    MilestoneNeed,
    MilestoneSchedule,
    MilestoneUnit,
    Target,
)
from app.models.organizations import Organization, OrganizationAlias, Posting, UnitGroup, UnitGroupMember
from app.models.places import Place
from app.models.plans import LadderRung, Plan, Stage
from app.models.printouts import Printout
from app.models.projects import BudgetLine, Payment, Project, ProjectAlias, ProjectFloor, ProjectPhase
from app.models.reports import (
    DraftFile,
    Evidence,
    ExpectedReport,
    PeriodReopening,
    Report,
    ReportDraft,
    ReportingPeriod,
    ReportReview,
    ReportValue,
)
from app.models.revisions import AmendmentDraft, DraftChange, PlanChange, PlanRevision
from app.models.standings import MilestoneStanding, ProjectionDay

# Rows of these tables are never updated or deleted: triggers on both engines refuse it (DESIGN.md law 4).
FACT_TABLES = (
    "report",
    "report_value",
    "evidence",
    "due_date",
    "milestone_decision",
    "payment",
    "alert",
    "alert_recipient",
    "case_milestone",
    "case_event",
    "printout",
    "audit_entry",
    "plan_revision",
    "plan_change",
    "reporting_period",
    "period_reopening",
    "expected_report",
    "closing_number",
    "milestone_schedule",
    "extension_request",
    "extension_step",
    "instruction",
    "instruction_step",
)

__all__ = [
    "FACT_TABLES",
    "Account",
    "AccountabilityCase",
    "Alert",
    "AlertRecipient",
    "AmendmentDraft",
    "AuditEntry",
    "AuditHead",
    "BudgetLine",
    "CaseEvent",
    "CaseMilestone",
    "ClosingNumber",
    "DraftChange",
    "DraftFile",
    "DueDate",
    "Evidence",
    "ExpectedReport",
    "ExtensionRequest",
    "ExtensionStep",
    "ImportPart",
    "ImportProblem",
    "Indicator",
    "Instruction",
    "InstructionStep",
    "JobRun",
    "LadderRung",
    "Milestone",
    "MilestoneDecision",
    "MilestoneGovernor",
    "MilestoneNeed",
    "MilestoneSchedule",
    "MilestoneStanding",
    "MilestoneUnit",
    "Obligation",
    "Organization",
    "OrganizationAlias",
    "Payment",
    "PeriodReopening",
    "Place",
    "Plan",
    "PlanChange",
    "PlanImport",
    "PlanRevision",
    "Posting",
    "Printout",
    "Project",
    "ProjectAlias",
    "ProjectFloor",
    "ProjectPhase",
    "ProjectionDay",
    "Report",
    "ReportDraft",
    "ReportReview",
    "ReportValue",
    "ReportingPeriod",
    "SchedulerLease",
    "SignIn",
    "SignInThrottle",
    "Stage",
    "Standard",
    "Target",
    "Threshold",
    "UnitGroup",
    "UnitGroupMember",
]
