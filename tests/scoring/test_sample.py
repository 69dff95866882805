"""Sample scores: through the real write path, and only in a sample database."""

import json
from pathlib import Path

import pytest

from qhplan import clock
from reports.scoring import sample
from reports.scoring.models import Appeal, Scheme, ScoreCorrection, ScoreSheet
from tasks.errors import Problems
from tasks.filing.sample import file_quarters
from tasks.filing.sample_people import make_sample_people
from tasks.models import Plan
from tasks.values import Quarter
from tests import factories as make

QUARTERS = [Quarter(2016, 4), Quarter(2017, 1)]


@pytest.mark.slow
def test_a_trial_site_has_scores_announced_contested_and_waiting(plan: Plan, tmp_path: Path) -> None:
    with clock.at(make.moment("2017-07-05 10:00")):
        make_sample_people(tmp_path)
        file_quarters(plan, QUARTERS)
        assert sample.make(plan, QUARTERS) == 2
        assert sample.make(plan, QUARTERS) == 0  # again does nothing
    assert set(Scheme.objects.values_list("number", "state")) == {(1, "adopted"), (2, "draft")}
    sheets = ScoreSheet.objects.order_by("pk").values_list("period", "edition", "state")
    assert list(sheets) == [
        ("2016Q4", 1, "announced"),
        ("2016Q4", 2, "announced"),
        ("2017Q1", None, "proposed"),
    ]
    first, second = (
        {one["agency"]["id"]: one["calculation"]["total"] for one in json.loads(sheet.content)["bodies"]}
        for sheet in ScoreSheet.objects.filter(state="announced").order_by("edition")
    )
    contested = Appeal.objects.get(upheld=True).agency_id
    assert {pk for pk in first if first[pk] != second[pk]} == {contested}
    assert ScoreCorrection.objects.get().agency_id == contested
    assert all(json.loads(sheet.content)["is_sample"] for sheet in ScoreSheet.objects.all())


def test_a_real_database_takes_no_samples(plan: Plan) -> None:
    with pytest.raises(Problems):
        sample.make(plan, QUARTERS)
