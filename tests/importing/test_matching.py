"""Printed names and the register: any name that an agency ever had, other provinces, look-alikes, kinds, slugs."""

from datetime import date

import pytest

from tasks.agencies.models import AgencyAlias, AgencyName
from tasks.agencies.proposals import kind_of, level_word_of, province_of, slug_of
from tasks.importing.matching import Match, entries_of, match, register
from tasks.jurisdictions.models import Jurisdiction
from tasks.plans.editing.values import AgencyChoice
from tasks.plans.models import Plan
from tests import factories as make
from tests.importing.uploads import imported


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("省科技厅", "department"),
        ("省委宣传部", "party"),
        ("省委编办", "party"),
        ("西宁海关", "central"),
        ("省税务局", "central"),
        ("省通信管理局", "central"),
        ("西宁市人民政府", "government"),
        ("海西州", "government"),
        ("各市州人民政府", "collective"),
        ("有关部门", "collective"),
        ("省级有关单位", "collective"),
        ("甘河工业园区管委会", "zone"),
        ("国网青海省电力公司", "enterprise"),
        ("省政府督查室", "review"),
        ("盐湖协调组", ""),
    ],
)
def test_kinds_are_guessed_by_the_form_of_the_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_slugs_are_pinyin_and_free() -> None:
    assert slug_of("省科技厅", ()) == "skjt"
    assert slug_of("省科技厅", ("skjt",)) == "skjt-2"
    assert slug_of("示例政〔2017〕1号", ()) == "slz20171h"
    assert slug_of("（）", ()) == "dw"
    assert len(slug_of("长" * 100, ())) <= 40


def test_provinces() -> None:
    assert province_of("青海省科学技术厅") == "青海"
    assert province_of("省科技厅", "内蒙古自治区人民政府") == "内蒙古"
    assert province_of("示例省") == ""


@pytest.mark.django_db
class TestRegister:
    def known(self, name: str, full: str = "", **values: object) -> str:
        agency = make.agency(name, **values)
        AgencyName.objects.filter(agency=agency).update(full=full)
        return agency.slug

    def match(self, name: str, province: str = "甲") -> Match:
        return match(name, None, register(), province=province)

    def test_the_full_name_without_the_name_of_its_province_is_the_same(self) -> None:
        province = Jurisdiction.objects.create(name="示例省", level="province", office="示例省办")
        slug = self.known("省经信委", "示例省经济和信息化委员会", jurisdiction=province)
        found = match("省经济和信息化委员会", None, register(), province="示例")
        assert (found.slug or [one.slug for one in found.candidates]) in (slug, [slug])
        assert found.status != "alike_name"

    def test_the_same_name_in_the_same_province_is_the_agency(self) -> None:
        slug = self.known("省育种厅", "青海省育种厅")
        found = self.match("省育种厅", "青海")
        assert (found.status, found.slug, found.asks) == ("known", slug, False)

    def test_the_same_name_in_another_province_is_another_agency(self) -> None:
        self.known("省育种厅", "青海省育种厅")
        found = self.match("省育种厅", "浙江")
        assert (found.status, found.slug) == ("new", "")

    def test_without_a_province_the_same_name_is_asked(self) -> None:
        self.known("省育种厅")
        found = self.match("省育种厅", "青海")
        assert (found.status, found.asks) == ("same_name", True)

    def test_a_former_name_is_the_agency(self) -> None:
        slug = self.known("省育种委", "青海省育种委员会", until=date(2016, 1, 1))
        agency = AgencyName.objects.get(agency__slug=slug).agency
        AgencyName.objects.create(
            agency=agency,
            short="省种业厅",
            full="青海省种业厅",
            valid=(date(2016, 1, 1), None),
            origin="outside",
        )
        assert (self.match("省育种委", "青海").status, self.match("省育种委", "青海").slug) == (
            "renamed",
            slug,
        )

    def test_an_alias_is_the_agency(self) -> None:
        slug = self.known("省育种厅", "青海省育种厅")
        agency = AgencyName.objects.get(agency__slug=slug).agency
        AgencyAlias.objects.create(agency=agency, text="育种厅", reason="简称")
        assert self.match("育种厅", "青海").slug == slug

    def test_names_that_are_nearly_alike_are_asked(self) -> None:
        slug = self.known("省种业和信息化厅", "青海省种业和信息化厅")
        found = self.match("省种业信息化厅", "青海")
        assert (found.status, found.asks) == ("alike", True)
        assert [entry.slug for entry in found.candidates] == [slug]

    def test_what_a_person_chose_counts(self) -> None:
        slug = self.known("省育种厅", "浙江省育种厅")
        chosen = AgencyChoice("育种协调组", "known", slug=slug)
        assert match("育种协调组", chosen, register()).slug == slug

    def test_two_spellings_of_one_agency_are_one_entry_and_an_alias(self) -> None:
        slug = self.known("省育种厅", "青海省育种厅")
        found = {
            name: match(name, AgencyChoice(name, "known", slug=slug), register())
            for name in ("省育种厅", "省种厅")
        }
        entries = entries_of(found, register())
        assert [entry.slug for entry in entries.agencies] == [slug]
        assert [(alias.name, alias.written) for alias in entries.aliases] == [("省育种厅", "省种厅")]

    def test_a_collective_has_the_members_that_a_person_listed(self) -> None:
        slug = self.known("东市人民政府")
        choice = AgencyChoice("各市", "new", kind="collective", members=("东市人民政府", "西市人民政府"))
        entries = entries_of({"各市": match("各市", choice, register())}, register())
        (collective,) = entries.collectives
        assert [(one.name, one.slug) for one in collective.members] == [
            ("东市人民政府", slug),
            ("西市人民政府", "xsrmzf"),
        ]
        assert not collective.open

    @pytest.mark.slow
    def test_an_agency_belongs_to_the_province_of_the_plans_that_name_it(self) -> None:
        row = imported()
        assert row.plan is not None
        Plan.objects.filter(pk=row.plan_id).update(title="青海省盐湖方案")
        assert self.match("省贸易厅", "青海").status == "known"
        assert self.match("省贸易厅", "浙江").status == "new"

    def test_agencies_of_another_city_are_never_taken_for_this_ones(self) -> None:
        cities = [
            Jurisdiction.objects.create(name=f"{name}市", level="city", office="办") for name in ("甲", "乙")
        ]
        province = Jurisdiction.objects.create(name="丙省", level="province", office="办")
        slug = self.known("市育种局", jurisdiction=cities[0])
        above = self.known("省育种厅", "浙江省育种厅", jurisdiction=province)

        def found(name: str, jurisdiction: int) -> Match:
            return match(name, None, register(), province="浙江", jurisdiction=jurisdiction)

        assert found("市育种局", cities[0].pk).candidates[0].slug == slug
        for place in (cities[1].pk, 0):  # 0: a jurisdiction that the site does not have yet
            assert found("市育种局", place).status == "new"
            assert found("市育种管理局", place).candidates == ()
            assert found("省育种厅", place).slug == above  # the province serves its cities

    def test_agencies_of_another_level_or_place_are_no_look_alikes(self) -> None:
        city, other = (
            Jurisdiction.objects.create(name=f"{name}市", level="city", office="办") for name in ("甲", "乙")
        )
        self.known("市市场监管局", "乙市市场监督管理局", jurisdiction=other)
        own = self.known("市市场监督局", "甲市市场监督局", jurisdiction=city)

        def alike(name: str, jurisdiction: int | None) -> list[str]:
            found = match(name, None, register(), province="浙江", jurisdiction=jurisdiction)
            return [entry.slug for entry in found.candidates]

        for place in (city.pk, other.pk, 0, None):
            assert alike("省市场监管局", place) == []
        assert alike("市市场监管局", city.pk) == [own]
        assert (
            alike("市市场监督管局", None) == []
        )  # a province's plan means none of its cities' agencies by 市


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("省市场监管局", "省"),
        ("市市场监管局", "市"),
        ("西宁市教育局", "市"),
        ("海西州发展改革委", "州"),
        ("市场监管局", ""),
        ("教育厅", ""),
    ],
)
def test_the_level_that_a_name_says(name: str, level: str) -> None:
    assert level_word_of(name) == level
