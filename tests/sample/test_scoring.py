"""Samples are for a sample database alone; what they make is held in tests/site/test_samples.py."""

import pytest

from qhplan.sample import scoring
from tasks.errors import Problems
from tasks.models import Plan
from tasks.values import Period


def test_a_real_database_takes_no_samples(plan: Plan) -> None:
    with pytest.raises(Problems):
        scoring.make(plan, [Period(2016, 4), Period(2017, 1)])
