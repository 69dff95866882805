"""The invented plan of another city: people of its own, filed after the first plan, and nothing of the first depends on it."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from qhplan import clock, trial
from qhplan.sample import scoring, supervision
from qhplan.sample.accounts import make_sample_people
from qhplan.sample.plans import SECOND, SECOND_PERIODS, first_plan, second_plan
from qhplan.sample.submissions import begin_current, file_quarters
from reports.scoring.models import ScoreSheet
from reports.supervision.models import Notice
from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.submissions.models import Version
from tasks.values import Duty, Period, Rhythm, Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(plan: Plan, tmp_path: Path) -> Plan:
    """The first plan and the invented one, with their people."""
    with open("/dev/null", "w") as nowhere:
        call_command(
            "load_plan", str(settings.BASE_DIR / "fixtures" / "sample-plans" / SECOND), stdout=nowhere
        )
    make_sample_people(tmp_path)
    second = second_plan()
    assert second is not None
    return second


@pytest.mark.slow
def test_the_plan_shows_what_the_first_does_not_have(both: Plan) -> None:
    leads = {
        task.ref: [one.agency.slug for one in task.responsibilities.filter(role=Duty.LEAD)]
        for task in both.tasks.all()
    }
    assert leads["2-1-1"] == ["yz-jxj", "yz-nyj"]
    assert {one.role for task in both.tasks.all() for one in task.responsibilities.all()} == {
        "lead",
        "co",
        "carry",
    }
    assert not both.sectors.exists()
    assert (both.jurisdiction and both.jurisdiction.wording.coordination) == "需市级协调事项"
    assert "示例" in both.title


@pytest.mark.slow
def test_its_people_are_its_own(both: Plan) -> None:
    offices = {user.username: user.agency.jurisdiction.name for user in User.objects.holding(Role.OFFICE)}
    assert offices == {"bgs": "青海省", "bgs-qf": "青海省", "yz-bgs": "云泽市"}
    assert Agency.objects.get(slug="yz-duchashi").names.get().full == "云泽市人民政府督查室"


@pytest.mark.full
def test_it_is_filed_by_its_own_people(both: Plan) -> None:
    filed = file_quarters(both, SECOND_PERIODS[:1])
    versions = Version.objects.filter(task__plan=both)
    assert filed > 10
    assert {one.decided_by.username for one in versions.filter(duty="lead").exclude(decision="")} == {
        "yz-bgs",
        "yz-dcs",
    }
    with clock.at(make.moment("2017-07-05 10:00")):
        assert begin_current(both) > 0
    assert not versions.filter(quarter=Period(2017, 6, Rhythm.MONTH), agency__slug="yz-scjg").exists()
    assert supervision.make_few(both, SECOND_PERIODS[0]) == supervision.make_few(both, SECOND_PERIODS[0]) > 0
    assert scoring.make_one(both, SECOND_PERIODS[0]) == scoring.make_one(both, SECOND_PERIODS[0]) == 1
    assert {one.issued_by.username for one in Notice.objects.filter(plan=both)} <= {"yz-bgs", "yz-dcs"}
    assert ScoreSheet.objects.get(scheme__plan=both).state == "announced"
    texts = "".join(f"{done}{asked}" for done, asked in versions.values_list("done", "next_steps"))
    texts += "".join(f"{one.title}{one.text}" for one in Notice.objects.filter(plan=both))
    assert not re.search("省|季", texts)


@pytest.mark.slow
def test_the_site_opens_on_the_first_plan(both: Plan, monkeypatch: Any) -> None:
    first = first_plan()
    assert first is not None
    assert first.issued_on < both.issued_on
    trial._open_on_the_first()
    trial._open_on_the_first()
    assert list(Plan.objects.filter(is_default=True)) == [first]
    # Whatever somebody chose stays.
    Plan.objects.update(is_default=False)
    Plan.objects.filter(pk=both.pk).update(is_default=True)
    trial._open_on_the_first()
    assert list(Plan.objects.filter(is_default=True)) == [both]


def test_invented_plans_are_loaded_by_trial_sites_alone(settings: Any) -> None:
    assert [folder.name for folder in trial._folders()] == ["qinghai-2016-48"]
    settings.QHPLAN_MODE = "trial"
    assert [folder.name for folder in trial._folders()] == ["qinghai-2016-48", SECOND]
