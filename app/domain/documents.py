"""Official documents: which kinds there are, what each is made of, and their way from draft to issue (DOMAIN.md 9)."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


class DocumentKind(StrEnum):
    """The kinds of documents that an office prints."""

    QUARTERLY_CIRCULAR = "quarterly_circular"  # 季度通报
    PROGRESS_REPORT = "progress_report"  # 进展情况报告
    COUNTY_SHEET = "county_sheet"  # 县市情况表
    UNIT_SHEET = "unit_sheet"  # 单位任务表
    MILESTONE_LEDGER = "milestone_ledger"  # 任务台账
    TWO_LEDGERS = "two_ledgers"  # 已达标、未达标台账
    RECTIFICATION_LEDGER = "rectification_ledger"  # 整改台账
    OVERDUE_LIST = "overdue_list"  # 逾期任务清单
    PROJECT_TABLE = "project_table"  # 工程项目和投资情况表
    SUPERVISION_NOTICE = "supervision_notice"  # 督办通知单
    REMINDER_LETTER = "reminder_letter"  # 提醒函
    URGING_LETTER = "urging_letter"  # 催办函
    INTERVIEW_NOTICE = "interview_notice"  # 约谈通知书
    INTERVIEW_MINUTES = "interview_minutes"  # 约谈纪要
    CRITICISM_CIRCULAR = "criticism_circular"  # 通报批评
    EXTENSION_REPLY = "extension_reply"  # 延期复函
    CLOSING_CERTIFICATE = "closing_certificate"  # 销号证明
    DOSSIER = "dossier"  # 案卷封面及目录


class SubjectKind(StrEnum):
    """What a document is made of, beside its plan."""

    QUARTER = "quarter"  # key 2026Q3
    PLAN = "plan"  # key empty
    PLACE = "place"
    UNIT = "organization"
    ALERT = "alert"
    CASE = "case"
    EXTENSION = "extension"
    MILESTONE = "milestone"


class FileFormat(StrEnum):
    """The formats that documents are written in."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"


class DocumentState(StrEnum):
    """Where a document stands; from `issued` and `discarded` nothing leads on."""

    DRAFT = "draft"
    CHECKED = "checked"
    ISSUED = "issued"
    DISCARDED = "discarded"


class DocumentStepKind(StrEnum):
    """What happened to a document."""

    DRAFT = "draft"  # its figures were taken from the ledger
    REFRESH = "refresh"  # they were taken again, at a later moment
    REWRITE = "rewrite"  # its words were changed
    CHECK = "check"
    SEND_BACK = "send_back"
    ISSUE = "issue"
    DISCARD = "discard"
    FILE_SCAN = "file_scan"  # the signed and stamped copy was filed beside it


_DRAFT, _CHECKED, _ISSUED = DocumentState.DRAFT, DocumentState.CHECKED, DocumentState.ISSUED
# Which step leads from which states to which.
_STEPS: dict[DocumentStepKind, tuple[frozenset[DocumentState], DocumentState | None]] = {
    DocumentStepKind.REFRESH: (frozenset({_DRAFT}), _DRAFT),
    DocumentStepKind.REWRITE: (frozenset({_DRAFT}), _DRAFT),
    DocumentStepKind.CHECK: (frozenset({_DRAFT}), _CHECKED),
    DocumentStepKind.SEND_BACK: (frozenset({_CHECKED}), _DRAFT),
    DocumentStepKind.ISSUE: (frozenset({_CHECKED}), _ISSUED),
    DocumentStepKind.DISCARD: (frozenset({_DRAFT, _CHECKED}), DocumentState.DISCARDED),
    DocumentStepKind.FILE_SCAN: (frozenset({_ISSUED}), _ISSUED),
}


@dataclass(frozen=True, slots=True)
class KindSpec:
    """What a kind of document is: its Chinese name, what it is made of, whether it takes a number, its formats.

    One that is not `numbered` is a working paper: it is printed at once, with a fingerprint and without a number.
    """

    name: str
    subject: SubjectKind
    numbered: bool
    formats: tuple[FileFormat, ...]


_EDITED = (FileFormat.PDF, FileFormat.DOCX)
_TABLES = (FileFormat.PDF, FileFormat.XLSX)
_ALL = (FileFormat.PDF, FileFormat.DOCX, FileFormat.XLSX)

KINDS: dict[DocumentKind, KindSpec] = {
    DocumentKind.QUARTERLY_CIRCULAR: KindSpec("季度通报", SubjectKind.QUARTER, True, _ALL),
    DocumentKind.PROGRESS_REPORT: KindSpec("进展情况报告", SubjectKind.PLAN, True, _ALL),
    DocumentKind.COUNTY_SHEET: KindSpec("县（市、区）情况表", SubjectKind.PLACE, False, _ALL),
    DocumentKind.UNIT_SHEET: KindSpec("单位任务表", SubjectKind.UNIT, False, _ALL),
    DocumentKind.MILESTONE_LEDGER: KindSpec("任务台账", SubjectKind.PLAN, False, _TABLES),
    DocumentKind.TWO_LEDGERS: KindSpec("达标情况双台账", SubjectKind.PLAN, False, _TABLES),
    DocumentKind.RECTIFICATION_LEDGER: KindSpec("整改台账", SubjectKind.PLAN, False, _TABLES),
    DocumentKind.OVERDUE_LIST: KindSpec("逾期任务清单", SubjectKind.PLAN, False, _TABLES),
    DocumentKind.PROJECT_TABLE: KindSpec("工程项目和投资情况表", SubjectKind.PLAN, False, _TABLES),
    DocumentKind.SUPERVISION_NOTICE: KindSpec("督办通知单", SubjectKind.ALERT, True, _EDITED),
    DocumentKind.REMINDER_LETTER: KindSpec("提醒函", SubjectKind.ALERT, True, _EDITED),
    DocumentKind.URGING_LETTER: KindSpec("催办函", SubjectKind.ALERT, True, _EDITED),
    DocumentKind.INTERVIEW_NOTICE: KindSpec("约谈通知书", SubjectKind.CASE, True, _EDITED),
    DocumentKind.INTERVIEW_MINUTES: KindSpec("约谈纪要", SubjectKind.CASE, True, _EDITED),
    DocumentKind.CRITICISM_CIRCULAR: KindSpec("通报批评", SubjectKind.CASE, True, _EDITED),
    DocumentKind.EXTENSION_REPLY: KindSpec("延期复函", SubjectKind.EXTENSION, True, _EDITED),
    DocumentKind.CLOSING_CERTIFICATE: KindSpec("销号证明", SubjectKind.MILESTONE, False, _EDITED),
    DocumentKind.DOSSIER: KindSpec("案卷封面及目录", SubjectKind.CASE, False, _EDITED),
}

_QUARTER_KEY = re.compile(r"[0-9]{4}Q[1-4]")
_ID_KEY = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What one document is made of.

    `key` is a quarter (2026Q3), an id, or empty for the plan as a whole or for several at once.
    """

    kind: SubjectKind
    key: str = ""

    def __str__(self) -> str:
        """Return the text it is stored as: quarter/2026Q3, place/7, plan."""
        return f"{self.kind}/{self.key}" if self.key else self.kind.value

    @property
    def is_one(self) -> bool:
        """Whether it names one thing; of places or units without a key, several are bound in one volume."""
        return bool(self.key) or self.kind is SubjectKind.PLAN

    @property
    def id(self) -> int:
        """The id it names. Raises: ValueError for a quarter or a plan."""
        return int(self.key)


def subject(kind: DocumentKind, key: str) -> Subject:
    """Return the subject of a kind of document by its key. Raises: ValueError when the key is none of that sort."""
    sort = KINDS[kind].subject
    pattern = _QUARTER_KEY if sort is SubjectKind.QUARTER else _ID_KEY
    if bool(key) is (sort is SubjectKind.PLAN) or (key and not pattern.fullmatch(key)):
        raise ValueError(key)
    return Subject(sort, key)


def read_subject(text: str) -> Subject:
    """Return the subject that was stored as text."""
    kind, _, key = text.partition("/")
    return Subject(SubjectKind(kind), key)


def next_state(state: DocumentState, step: DocumentStepKind) -> DocumentState | None:
    """Return the state that a step leads to; None: it cannot be taken now."""
    before, after = _STEPS.get(step, (frozenset[DocumentState](), None))
    return after if state in before else None


def may_check(writers: Collection[int | None], checker: int | None) -> bool:
    """Tell whether somebody may check a draft: nobody who drafted or wrote it since it was last sent back does.

    A check by the one who wrote is none (two keys, as for closing).
    """
    return checker is not None and checker not in writers


def figures_in(words: str) -> tuple[str, ...]:
    """Return the figures that stand in words, each once: who checks holds them against the ledger's."""
    return tuple(dict.fromkeys(_FIGURE.findall(words)))


def number_text(series: str, year: int, serial: int) -> str:
    """Write a document number: 洛均衡办〔2026〕3号 (GB/T 9704-2012, 7.2.5: no 第, no leading zeros)."""
    return f"{series}〔{year}〕{serial}号"


_FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?[%％]?")
SERIES = re.compile(r"[\u4e00-\u9fff]{2,12}")  # an organ's code word (机关代字)
FINGERPRINT_DIGITS = 16


def fingerprint(content_sha256: str) -> str:
    """Return the short hash printed on each page, in groups of four: 3f2a 91c0 77be 0d14."""
    digits = content_sha256[:FINGERPRINT_DIGITS]
    return " ".join(digits[start : start + 4] for start in range(0, FINGERPRINT_DIGITS, 4))


_HAN = re.compile(r"[\u4e00-\u9fff]")
_WHAT_FOR = "均衡办"


def suggested_series(area: str) -> str:
    """Return a code word for the office of an area that has settled none: 洛阳市 → 洛均衡办; "" for a name without Han.

    It is the first character of the area's own name before the office's short name; the office may type another.
    """
    found = _HAN.search(area.rpartition("自治区")[2] or area)
    return f"{found.group()}{_WHAT_FOR}" if found else ""


def missing_serials(serials: Iterable[int]) -> tuple[int, ...]:
    """Return the serials between 1 and the last one that a register lacks; none when it has no gap."""
    taken = set(serials)
    return tuple(serial for serial in range(1, max(taken, default=0) + 1) if serial not in taken)
