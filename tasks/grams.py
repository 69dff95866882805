"""Words in texts, found by an index: SQL functions that normalise a text and cut it into pairs of characters.

PostgreSQL's trigrams leave Chinese out under the collation C.UTF-8, and its parsers know no Chinese words. So the index
(GIN, over an expression, of the model's Meta) holds every pair of neighbouring characters, and a search asks for the pairs
of its words; what has more than one pair is looked at again exactly. docs/decisions/search.md has what was weighed.
"""

from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Expression, F, Func, IntegerField, Q, TextField, Value
from django.db.models.functions import Concat
from django.db.models.lookups import GreaterThan

# Between the fields of a row: no query has it, and it is no space, so that no word lies across two fields.
BETWEEN = "\x1e"


class Plain(Func):
    """The text as it is compared: full width as half, small letters, without spaces and line ends."""

    function = "tasks_plain"
    output_field = TextField()


class Grams(Func):
    """Every pair of neighbouring characters of the text, as a tsvector."""

    function = "tasks_grams"
    output_field = SearchVectorField()


class ProblemWords(Func):
    """The texts of a submission's problems, without their categories."""

    function = "tasks_problem_words"
    output_field = TextField()


class _Meets(Func):
    """Whether a text has the pairs of a word."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Asked(Func):
    function = "tasks_gram_query"


def joined(*parts: str | Expression) -> Expression:
    """Several fields as one text."""
    rows: list[Any] = []
    for part in parts:
        rows += [Value(BETWEEN), F(part) if isinstance(part, str) else part]
    return rows[1] if len(rows) == 2 else Concat(*rows[1:], output_field=TextField())


def gram_index(name: str, *parts: str | Expression) -> GinIndex:
    """The index by which `holds` finds words in the same parts."""
    return GinIndex(Grams(joined(*parts)), name=name)


def holds(words: list[str], *parts: str | Expression) -> Q:
    """Rows whose parts have every one of the words. Where there is an index over the same parts, it is used."""
    exact = stands_in(words, *parts)
    return has_pairs(words, *parts) if exact is None else has_pairs(words, *parts) & exact


def has_pairs(words: list[str], *parts: str | Expression) -> Q:
    """Rows whose parts have every pair of neighbouring characters of the words: what the index answers alone."""
    grams = Grams(joined(*parts))
    return reduce(and_, (Q(_Meets(grams, _Asked(Value(word)))) for word in words))


def stands_in(words: list[str], *parts: str | Expression) -> Q | None:
    """Whether the words themselves stand in the parts, as far as the pairs leave it open: two pairs of a longer word may
    stand apart. None where they leave nothing open."""
    text = Plain(joined(*parts))
    places = (
        Func(text, Plain(Value(word)), function="strpos", output_field=TextField())
        for word in words
        if len(word) > 2
    )
    open_ones = [Q(GreaterThan(place, 0)) for place in places]
    return reduce(and_, open_ones) if open_ones else None


def in_one_of(typed: str, *parts: str | Expression) -> list[Q]:
    """For the filter of a list, whose rows are few: a condition for each word typed, that it stands in one of the parts,
    compared as the search compares."""
    return [
        reduce(or_, (Q(GreaterThan(_place(part, word), 0)) for part in parts))
        for word in dict.fromkeys(typed.split())
    ]


def _place(part: str | Expression, word: str) -> Func:
    text = Plain(F(part) if isinstance(part, str) else part)
    return Func(text, Plain(Value(word)), function="strpos", output_field=IntegerField())
