"""A form on paper: what it prints, without knowing of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Cell:
    """A label and what stands beside it."""

    label: str
    text: str


@dataclass(frozen=True)
class Box:
    """A label and a box: what was written, then who signs 签字 and seals 盖章, and a day. `signer` and `day` are printed
    where they are known and left to be written by hand where not. With `is_text` nobody signs."""

    label: str
    paragraphs: Sequence[str] = ()
    signer: str = ""
    day: str = ""
    seal: bool = False
    is_text: bool = False


@dataclass(frozen=True)
class PaperForm:
    """One form: its title, the pairs of its head row by row (a row of one cell is wide), the boxes below."""

    title: str
    number: str
    rows: Sequence[Sequence[Cell]]
    boxes: Sequence[Box]
    notes: Sequence[str]
    author: str
    made: datetime
    marks: str = ""
