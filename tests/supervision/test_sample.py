"""Sample supervision: every state is there, through the real write path, and only in a sample database."""

from pathlib import Path

import pytest

from qhplan import clock
from reports.supervision import sample
from reports.supervision.models import Escalation, Instruction, Notice
from reports.supervision.values import State
from tasks.errors import Problems
from tasks.filing.sample import file_quarters
from tasks.filing.sample_people import make_sample_people
from tasks.models import Comment, Plan
from tasks.values import Quarter
from tests import factories as make

Q4, Q1 = Quarter(2016, 4), Quarter(2017, 1)


@pytest.mark.slow
def test_a_trial_site_has_notices_in_every_state_an_instruction_and_comments(
    plan: Plan, tmp_path: Path
) -> None:
    with clock.at(make.moment("2017-07-05 10:00")):
        make_sample_people(tmp_path)
        file_quarters(plan, [Q4, Q1])
        sample.make(plan, Q1)
        assert sample.make(plan, Q1) == 0  # again does nothing
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


def test_a_real_database_takes_no_samples(plan: Plan) -> None:
    with pytest.raises(Problems):
        sample.make(plan, Q1)
