"""Sample adjustments: one that holds and one that waits, made once, and in a sample database only."""

import pytest

from qhplan.sample.adjustments import adjust
from tasks.accounts.actions import mark_installation
from tasks.adjustments.queries import content_of, term_at
from tasks.adjustments.values import TargetChange
from tasks.errors import Problems
from tasks.models import Adjustment, Plan, Task
from tasks.values import Period, Role
from tests import factories as make


@pytest.mark.slow
def test_sample_adjustments_are_made_once(plan: Plan) -> None:
    with pytest.raises(Problems, match="不是示例数据库"):
        adjust(plan)
    mark_installation(is_sample=True)
    for role in (Role.OFFICE, Role.LEADERSHIP):
        make.user(role, password=None, is_sample=True)

    assert (len(adjust(plan)), len(adjust(plan))) == (2, 0)

    assert {row.kind: row.state for row in Adjustment.objects.all()} == {
        "deadline": "approved",
        "target": "proposed",
    }
    task = Task.objects.get(plan=plan, ref="3-4-3")
    known = make.moment("2017-07-05")
    assert [
        str(term_at(task.pk, Period(2017, 1), known).deadline),
        term_at(task.pk, Period(2016, 4), known).deadline,
    ] == ["2018-12-31", None]
    waiting = content_of(Adjustment.objects.get(kind="target"))
    assert isinstance(waiting, TargetChange)
    assert waiting.before.text != waiting.after.text
