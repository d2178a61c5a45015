"""What messages say, in plain Chinese: notices one by one or as a digest, the code of an address, a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.alert_words import MEASURE_NAMES, chinese_date
from app.domain.vocabulary import Measure, MessageKind, OutboxKind

_LONGEST_TITLE = 40  # characters of a matter's name in a subject


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """One notice to be told; `about` is the title of a milestone, or period and unit."""

    kind: OutboxKind
    alert_id: int
    plan: str
    measure: Measure
    about: str
    reason: str
    reply_due_on: date | None = None
    why_withdrawn: str = ""

    @property
    def name(self) -> str:
        """What it is called: the measure, or the withdrawal of it."""
        name = MEASURE_NAMES[self.measure]
        return f"撤回{name}" if self.kind is OutboxKind.WITHDRAWAL else name

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/alerts/{self.alert_id}"

    @property
    def lines(self) -> tuple[str, ...]:
        """What is said of it below its name."""
        if self.kind is OutboxKind.WITHDRAWAL:
            return f"撤回原因：{self.why_withdrawn or '未注明'}", f"原通知事由：{self.reason}"
        limit = (f"回复时限：{chinese_date(self.reply_due_on)}",) if self.reply_due_on is not None else ()
        return f"事由：{self.reason}", *limit


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """An issued document to be told of; `number` "" for one that takes none, `corrected_by` None: it stands."""

    document_id: int
    plan: str
    title: str
    number: str
    addressed: str  # 主送, 抄送
    issued_on: date
    corrected_by: str | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return "公文"

    @property
    def about(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}".strip()

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/documents/{self.document_id}"

    @property
    def lines(self) -> tuple[str, ...]:
        """What is said of it below its name."""
        said = (f"{self.addressed}本单位，{chinese_date(self.issued_on)}印发，请登录系统查阅并签收。",)
        return (*said, f"注意：本文件已由{self.corrected_by}更正。") if self.corrected_by else said


Told = NoticeWords | DocumentWords


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and text of a message; `page` is where to read more, None: unknown."""

    subject: str
    text: str
    page: str | None = None


def told(kind: MessageKind, notices: Sequence[Told], base_url: str) -> Words:
    """Return the words of a message with notices; `base_url` "" leaves addresses of pages out."""
    root = base_url.rstrip("/")
    page = f"{root}{notices[0].path}" if len(notices) == 1 else f"{root}/alerts"
    opening = (
        f"现有{len(notices)}项通知，请查收。" if len(notices) > 1 or kind is MessageKind.DIGEST else "请查收以下通知。"
    )
    blocks = [_block(number, notice, root) for number, notice in enumerate(notices, start=1)]
    closing = "本消息由系统自动发出，请勿直接回复；签收、回复请登录系统办理。"
    return Words(_subject(notices), "\n\n".join((opening, *blocks, closing)), page if root else None)


def _subject(notices: Sequence[Told]) -> str:
    plans = list(dict.fromkeys(notice.plan for notice in notices))
    where = plans[0] if len(plans) == 1 else f"{plans[0]}等{len(plans)}个方案"
    if len(notices) > 1:
        return f"【汇总】{where}：{len(notices)}项通知"
    about = notices[0].about
    short = about if len(about) <= _LONGEST_TITLE else about[: _LONGEST_TITLE - 1] + "…"
    return f"【{notices[0].name}】{where}：{short}"


def _block(number: int, notice: Told, root: str) -> str:
    lines = [f"{number}. 【{notice.name}】{notice.plan}：{notice.about}", *notice.lines]
    if root:
        lines.append(f"查看：{root}{notice.path}")
    return "\n".join(lines)


def code(value: str, minutes: int) -> Words:
    """Return the words that carry the code of an address."""
    text = f"验证码：{value}\n\n请在{minutes}分钟内到“送达地址”页面填写。若非本单位人员登记，请不必理会本消息。"
    return Words("【验证】送达地址验证码", text)


def trial() -> Words:
    """Return the words of a test message."""
    return Words("【测试】送达测试消息", "这是管理员发出的测试消息，收到即表示本地址可以送达，无须回复。")
