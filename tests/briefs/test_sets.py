"""A quarter's whole set: one moment for all, a page of its progress, stopping, and once more what failed."""

import io
import zipfile
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote_to_bytes as quoted

import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from qhplan import jobs as job_rows
from reports.briefs import actions, jobs, queries, series_actions, set_actions
from reports.briefs.models import Brief, BriefKind, BriefSet, BriefState, BriefText, Download
from reports.typeset import pdf_renderer
from tasks.errors import Conflict, Problems
from tasks.models import Event, Plan, User
from tasks.values import Period, Role
from tests import factories as make
from tests.briefs.conftest import NOW, Q1, Typesetter, issued, with_every_part

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(small_plan: Plan) -> Plan:
    """With two groups, a sector and two bodies: 1 + 1 + 2 + 1 + 2 briefs a quarter, as its office has set it."""
    task = small_plan.tasks.get()
    make.group(small_plan)
    make.sector(small_plan, task)
    make.responsibility(task, make.agency(), "co")
    return with_every_part(small_plan)


def states(brief_set: BriefSet) -> dict[str, int]:
    found = list(brief_set.briefs.values_list("state", flat=True))
    return {state: found.count(state) for state in dict.fromkeys(found)}


def work(*, only: int | None = None) -> None:
    for job in job_rows.Job.objects.filter(state="queued").order_by("asked_at")[:only]:
        job_rows.run(job.pk)


def test_a_set_is_asked_for_at_one_moment_and_drafted(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    briefs = list(made.briefs.order_by("pk"))
    assert [brief.kind for brief in briefs] == [
        "plan",
        "one_page",
        "group",
        "group",
        "sector",
        "agency",
        "agency",
    ]
    assert {brief.known_at for brief in briefs} == {NOW}
    assert len({brief.job_id for brief in briefs}) == 7
    work()
    assert states(made) == {"draft": 7}
    assert Event.objects.filter(verb="brief.ask").count() == 7
    assert Event.objects.filter(verb="brief.set", subject=f"briefset:{made.pk}").exists()


def test_what_is_stopped_comes_to_nothing_and_can_be_asked_for_again(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work(only=2)
    assert states(made) == {"draft": 2, "asked": 5}
    assert set_actions.stop_set(by=office, brief_set=made, now=NOW) == 5
    work()
    assert states(made) == {"draft": 2, "failed": 5}
    assert made.briefs.filter(files__isnull=False).count() == 2
    with pytest.raises(Conflict):
        set_actions.stop_set(by=office, brief_set=made, now=NOW)
    assert jobs.ask_failed(by=office, brief_set=made, now=NOW) == 5
    work()
    assert states(made) == {"draft": 7}
    with pytest.raises(Conflict):
        jobs.ask_failed(by=office, brief_set=made, now=NOW)


def test_what_is_asked_for_again_at_once_does_not_fail_with_the_job_before(
    plan: Plan, office: User, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stopped job reports its failure while the brief is asked for again: that is not the new job's failure."""
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    set_actions.stop_set(by=office, brief_set=made, now=NOW)
    old = job_rows.Job.objects.filter(state="queued").order_by("asked_at")[0]
    fail = actions.fail

    def late(**said: Any) -> None:
        jobs.ask_failed(by=office, brief_set=made, now=NOW)
        fail(**said)

    monkeypatch.setattr(actions, "fail", late)
    job_rows.run(old.pk)
    monkeypatch.undo()
    assert states(made) == {"asked": 7}


def test_the_job_before_leaves_a_brief_that_was_asked_for_again_to_the_new_one(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    set_actions.stop_set(by=office, brief_set=made, now=NOW)
    jobs.ask_failed(by=office, brief_set=made, now=NOW)
    work()
    assert states(made) == {"draft": 7}
    assert set(made.briefs.values_list("job__state", flat=True)) == {"done"}
    assert len(typesetter.heads) == 7


def test_a_failed_one_leaves_the_others_alone(plan: Plan, office: User, typesetter: Typesetter) -> None:
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    typesetter.error = pdf_renderer.TypesetError("缺字")
    work(only=1)
    typesetter.error = None
    work()
    assert states(made) == {"failed": 1, "draft": 6}
    assert jobs.ask_failed(by=office, brief_set=made, now=NOW) == 1
    work()
    assert states(made) == {"draft": 7}


def test_others_and_quarters_that_are_not_over_are_refused(plan: Plan, reader: User, office: User) -> None:
    with pytest.raises(PermissionDenied):
        jobs.ask_set(by=reader, plan=plan, quarter=Q1, now=NOW)
    with pytest.raises(Problems) as raised:
        jobs.ask_set(by=office, plan=plan, quarter=Period(2017, 3), now=NOW)
    assert "尚未结束" in raised.value.by_field()["quarter"][0]
    assert not Brief.objects.exists()
    assert not BriefSet.objects.exists()
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    with pytest.raises(PermissionDenied):
        set_actions.stop_set(by=reader, brief_set=made)


@pytest.mark.full
def test_the_page_tells_how_far_it_is_and_its_queries_do_not_grow(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    client = Client()
    client.force_login(office)

    def page(pk: int) -> tuple[str, int]:
        with clock.at(NOW), CaptureQueriesContext(connection) as captured:
            answer = client.get(reverse("brief_set", args=[pk]))
        return answer.content.decode(), len(captured)

    def ask(**more: str) -> int:
        with clock.at(NOW):
            data = {"plan": plan.slug, "quarter": "2017Q1", "kind": "plan", **more}
            answer: Any = client.post(reverse("brief_set_ask"), data, follow=True)
        return int(answer.request["PATH_INFO"].rstrip("/").rpartition("/")[2])

    first = ask()
    work(only=3)
    page(first)
    text, few = page(first)
    assert "共7份，已生成3份，还有4份在生成。" in text
    assert "停止其余 4 份" in text
    with clock.at(NOW):
        client.post(reverse("brief_set_stop", args=[first]))
    stopped = page(first)[0]
    assert "4份已停止" in stopped
    assert "没有生成" not in stopped
    assert "生成失败" not in stopped
    assert "办公室王某 2017-07-05 10:00 停止" in stopped
    one = BriefSet.objects.get(pk=first).briefs.filter(state="failed")[0]
    assert (
        "办公室王某 2017-07-05 10:00 停止了整套简报"
        in client.get(reverse("brief", args=[one.pk])).content.decode()
    )
    work()  # the jobs that find nothing to do are not why there is no brief
    assert "已无事可做" not in page(first)[0]
    with clock.at(NOW):
        client.post(reverse("brief_set_retry", args=[first]))
    assert BriefState.FAILED not in states(BriefSet.objects.get(pk=first))
    for _n in range(5):
        make.responsibility(plan.tasks.get(), make.agency(), "co")
    assert page(ask(again="1"))[1] == few
    assert "2017年第一季度整套" in client.get(reverse("brief_list")).content.decode()


def test_whoever_asks_for_a_set_that_is_in_hand_is_asked_whether_he_wants_another(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    client = Client()
    client.force_login(make.user(Role.OFFICE))
    asked = {"plan": plan.slug, "quarter": "2017Q1", "kind": "plan"}
    with clock.at(NOW):
        answer = client.post(reverse("brief_set_ask"), asked)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "07-05 10:00 由办公室王某申请" in text
        assert reverse("brief_set", args=[made.pk]) in text
        assert BriefSet.objects.count() == 1
        other = client.post(reverse("brief_set_ask"), {**asked, "quarter": "2016Q4"})
        assert other.status_code == 302
        assert client.post(reverse("brief_set_ask"), {**asked, "again": "1"}).status_code == 302
    assert BriefSet.objects.count() == 3
    set_actions.stop_set(by=office, brief_set=BriefSet.objects.get(pk=made.pk), now=NOW)
    latest = BriefSet.objects.latest("pk")
    set_actions.stop_set(by=office, brief_set=latest, now=NOW)
    # Of what was stopped nothing is left in hand.
    jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)


def test_a_set_is_issued_in_one_step_but_for_what_cannot_be(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    client = Client()
    client.force_login(office)
    page, url = reverse("brief_set", args=[made.pk]), reverse("brief_set_issue", args=[made.pk])
    assert 'hx-trigger="every 3s"' in client.get(page).content.decode()
    work()
    ended = client.get(page, headers={"HX-Request": "true"})
    assert (ended.headers["HX-Refresh"], "every 3s" in ended.content.decode()) == ("true", False)
    assert client.post(url, {"seen": "7"}).status_code == 422  # not ticked as checked
    assert client.post(url, {"seen": "6", "checked": "on"}).status_code == 409
    assert states(made) == {"draft": 7}
    last = made.briefs.order_by("pk").last()
    assert last is not None
    BriefText.objects.create(brief=last, key="imprint/copies", text="60", by=office, at=NOW)
    text = client.post(url, {"seen": "7", "checked": "on"}, follow=True).content.decode()
    assert "已印发6份" in text
    assert f"1份没有印发：《{last.title}》改过文字的人不能签发同一份简报" in text
    work()
    assert states(made) == {"issued": 6, "draft": 1}
    assert Event.objects.get(verb="brief.set_issue").data == {"briefs": 6, "left_out": 1}
    answer = client.get(reverse("brief_set_zip", args=[made.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        names = archive.namelist()
    assert (len(names), names[0].startswith("01 ")) == (6, True)
    assert Download.objects.filter(by=office).count() == 6


def test_issuing_a_set_takes_no_more_queries_for_more_briefs(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    def counted(made: BriefSet) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            done = jobs.ask_issue_set(by=office, brief_set=made, now=NOW)
        return len(done.issued), len(queries)

    few = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work()
    for brief in list(few.briefs.order_by("pk"))[3:]:
        actions.discard(by=office, brief=brief, reason="另做", now=NOW)
    count, few_queries = counted(few)
    work()
    many = jobs.ask_set(by=office, plan=plan, quarter=Q1, again=True, now=NOW)
    work()
    more, many_queries = counted(many)
    assert (count, more) == (3, 7)
    assert many_queries <= few_queries
    corrected = {brief.kind: brief.edition for brief in many.briefs.filter(kind=BriefKind.PLAN)}
    assert corrected == {BriefKind.PLAN: 2}
    assert not many.briefs.filter(job=None).exists()


def test_what_cannot_be_printed_is_not_issued_alone_and_the_rest_of_the_set_is(
    plan: Plan, office: User, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed: list[str] = []
    monkeypatch.setattr(
        jobs,
        "compose",
        lambda figures, words: SimpleNamespace(
            unprintable=composed.append(figures) or dict(typesetter.unprintable)
        ),
    )
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work(only=6)
    typesetter.unprintable = {"\U0001f600": "由😀牵头"}
    work()
    last = made.briefs.order_by("pk").last()
    assert last is not None
    with pytest.raises(Conflict) as refused:
        jobs.ask_issue(by=office, brief=last, now=NOW)
    assert "有印不出的字：“😀”（U+1F600，…由😀牵头…）" in str(refused.value)
    client = Client()
    client.force_login(office)
    url = reverse("brief_issue", args=[last.pk])
    assert "U+1F600" in client.post(url, {"checked": "on"}, follow=True).content.decode()
    composed.clear()
    done = jobs.ask_issue_set(by=office, brief_set=made, seen=7, now=NOW)
    assert (len(done.issued), [brief.pk for brief, _why in done.left_out]) == (6, [last.pk])
    # What is clean by what was kept with it is not composed again.
    assert len(composed) == 1
    typesetter.unprintable = {}
    jobs.ask_issue(by=office, brief=last, now=NOW)  # fonts were added since
    assert states(made) == {"issuing": 7}


def test_the_print_file_begins_each_document_on_a_right_page(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    def pdf(pages: int) -> bytes:
        document = pypdfium2.PdfDocument.new()
        for _n in range(pages):
            document.new_page(595, 842)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work()
    client = Client()
    client.force_login(office)
    url = reverse("brief_set_print", args=[made.pk])
    assert client.get(url).status_code == 404
    for brief, pages in zip(made.briefs.order_by("pk")[:3], (3, 1, 2), strict=True):
        actions.issue(by=office, brief=brief, now=NOW)
        actions.publish(brief=brief, made=actions.Made(pdf(pages), pages, 0.1), now=NOW)
    answer = client.get(url)
    whole = pypdfium2.PdfDocument(b"".join(answer))
    assert len(whole) == 4 + 2 + 2
    assert "双面打印，8页".encode() in quoted(answer.headers["Content-Disposition"])
    assert Download.objects.filter(by=office).count() == 3


# -- what the office sets -----------------------------------------------------------------------------------


def test_the_office_sets_of_which_kinds_a_set_consists(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    client = Client()
    client.force_login(office)
    url = reverse("brief_settings")
    seen = ",".join(queries.kinds_of_set(plan))

    def save(*kinds: str) -> Any:
        with clock.at(NOW):
            return client.post(
                url, {"plan": plan.slug, "kinds": list(kinds), "kinds_seen": seen}, follow=True
            )

    text = save("group", "supervision").content.decode()
    assert queries.kinds_of_set(plan) == ["plan", "group", "supervision"]
    assert "2017年第二季度一套共 4 份" in text
    made = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    found = list(made.briefs.order_by("pk").values_list("kind", flat=True))
    assert found == ["plan", "group", "group", "supervision"]
    stale = save("sector")
    assert (stale.status_code, "刚刚已由他人更改" in stale.content.decode()) == (409, True)
    assert client.post(url, {"plan": plan.slug, "kinds": "annual", "kinds_seen": ""}).status_code == 422
    assert Event.objects.get(verb="brief.set_kinds").data["kinds"][1] == ["plan", "group", "supervision"]


def test_a_series_begins_at_the_number_that_the_office_enters(small_plan: Plan, office: User) -> None:
    def start(number: int, total: int | None = None, **more: Any) -> Any:
        return series_actions.start_series(
            by=office, plan=small_plan, kind="plan", year=2017, number=number, total=total, now=NOW, **more
        )

    def refused(*args: Any, **more: Any) -> dict[str, list[str]]:
        with pytest.raises(Problems) as caught:
            start(*args, **more)
        return caught.value.by_field()

    start(12, 40)
    first = issued(small_plan, quarter=Period(2016, 4))
    assert (first.label, first.total) == ("2017年第12期", 40)
    assert refused(12) == {"number": ["2017年季度简报已编到第12期，起始期号须大于它。"]}
    assert refused(13, 40) == {"total": ["季度简报已编到总第40期，起始总期号须大于它。"]}
    said = "2017年季度简报已编到第12期；从第15期起，第13—14期将空号。确实如此，请勾选确认。"
    assert refused(15) == {"confirmed": [said]}
    start(15, confirmed=True)
    second = issued(small_plan, quarter=Q1)
    assert (second.label, second.total) == ("2017年第15期", 41)
    # A correction keeps its number.
    assert issued(small_plan, quarter=Q1).label == "2017年第15期（第2版）"
    for year in (2016, 2019):
        with pytest.raises(Problems) as caught:
            series_actions.start_series(
                by=office, plan=small_plan, kind="plan", year=year, number=99, now=NOW
            )
        assert list(caught.value.by_field()) == ["year"]
    with pytest.raises(PermissionDenied):
        series_actions.start_series(
            by=make.user(Role.LEADERSHIP), plan=small_plan, kind="plan", year=2017, number=99, now=NOW
        )


def test_the_page_of_a_series_says_the_gap_and_keeps_what_was_refused(small_plan: Plan, office: User) -> None:
    client = Client()
    client.force_login(office)
    form = {"plan": small_plan.slug, "kind": "plan", "year": "2017", "number": "5"}
    with clock.at(NOW):
        text = client.post(reverse("brief_settings"), form, follow=True).content.decode()
        assert "2017年季度简报从第5期起编。本站没有第1—4期。" in text
        issued(small_plan)
        answer = client.post(reverse("brief_settings"), {**form, "number": "5"})
        assert (answer.status_code, "起始期号须大于它" in answer.content.decode()) == (422, True)
        for wrong in ({"number": "0"}, {"number": "一"}, {"kind": "x"}, {"year": "1999"}):
            assert client.post(reverse("brief_settings"), form | wrong).status_code == 422
