"""What the office sets of a target's path: kept with both times, and each error on its field."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from tasks.errors import Problems
from tasks.indicators.queries import path_points
from tasks.indicators.target_actions import PathInput, set_path
from tasks.models import Event, PathPoint, Plan, User
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
LATER = make.moment("2018-02-01 09:00")
GIVEN = PathInput("2015", "7.2", "统计年鉴", {2017: "8.5", 2018: "9.8%"})


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.office: User = make.user(Role.OFFICE, password=None)
        make.target(self.plan, None, 12, unit="%")
        make.target(self.plan, text="明显提高")

    def set(self, said: PathInput = GIVEN, **more: Any) -> list[PathPoint]:
        about = {
            "by": self.office,
            "plan": self.plan,
            "order": 1,
            "since": Q,
            "reason": "会议纪要",
            "now": NOW,
        }
        return set_path(values=said, **{**about, **more})

    def stands(self, quarter: Period = Q, known_at: Any = LATER) -> tuple[Any, dict[int, Decimal]]:
        found = path_points(self.plan.pk, quarter, known_at=known_at).get(1)
        if found is None:
            return None, {}
        baseline = found.baseline
        return (
            (baseline.year, baseline.value, baseline.source) if baseline else None,
            {point.year: point.value for point in found.milestones},
        )


@pytest.fixture
def world(db: None) -> World:
    return World()


def told(world: World, said: PathInput, **more: Any) -> list[str]:
    with pytest.raises(Problems) as raised:
        world.set(said, **more)
    assert not PathPoint.objects.exists()
    return list(raised.value.by_field())


def test_baseline_and_milestones_are_kept_and_recorded(world: World) -> None:
    world.set()
    assert world.stands() == (
        (2015, Decimal("7.2"), "统计年鉴"),
        {2017: Decimal("8.5"), 2018: Decimal("9.8")},
    )
    assert world.stands(Period(2016, 4)) == (None, {})
    event = Event.objects.get()
    assert (event.verb, event.note, event.data["points"][0]) == (
        "target.path",
        "会议纪要",
        ["baseline", 2015, "7.2"],
    )


def test_a_change_leaves_earlier_quarters_and_what_was_known_before(world: World) -> None:
    world.set()
    world.set(PathInput("2015", "7.5", "修订数"), since=Period(2018, 1), now=LATER, reason="年鉴修订")
    assert world.stands(Period(2018, 1)) == ((2015, Decimal("7.5"), "修订数"), {})
    assert world.stands(Period(2017, 4))[1] == {2017: Decimal("8.5"), 2018: Decimal("9.8")}
    assert world.stands(Period(2018, 1), known_at=NOW)[0] == (2015, Decimal("7.2"), "统计年鉴")


def test_all_blank_takes_the_path_away(world: World) -> None:
    world.set()
    world.set(PathInput(), since=Period(2018, 1), now=LATER)
    assert (world.stands(Period(2018, 1)), world.stands()[0] is not None) == ((None, {}), True)


def test_nothing_to_set_and_nothing_to_take_away_is_told(world: World) -> None:
    assert told(world, PathInput()) == ["baseline_value"]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (PathInput("", "7.2", "年鉴"), ["baseline_year"]),
        (PathInput("15", "7.2", "年鉴"), ["baseline_year"]),
        (PathInput("2015", "", "年鉴"), ["baseline_value"]),
        (PathInput("2015", "约七", "年鉴"), ["baseline_value"]),
        (PathInput("2015", "7.2", ""), ["source"]),
        (PathInput("2015", "7.2", "源" * 301), ["source"]),
        (PathInput("2020", "7.2", "年鉴"), ["baseline_year"]),
        (PathInput("2015", "7.2", "年鉴", {2015: "7"}), ["milestone_2015"]),
        (PathInput("", "", "", {2020: "12"}), ["milestone_2020"]),
        (PathInput("", "", "", {2017: "8.12345"}), ["milestone_2017"]),
    ],
)
def test_what_is_wrong_stands_on_its_field(world: World, said: PathInput, fields: list[str]) -> None:
    assert told(world, said) == fields


def test_a_reason_and_a_quarter_of_the_plan_are_needed(world: World) -> None:
    assert told(world, GIVEN, since=Period(2030, 1), reason="  ") == ["since", "reason"]


def test_words_have_no_path(world: World) -> None:
    assert told(world, GIVEN, order=2) == [""]
    assert told(world, GIVEN, order=99) == [""]


@pytest.mark.parametrize("role", [Role.SECOND_REVIEWER, Role.LEADERSHIP, Role.APPROVER, Role.RIGHTS_ADMIN])
def test_only_the_office_sets_a_path(world: World, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        world.set(by=make.user(role, password=None))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "baseline", "year": 2014, "source": "另一个基期"},
        {"kind": "milestone", "year": 2017},
        {"kind": "baseline", "year": 2014, "source": "", "target_order": 2},
        {"kind": "milestone", "year": 2019, "reason": ""},
    ],
)
def test_the_database_refuses_two_points_at_once_and_half_a_baseline(
    world: World, values: dict[str, Any]
) -> None:
    world.set()
    about = {"plan": world.plan, "target_order": 1, "value": 1, "reason": "理由"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PathPoint.objects.create(
            **{**about, **values}, valid=make.quarters("2017Q2"), known=make.known("2017-05-01")
        )
