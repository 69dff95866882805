"""Sample data: believable, the same on every machine, and never beside real returns."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from qhplan import clock
from qhplan.sample.accounts import SHOWN_AGENCIES
from qhplan.sample.submissions import FIRST, LAST, begin_current, file_quarters
from reports.figures.queries import plan_figures
from tasks.models import Cycle, Plan, Submission, Version
from tasks.values import GREY, Period
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def people(plan: Plan) -> Plan:
    call_command("sample_accounts", stdout=StringIO())
    return plan


def told(plan: Plan, quarter: Period) -> set[Any]:
    """What the sample says of a quarter, without the numbers that a database gives."""
    return set(
        Version.objects.filter(task__plan=plan, quarter=quarter).values_list(
            "task__ref",
            "agency__slug",
            "number",
            "light",
            "done",
            "submitted_at",
            "decision",
            "verified_light",
            "decision_note",
        )
    )


@pytest.mark.full
def test_a_quarter_has_a_believable_mix(people: Plan) -> None:
    call_command("sample_data", stdout=StringIO(), stderr=StringIO())
    assert set(Cycle.objects.values_list("quarter", flat=True)) == {FIRST, LAST}
    figures = plan_figures(people, LAST, known_at=make.moment("2017-07-05 10:00"))
    assert (figures.lead.due, figures.co.due) == (39, 446)
    for rate in (figures.lead, figures.co):
        assert 0.8 < rate.reported / rate.due < 1
        assert 0.5 < rate.on_time / rate.reported < 1
    assert min(figures.lights.green, figures.lights.yellow, figures.lights.red, figures.lights.grey) > 0
    assert figures.lights.unverified > 0
    changed = [task for task in figures.tasks if task.verified_light not in {"", task.reported_light}]
    assert changed
    assert all(task.light == task.verified_light for task in changed)
    assert {version.done[:4] for version in Version.objects.exclude(done="")} == {"（示例）"}


@pytest.mark.full
def test_a_quarter_reads_the_same_whatever_was_filed_before(people: Plan) -> None:
    """2017Q1 after 2016Q4, and 2016Q4 as a run on another day made it: filing again changes nothing."""
    file_quarters(people, [LAST])
    alone = told(people, LAST)
    assert file_quarters(people, [FIRST, LAST]) > 0  # 2016Q4 is new, 2017Q1 left alone
    assert told(people, LAST) == alone
    assert file_quarters(people, [FIRST, LAST]) == 0


@pytest.mark.full
def test_a_task_once_done_stays_done_and_grey_is_never_filed(people: Plan) -> None:
    file_quarters(people, [Period(2025, 4)])
    lights = set(Version.objects.values_list("light", flat=True))
    assert "blue" in lights
    assert GREY not in lights


def test_a_database_of_real_returns_takes_no_samples(plan: Plan) -> None:
    with pytest.raises(CommandError, match="不是示例数据库"):
        call_command("sample_data", stdout=StringIO(), stderr=StringIO())
    assert not Version.objects.exists()


@pytest.mark.parametrize("options", [{"last": "2017"}, {"first": "下季"}])
def test_a_wrong_quarter_is_told(people: Plan, options: dict[str, str]) -> None:
    with pytest.raises(CommandError, match="不是季度"):
        call_command("sample_data", **options, stdout=StringIO(), stderr=StringIO())


@pytest.mark.full
def test_the_current_quarter_is_begun_by_others_than_those_a_newcomer_tries(people: Plan) -> None:
    """On its fifth day some co-returns are in; nothing of the bodies whose accounts the terminal shows."""
    with clock.at(make.moment("2017-07-05 10:00")):
        filed = begin_current(people)
        assert begin_current(people) == 0
    versions = Version.objects.filter(quarter=Period(2017, 2))
    assert versions.count() == filed > 50
    assert not versions.filter(duty="lead").exists()
    assert not versions.filter(submitted_at__gt=make.moment("2017-07-05 10:00")).exists()
    assert not Submission.objects.filter(quarter=Period(2017, 2), agency__slug__in=SHOWN_AGENCIES).exists()
