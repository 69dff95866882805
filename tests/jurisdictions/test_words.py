"""What documents print is that of their plan's jurisdiction, and what was issued keeps its words."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from reports.briefs.models import Brief, BriefState
from reports.briefs.queries import office_of
from tasks.accounts import forms as accounts
from tasks.audit.models import Event
from tasks.errors import Conflict, Problems
from tasks.jurisdictions.actions import save_words
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.queries import proposal, saved, site_words, words_of
from tasks.lineage import forms as lineage
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

WORDS = {
    "name": "浙江省",
    "level": "province",
    "abbreviation": "浙",
    "leading_group": "浙江省机器人产业领导小组",
    "office": "浙江省机器人产业领导小组办公室",
    "notice_mark": "浙机办",
}


@pytest.fixture
def zhejiang() -> Jurisdiction:
    return Jurisdiction.objects.create(**WORDS)


def test_each_plan_has_the_words_of_its_own_jurisdiction(zhejiang: Jurisdiction, settings: Any) -> None:
    other, own = make.plan(), make.plan(jurisdiction=zhejiang)
    assert words_of(own.pk).office == WORDS["office"]
    assert words_of(other.pk).office == settings.BRIEF_OFFICE
    words = zhejiang.wording
    assert (words.coordination, words.kind_name("central")) == ("需省级协调事项", "中央驻浙单位")
    assert Jurisdiction(level="city").wording.coordination == "需市级协调事项"
    assert Jurisdiction(level="city").wording.kind_name("central") == "中央驻地方单位"


def test_a_draft_follows_the_words_and_what_was_issued_keeps_its_own(
    zhejiang: Jurisdiction, settings: Any
) -> None:
    plan = make.plan(jurisdiction=zhejiang)
    assert office_of(Brief(plan=plan, state=BriefState.DRAFT)) == WORDS["office"]
    assert office_of(Brief(plan=plan, state=BriefState.ISSUED, office="旧办公室")) == "旧办公室"
    # Issued before sites had jurisdictions: by the site's setting.
    assert office_of(Brief(plan=plan, state=BriefState.ISSUED)) == settings.BRIEF_OFFICE


def test_the_settings_are_the_words_of_a_plan_without_a_jurisdiction(settings: Any) -> None:
    settings.NOTICE_MARK = "青制强办"
    own = site_words()
    assert (own.name, own.abbreviation, own.leading_group, own.notice_mark) == (
        "青海省",
        "青",
        "青海省制造强省建设领导小组",
        "青制强办",
    )


@pytest.mark.parametrize(
    ("issuer", "name", "level"),
    [
        ("浙江省人民政府办公厅", "浙江省", "province"),
        ("浙江省经济和信息化厅", "浙江省", "province"),
        ("杭州市人民政府", "杭州市", "city"),
        ("杭州市城市管理局", "杭州市", "city"),
        ("宁波市鄞州区人民政府", "宁波市鄞州区", "county"),
        ("海西蒙古族藏族自治州人民政府", "海西蒙古族藏族自治州", "city"),
        ("上海市人民政府", "上海市", "province"),
        ("广西壮族自治区人民政府", "广西壮族自治区", "province"),
    ],
)
def test_the_issuer_proposes_the_jurisdiction(issuer: str, name: str, level: str) -> None:
    found = proposal(issuer, "")
    assert (found.name, found.level, found.office, found.pk) == (name, level, issuer, None)
    assert saved(found).pk == saved(proposal(issuer, "")).pk  # a place that is known is not made twice


def test_an_issuer_without_a_place_proposes_the_first_jurisdiction() -> None:
    first = Jurisdiction.objects.first() or saved(site_words())
    assert proposal("工业和信息化部", "某方案") == first
    assert proposal("", "浙江省人形机器人行动方案").name == "浙江省"


def test_words_are_changed_by_the_office_once_and_on_record(zhejiang: Jurisdiction) -> None:
    office = make.user(Role.OFFICE, agency=make.agency())
    changed = WORDS | {"office": "浙江省机器人办\n"}
    assert save_words(by=office, jurisdiction=zhejiang, values=changed)
    assert Event.objects.get(verb="jurisdiction.change").data == {
        "office": [WORDS["office"], "浙江省机器人办"]
    }
    with pytest.raises(Conflict):  # the revision that was read is past
        save_words(by=office, jurisdiction=zhejiang, values=WORDS)
    zhejiang.refresh_from_db()
    assert not save_words(by=office, jurisdiction=zhejiang, values=changed)
    with pytest.raises(PermissionDenied):
        save_words(by=make.user(Role.VIEWER), jurisdiction=zhejiang, values=WORDS)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("office", ""), ("level", "town"), ("notice_mark", "长" * 21), ("name", "甲省")],
)
def test_refusals_stand_on_their_field(zhejiang: Jurisdiction, field: str, value: str) -> None:
    Jurisdiction.objects.create(name="甲省", level="province", office="甲办")
    office = make.user(Role.OFFICE, agency=make.agency())
    with pytest.raises(Problems) as caught:
        save_words(by=office, jurisdiction=zhejiang, values=WORDS | {field: value})
    assert list(caught.value.by_field()) == [field]


def test_pages_list_and_change(
    client: Client, zhejiang: Jurisdiction, django_assert_max_num_queries: Any
) -> None:
    client.force_login(make.user(Role.OFFICE, agency=make.agency(jurisdiction=zhejiang)))
    make.plan(jurisdiction=zhejiang)
    address = reverse("jurisdiction", args=[zhejiang.pk])
    refused = client.post(address, WORDS | {"office": "", "revision": 1})
    assert refused.status_code == 422
    assert "请写办公室的全称" in refused.content.decode()
    assert client.post(address, WORDS | {"office": "<b>办</b>", "revision": 1}).status_code == 302
    assert client.post(address, WORDS | {"revision": 1}).status_code == 409
    page = client.get(reverse("jurisdictions")).content.decode()
    assert "&lt;b&gt;办&lt;/b&gt;" in page
    with django_assert_max_num_queries(20) as few:
        client.get(reverse("jurisdictions"))
    for number in range(5):
        Jurisdiction.objects.create(name=f"省{number}", level="province", office="办")
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("jurisdictions"))


def test_two_agencies_of_one_name_are_told_apart_in_every_choice(zhejiang: Jurisdiction) -> None:
    own = Jurisdiction.objects.create(name="甲省", level="province", office="甲办")
    made = [make.agency("省育种厅", jurisdiction=place) for place in (zhejiang, own, None)]
    single = make.agency("省水产厅", jurisdiction=own)
    expected = ["省育种厅（浙江省）", "省育种厅（甲省）", "省育种厅", "省水产厅"]
    for choices in (accounts.agency_choices(), lineage.agency_choices(Period(2017, 1))):
        labels = dict(choices)
        assert [labels[str(one.pk)] for one in (*made, single)] == expected


def test_pages_of_a_plan_show_its_own_jurisdictions_agencies(client: Client, zhejiang: Jurisdiction) -> None:
    own = Jurisdiction.objects.create(name="甲省", level="province", office="甲办")
    plan, lead = make.plan(jurisdiction=zhejiang), make.agency("省育种厅", jurisdiction=zhejiang)
    make.task(plan, lead=lead, co=[make.agency("育种专员办", kind="central", jurisdiction=zhejiang)])
    for name, place in (("甲省独有厅", own), ("浙江独有厅", zhejiang)):
        make.agency(name, in_plan=True, jurisdiction=place)
    make.agency("甲市人民政府", kind="government", jurisdiction=own)
    client.force_login(make.user(Role.VIEWER))
    page = client.get(reverse("agency_list", args=[plan.slug])).content.decode()
    assert ("中央驻浙单位" in page, "浙江独有厅" in page, "甲省独有厅" in page) == (True, True, False)
    assert "示意位置" not in client.get(reverse("overview", args=[plan.slug])).content.decode()
