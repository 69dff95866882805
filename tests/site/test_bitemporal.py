"""What is said anew of some quarters leaves what was said of others, and what was known before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tasks.bitemporal import known_from, quarters_from, retire
from tasks.models import TaskTerm, TermStatus
from tasks.values import Period
from tests import factories as make
from tests.examples import examples

Q = Period(2017, 1).ordinal
MOMENTS = [make.moment(f"2017-0{month}-01") for month in range(1, 7)]


def said(task_id: int, at: object, ordinal: int) -> list[str]:
    """What is known at the moment of the quarter."""
    return list(
        TaskTerm.objects.filter(task=task_id, known__contains=at, valid__contains=ordinal).values_list(
            "reason", flat=True
        )
    )


@pytest.mark.django_db
def test_pieces_outside_go_on_and_the_past_is_kept() -> None:
    # Said since January of 2016Q1…: "a". In March "b" is said of 2017Q1 and 2017Q2 alone.
    task = make.task(make.plan())
    make.term(task, TermStatus.LONG_TERM, first="2016Q1", known_since=MOMENTS[0], reason="a")

    rows = TaskTerm.objects.filter(task=task, known__endswith__isnull=True)
    retired = retire(rows, valid=quarters_from(Q, Q + 2), at=MOMENTS[2])
    make.term(task, TermStatus.CLOSED, first="2017Q1", last="2017Q2", known_since=MOMENTS[2], reason="b")

    assert [row.reason for row in retired] == ["a"]
    assert [said(task.pk, MOMENTS[3], Q + n) for n in (-1, 0, 1, 2)] == [["a"], ["b"], ["b"], ["a"]]
    assert [said(task.pk, MOMENTS[1], Q + n) for n in (-1, 0, 1, 2)] == [["a"]] * 4


@pytest.mark.django_db
def test_rows_that_say_nothing_of_the_quarters_are_left_alone() -> None:
    task = make.task(make.plan())
    row = make.term(task, first="2016Q1", last="2016Q4", known_since=MOMENTS[0])

    assert retire([row], valid=quarters_from(Q), at=MOMENTS[1]) == []
    row.refresh_from_db()
    assert row.known.upper is None


@pytest.mark.slow
class Statements(TestCase):
    """Whatever is said in whatever order: at every moment one thing is known of a quarter, the last one said of it."""

    @examples(40)
    @given(
        st.lists(
            st.tuples(st.one_of(st.none(), st.integers(-3, 3)), st.one_of(st.none(), st.integers(4, 7))),
            min_size=1,
            max_size=len(MOMENTS),
        )
    )
    def test_last_word_of_a_quarter_holds(self, spans: list[tuple[int | None, int | None]]) -> None:
        task = make.task(make.plan())
        expected: list[dict[int, str]] = []
        now: dict[int, str] = {}
        for number, (first, until) in enumerate(spans):
            lower = None if first is None else Q + first
            upper = None if until is None else Q + until
            valid = quarters_from(lower, upper)
            at = MOMENTS[number]
            retire(TaskTerm.objects.filter(task=task, known__endswith__isnull=True), valid=valid, at=at)
            TaskTerm.objects.create(
                task=task, status=TermStatus.OPEN, valid=valid, known=known_from(at), reason=str(number)
            )
            for ordinal in range(Q - 5, Q + 10):
                if (lower is None or lower <= ordinal) and (upper is None or ordinal < upper):
                    now = {**now, ordinal: str(number)}
            expected.append(now)
        for at, known in zip(MOMENTS, expected, strict=False):
            for ordinal in range(Q - 5, Q + 10):
                assert said(task.pk, at, ordinal) == ([known[ordinal]] if ordinal in known else [])
