"""What a help text consists of."""

from dataclasses import dataclass
from typing import Any

Text = Any  # of gettext_lazy


@dataclass(frozen=True)
class Help:
    """Help of one page: what it is for, what is asked of the reader, and the words (keys of `words.WORDS`) it uses.
    `title` is that of a page below a place of the navigation; a place has its label."""

    what: Text
    asked: tuple[Text, ...] = ()
    words: tuple[str, ...] = ()
    title: Text = ""


@dataclass(frozen=True)
class Word:
    """A term of the glossary as its Chinese readers know it, and what it means here."""

    word: Text
    meaning: Text
