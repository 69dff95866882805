"""Slugs that addresses cannot carry are refused wherever a plan, an agency or an indicator is written."""

import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tasks.models import Agency, Indicator, Plan
from tasks.slugs import AGENCY_SLUG, INDICATOR_SLUG, PLAN_SLUG, SlugRule
from tests import factories as make
from tests.plans.texts import FOLDER

pytestmark = pytest.mark.django_db

NEVER = [
    "",
    "青海",
    "zhe jiang",
    "zhe/jiang",
    "-",
    "-zj",
    "zj\n",
    "zj.1",
    "zj@2016Q4",
    "é1",
    "１2",
    "a\0b",
    "\udc80",
]
NOT_FOR_NEW = [*NEVER, "Zhejiang", "zhe_jiang", "z", "z" * 61]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the first plan's folder, under a name that can be a slug."""
    return Path(shutil.copytree(FOLDER, tmp_path / "second-plan"))


def load(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("load_plan", str(folder), *options, stdout=out)
    return out.getvalue()


def refused(folder: Path, *options: str) -> str:
    """What load_plan says; nothing is stored."""
    before = stored()
    with pytest.raises(CommandError) as caught:
        load(folder, *options)
    assert stored() == before
    return str(caught.value)


def stored() -> list[list[str]]:
    return [
        list(model.objects.order_by("pk").values_list("slug", flat=True))
        for model in (Plan, Agency, Indicator)
    ]


def change(folder: Path, **lists: Any) -> None:
    path = folder / "corrections.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | lists), encoding="utf-8")


def corrections(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "corrections.json").read_text(encoding="utf-8")))


# -- the rule ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [PLAN_SLUG, AGENCY_SLUG, INDICATOR_SLUG])
def test_rule_refuses_each_kind_of_bad_slug(rule: SlugRule) -> None:
    assert [slug for slug in [*NOT_FOR_NEW, *rule.reserved, None, 7, ["zj"]] if not rule.refusal(slug)] == []
    good = ["zj", "qinghai-2016-48", "2016-48", "z" * rule.longest]
    assert [rule.refusal(slug) for slug in good] == [""] * len(good)


@pytest.mark.parametrize("slug", [*NEVER[:-2], "workplans"])  # the last two are no text to the database
def test_database_refuses_a_slug_that_no_address_carries(slug: str) -> None:
    with pytest.raises(DatabaseError, match="plan_slug_fits_addresses"), transaction.atomic():
        make.plan(slug=slug)
    with pytest.raises(DatabaseError, match="agency_slug_fits_addresses"), transaction.atomic():
        make.agency(slug="new" if slug == "workplans" else slug)


def test_database_keeps_what_addresses_carry() -> None:
    make.plan(slug="Zhejiang_2024")
    with pytest.raises(ValidationError, match="固定用词"):
        Plan(slug="青海").validate_constraints()


def test_reserved_words_are_the_fixed_segments_beside_a_slug() -> None:
    routes = [route.split("/") for route in _routes(get_resolver())]
    rules = {"agency": AGENCY_SLUG, "agency_slug": AGENCY_SLUG, "indicator_slug": INDICATOR_SLUG}
    hidden: dict[SlugRule, set[str]] = {PLAN_SLUG: set(), AGENCY_SLUG: set(), INDICATOR_SLUG: set()}
    for route in routes:
        for place, segment in enumerate(route):
            name = segment.removeprefix("<slug:").removesuffix(">")
            if not segment.startswith("<slug:") or name in {"ref", "kind"}:
                continue
            of_body = route[place - 1] in {"bodies", "agencies"}
            rule = rules.get(name, AGENCY_SLUG if of_body else PLAN_SLUG)
            hidden[rule] |= {
                other[place]
                for other in routes
                if len(other) > place and other[:place] == route[:place] and "<" not in other[place]
            } - {"", "-"}
    assert {rule: frozenset(words) for rule, words in hidden.items()} == {
        rule: rule.reserved for rule in hidden
    }


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from _routes(entry, route)


def test_migration_names_the_rows_to_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses bad rows by now, so the test's own condition stands in for that of the migration."""
    migration = import_module("tasks.migrations.0070_slugs")
    plan = make.plan(slug="old")
    migration.check_rows(apps, None)
    monkeypatch.setattr(migration, "PLAN", ~Q(slug="old"))

    with pytest.raises(CommandError) as caught:
        migration.check_rows(apps, None)

    assert str(caught.value).splitlines()[1:] == [
        f"Plan.objects.filter(pk={plan.pk}).update(slug=\"新代号\")  # 现为 'old'"
    ]
    # What it says to do mends it.
    Plan.objects.filter(pk=plan.pk).update(slug="qinghai")
    migration.check_rows(apps, None)


# -- loading a plan ------------------------------------------------------------------------------------------


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["青海方案", "second plan", "Second", "workplans", "a" * 61])
def test_folder_whose_name_is_no_slug_is_refused(folder: Path, name: str) -> None:
    says = refused(folder.rename(folder.with_name(name)))
    assert says.startswith("请给方案目录改名，或用 --slug NAME 另给代号：代号“")
    assert len(says.splitlines()) == 1
    client = Client()
    client.force_login(make.user(password=None))
    assert client.get("/", follow=True).status_code == 200
    assert client.get("/plans/").status_code == 200


@pytest.mark.parametrize("slug", ["", "青海", "zhe jiang", "zhe/jiang", "Zhejiang", "package", "a" * 61])
def test_slug_option_that_is_no_slug_is_refused(folder: Path, slug: str) -> None:
    assert refused(folder, f"--slug={slug}").startswith("--slug：代号“")


def test_slug_option_names_the_plan_of_any_folder(folder: Path) -> None:
    chinese = folder.rename(folder.with_name("青海 方案"))
    assert "（third）" in load(chinese, "--slug", "third")
    client = Client()
    client.force_login(make.user(password=None))
    assert client.get("/plans/third/").status_code == 200


@pytest.mark.full
def test_stored_slug_is_loaded_again_although_a_new_one_may_not_be_so(folder: Path) -> None:
    load(folder)
    Plan.objects.filter(slug="second-plan").update(slug="Second_Plan")
    Agency.objects.filter(slug="kjt").update(slug="KJT")
    given = corrections(folder)["agencies"]
    change(folder, agencies=[entry | {"slug": entry["slug"].replace("kjt", "KJT")} for entry in given])
    before = stored()
    load(folder.rename(folder.with_name("Second_Plan")))
    assert stored() == before


@pytest.mark.parametrize("slug", ["科技厅", "k j", "k/j", "KJT9", "new", "a" * 41, 7])
def test_bad_slug_of_an_agency_in_the_corrections_is_refused(folder: Path, slug: object) -> None:
    first, *others = corrections(folder)["agencies"]
    change(folder, agencies=[first | {"slug": slug}, *others])
    assert refused(folder).startswith(f"corrections.json agencies {first['name']}：代号“")


def test_bad_slug_of_a_member_in_the_corrections_is_refused(folder: Path) -> None:
    collectives = corrections(folder)["collectives"]
    member = next(one for one in collectives if one.get("members"))["members"][0]
    member["slug"] = "西宁"
    change(folder, collectives=collectives)
    assert refused(folder).startswith(f"corrections.json collectives {member['name']}：代号“西宁”")


@pytest.mark.few(1)
@pytest.mark.parametrize("slug", ["占比", "a b", "share@2016Q4", "figures.share", "a" * 61])
def test_bad_slug_of_an_indicator_is_refused(folder: Path, slug: str) -> None:
    first, *others = corrections(folder)["indicators"]
    change(folder, indicators=[first | {"slug": slug}, *others])
    assert refused(folder).startswith(f"corrections.json indicators {first['name']}：代号“")


@pytest.mark.parametrize("name", ["agencies", "indicators"])
def test_slug_given_twice_is_refused(folder: Path, name: str) -> None:
    first, second, *others = corrections(folder)[name]
    change(folder, **{name: [first, second | {"slug": first["slug"]}, *others]})
    assert (
        refused(folder)
        == f"corrections.json {name} {second['name']}：代号“{first['slug']}”前面已用过，请换一个。"
    )


def test_reading_into_a_folder_that_is_no_slug_says_so(tmp_path: Path) -> None:
    said = StringIO()
    for name in ("青海 方案", "second-plan"):
        call_command(
            "read_plan", str(FOLDER / "text.txt"), out=tmp_path / name, stdout=StringIO(), stderr=said
        )
    assert [line for line in said.getvalue().splitlines() if "代号" in line] == [
        "目录名“青海 方案”不能作方案的代号：载入前请改名，或用 load_plan --slug NAME 另给代号。"
    ]
