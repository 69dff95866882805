"""What is printed on a brief and is no figure: number, code, imprint."""

from dataclasses import dataclass, field, fields
from datetime import date

from tasks.plans.models import ENDED as ENDED_STATUSES

# The words for a task on which nothing is owed any more: {state: 已销号, 已撤销}.
ENDED = {status.value: status.label for status in ENDED_STATUSES}


@dataclass(frozen=True)
class Stamp:
    """Number, edition and date of an issued brief, and the code under which anyone can have it verified."""

    year: int
    number: int | None  # None of a kind without numbers
    edition: int
    issued_on: date
    code: str
    verify_url: str
    total: int = 0  # 总第N期: the number in the whole series, whatever the year; 0 where none was kept

    @property
    def code_printed(self) -> str:
        """The code in groups of four, as it is printed and typed in."""
        return "-".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))


@dataclass(frozen=True)
class Imprint:
    """What the office fills in: 密级、份号 on the first page, 版记 on the last."""

    secrecy: str = ""  # 内部资料 when left empty
    copy_number: str = ""
    report_to: str = ""  # 报
    send_to: str = ""  # 送
    distribute_to: str = ""  # 发
    printed_by: str = ""  # 印发机关; the office when left empty
    copies: int | None = None  # 共印N份
    drafted_by: str = ""  # 拟稿
    checked_by: str = ""  # 核稿
    signed_by: str = ""  # 签发


# 摘要 has no room for 版记.
HEAD_FIELDS = ("secrecy", "copy_number")
IMPRINT_FIELDS = tuple(one.name for one in fields(Imprint))


@dataclass(frozen=True)
class BriefHead:
    """What is printed around the text. A brief without a stamp is a draft, and every page is marked so."""

    office: str
    stamp: Stamp | None = None
    imprint: Imprint = field(default_factory=Imprint)
