"""The form that asks for a brief, where the site holds several plans."""

from datetime import date

import pytest

from reports.briefs.forms import AskForm
from tests import factories as make

pytestmark = pytest.mark.django_db

TODAY = date(2017, 5, 1)


@pytest.mark.slow
def test_parts_of_several_plans_are_offered_apart() -> None:
    plans = [make.plan(), make.plan()]
    for plan, name in zip(plans, ("以整机制造为引领", "推进创新"), strict=True):
        make.task(plan, make.group(plan, name=name), lead=make.agency())
        make.cycle(plan, "2017Q1")
    first, second = plans

    form = AskForm(plans=plans, today=TODAY)
    offered = {
        key: name
        for _label, parts in form.fields["kind"].choices  # type: ignore[attr-defined]
        if isinstance(parts, list)
        for key, name in parts
    }
    assert offered[f"{first.slug}/group:1"] == "以整机制造为引领"
    assert offered[f"{second.slug}/group:1"] == "推进创新"

    given = {"plan": second.slug, "quarter": "2017Q1"}
    for kind in (f"{second.slug}/group:1", "group:1"):
        asked = AskForm({**given, "kind": kind}, plans=plans, today=TODAY)
        assert asked.is_valid(), asked.errors
        assert asked.asked() == ("group", "1")
    other = AskForm({**given, "kind": f"{first.slug}/group:1"}, plans=plans, today=TODAY)
    assert not other.is_valid()
    assert "属于另一个方案" in str(other.errors["kind"])


def test_a_single_plan_keeps_short_keys() -> None:
    plan = make.plan()
    make.task(plan, make.group(plan), lead=make.agency())
    make.cycle(plan, "2017Q1")

    form = AskForm({"plan": plan.slug, "quarter": "2017Q1", "kind": "group:1"}, plans=[plan], today=TODAY)

    assert form.is_valid(), form.errors
    assert form.asked() == ("group", "1")
