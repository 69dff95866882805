"""The sample data of a trial site: through the real write paths, whole, and once. Filed once for all that stands on it."""

import json
from pathlib import Path

import pytest

from qhplan import clock
from qhplan.sample import coordination as coordination_sample
from qhplan.sample import scoring as scoring_sample
from qhplan.sample import supervision as supervision_sample
from qhplan.sample.accounts import make_sample_people
from qhplan.sample.submissions import file_quarters
from reports.scoring.models import Appeal, Scheme, ScoreCorrection, ScoreSheet
from reports.supervision.models import Escalation, Instruction, Notice
from reports.supervision.values import State
from tasks.models import Comment, Plan
from tasks.values import Period
from tests import factories as make

QUARTERS = [Period(2016, 4), Period(2017, 1)]


@pytest.mark.full
def test_a_trial_site_has_notices_in_every_state_and_scores_announced_contested_and_waiting(
    plan: Plan, tmp_path: Path
) -> None:
    with clock.at(make.moment("2017-07-05 10:00")):
        make_sample_people(tmp_path)
        file_quarters(plan, QUARTERS)
        supervision_sample.make(plan, QUARTERS[-1])
        assert coordination_sample.make(plan, QUARTERS[-1]) > 3
        assert coordination_sample.make(plan, QUARTERS[-1]) == 0
        assert supervision_sample.make(plan, QUARTERS[-1]) == 0  # again does nothing
        assert scoring_sample.make(plan, QUARTERS) == 2
        assert scoring_sample.make(plan, QUARTERS) == 0
    _notices()
    _scores()


def _notices() -> None:
    assert set(Notice.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Notice.objects.exclude(series="").values_list("series", flat=True)) == {"notice", "letter"}
    assert {one.to for one in Escalation.objects.all()} == {"head", "leadership"}
    standing = {one.standing.value for one in Instruction.objects.with_standing()}
    assert standing == {"waiting", "assigned"}
    assert set(Comment.objects.values_list("kind", flat=True)) == {"task", "target"}
    assert not Notice.objects.filter(is_sample=False).exists()
    # Numbers follow the days on which they were given.
    for series in ("notice", "letter"):
        issued = Notice.objects.filter(series=series).order_by("number").values_list("issued_at", flat=True)
        assert list(issued) == sorted(issued)


def _scores() -> None:
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
