"""Who may do what (DOMAIN.md section 10): deny by default, one table of grants, one scope."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.vocabulary import Measure, Role


class Action(StrEnum):
    """What a route lets a person do, as `noun:action`."""

    SIGN_IN = "accounts:sign_in"  # open to everybody
    SERVE_STATUS = "jobs:status"  # open to everybody: health checks
    OWN_ACCOUNT = "accounts:own"
    OWN_ADDRESSES = "addresses:own"
    KEEP_ADDRESSES = "addresses:keep"
    VIEW_DELIVERIES = "deliveries:view"
    KEEP_DELIVERIES = "deliveries:keep"
    CARRY = "hand_delivery:keep"
    VIEW = "plans:view"
    CREATE_PLAN = "plans:create"
    KEEP_PLAN = "plans:keep"
    REPORT = "reports:create"
    ENDORSE = "reports:endorse"
    KEEP_PERIODS = "periods:keep"
    VERIFY = "milestones:verify"
    SCHEDULE = "milestones:schedule"
    WAIVE_TARGETS = "milestones:waive_targets"
    CLOSE_OUT = "milestones:close_out"
    RECHECK = "milestones:recheck"
    CONFIRM_HISTORY = "milestones:confirm_history"
    CHANGE_DUE = "milestones:change_due"
    REQUEST_EXTENSION = "extensions:request"
    ADVISE_EXTENSION = "extensions:advise"
    DECIDE_EXTENSION = "extensions:decide"
    INSTRUCT = "instructions:create"
    ANSWER_INSTRUCTION = "instructions:reply"
    SETTLE_INSTRUCTION = "instructions:settle"
    PAY = "projects:pay"
    VIEW_ALERTS = "alerts:view"
    SCAN = "alerts:scan"
    ANSWER_ALERT = "alerts:answer"
    SETTLE_ALERT = "alerts:settle"
    READ_INBOX = "inbox:read"
    SERVE_FEED = "calendar_feeds:serve"  # open to whoever holds the address
    VIEW_CASES = "cases:view"
    STATE_CASE = "cases:state"
    HANDLE_CASE = "cases:handle"
    DECIDE_CASE = "cases:decide"
    ANSWER_CASE = "cases:reply"
    CHECK_CASE = "cases:follow_up"
    ASSIGN_RECTIFICATION = "rectifications:create"
    REPORT_RECTIFICATION = "rectifications:report"
    ACCEPT_RECTIFICATION = "rectifications:accept"
    PRINT = "printouts:create"
    VIEW_DOCUMENTS = "documents:view"
    CHECK_DOCUMENT = "documents:check"
    ISSUE_DOCUMENT = "documents:issue"
    RECEIVE_DOCUMENT = "documents:receive"
    PROVE_DOCUMENT = "documents:prove"  # open to whoever holds the paper
    VIEW_AUDIT = "audit:view"
    MANAGE_ACCOUNTS = "accounts:manage"
    VIEW_JOBS = "jobs:view"
    KEEP_ORGANIZATIONS = "organizations:keep"
    KEEP_PLACES = "places:keep"
    KEEP_STANDARDS = "standards:keep"
    VIEW_CALENDAR = "calendar:view"
    KEEP_CALENDAR = "calendar:keep"


PUBLIC = frozenset({Action.SIGN_IN, Action.SERVE_STATUS, Action.SERVE_FEED, Action.PROVE_DOCUMENT})
_EVERYBODY = frozenset(Role)
_READERS = frozenset({Role.OFFICE, Role.LEADER, Role.UNIT, Role.INSPECTOR, Role.AUDITOR})

GRANTS: dict[Action, frozenset[Role]] = {
    Action.OWN_ACCOUNT: _EVERYBODY,
    Action.OWN_ADDRESSES: _EVERYBODY,
    Action.KEEP_ADDRESSES: frozenset({Role.ADMINISTRATOR}),
    Action.VIEW_DELIVERIES: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),
    Action.KEEP_DELIVERIES: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),
    Action.CARRY: frozenset({Role.OFFICE}),
    Action.VIEW: _EVERYBODY,
    Action.CREATE_PLAN: frozenset({Role.ADMINISTRATOR}),
    Action.KEEP_PLAN: frozenset({Role.OFFICE}),
    Action.REPORT: frozenset({Role.OFFICE, Role.UNIT}),
    Action.ENDORSE: frozenset({Role.UNIT}),
    Action.KEEP_PERIODS: frozenset({Role.OFFICE}),
    Action.VERIFY: frozenset({Role.OFFICE, Role.INSPECTOR}),
    Action.SCHEDULE: frozenset({Role.OFFICE}),
    Action.WAIVE_TARGETS: frozenset({Role.LEADER}),
    Action.CLOSE_OUT: frozenset({Role.OFFICE}),
    Action.RECHECK: frozenset({Role.OFFICE, Role.INSPECTOR}),
    Action.CONFIRM_HISTORY: frozenset({Role.OFFICE}),
    Action.CHANGE_DUE: frozenset({Role.OFFICE}),
    Action.REQUEST_EXTENSION: frozenset({Role.OFFICE, Role.UNIT}),
    Action.ADVISE_EXTENSION: frozenset({Role.OFFICE}),
    Action.DECIDE_EXTENSION: frozenset({Role.LEADER}),
    Action.INSTRUCT: frozenset({Role.OFFICE, Role.LEADER}),
    Action.ANSWER_INSTRUCTION: frozenset({Role.OFFICE, Role.UNIT}),
    Action.SETTLE_INSTRUCTION: frozenset({Role.OFFICE, Role.LEADER}),
    Action.PAY: frozenset({Role.OFFICE}),
    Action.VIEW_ALERTS: _EVERYBODY,
    Action.SCAN: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),
    Action.ANSWER_ALERT: frozenset({Role.OFFICE, Role.LEADER, Role.UNIT}),
    Action.SETTLE_ALERT: frozenset({Role.OFFICE}),
    Action.READ_INBOX: frozenset({Role.OFFICE, Role.LEADER, Role.UNIT}),
    Action.VIEW_CASES: _READERS,
    Action.STATE_CASE: frozenset({Role.UNIT}),
    Action.HANDLE_CASE: frozenset({Role.OFFICE}),
    Action.DECIDE_CASE: frozenset({Role.LEADER}),
    Action.ANSWER_CASE: frozenset({Role.OFFICE, Role.UNIT}),
    Action.CHECK_CASE: frozenset({Role.OFFICE, Role.INSPECTOR}),
    Action.ASSIGN_RECTIFICATION: frozenset({Role.OFFICE, Role.INSPECTOR}),
    Action.REPORT_RECTIFICATION: frozenset({Role.OFFICE, Role.UNIT}),
    Action.ACCEPT_RECTIFICATION: frozenset({Role.OFFICE, Role.INSPECTOR}),
    Action.PRINT: frozenset({Role.OFFICE, Role.LEADER}),
    Action.VIEW_DOCUMENTS: _READERS,  # a unit: those sent to it
    Action.RECEIVE_DOCUMENT: frozenset({Role.UNIT}),
    Action.CHECK_DOCUMENT: frozenset({Role.OFFICE, Role.LEADER}),
    Action.ISSUE_DOCUMENT: frozenset({Role.OFFICE, Role.LEADER}),
    Action.VIEW_AUDIT: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    Action.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    Action.VIEW_JOBS: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Action.KEEP_ORGANIZATIONS: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),
    Action.KEEP_PLACES: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),
    Action.KEEP_STANDARDS: frozenset({Role.ADMINISTRATOR}),
    Action.VIEW_CALENDAR: _EVERYBODY,
    Action.KEEP_CALENDAR: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),  # an office: the days of its own region
}

# Roles that act for one plan only, and must be given one.
PLAN_BOUND = frozenset({Role.OFFICE})
# Roles that act for one organization only, and must be given one.
ORGANIZATION_BOUND = frozenset({Role.UNIT})
# Measures from a circular up are decided by a leader; milder ones the office issues itself.
LEADERS_MEASURES = frozenset({Measure.CIRCULAR, Measure.INTERVIEW, Measure.ANNUAL_ASSESSMENT, Measure.ACCOUNTABILITY})


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of the record a person sees; None does not narrow."""

    plan_id: int | None = None
    organization_id: int | None = None

    def holds_plan(self, plan_id: int) -> bool:
        """Tell whether a plan lies in scope."""
        return self.plan_id is None or self.plan_id == plan_id


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, or (with account_id None) the scheduler or the command line."""

    account_id: int | None
    name: str
    role: Role | None
    scope: Scope = Scope()
    request_id: str | None = None


def may(role: Role | None, action: Action) -> bool:
    """Tell whether a role may do an action at all; no role may only what is open to everybody."""
    return action in PUBLIC or (role is not None and role in GRANTS.get(action, frozenset()))
