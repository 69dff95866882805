"""Words in texts, found by an index: SQL functions that normalise a text and cut it into pairs of characters.

PostgreSQL's trigrams leave Chinese out under the collation C.UTF-8, and its parsers know no Chinese words. So the index
(GIN, over an expression, of the model's Meta) holds every pair of neighbouring characters, and a search asks for the pairs
of its words; what has more than one pair is looked at again exactly. docs/decisions/search.md has what was weighed.
"""

from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Expression, F, Func, Q, TextField, Value
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
    text = joined(*parts)
    conditions = []
    for word in words:
        conditions.append(Q(_Meets(Grams(text), _Asked(Value(word)))))
        if len(word) > 2:  # two pairs may stand apart
            place = Func(Plain(text), Plain(Value(word)), function="strpos", output_field=TextField())
            conditions.append(Q(GreaterThan(place, 0)))
    return reduce(and_, conditions)
