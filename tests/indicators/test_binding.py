"""约束性 and 预期性: read where the plan prints them, set with an indicator, shown, and kept by an adjustment."""

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.figures.target_standing import target_standings
from tasks.errors import Problems
from tasks.indicators.target_actions import MeasureInput, measure
from tasks.indicators.values import binding_in
from tasks.models import Target
from tests import factories as make
from tests.review.test_corrections import NOW, Q, World


@pytest.mark.parametrize(
    ("text", "binding"),
    [
        ("单位工业增加值能耗下降18%（约束性）", "binding"),
        ("研发投入强度达到2%，为预期性指标", "expected"),
        ("国家级平台达到5个", ""),
        ("约束性和预期性指标各10项", ""),
    ],
)
def test_what_the_plan_prints_is_read(text: str, binding: str) -> None:
    assert binding_in(text) == binding


@pytest.mark.django_db
@pytest.mark.parametrize(("chosen", "holds"), [("", "expected"), ("binding", "binding")])
def test_the_office_sets_it_with_the_indicator_and_pages_show_it(chosen: str, holds: str) -> None:
    with clock.at(NOW):
        world = World()
        make.target(world.plan, None, 10, year=2020, binding="expected", task=world.task)
        values = MeasureInput("平台", "count", unit="个", binding=chosen, tasks=(world.task.ref,))
        order = Target.objects.get(plan=world.plan).order
        measure(by=world.office, plan=world.plan, order=order, values=values, reason="目标责任书")
        assert [one.target.binding for one in target_standings(world.plan, Q, known_at=clock.now())] == [
            holds
        ]
        client = Client()
        client.force_login(world.office)
        page = client.get(reverse("target", args=[world.plan.slug, order])).content.decode()
        assert {"binding": "约束性", "expected": "预期性"}[holds] in page
        listed = client.get(reverse("api_target_standing_list", args=[world.plan.slug]) + "?q=2017Q1").json()
        assert [one["target"]["binding"] for one in listed["results"]] == [holds]


@pytest.mark.django_db
def test_what_is_neither_is_refused() -> None:
    with clock.at(NOW):
        world = World()
        make.target(world.plan, None, 10, year=2020)
        values = MeasureInput("平台", "count", binding="maybe", tasks=(world.task.ref,))
        with pytest.raises(Problems) as refused:
            measure(
                by=world.office,
                plan=world.plan,
                order=Target.objects.get(plan=world.plan).order,
                values=values,
                reason="文",
            )
    assert [problem.field for problem in refused.value.problems] == ["binding"]
