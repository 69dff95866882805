"""The find box of a plan's text."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tasks.finding import plain, read_query
from tasks.models import Plan
from tasks.plans.finding import find, hits
from tasks.values import Role
from tests import factories as make
from tests.plans.test_source_page import Reader


def page(plan: Plan, **asked: str) -> str:
    client = Client()
    client.force_login(make.user(Role.VIEWER, password=None))
    return str(client.get(reverse("source", args=[plan.slug]), asked).content.decode())


@pytest.mark.slow
def test_every_place_is_marked_once_and_listed(plan: Plan) -> None:
    shown = page(plan, find="锂电")
    reader = Reader(shown)  # tags close in order, no link within a link
    count = plain(plan.text).count("锂电")
    assert [one for one in reader.ids if one.startswith("hit-")] == [f"hit-{n}" for n in range(1, count + 1)]
    assert {f"#hit-{n}" for n in range(1, count + 1)} <= set(reader.links)
    assert f"共{count}处" in shown
    assert 'value="锂电"' in shown
    assert len(reader.ids) == len(set(reader.ids))


@pytest.mark.slow
def test_a_hit_over_several_passages_and_odd_words(plan: Plan) -> None:
    """A hit that lies in several pieces of the text has one anchor, and what is typed is only text."""
    line = next(one for one in find(plan.text, ["省商务厅"]))
    start, end = line.occurrences[0]
    around = line.text[start - line.start - 2 : end - line.start + 2]  # with the separators before and after
    shown = page(plan, find=around)
    assert Reader(shown).ids.count("hit-1") == 1
    for typed in ("<b>", "%", "'", "字" * 2000, "   "):
        query = read_query(typed)
        expected = [] if query.refusal else hits(plan.text, query.words)
        assert page(plan, find=typed).count("<mark id=") == len(expected), typed
    assert "原文没有“藏羚羊”" in page(plan, find="藏羚羊")


def test_hits_are_numbered_as_the_search_counts_them() -> None:
    text = "一、甲乙丙。\n\n二、乙丙丁乙丙。\n\n三、无。"
    found = hits(text, ["乙丙"])
    assert [hit.number for hit in found] == [1, 2, 3]
    assert [one.first for one in find(text, ["乙丙"])] == [1, 2]
    assert all(re.search("乙丙", "".join(run.text for run in hit.around)) for hit in found)
