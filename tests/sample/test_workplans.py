"""Sample work plans: believable, marked, the same on every machine, and never beside real ones."""

from io import StringIO

import pytest
from django.core.management import call_command

from qhplan import clock
from qhplan.sample.workplans import file_plans
from tasks.errors import Problems
from tasks.models import Measure, Milestone, MilestoneReport, Plan, WorkPlan, WorkPlanVersion
from tasks.values import Duty, Period
from tasks.workplans.queries import filings
from tasks.workplans.schedule import schedule
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.full
def test_every_lead_has_confirmed_milestones_and_the_office_something_to_do(plan: Plan) -> None:
    with clock.at(make.moment("2017-07-05 10:00")):
        call_command("sample_accounts", stdout=StringIO())
        assert file_plans(plan) > 50
        assert file_plans(plan) == 0
        leads = schedule(Period(2017, 2), plan_ids=[plan.pk], duty=Duty.LEAD)
        assert (len(leads), min(row.total for row in leads) > 0) == (39, True)
        assert 0 < sum(bool(row.behind) for row in leads) < 39
        assert any(row.late for row in leads)
        whole, year = ({one.state for one in filings(plan, WorkPlanPeriod(y))} for y in (None, 2017))
    assert whole == {"confirmed", "submitted", "missing"}
    assert year == {"confirmed", "submitted", "returned", "missing"}
    for model, name in ((Measure, "text"), (Milestone, "text"), (MilestoneReport, "words")):
        assert not model.objects.exclude(**{f"{name}__startswith": "（示例）"}).exists()
    assert WorkPlanVersion.objects.filter(submitted_by__is_sample=False).count() == 0


def test_a_database_of_real_work_plans_takes_no_samples(plan: Plan) -> None:
    with pytest.raises(Problems, match="不是示例数据库"):
        file_plans(plan)
    assert not WorkPlan.objects.exists()
