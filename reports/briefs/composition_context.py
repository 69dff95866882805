"""What the sections of a brief are composed on: its figures, its words in force, and what it has numbered so far.

A section is a function of the desk. It gives a `Section`, or None when there is nothing to say; numbers of sections,
tables and annexes are given in order, so that what is absent leaves no gap.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reports.typeset.text import STAND_IN

Figures = dict[str, Any]
Say = Callable[[str], str]

# Between these stands what comes from the figures and may not be amended; they are never printed.
OPEN, CLOSE = "⟦", "⟧"
_UNFIXED = str.maketrans("", "", OPEN + CLOSE)
_TYPED = str.maketrans(OPEN + CLOSE, "〔〕")


def fixed(text: str) -> str:
    """Part of a sentence that is a figure, or a name with what the figures say of it."""
    return f"{OPEN}{text}{CLOSE}"


def plain(text: str) -> str:
    """The sentence as it is printed."""
    return text.translate(_UNFIXED)


def fixed_parts(text: str) -> list[str]:
    """What in the sentence comes from the figures, in its order."""
    return re.findall(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}", text)


@dataclass(frozen=True)
class Section:
    """One section as its template sees it: `part` names the template, `data` is what stands in it."""

    part: str
    title: str
    data: Figures = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to stand under the heading: texts alone, and all of them struck out."""
        return not any(value for value in self.data.values() if isinstance(value, (list, dict)))


@dataclass
class Desk:
    """`words` are the running texts in force by their keys, where they were frozen or amended; `said` are all texts
    that the sections asked for, as composed, in their order."""

    figures: Figures
    typed: Say  # what somebody wrote, as it can be printed
    family: str  # the face of charts
    words: Mapping[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    annexes: dict[str, int] = field(default_factory=dict)  # by part, the number of each that is there
    tables: int = 0
    _kept: dict[object, Any] = field(default_factory=dict, repr=False)

    def say(self, text: str) -> str:
        """Typed text: one line, full-width marks, and nothing that looks like a figure of ours."""
        return str(self.once(("say", text), lambda: self.typed(text.translate(_TYPED))))

    @property
    def has_unprintable(self) -> bool:
        """Whether a character had to be replaced by 〓 in anything that was typed."""
        return any(isinstance(kept, str) and STAND_IN in kept for kept in self._kept.values())

    def once(self, key: object, make: Callable[[], Any]) -> Any:
        """What several sections ask for, made once; whoever is given it leaves it as it is."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def text(self, key: str, composed: str) -> str:
        """The words in force under this key, as they are printed; "" when there are none or they were struck out."""
        if not composed:
            return ""
        self.said[key] = composed
        amended = self.words.get(key)
        if amended is None:
            return plain(composed)
        return str(self.once(("amended", key), lambda: self.typed(plain(amended))))

    def texts(self, key: str, composed: list[str]) -> list[str]:
        """Several paragraphs, of which those that were struck out are gone."""
        found = [self.text(f"{key}/{number}", text) for number, text in enumerate(composed, 1)]
        return [text for text in found if text]

    def annex(self, number: int) -> str:
        """附件2; where there is only one, 附件."""
        return _("附件%(number)d") % {"number": number} if len(self.annexes) > 1 else _("附件")

    def table(self) -> int:
        """The next table's number."""
        self.tables += 1
        return self.tables
