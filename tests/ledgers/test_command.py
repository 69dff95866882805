"""manage.py ledger: the same acts as the pages."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from tasks.ledgers.models import CarriedTask, Ledger, LedgerState
from tasks.models import User, Version
from tasks.values import Role
from tests import factories as make
from tests.ledgers.books import office_ledger
from tests.ledgers.test_pages import filled_plan, told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def run(*args: object) -> str:
    out = StringIO()
    call_command("ledger", *map(str, args), stdout=out)
    return out.getvalue()


def office() -> User:
    return make.user(Role.OFFICE, password=None)


def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(content)
    return path


def test_a_ledger_is_read_and_taken_back(tmp_path: Path) -> None:
    plan, tasks = filled_plan(2)
    source = file(tmp_path, office_ledger([*told(tasks), ("别的工作", "完成")], year=2015))
    one, two = office(), office()
    dry = run("read", plan.slug, source, "--by", one.username, "--skip-unknown", "--dry-run")
    assert "8件，2项任务，4期" in dry
    assert not Ledger.objects.exists()
    with pytest.raises(CommandError, match="还有1行看不出是哪项任务"):
        run("read", plan.slug, source, "--by", one.username)
    said = run(
        "read", plan.slug, source, "--by", one.username, "--skip-unknown", "--confirmed-by", two.username
    )
    ledger = Ledger.objects.get()
    assert f"已补录，第{ledger.pk}号台账" in said
    assert Version.objects.filter(backfill=ledger).count() == 8
    with pytest.raises(CommandError, match="须由申请人以外的另一个人同意"):
        run("undo", ledger.pk, "--reason", "传错了", "--by", one.username, "--confirmed-by", one.username)
    run("undo", ledger.pk, "--reason", "传错了", "--by", one.username, "--confirmed-by", two.username)
    ledger.refresh_from_db()
    assert ledger.state == LedgerState.UNDONE


def test_a_template_is_filled(tmp_path: Path) -> None:
    plan, (task,) = filled_plan(1)
    lead = task.responsibilities.get().agency
    make.version(task, lead, "2017Q1", done="封顶")
    source = file(tmp_path, office_ledger([(task.heading,)]))
    out = tmp_path / "填好.xlsx"
    run("export", plan.slug, source, "--period", "2017Q1", "--out", out, "--by", office().username)
    assert load_workbook(out).worksheets[0]["E4"].value == "封顶"


def test_tasks_of_the_same_name_are_carried() -> None:
    plan, (task,) = filled_plan(1)
    later = make.plan()
    other = make.task(later, lead=make.agency(), heading=task.heading)
    by = office()
    assert "→" in run("carry", plan.slug, later.slug, "--by", by.username, "--dry-run")
    assert "已结转1项" in run("carry", plan.slug, later.slug, "--by", by.username)
    assert CarriedTask.objects.get().later == other


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("read", "nothing", "{file}", "--by", "{office}"), "库中没有方案“nothing”"),
        (("read", "{plan}", "{file}", "--by", "nobody"), "没有账号“nobody”"),
        (("read", "{plan}", "/nowhere.xlsx", "--by", "{office}"), "文件打不开"),
        (("read", "{plan}", "{file}", "--by", "{viewer}"), "由领导小组办公室"),
        (("undo", "99999", "--reason", "x", "--by", "{office}"), "没有第99999号台账"),
        (("export", "{plan}", "{file}", "--period", "x", "--out", "x", "--by", "{office}"), "“x”"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(args: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    plan, (task,) = filled_plan(1)
    words = {
        "{plan}": plan.slug,
        "{file}": str(file(tmp_path, office_ledger(told([task]), year=2015))),
        "{office}": office().username,
        "{viewer}": make.user(Role.VIEWER, password=None).username,
    }
    with pytest.raises(CommandError, match=sentence):
        run(*(words.get(arg, arg) for arg in args))
