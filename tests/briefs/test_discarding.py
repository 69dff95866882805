"""Discarding 作废: drafts that nobody wants, one by one and a set's at once; what they were stays readable."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import jobs as job_rows
from reports.briefs import actions, jobs, office_exports, queries, render, set_actions, text_actions
from reports.briefs.actions import Made
from reports.briefs.models import Brief, BriefFile, BriefSet
from reports.typeset.pdf_renderer import TypesetError
from tasks.audit.log import subject_of
from tasks.errors import Conflict, Problems
from tasks.models import Event, Plan, User
from tasks.values import Role
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import NOW, Q1, Typesetter, frozen, issued, with_every_part

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
MADE = Made(b"pdf", 3, 0.1)
WHY = "数据要重新核对"


@pytest.fixture
def other(db: None) -> User:
    return make.user(Role.OFFICE, display_name="办公室李某")


@pytest.fixture
def as_office(office: User) -> Client:
    client = Client()
    client.force_login(office)
    return client


@pytest.fixture
def plan(small_plan: Plan) -> Plan:
    """With two groups and two bodies: 1 + 1 + 2 + 1 + 2 briefs a quarter."""
    task = small_plan.tasks.get()
    make.group(small_plan)
    make.sector(small_plan, task)
    make.responsibility(task, make.agency(), "co")
    return with_every_part(small_plan)


def asked(plan: Plan) -> Brief:
    return actions.ask(by=None, plan=plan, quarter=Q1, now=NOW)


def failed(plan: Plan) -> Brief:
    brief = asked(plan)
    actions.fail(brief=brief, job_id=None, reason="没有字体", now=NOW)
    return brief


def issuing(plan: Plan) -> Brief:
    brief = frozen(plan)
    actions.issue(by=None, brief=brief, now=NOW)
    return brief


def superseded(plan: Plan) -> Brief:
    brief = issued(plan)
    issued(plan)
    return brief


def withdrawn(plan: Plan) -> Brief:
    brief = issued(plan)
    actions.withdraw(by=None, brief=brief, reason="有误", now=NOW)
    return brief


def discarded(plan: Plan, by: User | None = None, make_one: Callable[[Plan], Brief] = frozen) -> Brief:
    brief = make_one(plan)
    actions.discard(by=by, brief=brief, reason=WHY, now=NOW)
    return Brief.objects.select_related("job", "plan").get(pk=brief.pk)


def last_event(brief: Brief) -> tuple[str, str, str, str, User | None]:
    found = Event.objects.filter(subject=subject_of(brief)).latest("pk")
    return found.verb, found.from_state, found.to_state, found.note, found.by


def work(*, only: int | None = None) -> None:
    for job in job_rows.Job.objects.filter(state="queued").order_by("asked_at")[:only]:
        job_rows.run(job.pk)


def states(brief_set: BriefSet) -> dict[str, int]:
    found = list(brief_set.briefs.order_by("pk").values_list("state", flat=True))
    return {state: found.count(state) for state in sorted(set(found))}


# -- from which state, by whom, why -------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "state"), [(frozen, "draft"), (failed, "failed")])
def test_discard_keeps_who_when_and_why(
    small_plan: Plan, office: User, before: Callable[[Plan], Brief], state: str
) -> None:
    brief = before(small_plan)
    actions.discard(by=office, brief=brief, reason=f" {WHY} ", now=NOW)
    kept = Brief.objects.get(pk=brief.pk)
    assert (kept.state, kept.discarded_at, kept.discarded_by, kept.discarded_reason) == (
        "discarded",
        NOW,
        office,
        WHY,
    )
    assert (brief.state, brief.discarded_reason) == ("discarded", WHY)
    assert last_event(brief) == ("brief.discard", state, "discarded", WHY, office)


@pytest.mark.parametrize("before", [asked, issuing, issued, superseded, withdrawn, discarded])
def test_discard_from_any_other_state_is_refused(small_plan: Plan, before: Callable[[Plan], Brief]) -> None:
    brief = before(small_plan)
    was = Brief.objects.filter(pk=brief.pk).values().get()
    with pytest.raises(Conflict):
        actions.discard(by=None, brief=brief, reason="再次", now=NOW)
    assert Brief.objects.filter(pk=brief.pk).values().get() == was


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OFFICE])
def test_discard_is_denied_to_every_other_role(plan: Plan, office: User, role: Role) -> None:
    brief = frozen(plan)
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    person = make.user(role, password=None)
    with pytest.raises(PermissionDenied):
        actions.discard(by=person, brief=brief, reason=WHY, now=NOW)
    with pytest.raises(PermissionDenied):
        set_actions.discard_set(by=person, brief_set=brief_set, reason=WHY, now=NOW)
    assert not Brief.objects.filter(state="discarded").exists()


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (" \n ", "请写明作废理由。"),
        ("长" * 501, "有 501 字，最多 500 字，请删减。"),
        ("不\x00要", "内容含有不能保存的字符。"),
    ],
)
def test_discard_without_a_reason_that_can_be_kept(
    plan: Plan, office: User, typesetter: Typesetter, reason: str, words: str
) -> None:
    brief = frozen(plan)
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work()
    before = Event.objects.count()
    for call in (
        lambda: actions.discard(by=office, brief=brief, reason=reason, now=NOW),
        lambda: set_actions.discard_set(by=office, brief_set=brief_set, reason=reason, now=NOW),
    ):
        with pytest.raises(Problems) as caught:
            call()
        assert caught.value.by_field() == {"reason": [words]}
    assert (Event.objects.count(), states(brief_set)) == (before, {"draft": 7})


def test_whoever_comes_second_is_told_who_was_first(small_plan: Plan, office: User, other: User) -> None:
    brief = frozen(small_plan)
    stale = Brief.objects.get(pk=brief.pk)
    actions.discard(by=other, brief=brief, reason=WHY, now=NOW)
    # Taking a copy is no handling of it.
    actions.record_copy(by=office, brief=brief, form="docx", now=NOW)
    told = "办公室李某已于 07-05 10:00 处理过这份简报，现在是“已作废”；请刷新页面。"
    for call in (
        lambda: actions.discard(by=office, brief=stale, reason=WHY, now=NOW),
        lambda: actions.issue(by=office, brief=stale, now=NOW),
        lambda: actions.retry(by=office, brief=stale, now=NOW),
        lambda: text_actions.amend(by=office, brief=stale, texts={}, composed={}, seen=0, now=NOW),
    ):
        with pytest.raises(Conflict) as caught:
            call()
        assert str(caught.value) == told
    mine = frozen(small_plan)
    actions.issue(by=other, brief=Brief.objects.get(pk=mine.pk), now=NOW)
    with pytest.raises(Conflict, match="办公室李某已于 07-05 10:00 处理过这份简报，现在是“印发中”"):
        actions.discard(by=office, brief=mine, reason=WHY, now=NOW)


# -- the end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [frozen, failed])
def test_nothing_leads_on_from_a_discarded_brief(
    small_plan: Plan, office: User, before: Callable[[Plan], Brief]
) -> None:
    brief = discarded(small_plan, make_one=before)
    was = Brief.objects.filter(pk=brief.pk).values().get()
    for call in (
        lambda: actions.issue(by=office, brief=brief, now=NOW),
        lambda: actions.retry(by=office, brief=brief, now=NOW),
        lambda: text_actions.amend(by=office, brief=brief, texts={"a": "b"}, composed={}, seen=0, now=NOW),
        lambda: actions.redraft(brief=brief, made=MADE, now=NOW),
        lambda: actions.freeze(brief=brief, figures=b"{}", made=MADE, now=NOW),
        lambda: actions.publish(brief=brief, made=MADE, now=NOW),
        lambda: actions.withdraw(by=office, brief=brief, reason="有误", now=NOW),
    ):
        with pytest.raises(Conflict):
            call()
    assert Brief.objects.filter(pk=brief.pk).values().get() == was


def test_retry_of_a_draft_that_a_colleague_discarded_meanwhile(
    small_plan: Plan, office: User, typesetter: Typesetter
) -> None:
    """His page still shows a draft whose last change could not be set."""
    brief = frozen(small_plan)
    texts = {"overall/1": "新的文字"}
    jobs.ask_amend(by=office, brief=brief, texts=texts, composed={"overall/1": "旧的文字"}, seen=0, now=NOW)
    typesetter.error = TypesetError("缺字")
    work()
    stale = Brief.objects.select_related("job").get(pk=brief.pk)
    actions.discard(by=office, brief=Brief.objects.get(pk=brief.pk), reason=WHY, now=NOW)
    with pytest.raises(Conflict, match="现在是“已作废”"):
        jobs.ask_again(by=office, brief=stale, now=NOW)


@pytest.mark.parametrize("at", ["before", "while"])
def test_a_job_that_ends_after_its_draft_was_discarded_comes_to_nothing(
    small_plan: Plan, office: User, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    brief = frozen(small_plan)
    texts = {"overall/1": "新的文字"}
    jobs.ask_amend(by=office, brief=brief, texts=texts, composed={"overall/1": "旧的文字"}, seen=0, now=NOW)

    def throw_away() -> None:
        actions.discard(by=office, brief=Brief.objects.get(pk=brief.pk), reason=WHY, now=NOW)

    if at == "before":
        throw_away()
    else:

        def late(*given: Any) -> render.Rendered:
            throw_away()
            return typesetter(*given)

        monkeypatch.setattr(jobs, "render", late)
    work()
    kept = Brief.objects.select_related("job").get(pk=brief.pk)
    assert kept.job is not None
    assert (kept.state, kept.job.state, kept.job.attempts) == ("discarded", "failed", 1)
    assert kept.job.reason == "这份简报现在是“已作废”，这项作业已无事可做。"
    assert kept.files.count() == 1
    assert last_event(brief)[0] == "brief.discard"


@pytest.mark.parametrize("at", ["before", "while"])
def test_a_stopped_job_that_ends_after_its_brief_was_discarded_comes_to_nothing(
    plan: Plan, office: User, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)

    def throw_away() -> None:
        if brief_set.briefs.filter(state="asked").exists():
            set_actions.stop_set(by=office, brief_set=brief_set, now=NOW)
            set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)

    if at == "before":
        throw_away()
    else:

        def late(*given: Any) -> render.Rendered:
            throw_away()
            return typesetter(*given)

        monkeypatch.setattr(jobs, "render", late)
    work()
    assert states(brief_set) == {"discarded": 7}
    assert set(brief_set.briefs.values_list("job__state", "job__attempts")) == {("failed", 1)}
    assert not BriefFile.objects.exists()
    assert not Event.objects.filter(verb="brief.render_failed").exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "draft"},
        {"state": "issuing"},
        {"discarded_at": None},
        {"discarded_by": None},
        {"discarded_reason": ""},
        {"discarded_reason": "另一个理由"},
        {"known_at": NOW.replace(year=2016)},
        {"number": 1},
    ],
)
@pytest.mark.parametrize("before", [frozen, failed])
def test_the_database_refuses_to_change_a_discarded_brief(
    small_plan: Plan, office: User, before: Callable[[Plan], Brief], broken: dict[str, Any]
) -> None:
    brief = discarded(small_plan, by=office, make_one=before)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk).update(**broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk)._raw_delete("default")


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "discarded"},
        {"state": "discarded", "discarded_at": NOW},
        {"state": "discarded", "discarded_reason": WHY},
        {"discarded_reason": WHY},
        {"discarded_at": NOW},
        {"state": "discarded", "discarded_at": NOW, "discarded_reason": WHY, "number": 1},
    ],
)
@pytest.mark.parametrize("before", [frozen, failed])
def test_half_a_discarding_cannot_be_stored(
    small_plan: Plan, before: Callable[[Plan], Brief], broken: dict[str, Any]
) -> None:
    brief = before(small_plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk).update(**broken)


def test_an_issued_brief_cannot_be_stored_as_discarded(small_plan: Plan) -> None:
    brief = issued(small_plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk).update(
            state="discarded", discarded_at=NOW, discarded_reason=WHY, issued_at=None
        )


# -- a set --------------------------------------------------------------------------------------------------


def test_a_set_is_discarded_but_for_what_has_a_number_or_is_still_made(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work(only=3)
    typesetter.error = TypesetError("缺字")
    work(only=1)
    typesetter.error = None
    first, second = brief_set.briefs.filter(state="draft").order_by("pk")[:2]
    jobs.ask_issue(by=office, brief=first, now=NOW)
    actions.issue(by=office, brief=second, now=NOW)
    job_rows.run(Brief.objects.get(pk=first.pk).job_id)  # type: ignore[arg-type]
    assert states(brief_set) == {"asked": 3, "draft": 1, "failed": 1, "issued": 1, "issuing": 1}

    done = set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)

    assert (done.count, done.numbered, done.asked) == (2, 2, 3)
    assert states(brief_set) == {"asked": 3, "discarded": 2, "issued": 1, "issuing": 1}
    whole = Event.objects.get(verb="brief.set_discard", subject=subject_of(brief_set))
    assert (whole.by, whole.note, whole.data) == (office, WHY, {"briefs": 2})
    single = Event.objects.filter(verb="brief.discard").values_list("from_state", "to_state", "note")
    assert sorted(single) == [("draft", "discarded", WHY), ("failed", "discarded", WHY)]


def test_discarding_a_set_takes_as_many_queries_with_one_as_with_seven(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    def taken(keep: int) -> int:
        brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, again=True, now=NOW)
        work()
        for brief in brief_set.briefs.order_by("pk")[keep:]:
            actions.discard(by=office, brief=brief, reason=WHY, now=NOW)
        with CaptureQueriesContext(connection) as captured:
            done = set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)
        assert done.count == keep
        return len(captured)

    assert taken(1) == taken(7)


def test_a_set_discarded_twice_or_with_nothing_to_discard(
    plan: Plan, office: User, other: User, typesetter: Typesetter
) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    with pytest.raises(Conflict, match="这套简报没有可以作废的"):
        set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)
    work()
    set_actions.discard_set(by=other, brief_set=brief_set, reason=WHY, now=NOW)
    with pytest.raises(Conflict, match="办公室李某已于 07-05 10:00 作废了这套简报的草稿"):
        set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)
    assert Event.objects.filter(verb="brief.discard").count() == 7


def test_more_than_the_page_said_is_not_discarded(plan: Plan, office: User, typesetter: Typesetter) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work(only=2)
    seen = Brief.objects.filter(of_set=brief_set, state="draft").count()
    work(only=1)
    with pytest.raises(Conflict, match="现在有3份可以作废，您看到的是2份"):
        set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, seen=seen, now=NOW)
    assert states(brief_set) == {"asked": 4, "draft": 3}
    # Fewer than were seen is what was wanted.
    assert set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, seen=5, now=NOW).count == 3


def test_a_discarded_set_is_not_in_hand_and_nothing_of_it_is_tried_again(
    plan: Plan, office: User, typesetter: Typesetter
) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work()
    with pytest.raises(set_actions.SetInHand):
        jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)
    with pytest.raises(Conflict, match="这套简报没有失败的"):
        jobs.ask_failed(by=office, brief_set=brief_set, now=NOW)
    assert list(queries.recent_sets(office)) == []
    following = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    assert list(queries.recent_sets(office)) == [following]


# -- as if it were not there --------------------------------------------------------------------------------


def test_the_next_brief_takes_no_notice_of_a_discarded_one(small_plan: Plan) -> None:
    discarded(small_plan)
    brief = issued(small_plan)
    assert (brief.number, brief.edition, brief.total, brief.supersedes_id) == (1, 1, 1, None)
    assert [one.pk for one in Brief.objects.editions_of(brief)] == [brief.pk]


def test_verification_does_not_know_a_discarded_brief(small_plan: Plan, client: Client) -> None:
    brief = discarded(small_plan)
    pdf = bytes(BriefFile.objects.get(brief=brief).pdf)
    answer = client.post(reverse("verify"), {"file": SimpleUploadedFile("x.pdf", pdf)})
    assert answer.context["verdict"].state == "unknown"
    assert brief.code == ""


def test_readers_never_see_a_discarded_brief(small_plan: Plan, reader: User) -> None:
    brief = discarded(small_plan)
    client = Client()
    client.force_login(reader)
    names = ("brief", "brief_pdf", "brief_figures")
    assert [client.get(reverse(name, args=[brief.pk])).status_code for name in names] == [404] * 3
    listed = client.get(reverse("brief_list"), {"state": "discarded"})
    assert (list(listed.context["issued"]), list(listed.context["in_hand"])) == ([], [])
    assert reverse("brief", args=[brief.pk]) not in listed.content.decode()


# -- pages --------------------------------------------------------------------------------------------------


def test_the_list_hides_what_was_discarded_until_it_is_asked_for(
    small_plan: Plan, as_office: Client, office: User
) -> None:
    kept, gone = frozen(small_plan), discarded(small_plan, by=office)
    address = reverse("brief_list")

    def listed(**query: str) -> list[str]:
        return [row.url for row in as_office.get(address, query).context["in_hand"]]

    assert listed() == [reverse("brief", args=[kept.pk])]
    assert listed(state="discarded") == [reverse("brief", args=[gone.pk])]
    shown = as_office.get(address, {"state": "discarded", "kind": "plan"}).content.decode()
    assert "已作废 · 2017-07-05 10:00" in shown
    assert f'href="{address}?kind=plan"' in shown
    assert f'href="{address}?state=discarded"' in as_office.get(address).content.decode()


def test_page_of_a_discarded_brief_says_why_and_offers_nothing_but_its_files(
    small_plan: Plan, as_office: Client, office: User
) -> None:
    brief = frozen(small_plan, figures=example.frozen())
    offered = as_office.get(reverse("brief", args=[brief.pk])).content.decode()
    assert reverse("brief_discard", args=[brief.pk]) in offered
    answer = as_office.post(reverse("brief_discard", args=[brief.pk]), {"reason": WHY}, follow=True)
    text = answer.content.decode()
    assert "2017年第一季度简报已作废。" in text
    assert "2017年7月5日 10:00 · 办公室王某" in text
    assert WHY in text
    assert answer.context["reading"].text
    for name in ("brief_issue", "brief_edit", "brief_retry", "brief_withdraw", "brief_discard"):
        assert reverse(name, args=[brief.pk]) not in text
    for name in ("brief_pdf", "brief_figures", "brief_docx", "brief_xlsx"):
        assert reverse(name, args=[brief.pk]) in text
    pdf = as_office.get(reverse("brief_pdf", args=[brief.pk]), {"download": "1"})
    assert pdf.content == bytes(BriefFile.objects.get(brief=brief).pdf)
    assert "%E5%B7%B2%E4%BD%9C%E5%BA%9F" in pdf["Content-Disposition"]  # 已作废
    figures = as_office.get(reverse("brief_figures", args=[brief.pk]))
    assert figures.content == example.frozen()
    assert "已作废" in office_exports.marks(Brief.objects.get(pk=brief.pk))
    assert as_office.get(reverse("brief_edit", args=[brief.pk])).status_code == 302


def test_page_of_what_failed_is_discarded_too(
    small_plan: Plan, as_office: Client, typesetter: Typesetter
) -> None:
    typesetter.error = TypesetError("缺少系统库")
    brief = jobs.ask_draft(by=None, plan=small_plan, quarter=Q1, now=NOW)
    work()
    answer = as_office.post(reverse("brief_discard", args=[brief.pk]), {"reason": WHY}, follow=True)
    text = answer.content.decode()
    assert (answer.context["job"], answer.context["failed"]) == (None, False)
    assert WHY in text
    assert reverse("brief_retry", args=[brief.pk]) not in text


def test_the_form_wants_a_reason_and_keeps_what_was_typed(small_plan: Plan, as_office: Client) -> None:
    brief = frozen(small_plan, figures=example.frozen())
    address = reverse("brief_discard", args=[brief.pk])
    empty = as_office.post(address, {"reason": " "})
    assert (empty.status_code, empty.context["discard_form"].errors["reason"]) == (422, ["请写明作废理由。"])
    typed = "长" * 501
    long = as_office.post(address, {"reason": typed})
    assert (long.status_code, list(long.context["discard_form"].errors)) == (422, ["reason"])
    assert typed in long.content.decode()
    assert Brief.objects.get().state == "draft"
    # A line's end counts once, whatever the browser sent.
    assert as_office.post(address, {"reason": "行\r\n" * 250}).status_code == 302


def test_the_second_of_two_is_given_back_what_he_wrote(
    small_plan: Plan, as_office: Client, other: User
) -> None:
    brief = frozen(small_plan, figures=example.frozen())
    actions.discard(by=other, brief=Brief.objects.get(pk=brief.pk), reason="先作废", now=NOW)
    address = reverse("brief_discard", args=[brief.pk])
    text = as_office.post(address, {"reason": "我也要作废"}, follow=True).content.decode()
    assert "办公室李某已于 07-05 10:00 处理过这份简报，现在是“已作废”" in text
    assert "我也要作废" in text
    assert Brief.objects.get().discarded_reason == "先作废"


def test_the_page_of_a_set_says_how_many_are_discarded_and_counts_them_as_gone(
    plan: Plan, as_office: Client, office: User, typesetter: Typesetter
) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    page, address = (reverse(name, args=[brief_set.pk]) for name in ("brief_set", "brief_set_discard"))
    assert address not in as_office.get(page).content.decode()
    work(only=3)
    typesetter.error = TypesetError("缺字")
    work(only=1)
    typesetter.error = None
    first = brief_set.briefs.filter(state="draft").order_by("pk")[0]
    actions.issue(by=office, brief=first, now=NOW)
    before = as_office.get(page).content.decode()
    assert "将作废草稿2份、未生成的1份；已印发的1份不变；还在生成的3份不变。" in before
    assert "作废 3 份" in before

    refused = as_office.post(address, {"reason": "", "seen": "3"})
    assert (refused.status_code, refused.context["form"].errors["reason"]) == (422, ["请写明作废理由。"])
    late = as_office.post(address, {"reason": WHY, "seen": "2"})
    assert late.status_code == 409
    assert "现在有3份可以作废，您看到的是2份；请看过后再作废。" in late.content.decode()
    assert f">\n{WHY}</textarea>" in late.content.decode()
    assert 'name="seen" value="3"' in late.content.decode()
    after = as_office.post(address, {"reason": WHY, "seen": "3"}, follow=True)
    text = after.content.decode()
    assert "已作废3份；已印发的1份不变；还在生成的3份不变。" in text
    assert "共4份，已生成1份，还有3份在生成；另有3份已作废。" in text
    assert (after.context["total"], after.context["done"], after.context["failed"]) == (4, 1, 0)
    assert text.count(f"办公室王某 2017-07-05 10:00 作废：{WHY}") == 3
    assert address not in text
    set_actions.stop_set(by=office, brief_set=brief_set, now=NOW)
    assert "将作废已停止的3份；已印发的1份不变。" in as_office.get(page).content.decode()
    as_office.post(address, {"reason": WHY})
    assert "共1份，已生成1份；另有6份已作废。" in as_office.get(page).content.decode()


def test_the_page_of_a_set_of_which_nothing_is_left(
    plan: Plan, as_office: Client, office: User, typesetter: Typesetter
) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    work()
    set_actions.discard_set(by=office, brief_set=brief_set, reason=WHY, now=NOW)
    text = as_office.get(reverse("brief_set", args=[brief_set.pk])).content.decode()
    assert "共7份，都已作废。" in text
    assert "<progress" not in text
    assert (
        reverse("brief_set", args=[brief_set.pk]) not in as_office.get(reverse("brief_list")).content.decode()
    )


def test_nothing_is_discarded_on_get(plan: Plan, as_office: Client, office: User) -> None:
    brief_set = jobs.ask_set(by=office, plan=plan, quarter=Q1, now=NOW)
    assert as_office.get(reverse("brief_discard", args=[frozen(plan).pk])).status_code == 405
    assert as_office.get(reverse("brief_set_discard", args=[brief_set.pk])).status_code == 405
