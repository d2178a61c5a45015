"""The closed lists of the field (DOMAIN.md, glossary): every stored code and its meaning."""

from enum import StrEnum


class Standing(StrEnum):
    """Where a milestone stands on a day; computed, never typed (DOMAIN.md section 3)."""

    PLANNED = "planned"
    ON_TRACK = "on_track"
    DUE_SOON = "due_soon"
    BEHIND = "behind"
    AWAITING_VERIFICATION = "awaiting_verification"
    OVERDUE = "overdue"
    CLOSED = "closed"
    REGRESSED = "regressed"
    UNCONFIRMED = "unconfirmed"
    WITHDRAWN = "withdrawn"


class Timeliness(StrEnum):
    """How a closed milestone met its date, by the day the result was reached."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


class Precision(StrEnum):
    """How exactly a due phrase names its day (DOMAIN.md section 2)."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    FIVE_YEAR_PLAN = "five_year_plan"
    RECURRING = "recurring"


class MilestoneKind(StrEnum):
    """What a milestone commits to."""

    RECOGNITION = "recognition"  # a place passes its recognition
    QUANTITY = "quantity"  # a dated quantity someone must reach
    TASK = "task"  # a dated piece of work without a figure
    DUTY = "duty"  # one occurrence of a recurring duty
    PROJECT_START = "project_start"
    PROJECT_COMPLETION = "project_completion"
    STAGE = "stage"  # start or end of a stage of the plan


class SchoolStage(StrEnum):
    """The school stage a figure applies to; a milestone target may have none."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    NINE_YEAR = "nine_year"  # compulsory part of nine- and twelve-year schools
    SENIOR = "senior"
    TEACHING_POINT = "teaching_point"


class Comparator(StrEnum):
    """How a value is held against a target's value."""

    AT_LEAST = ">="
    MORE_THAN = ">"
    AT_MOST = "<="
    LESS_THAN = "<"
    EQUAL = "=="


class IndicatorGroup(StrEnum):
    """The part of the standard an indicator belongs to."""

    RESOURCE = "resource"
    RESOURCE_CV = "resource_cv"
    GOVERNMENT = "government"
    QUALITY = "quality"
    RECOGNITION = "recognition"
    VETO = "veto"
    PLAN = "plan"  # an indicator that only one plan uses


class ValueType(StrEnum):
    """How a measured value is typed: a number, or yes (1) and no (0)."""

    NUMBER = "number"
    BOOLEAN = "boolean"


class PlaceKind(StrEnum):
    """The level of a place; zones have no division code of their own."""

    PREFECTURE = "prefecture"
    DISTRICT = "district"
    COUNTY_CITY = "county_city"
    COUNTY = "county"
    ZONE = "zone"


class OrganizationKind(StrEnum):
    """What kind of body an organization is."""

    GOVERNMENT = "government"
    DEPARTMENT = "department"
    PARTY = "party"
    OFFICE = "office"  # the leading group's own office
    OTHER = "other"


class UnitRole(StrEnum):
    """How an organization is bound to a milestone: 责任单位 or 配合单位."""

    RESPONSIBLE = "responsible"
    SUPPORTING = "supporting"


class ProjectNature(StrEnum):
    """Nature of a construction project: 新建, 迁建, 改扩建."""

    NEW = "new"
    RELOCATION = "relocation"
    EXPANSION = "expansion"


class FundSource(StrEnum):
    """The level of government, or other source, that money for a project comes from (DOMAIN.md section 7)."""

    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    OTHER = "other"


class Role(StrEnum):
    """What an account may do at all (DOMAIN.md section 10)."""

    OFFICE = "office"
    LEADER = "leader"
    UNIT = "unit"
    INSPECTOR = "inspector"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Measure(StrEnum):
    """The instruments of urging and accountability, mildest first (DOMAIN.md section 4)."""

    REMINDER = "reminder"
    URGING = "urging"
    SUPERVISION_NOTICE = "supervision_notice"
    RECTIFICATION_ORDER = "rectification_order"
    CIRCULAR = "circular"
    INTERVIEW = "interview"
    ANNUAL_ASSESSMENT = "annual_assessment"
    ACCOUNTABILITY = "accountability"


class DecisionKind(StrEnum):
    """What was decided on a milestone or a report on it; each is one dated fact."""

    ENDORSE = "endorse"  # the unit's supervisor has looked at a report and passes it on
    ACCEPT = "accept"  # a report is accepted, its measured values with it
    RETURN = "return"  # a claim or report goes back with a note
    PUBLIC_NOTICE = "public_notice"  # a claim is verified, and published for objections before closing
    WAIVE_TARGETS = "waive_targets"  # a leader lets a milestone be closed though its targets are not met
    CLOSE_OUT = "close_out"  # 销号
    REOPEN = "reopen"
    CONFIRM_HISTORY = "confirm_history"  # done before tracking began, with evidence
    TAKE_UP = "take_up"  # due before tracking began, not done: taken up as open
    TAKE_BACK = "take_back"  # what was last said of history is taken back
    RECHECK_FAILED = "recheck_failed"
    RECHECK_PASSED = "recheck_passed"
    WITHDRAW = "withdraw"  # cancelled by an amendment of the plan


class DueCause(StrEnum):
    """Why a milestone's effective due date is what it is."""

    ORIGINAL = "original"  # as issued; of a later version: as issued, now recorded right
    READING = "reading"  # the office applies the phrase's other reading
    EXTENSION = "extension"
    AMENDMENT = "amendment"


class RevisionCause(StrEnum):
    """Why a plan's record changed."""

    LOAD = "load"  # a plan file
    IMPORT = "import"  # a workbook
    EDIT = "edit"  # by hand: what the record had wrong or lacked
    AMENDMENT = "amendment"  # a document revises the plan
    READING = "reading"  # the other reading of a due phrase
    UNDO = "undo"  # takes an import back


class ChangeSubject(StrEnum):
    """What part of a plan a change is about."""

    PLAN = "plan"
    GROUP = "group"
    STAGE = "stage"
    INDICATOR = "indicator"
    OVERRIDE = "override"
    PROJECT = "project"
    MILESTONE = "milestone"
    RUNG = "rung"


class ReportingCycle(StrEnum):
    """How often units report on a plan."""

    QUARTER = "quarter"
    MONTH = "month"


class ExpectedKind(StrEnum):
    """What a unit is expected to report in a period."""

    PROGRESS = "progress"
    RECHECK = "recheck"  # yearly after closing: does the result still hold (复查/回头看)


class ReportState(StrEnum):
    """Where a report stands on its way through review."""

    SUBMITTED = "submitted"
    ENDORSED = "endorsed"  # the supervisor passed it on
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REPLACED = "replaced"  # by a later report of the same unit


class RungTrigger(StrEnum):
    """What a rung of the ladder counts its days from."""

    DUE = "due"  # the effective due date
    LAGGING = "lagging"  # the end of each reporting period through which progress trails the schedule
    MISSING_REPORT = "missing_report"  # the day until which a unit's reports of a period are in time
    UNANSWERED = "unanswered"  # the limit for answering an alert
    REGRESSION = "regression"  # the day on which a closed milestone was found to have slid back


class DayKind(StrEnum):
    """Which days a rung or a limit counts."""

    CALENDAR = "calendar"
    WORKING = "working"


class Capacity(StrEnum):
    """In what capacity an alert reaches somebody."""

    RESPONSIBLE = "responsible"
    SUPPORTING = "supporting"
    SUPERVISOR = "supervisor"  # of a responsible unit, or of the unit that an alert is about
    OFFICE = "office"
    LEADER = "leader"  # the leaders of the leading group; kept under the plan's office


class AlertStepKind(StrEnum):
    """What can be done about an alert."""

    ACKNOWLEDGE = "acknowledge"  # a recipient has taken note of it (签收)
    ANSWER = "answer"  # a recipient says what it does about it (回复)
    ACCEPT_ANSWER = "accept_answer"  # the office takes the answer
    RETURN_ANSWER = "return_answer"  # the answer does not do
    WITHDRAW = "withdraw"  # the office takes the alert back, with a reason (撤回)


class AlertState(StrEnum):
    """Where an alert stands; computed from its steps and the facts."""

    OPEN = "open"
    ANSWERED = "answered"
    SUPERSEDED = "superseded"  # what it was about is settled, or has another date (失效)
    WITHDRAWN = "withdrawn"


class ExtensionStepKind(StrEnum):
    """What can happen to a request for an extension."""

    OPINION = "opinion"  # the office says what it thinks of it
    GRANT = "grant"  # a leader grants it
    REFUSE = "refuse"  # a leader refuses it
    WITHDRAW = "withdraw"  # the unit takes it back
    CORRECT = "correct"  # a grant was wrong: a further date takes its place


class InstructionStepKind(StrEnum):
    """What can happen to a leader's instruction (批示)."""

    REPLY = "reply"  # the unit answers
    RETURN = "return"  # the answer does not do; a new limit may be set
    ACCEPT = "accept"  # the answer does: the instruction is settled


class PostDuty(StrEnum):
    """What the holder of a post does for the plan's matters."""

    IN_CHARGE = "in_charge"  # 分管负责人
    HEAD = "head"  # 主要负责人
    CONTACT = "contact"  # 联络员


class ChannelKind(StrEnum):
    """The ways on which a message leaves the house."""

    EMAIL = "email"
    WECOM = "wecom"  # 企业微信群机器人
    DINGTALK = "dingtalk"  # 钉钉群机器人
    FEISHU = "feishu"  # 飞书群机器人
    WEBHOOK = "webhook"  # another system of the office, signed
    FOLDER = "folder"  # files another program picks up


class DeliveryTrouble(StrEnum):
    """Why a message was not delivered on a channel."""

    NOT_CONFIGURED = "not_configured"  # the administrator does not offer the channel
    ADDRESS = "address"  # not an address of this channel
    KEY = "key"  # the robot's key, token, signature or keyword is not taken
    REFUSED = "refused"  # this message or recipient will not be taken
    SENDER = "sender"  # the mail server does not let us send: account, encryption or our own address
    BUSY = "busy"  # too many messages, or a refusal for the time being
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"  # the other side cannot prove who it is
    UNANSWERED = "unanswered"  # handed over, but the answer never came: it may have arrived
    UNREADABLE = "unreadable"  # the answer says neither yes nor no
    STORAGE = "storage"  # the folder cannot be written


class OutboxKind(StrEnum):
    """What there is to tell somebody."""

    ALERT = "alert"
    WITHDRAWAL = "withdrawal"  # an alert was taken back: told to exactly those who were told of it
    DOCUMENT = "document"  # an official document was issued


class MessageKind(StrEnum):
    """What a message holds."""

    URGENT = "urgent"  # one notice, sent at once
    DIGEST = "digest"  # everything else of a day (汇总)
    CODE = "code"  # proves that whoever gave the address reads what arrives there
    TEST = "test"  # an administrator tries an address


class MessageState(StrEnum):
    """Where a message stands on its way out."""

    QUEUED = "queued"
    SENDING = "sending"  # leased by a process
    SENT = "sent"
    SUPERSEDED = "superseded"  # nothing in it was still to be told
    FAILED = "failed"  # refused for good, or tried for the last time


class AttemptOutcome(StrEnum):
    """How one attempt to send a message ended."""

    SENT = "sent"
    DELAYED = "delayed"  # not this time
    REFUSED = "refused"  # never
    UNKNOWN = "unknown"  # handed over without an answer, or the process died: it may have arrived


class ItemDrop(StrEnum):
    """Why a notice was left out of its message when it was judged again."""

    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    NOT_TOLD = "not_told"  # a withdrawal of what never arrived
    ADDRESS = "address"  # no longer a verified address of somebody who is to be told


class HandReason(StrEnum):
    """Why a notice must be carried to its unit by hand (人工送达)."""

    NO_PERSON = "no_person"
    NO_ADDRESS = "no_address"
    FAILED = "failed"
    TOLD_BY_HAND = "told_by_hand"  # a withdrawal of what was carried there
    OUTSIDE = "outside"  # an organ that is no unit of the record


class HandStepKind(StrEnum):
    """What can be recorded of a notice carried by hand."""

    RECEIPT = "receipt"  # the unit has signed for it
    UNDO = "undo"  # the receipt was entered wrongly
