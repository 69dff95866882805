"""A project report inside its agency: handed on, taken back, sent back, submitted; who is told, and what each page offers."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qhplan import clock
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Event, Message, ProjectReport, ProjectVersion
from tasks.projects import actions
from tasks.projects.handing import hand, take_back
from tasks.values import Role
from tests.pages import text
from tests.projects.test_projects import NOW, SAID, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = World()
    Agency.objects.filter(pk=made.body.pk).update(one_person=False)
    made.assign()
    return made


def told(subject: str) -> set[int | None]:
    return set(Message.objects.filter(subject__contains=subject).values_list("user", flat=True))


def test_a_report_is_checked_handed_on_approved_or_sent_back_and_people_are_told(world: World) -> None:
    report = world.save(replace(SAID, invested="三百万"))
    with pytest.raises(Problems, match="不是数"):
        hand(by=world.reporter, reports=[report.pk], now=NOW)
    report = world.save(revision=report.revision)
    hand(by=world.reporter, reports=[report.pk], now=NOW)
    assert told("待您签批") == {world.approver.pk}
    with pytest.raises(Conflict, match="待签批"):
        world.save(replace(SAID, progress="又写"), revision=report.revision)
    with pytest.raises(Conflict, match="待签批"):  # twice
        hand(by=world.reporter, reports=[report.pk], now=NOW)
    for stranger in (world.office, world.user(Role.APPROVER, world.other)):
        with pytest.raises(PermissionDenied):
            take_back(by=stranger, reports=[report.pk], note="不对", now=NOW)
    with pytest.raises(Problems, match="理由"):
        take_back(by=world.approver, reports=[report.pk], now=NOW)
    take_back(by=world.approver, reports=[report.pk], note="补上缺口", now=NOW)
    assert told("被签批人退回") == {world.reporter.pk}
    hand(by=world.reporter, reports=[report.pk], now=NOW)
    take_back(by=world.reporter, reports=[report.pk], now=NOW)  # one's own, without a reason
    hand(by=world.reporter, reports=[report.pk], now=NOW)
    with pytest.raises(PermissionDenied):
        actions.submit(by=world.reporter, reports=[report.pk], now=NOW)
    (version,) = actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    with pytest.raises(Conflict, match="待核"):
        take_back(by=world.reporter, reports=[report.pk], now=NOW)
    world.decide(version, accept=False, note="口径不符")
    assert told("被退回，待修改后重报") == {world.reporter.pk, world.approver.pk}
    hand(by=world.reporter, reports=[report.pk], now=NOW)  # one that was returned goes the same way
    (again,) = actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    actions.withdraw(by=world.approver, reports=[report.pk], note="数字有误", now=NOW)
    assert world.office.pk in told("已撤回")
    assert again.number == 2
    verbs = list(Event.objects.filter(subject=f"projectreport:{report.pk}").values_list("verb", flat=True))
    assert verbs.count("projectreport.hand") == 4
    assert "projectreport.send_to_reporter" in verbs


def test_who_wrote_last_does_not_approve_what_they_handed_on(world: World) -> None:
    report = world.save(by=world.approver)
    hand(by=world.approver, reports=[report.pk], now=NOW)
    with pytest.raises(Problems, match="自己最后写的"):
        actions.submit(by=world.approver, reports=[report.pk], now=NOW)


def test_each_person_finds_the_acts_that_are_theirs(world: World) -> None:
    form = reverse("project_report", args=[world.plan.slug, world.press.pk, "2017Q1"])
    desk, package, sheet = (reverse(name) for name in ("desk", "package", "package_sheet"))
    with clock.at(NOW):
        reporter, approver, office = (
            world.client(one) for one in (world.reporter, world.approver, world.office)
        )
        said = {**SAID.kept(), "problems": "<b>缺口</b>", "revision": "", "action": "hand"}
        wrong = reporter.post(form, {**said, "total": "-5"})
        assert (wrong.status_code, "投资不能是负数" in text(wrong)) == (422, True)
        done = reporter.post(form, {**said, "revision": "1"}, follow=True)
        assert "已交签批人" in text(done)
        page = reporter.get(form).content.decode()
        assert "取回修改" in page
        assert 'value="submit"' not in page
        assert 'value="save"' not in page
        assert "&lt;b&gt;缺口" in page
        page = approver.get(form).content.decode()
        assert "退回填报员" in page
        assert "取回修改" not in page
        assert 'value="submit"' in page
        assert "签批项目报告" in text(approver.get(desk))
        assert "签批项目报告" not in text(reporter.get(desk))
        assert "待签批" in text(approver.get(package))
        assert world.press.name not in text(approver.get(sheet))
        assert "主体封顶" in text(approver.get(sheet + "?drafts=1"))
        assert "主体封顶" not in text(office.get(reverse("project", args=[world.plan.slug, world.press.pk])))
        assert reporter.post(form, {"action": "submit"}).status_code == 403
        refused = approver.post(form, {"action": "take_back", "note": "无"}, follow=True)
        assert "请写明退回填报员的理由" in text(refused)
        back = approver.post(form, {"action": "take_back", "note": "<i>补</i>"}, follow=True)
        assert "已退回填报员" in text(back)
        page = reporter.get(form).content.decode()
        assert "签批人退回" in page
        assert "&lt;i&gt;补" in page
        report = ProjectReport.objects.get()
        reporter.post(form, {**said, "revision": str(report.revision)})
        assert "已提交" in text(approver.post(form, {"action": "submit"}, follow=True))
        assert ProjectVersion.objects.get().submitted_by == world.approver
        again = approver.post(form, {"action": "take_back"}, follow=True)
        assert "待核" in text(again)
        assert "主体封顶" in text(approver.get(sheet))
