"""设指标: an indicator for a target of a plan that is in use."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from qhplan import clock
from tasks.errors import Conflict, Problems
from tasks.indicators.models import Target
from tasks.indicators.target_actions import MeasureInput, measure
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
GOOD = MeasureInput("新增平台", "count", unit="个")


def test_a_target_gets_its_indicator_and_what_was_known_before_stays() -> None:
    task = make.task(make.plan(), lead=make.agency())
    target = make.target(task.plan, value=6)
    before = clock.now()
    values = MeasureInput("新增平台", "count", unit="个", tasks=(task.ref,))
    measured = measure(
        by=make.user(Role.OFFICE), plan=task.plan, order=target.order, values=values, reason="会议定"
    )
    assert measured.slug == "xzpt"
    held = Target.objects.get(plan=task.plan, order=target.order, known__upper_inf=True)
    assert (held.indicator, held.value, held.text) == (measured, target.value, target.text)
    assert Target.objects.get(pk=target.pk).indicator is None
    assert before <= clock.now()
    with pytest.raises(Conflict, match="已设了指标"):
        measure(by=make.user(Role.OFFICE), plan=task.plan, order=target.order, values=values, reason="再")


def test_what_is_missing_is_said_at_once_and_nothing_is_written() -> None:
    task = make.task(make.plan(), lead=make.agency())
    target = make.target(task.plan, value=6)
    with pytest.raises(Problems) as error:
        measure(
            by=make.user(Role.OFFICE),
            plan=task.plan,
            order=target.order,
            values=MeasureInput("", "ratio"),
            reason="",
        )
    fields = {problem.field for problem in error.value.problems}
    assert fields == {"reason", "name", "numerator_name", "denominator_name", "tasks"}
    assert not task.plan.indicators.exists()


def test_only_the_office_does_so() -> None:
    task = make.task(make.plan(), lead=make.agency())
    target = make.target(task.plan, value=6)
    with pytest.raises(PermissionDenied):
        measure(by=make.user(Role.VIEWER), plan=task.plan, order=target.order, values=GOOD, reason="x")


def test_the_page(client: Client) -> None:
    task = make.task(make.plan(), lead=make.agency())
    target = make.target(task.plan, text="明显提高")
    client.force_login(make.user(Role.OFFICE))
    address = f"/plans/{task.plan.slug}/targets/{target.order}/measure/"
    assert "设指标" in client.get(f"/plans/{task.plan.slug}/targets/{target.order}/").content.decode()
    data = {"name": "程度", "kind": "amount", "flow": "stock", "decimals": "0", "reason": "会议定"}
    refused = client.post(address, data)
    assert refused.status_code == 422
    assert "请选由哪些任务的牵头单位填报" in refused.content.decode()
    assert client.post(address, {**data, "tasks": [task.ref]}).status_code == 302
    assert client.get(address).status_code == 404
