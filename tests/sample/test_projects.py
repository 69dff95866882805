"""Sample projects are made once, in a sample database only."""

import pytest

from qhplan.sample.projects import report_projects
from reports.figures.projects import by_sector, sums_of
from tasks.accounts.actions import mark_installation
from tasks.errors import Problems
from tasks.models import Agency, Plan
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.slow

SPAN = [Period(2016, 4), Period(2017, 1)]


def test_sample_projects_are_made_once(plan: Plan) -> None:
    with pytest.raises(Problems, match="不是示例数据库"):
        report_projects(plan, SPAN)
    mark_installation(is_sample=True)
    bodies = {agency.slug: agency for agency in Agency.objects.all()}
    for role, agency in (
        (Role.OFFICE, bodies["jxw"]),
        (Role.SECOND_REVIEWER, None),
        *((role, bodies[slug]) for slug in ("jxw", "fgw", "kjt") for role in (Role.REPORTER, Role.APPROVER)),
    ):
        make.user(role, agency=agency, password=None, is_sample=True)
    for quarter in SPAN:
        make.cycle(plan, quarter)

    made = report_projects(plan, SPAN)
    assert (made > 12, report_projects(plan, SPAN)) == (True, 0)

    groups = by_sector(plan, SPAN[-1], known_at=make.moment("2017-07-01"))
    sums = sums_of([row for group in groups for row in group.rows])
    assert (sums.projects, sums.due) == (10, 9)
    assert 5 < sums.reported <= 9
    assert sums.total > sums.invested > 0
