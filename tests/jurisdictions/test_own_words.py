"""Lights, kinds of agencies, places and requests are called as the plan's jurisdiction calls them, wherever they are shown."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from qhplan.speaking import words_for
from reports.charts.lights import STYLE
from reports.dashboards.presenters.places import has_picture, place_class
from tasks.agencies.models import AgencyKind
from tasks.errors import Problems
from tasks.jurisdictions.actions import save_words
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.own_words import checked_own, contrast, from_form, layout_text
from tasks.jurisdictions.places import places_below, unit_of
from tasks.submissions.fields import FIELD
from tasks.values import Light, Role
from tasks.wording import LIGHTS, USUAL_COLOURS, Wording, speaking
from tests import factories as make

pytestmark = pytest.mark.django_db

OWN = {
    "coordination": "需市政府协调事项",
    "place": "区县",
    "lights": {"red": {"word": "严重滞后", "colour": "#7a1fa2"}, "blue": {"mark": "青"}},
    "kinds": [
        {"code": "central", "label": "垂管单位", "group": "市级配合单位"},
        {"code": "university", "label": "高等院校", "group": "院校"},
    ],
    "layout": [["东区", "西区"], ["", "南县"]],
}


@pytest.fixture
def city() -> Jurisdiction:
    return Jurisdiction.objects.create(name="乙市", level="city", office="乙市推进办", own_words=OWN)


@pytest.mark.parametrize(
    ("place", "level", "expected"),
    [
        ("青海省", "province", ("省", "市州", "需省级协调事项", "省政府部门", "市州人民政府", "其他省级配合单位")),
        ("浙江省", "province", ("省", "市", "需省级协调事项", "省政府部门", "市人民政府", "其他省级配合单位")),
        ("上海市", "province", ("市", "区", "需市级协调事项", "市政府部门", "区人民政府", "其他市级配合单位")),
        ("广西壮族自治区", "province", ("自治区", "市", "需自治区协调事项", "自治区政府部门", "市人民政府", "其他自治区配合单位")),
        ("杭州市", "city", ("市", "县区", "需市级协调事项", "市政府部门", "县区人民政府", "其他市级配合单位")),
        ("海西蒙古族藏族自治州", "city", ("州", "县市", "需州级协调事项", "州政府部门", "县市人民政府", "其他州级配合单位")),
        ("贵德县", "county", ("县", "乡镇", "需县级协调事项", "县政府部门", "乡镇人民政府", "其他县级配合单位")),
    ],
)  # fmt: skip
def test_what_is_usual_follows_from_name_and_level(place: str, level: str, expected: tuple[str, ...]) -> None:
    words = Jurisdiction(name=place, level=level).wording
    assert (
        unit_of(place, level),
        places_below(place, level),
        words.coordination,
        words.kinds["department"].label,
        words.kinds["government"].label,
        words.groups["others"],
    ) == expected


def test_labels_follow_whoever_speaks(city: Jurisdiction) -> None:
    label, choices = FIELD["coordination"].label, dict(Light.choices)
    assert (str(label), str(Light.RED.label), choices["red"]) == ("需上级协调事项", "红 滞后", "红 滞后")
    with speaking(city.wording):
        assert (str(label), str(Light.RED.label), choices["red"]) == (
            "需市政府协调事项",
            "红 严重滞后",
            "红 严重滞后",
        )
        assert (str(Light.BLUE.label), str(AgencyKind.CENTRAL.label)) == ("青 已完成", "垂管单位")
        assert STYLE["red"].colour == "#7a1fa2"
        with speaking(Wording(unit="省")):
            assert str(label) == "需省级协调事项"
        assert str(label) == "需市政府协调事项"
    assert STYLE["red"].colour == "#AB1F33"


def test_groups_are_those_of_the_kinds(city: Jurisdiction) -> None:
    words = city.wording
    assert list(words.groups.items()) == [
        ("leads", "牵头单位"),
        ("others", "其他市级配合单位"),
        ("central", "市级配合单位"),
        ("governments", "区县人民政府"),
        ("zones", "园区管委会"),
        ("university", "院校"),
    ]
    assert words.group_of("university", is_lead=False) == "university"
    assert words.group_of("university", is_lead=True) == "leads"
    assert words.group_of("of-another-place", is_lead=False) == "others"


def test_the_picture_of_places_is_the_jurisdictions(city: Jurisdiction) -> None:
    assert not has_picture(["东区"])
    with speaking(city.wording):
        assert has_picture(["东区", "南县"])
        assert not has_picture(["东区", "别处"])
        assert place_class("南县") == "row-2 column-2"


def test_what_is_usual_is_not_kept(city: Jurisdiction) -> None:
    usual = Jurisdiction(name="乙市", level="city").wording
    data = {
        f"light_{key}_{part}": getattr(usual.lights[key], part) for key in LIGHTS for part in ("mark", "word")
    }
    data |= {"coordination": "需市级协调事项", "place": "县区"}
    for kind in usual.kinds.values():
        data |= {f"kind_{kind.code}_label": kind.label, f"kind_{kind.code}_group": kind.group}
    assert checked_own(from_form(data, usual.kinds), usual) == {}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"coordination": "请领导看看"}, "coordination"),
        ({"coordination": "需" + "很" * 20 + "协调事项"}, "coordination"),
        ({"lights": {"green": {"colour": "绿色"}}}, "light_green_colour"),
        ({"lights": {"green": {"colour": "#7fdd7f"}}}, "light_green_colour"),  # 1.7 : 1
        ({"lights": {"green": {"colour": "#8f6301"}}}, "light_green_colour"),  # the yellow one's
        ({"lights": {"yellow": {"mark": "红"}}}, "light_red_mark"),
        ({"lights": {"yellow": {"word": "正常"}}}, "light_yellow_word"),
        ({"lights": {"yellow": {"word": "很" * 9}}}, "light_yellow_word"),
        ({"kinds": [{"code": "", "row": 2, "label": "企业"}]}, "new_kind_2_label"),
        ({"kinds": [{"code": "party", "label": "很" * 21}]}, "kind_party_label"),
        ({"layout": "甲 乙\n甲"}, "layout"),
        ({"layout": "一 二 三 四 五 六 七 八 九"}, "layout"),
    ],
)
def test_refusals_stand_on_their_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Problems) as caught:
        checked_own(said, Wording(unit="市", place="县区"))
    assert field in caught.value.by_field()


def test_colours_in_use_can_be_read() -> None:
    assert min(contrast(colour) for colour in USUAL_COLOURS.values()) >= 4.5
    assert checked_own({"lights": {key: {"colour": one} for key, one in USUAL_COLOURS.items()}}, Wording())


def test_a_layout_is_typed_as_it_is_seen() -> None:
    own = checked_own({"layout": "东区　西区\n·  南县\n· ·\n"}, Wording())
    assert own == {"layout": [["东区", "西区"], ["", "南县"]]}
    assert layout_text(own) == "东区 西区\n· 南县"


def test_a_new_kind_gets_a_code_and_one_in_use_stays(city: Jurisdiction) -> None:
    office = make.user(Role.OFFICE, agency=make.agency(jurisdiction=city))
    words = {name: getattr(city, name) for name in ("name", "level", "office")}
    kinds = [{"code": "", "row": 1, "label": "科研院所", "group": "院校"}]
    assert save_words(by=office, jurisdiction=city, values={**words, "own_words": {"kinds": kinds}})
    city.refresh_from_db()
    assert city.own_words == {"kinds": [{"code": "kyys", "label": "科研院所", "group": "院校"}]}
    make.agency("某所", kind="kyys", jurisdiction=city)
    with pytest.raises(Problems) as caught:
        save_words(by=office, jurisdiction=city, values={**words, "own_words": {}})
    assert list(caught.value.by_field()) == ["kind_kyys_label"]
    # Whoever says nothing of these words, such as a correction of an import, changes none of them.
    assert save_words(by=office, jurisdiction=city, values={**words, "office": "别的办"})
    city.refresh_from_db()
    assert "kinds" in city.own_words


def test_the_form_shows_what_holds_and_takes_what_is_typed(client: Client, city: Jurisdiction) -> None:
    client.force_login(make.user(Role.OFFICE, agency=make.agency(jurisdiction=city)))
    address = reverse("jurisdiction", args=[city.pk])
    page = client.get(address)
    form = page.context["form"]
    assert (form["light_red_word"].value(), form["kind_university_label"].value()) == ("严重滞后", "高等院校")
    data = {name: form[name].value() or "" for name in form.fields}
    assert client.post(address, data).status_code == 302
    city.refresh_from_db()
    assert (city.own_words, city.revision) == (OWN, 1)  # nothing differs
    refused = client.post(address, data | {"light_red_colour": "#ffcc00"})
    assert refused.status_code == 422
    assert "颜色太浅" in refused.content.decode()
    assert client.post(address, data | {"light_red_colour": "#5a0a0a"}).status_code == 302
    city.refresh_from_db()
    assert (city.own_words["lights"]["red"]["colour"], city.revision) == ("#5a0a0a", 2)


def test_colours_reach_pages_of_the_plan_as_a_style_sheet(client: Client, city: Jurisdiction) -> None:
    plan = make.plan(jurisdiction=city)
    other = make.plan(jurisdiction=Jurisdiction.objects.create(name="丙市", level="city", office="丙办"))
    client.force_login(make.user(Role.VIEWER))
    sheet = reverse("lights_css", args=[city.pk, 1])
    assert f'href="{sheet}"' in client.get(reverse("overview", args=[plan.slug])).content.decode()
    assert "/lights-" not in client.get(reverse("overview", args=[other.slug])).content.decode()
    answer = client.get(sheet)
    assert (answer["Content-Type"], answer.content.decode()) == (
        "text/css; charset=utf-8",
        ":root{--light-red:#7a1fa2}\n",
    )


def asked(address: str) -> str:
    """What the address calls a request."""
    request = RequestFactory().get(address)
    request.resolver_match = resolve(address.partition("?")[0])
    return words_for(request).coordination


def test_each_address_speaks_for_the_plan_that_it_names(
    city: Jurisdiction, django_assert_num_queries: Any
) -> None:
    own, agency = make.plan(jurisdiction=city), make.agency(jurisdiction=city)
    first = make.plan()
    returned = make.submission(make.task(own, lead=agency), agency, "2017Q1")
    assert asked(f"/plans/{own.slug}/") == "需市政府协调事项"
    assert asked(f"/plans/{first.slug}/tasks/") == "需省级协调事项"
    assert asked(f"/api/v1/plans/{own.slug}/tasks/") == "需市政府协调事项"
    with django_assert_num_queries(1):
        assert asked(f"/returns/{returned.pk}/") == "需市政府协调事项"
    assert asked(f"/desk/?plan={own.slug}") == "需市政府协调事项"
    assert asked(f"/bodies/{agency.slug}/") == "需市政府协调事项"
    assert asked(f"/jurisdictions/{city.pk}/") == "需市政府协调事项"
    assert asked(f"/comments/task/{returned.task_id}/") == "需市政府协调事项"
    assert asked(f"/returns/{2**70}/") == "需省级协调事项"  # the page says that there is none
    assert asked("/desk/?plan=%00") == "需省级协调事项"
    assert asked("/accounts/") == "需上级协调事项"  # the site has another jurisdiction
