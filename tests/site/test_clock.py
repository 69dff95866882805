"""Domain time: real by default, held within a block, fixed on a trial site."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from qhplan import clock

MOMENT = datetime(2017, 6, 30, 17, 0, tzinfo=UTC)


def test_now_is_real_and_aware() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.is_fixed() is False


def test_at_holds_the_clock_and_lets_go() -> None:
    with clock.at(MOMENT):
        assert (clock.now(), clock.is_fixed()) == (MOMENT, True)
        with clock.at(MOMENT + timedelta(days=1)):
            assert clock.now() == MOMENT + timedelta(days=1)
        assert clock.now() == MOMENT
    assert clock.is_fixed() is False


def test_at_does_not_reach_other_threads() -> None:
    seen: list[bool] = []
    with clock.at(MOMENT):
        thread = threading.Thread(target=lambda: seen.append(clock.is_fixed()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_today_is_the_day_in_china() -> None:
    with clock.at(MOMENT):
        assert clock.today() == date(2017, 7, 1)


def test_at_refuses_a_moment_without_zone() -> None:
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2017, 7, 1)):
        pass


def test_trial_site_stands_still(settings: Settings) -> None:
    settings.QHPLAN_NOW = MOMENT
    assert (clock.now(), clock.is_fixed()) == (MOMENT, True)
