"""已存筛选: kept, replaced, forgotten, and each person's own."""

import pytest
from django.test import Client
from django.urls import reverse

from tasks.errors import Problems
from tasks.models import SavedList, User
from tasks.saved_lists.actions import MOST, remove, save
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return make.user(Role.OFFICE, password=None)


def test_a_filter_is_kept_without_page_and_period_and_replaced_under_its_name(person: User) -> None:
    saved = save(
        by=person,
        address="/supervision/?state=overdue&q=2017Q1&page=3&words=%E9%94%82&empty=",
        name=" 逾期　锂电 ",
    )
    assert saved.url == "/supervision/?state=overdue&words=%E9%94%82"
    again = save(by=person, address="/supervision/?o=-due", name=saved.name)
    assert (again.pk, again.query) == (saved.pk, "o=-due")


@pytest.mark.parametrize(
    ("address", "name", "said"),
    [
        ("/supervision/", "甲", "还没有筛选"),
        ("/supervision/?q=2017Q1&page=2", "甲", "还没有筛选"),
        ("/supervision/?state=all", "  ", "名称"),
        ("/supervision/?state=all", "长" * 21, "20字"),
        ("/supervision/?words=" + "x" * 1100, "甲", "太长"),
        ("/supervision/?" + "&".join(f"a{n}=1" for n in range(60)), "甲", "不能保存"),
        ("/password/?state=all", "甲", "不能保存"),
        ("/nowhere/?state=all", "甲", "不能保存"),
        ("//other.example/supervision/?state=all", "甲", "不能保存"),
        ("https://other.example/supervision/?state=all", "甲", "不能保存"),
    ],
)
def test_what_is_no_filter_of_a_list_is_refused(person: User, address: str, name: str, said: str) -> None:
    with pytest.raises(Problems, match=said):
        save(by=person, address=address, name=name)
    assert not SavedList.objects.exists()


def test_nobody_keeps_more_than_some_and_nobody_touches_anothers(person: User) -> None:
    for n in range(MOST):
        save(by=person, address=f"/supervision/?words={n}", name=f"第{n}组")
    with pytest.raises(Problems, match="最多"):
        save(by=person, address="/supervision/?words=x", name="再一组")
    save(by=person, address="/supervision/?words=x", name="第0组")
    other = make.user(Role.OFFICE, password=None)
    kept = SavedList.objects.filter(user=person).order_by("pk").last()
    assert kept is not None
    assert remove(by=other, pk=kept.pk) == ""
    assert remove(by=person, pk=kept.pk) == kept.name
    assert remove(by=person, pk=kept.pk) == ""


def test_the_list_shows_them_to_their_owner(
    client: Client, person: User, django_assert_num_queries: object
) -> None:
    client.force_login(person)
    address = reverse("saved_lists")
    here = reverse("notice_list")
    form = {"address": here + "?state=all", "name": "<b>全部</b>"}
    # The browser names the address that filters have changed; the one of another page is not taken.
    answer = client.post(
        address, form, headers={"referer": f"http://testserver{here}?state=told"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == here + "?state=told"
    shown = answer.content.decode()
    assert "&lt;b&gt;全部&lt;/b&gt;" in shown
    client.post(address, form | {"name": "二"}, headers={"referer": "http://testserver/password/?state=x"})
    assert sorted(SavedList.objects.values_list("query", flat=True)) == ["state=all", "state=told"]
    for bad in ("https://other.example/", "//other.example", "javascript:alert(1)", ""):
        assert client.post(address, {"address": bad, "name": "甲"})["Location"] == "/"
    for nothing in ("0", "x", "9" * 30, "-1"):
        client.post(address, {"address": here, "remove": nothing})
    assert SavedList.objects.count() == 2
    client.post(address, {"address": here, "remove": SavedList.objects.get(name="二").pk})
    assert SavedList.objects.count() == 1
    other = make.user(Role.OFFICE, password=None)
    client.force_login(other)
    assert "全部&lt;/b&gt;" not in client.get(here).content.decode()
