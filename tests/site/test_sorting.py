"""Lists that are sorted by a column: the rule, and that every list follows it from its address."""

from types import SimpleNamespace as Row

import pytest
from django.test import Client
from django.urls import reverse

from tasks.models import User
from tasks.values import Role
from tasks.web.sorting import of_light, of_text, order_by, sort_rows
from tests import factories as make

COLUMNS = {"n": lambda row: row.n, "name": lambda row: row.name, "light": lambda row: of_light(row.light)}


def test_rows_are_sorted_stably_and_what_has_no_value_comes_last() -> None:
    rows = [
        Row(n=2, name="省质监局", light="green"),
        Row(n=None, name="省发展改革委", light=""),
        Row(n=1, name="", light="red"),
        Row(n=2, name="省财政厅", light="green"),
    ]

    def order(o: str) -> list[int]:
        return [rows.index(row) for row in sort_rows({"o": o}, COLUMNS, rows)]

    assert order("n") == [2, 0, 3, 1]
    assert order("-n") == [0, 3, 2, 1]  # the list's own order between equals, either way
    assert order("name") == [3, 1, 0, 2]  # 财, 发, 质: by pinyin
    assert order("light") == [2, 0, 3, 1]
    for unknown in ("", "x", "-", "--n", "n,name", "name; drop", "9" * 5000, "__class__"):
        assert order(unknown) == [0, 1, 2, 3]


@pytest.mark.django_db
def test_a_queryset_is_sorted_as_rows_are() -> None:
    names = ["赵六", "", "陈一", "😀", "王五𮯰"]
    for place, name in enumerate(names):
        make.user(username=f"u{place}", display_name=name, password=None)
    found = User.objects.filter(username__startswith="u").order_by(
        *order_by({"o": "name"}, {"name": of_text("display_name")}, "username")
    )
    assert [user.display_name for user in found if user.display_name in ("陈一", "赵六", "王五𮯰")] == [
        "陈一",
        "王五𮯰",
        "赵六",
    ]
    assert order_by({"o": "-x"}, {"name": "display_name"}, "username") == ("username",)


@pytest.mark.django_db
@pytest.mark.pages
def test_every_list_takes_an_order_from_its_address_and_survives_a_wrong_one(client: Client) -> None:
    plan = make.plan()
    office = make.user(Role.OFFICE, password=None)
    client.force_login(office)
    for name, args, key in (
        ("task_list", [plan.slug], "-submitted"),
        ("agency_list", [plan.slug], "missing"),
        ("project_list", [plan.slug], "total"),
        ("progress", [], "overdue"),
        ("review", [], "light"),
        ("notice_list", [], "title"),
        ("instruction_list", [], "by"),
        ("coordination_list", [], "text"),
        ("brief_list", [], "title"),
    ):
        for order in (key, "-" + key.removeprefix("-"), "nothing", "\0"):
            query = {"o": order, "plan": plan.slug, "words": "二", "state": "all"}
            assert client.get(reverse(name, args=args), query).status_code == 200, (name, order)
    client.force_login(make.user(Role.ACCOUNTS_ADMIN, password=None))
    for order in ("name", "-seen", "nothing"):
        answer = client.get(reverse("accounts"), {"o": order})
        assert ("aria-sort" in answer.content.decode()) == (order != "nothing")
