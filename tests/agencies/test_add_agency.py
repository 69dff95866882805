"""Bodies that the plan does not name."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tasks.agencies.queries import name_of
from tasks.models import Agency, AgencyKind
from tasks.values import Origin, Period
from tests import factories as make

pytestmark = pytest.mark.django_db


def add(slug: str, **options: str) -> str:
    out = StringIO()
    given = {"kind": "review", "short": "督查室", "note": "第二审核机构", **options}
    call_command("add_agency", slug, **given, stdout=out)
    return out.getvalue()


def test_a_body_is_added_and_marked_as_not_in_the_plan() -> None:
    make.plan()
    assert add("duchashi", full="省政府督查室") == "duchashi\t督查室\n"
    agency = Agency.objects.get(slug="duchashi")
    assert (agency.kind, agency.in_plan, agency.note) == (AgencyKind.REVIEW, False, "第二审核机构")
    assert agency.names.get().origin == Origin.OUTSIDE
    assert name_of(agency.pk, Period(2016, 3)) == "督查室"


@pytest.mark.parametrize(
    ("slug", "options", "word"),
    [
        ("督查", {}, "小写字母"),
        ("taken", {}, "已被使用"),
        ("new", {"kind": "collective"}, "不能是集合单位"),
        ("new", {"short": " "}, "请写简称"),
        ("new", {"note": " "}, "为何加入"),
        ("new", {"since": "昨天"}, "put a day such as"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_added(slug: str, options: dict[str, str], word: str) -> None:
    make.agency(slug="taken")
    before = Agency.objects.count()
    with pytest.raises(CommandError, match=word):
        add(slug, **options)
    assert Agency.objects.count() == before
