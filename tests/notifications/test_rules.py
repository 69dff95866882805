"""On which days somebody is reminded: hand-worked calendars."""

from datetime import date, timedelta

import pytest

from tasks.cycles.due_dates import default_dates
from tasks.cycles.workdays import workdays_between
from tasks.notifications.reminder_rules import BACKOFF, MAX_ATTEMPTS, mobile, next_attempt, reminded, timing
from tasks.notifications.values import Reason, Stage
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db  # days off that an office has set


def days(
    due: str, first: str, last: str, since: str | None = None, late: int = 3
) -> dict[str, tuple[str, int]]:
    """{month-day: (stage, working days)} of every day on which somebody is reminded of what is due."""
    found, day = {}, date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        when = timing(
            day,
            make.moment(f"{due} 17:00"),
            make.moment(since) if since else None,
            before=(7, 3, 1),
            late=late,
        )
        if when is not None:
            found[f"{day:%m-%d}"] = (when.stage.value, when.workdays)
        day += timedelta(days=1)
    return found


def test_an_ordinary_month() -> None:
    # July 2017. 14 is a Friday; no holiday. Working days back from it: 13 12 11 | 10 7 6 5.
    # Mo Tu We Th Fr Sa Su
    #        5  6  7  8  9      5: seven before
    # 10 11 12 13 14 15 16      11: three, 13: one, 14: the day
    # 17 18 19 20 21            17 18 19: late; 20: over the limit
    assert days("2017-07-14", "2017-06-26", "2017-07-31") == {
        "07-05": ("before", 7),
        "07-11": ("before", 3),
        "07-13": ("before", 1),
        "07-14": ("today", 0),
        "07-17": ("late", 1),
        "07-18": ("late", 2),
        "07-19": ("late", 3),
    }


def test_national_day_with_its_make_up_saturday() -> None:
    # 2017: National Day and Mid-Autumn are off from Sunday 1 to Sunday 8 October; Saturday 30 September is worked.
    # Due on Tuesday 10 October. Back from it: 9 Oct (1), Sat 30 Sep (2), 29 (3), 28 (4), 27 (5), 26 (6), 25 (7).
    assert days("2017-10-10", "2017-09-18", "2017-10-31") == {
        "09-25": ("before", 7),
        "09-29": ("before", 3),
        "10-09": ("before", 1),
        "10-10": ("today", 0),
        "10-11": ("late", 1),
        "10-12": ("late", 2),
        "10-13": ("late", 3),
    }


def test_a_make_up_saturday_is_a_day_to_remind_on() -> None:
    # Due on Friday 29 September 2017: the first working day late is Saturday 30 September, the next 9 October.
    assert days("2017-09-29", "2017-09-29", "2017-10-12") == {
        "09-29": ("today", 0),
        "09-30": ("late", 1),
        "10-09": ("late", 2),
        "10-10": ("late", 3),
    }


def test_the_default_dates_of_the_third_quarter_of_2017() -> None:
    # Working days after 30 September: 9 10 11 12 13 (5th: co) 16 17 18 19 20 (10th: lead).
    dates = default_dates(Period(2017, 3))
    assert (dates.co_due.strftime("%m-%d"), dates.lead_due.strftime("%m-%d")) == ("10-13", "10-20")
    # Seven before 13 October: 12 11 10 9 (4), 30 Sep (5), 29 (6), 28 (7): before the quarter is even over, and a
    # cycle that is not open yet reminds nobody.
    assert [day for day, when in days("2017-10-13", "2017-09-20", "2017-10-13").items()] == [
        "09-28",
        "10-10",
        "10-12",
        "10-13",
    ]


def test_due_on_a_day_off_counts_as_due_on_the_last_working_day_before() -> None:
    # Due on Sunday 16 July 2017: Friday 14 is the last day on which anybody works.
    assert days("2017-07-16", "2017-07-10", "2017-07-18") == {
        "07-11": ("before", 3),
        "07-13": ("before", 1),
        "07-14": ("today", 0),
        "07-17": ("late", 1),
        "07-18": ("late", 2),
    }


def test_what_was_sent_back_after_it_was_due_counts_from_then() -> None:
    # Due on Friday 7 July, sent back on Thursday 20: reminded on 21, 24 and 25, and not on the day itself.
    assert days("2017-07-07", "2017-07-19", "2017-07-31", since="2017-07-20 11:00") == {
        "07-21": ("waiting", 1),
        "07-24": ("waiting", 2),
        "07-25": ("waiting", 3),
    }


def test_what_was_sent_back_before_it_was_due_is_due_as_ever() -> None:
    assert days("2017-07-14", "2017-07-12", "2017-07-17", since="2017-07-10 11:00") == days(
        "2017-07-14", "2017-07-12", "2017-07-17"
    )


def test_workdays_between_counts_the_last_and_not_the_first() -> None:
    assert workdays_between(date(2017, 9, 29), date(2017, 10, 9)) == 2  # 30 Sep, 9 Oct
    assert workdays_between(date(2017, 10, 9), date(2017, 10, 9)) == 0
    assert workdays_between(date(2017, 10, 9), date(2017, 9, 29)) == 0


def test_the_most_pressing_stands_first() -> None:
    due = make.moment("2017-07-14 17:00")
    days_ = [date(2017, 7, n) for n in (5, 11, 13, 14, 17, 18)]
    found = sorted((timing(day, due) for day in days_), key=lambda when: when.urgency if when else (9, 9))
    assert [(when.stage, when.workdays) for when in found if when] == [
        (Stage.LATE, 2),
        (Stage.LATE, 1),
        (Stage.TODAY, 0),
        (Stage.BEFORE, 1),
        (Stage.BEFORE, 3),
        (Stage.BEFORE, 7),
    ]


@pytest.mark.django_db
def test_whom_of_a_body() -> None:
    body = make.agency()
    reporter = make.user(Role.REPORTER, agency=body, password=None)
    approver = make.user(Role.APPROVER, agency=body, password=None)
    both = [reporter, approver]
    assert [reminded(reason, both) for reason in Reason] == [
        [reporter],  # returned
        [reporter],  # never opened
        [reporter],  # draft
        [approver],  # handed
        [reporter],  # to adopt
        [reporter],  # (to decide: the office, see the digests)
    ]
    assert reminded(Reason.HANDED, [reporter]) == [reporter]
    assert reminded(Reason.NEVER, [approver]) == [approver]
    assert reminded(Reason.NEVER, []) == []


def test_attempts_end() -> None:
    now = make.moment("2017-07-05 09:00")
    waits = [next_attempt(n, now) for n in range(1, MAX_ATTEMPTS + 1)]
    assert [wait and int((wait - now).total_seconds() // 60) for wait in waits] == [*BACKOFF, None]


@pytest.mark.parametrize(
    ("telephone", "number"),
    [
        ("13897431234", "13897431234"),
        ("138-9743 1234", "13897431234"),
        ("+8613897431234", "13897431234"),
        ("0971-6135520", ""),
        ("", ""),
    ],
)
def test_only_mobile_telephones_get_short_messages(telephone: str, number: str) -> None:
    assert mobile(telephone) == number
