"""What the sections of a brief are composed in: its figures, the words in force, and what was numbered so far.

A section is a function of the context. It returns a `Section`, or None when it has nothing to tell; sections, tables
and annexes are numbered in order, so that what is absent leaves no gap.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from django.utils.translation import gettext as _

from reports.briefs.snapshot import Snapshot
from tasks import typed

Printable = Callable[[str], str]
S_co = TypeVar("S_co", bound=Snapshot, covariant=True)
T = TypeVar("T")

# The text between these two comes from the figures and may not be amended; they are never printed.
OPEN, CLOSE = "⟦", "⟧"
_UNFIXED = str.maketrans("", "", OPEN + CLOSE)
_TYPED = str.maketrans(OPEN + CLOSE, "〔〕")


def fixed(text: str) -> str:
    """Part of a sentence that is a figure, or a name with what the figures give for it."""
    return f"{OPEN}{text}{CLOSE}"


def plain(text: str) -> str:
    """The sentence as it is printed."""
    return text.translate(_UNFIXED)


def fixed_parts(text: str) -> list[str]:
    """The parts of the sentence that come from the figures, in their order."""
    return re.findall(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}", text)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section or annex as its template shows it; a subclass adds its content and names its template in `part`.

    `number` and `anchor` are given once all sections are known.
    """

    part: ClassVar[str]
    title: str
    number: str = ""
    anchor: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to print under the heading, because all of its text was struck out."""
        return False


@dataclass(frozen=True, kw_only=True)
class Paragraphs(Section):
    """A section of running text alone."""

    part: ClassVar[str] = "briefs/parts/paragraphs.html"
    paragraphs: list[str]

    @property
    def is_empty(self) -> bool:
        return not self.paragraphs


@dataclass
class Context(Generic[S_co]):
    """`amended` are running texts by their keys, where an editor put others; `composed` are all texts that sections
    gave, as the figures give them, in their order. A context composes one brief."""

    figures: S_co
    clean: Printable  # typed text as the fonts can print it
    chart_font: str = ""
    amended: Mapping[str, str] = field(default_factory=dict)
    main_tasks: str = "%(count)s"  # begins the sentence that counts the main tasks
    quarter_label: str = ""  # the figures' quarter, where the brief's title does not name it
    composed: dict[str, str] = field(default_factory=dict)
    leads: dict[str, str] = field(
        default_factory=dict
    )  # what stands before a text in its line, by the text's key
    annexes: dict[type[Section], int] = field(default_factory=dict)  # the numbers of those that there are
    typed: dict[str, None] = field(default_factory=dict)  # what people typed, as it was given to `printable`
    tables: int = 0
    _cache: dict[object, Any] = field(default_factory=dict, repr=False)

    def printable(self, text: str) -> str:
        """Typed text as one line, with full-width punctuation, and with nothing that looks like one of our figures."""
        self.typed.setdefault(text)
        return self.cached(("printable", text), lambda: self.clean(text.translate(_TYPED)))

    def lines(self, text: str) -> str:
        """Typed text as `printable`, with its lines: each is printed as a paragraph."""
        lines = [self.printable(line) for line in typed.clean(text).split("\n")]
        return "\n".join(line for line in lines if line)

    def cached(self, key: object, make: Callable[[], T]) -> T:
        """What several sections need, made once; a caller does not change it."""
        if key not in self._cache:
            self._cache[key] = make()
        value: T = self._cache[key]
        return value

    def text(self, key: str, composed: str, lead: str = "") -> str:
        """The words in force under this key, as they are printed; "" when there are none or they were struck out. `lead` is
        what the section prints before them."""
        if not composed:
            return ""
        self.composed[key] = composed
        if lead:
            self.leads[key] = lead
        amended = self.amended.get(key)
        if amended is None:
            return plain(composed)
        lines = [
            self.cached(("amended", line), partial(self.clean, line)) for line in plain(amended).split("\n")
        ]
        return "\n".join(line for line in lines if line)

    def texts(self, key: str, composed: list[str]) -> list[str]:
        """Several paragraphs, without those that were struck out; a text of several lines is as many."""
        texts = [self.text(f"{key}/{number}", text) for number, text in enumerate(composed, 1)]
        return [line for text in texts for line in text.split("\n") if line]

    def annex_label(self, number: int) -> str:
        """附件2; where there is only one, 附件."""
        return _("附件%(number)d") % {"number": number} if len(self.annexes) > 1 else _("附件")

    def next_table(self) -> int:
        """The next table's number."""
        self.tables += 1
        return self.tables
