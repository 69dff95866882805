"""Pages and files of briefs: who sees what, and what a form does."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import jobs as job_rows
from reports.briefs import actions, jobs, text_actions
from reports.briefs.actions import Made
from reports.briefs.models import Brief, BriefFile, Download
from reports.briefs.render import compose
from reports.typeset.pdf_renderer import TypesetError
from tasks.models import Plan, User
from tasks.values import Period, Role
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import NOW, Q1, Typesetter, frozen, issued

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_office(office: User) -> Client:
    client = Client()
    client.force_login(office)
    return client


@pytest.fixture
def as_reader(reader: User) -> Client:
    client = Client()
    client.force_login(reader)
    return client


def real(plan: Plan) -> Brief:
    """A draft with a whole quarter's figures, as its page reads them."""
    return frozen(plan, figures=example.frozen())


def page(client: Client, brief: Brief) -> Any:
    return client.get(reverse("brief", args=[brief.pk]))


# -- list ---------------------------------------------------------------------------------------------------


def test_list_names_the_kind_and_part_of_the_latest_brief(small_plan: Plan, as_reader: Client) -> None:
    """Every kind has its own 第1期; and what speaks of an earlier quarter may be the latest."""
    issued(small_plan)
    body = small_plan.tasks.get().responsibilities.get().agency
    later = make.moment("2017-07-06 09:00")
    brief = actions.ask(
        by=None, plan=small_plan, quarter=Period(2016, 4), kind="agency", scope=body.slug, now=later
    )
    actions.freeze(brief=brief, figures=b'{"as_at":"2016-12-31"}', made=Made(b"a", 1, 0.1), now=later)
    actions.issue(by=None, brief=brief, now=later)
    actions.publish(brief=brief, made=Made(b"b", 1, 0.1), now=later)
    lede = next(one["lede"] for one in as_reader.get(reverse("brief_list")).context if "lede" in one)
    assert f"最近一份是《2016年第四季度单位通报：{brief.scope_name}》2017年第1期，2017年7月6日印发" in lede


def test_list_shows_drafts_to_the_office_alone(
    small_plan: Plan, as_office: Client, as_reader: Client
) -> None:
    issued(small_plan, quarter=Period(2016, 4))
    frozen(small_plan)
    seen = [client.get(reverse("brief_list")).context for client in (as_office, as_reader)]
    assert [len(context["issued"]) for context in seen] == [1, 1]
    assert [len(context["in_hand"]) for context in seen] == [1, 0]
    assert [context["form"] is None for context in seen] == [False, True]


def test_list_asks_no_more_of_the_database_for_three_than_for_one(
    small_plan: Plan, as_office: Client, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    issued(small_plan, quarter=Period(2016, 3))
    frozen(small_plan)
    as_office.get(reverse("brief_list"))
    with CaptureQueriesContext(
        connection,
    ) as one:
        as_office.get(reverse("brief_list"))
    for quarter in (Period(2016, 4), Q1):
        issued(small_plan, quarter=quarter)
        frozen(small_plan, quarter=quarter)
    with django_assert_num_queries(len(one)):
        as_office.get(reverse("brief_list"))


@pytest.mark.parametrize("role", [Role.ACCOUNTS_ADMIN, Role.RIGHTS_ADMIN, Role.AUDIT_ADMIN])
def test_administrators_have_no_briefs(small_plan: Plan, client: Client, role: Role) -> None:
    brief = issued(small_plan)
    client.force_login(make.user(role, password=None))
    addresses = [
        reverse("brief_list"),
        reverse("brief", args=[brief.pk]),
        reverse("brief_pdf", args=[brief.pk]),
        reverse("brief_figures", args=[brief.pk]),
    ]
    assert [client.get(address).status_code for address in addresses] == [403] * 4


# -- one brief ----------------------------------------------------------------------------------------------


def test_draft_is_not_there_for_a_reader(small_plan: Plan, as_reader: Client) -> None:
    brief = real(small_plan)
    names = ("brief", "brief_pdf", "brief_figures")
    assert [as_reader.get(reverse(name, args=[brief.pk])).status_code for name in names] == [404] * 3


def test_page_of_a_draft_offers_to_issue(small_plan: Plan, as_office: Client) -> None:
    response = page(as_office, real(small_plan))
    assert response.status_code == 200
    assert (response.context["issue_form"] is None, response.context["withdraw_form"] is None) == (
        False,
        True,
    )
    shown = response.content.decode()
    assert "草稿</span>" in shown
    assert response.context["reading"].is_unread is False


def test_page_of_an_issued_brief_offers_a_reader_the_files_and_no_form(
    small_plan: Plan, as_reader: Client
) -> None:
    brief = real(small_plan)
    actions.issue(by=None, brief=brief, now=NOW)
    actions.publish(brief=brief, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    context = page(as_reader, brief).context
    assert (context["can_open"], context["issue_form"], context["withdraw_form"]) == (True, None, None)
    assert context["downloads"] == []


def test_page_of_a_superseded_brief_leads_to_the_one_in_force(small_plan: Plan, as_reader: Client) -> None:
    old = real(small_plan)
    actions.issue(by=None, brief=old, now=NOW)
    actions.publish(brief=old, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    new = issued(small_plan)
    context = page(as_reader, old).context
    assert (context["newer"], [edition for edition, _ in context["editions"]]) == (new, [new, old])


def test_an_issued_brief_is_read_as_a_page(
    small_plan: Plan, as_reader: Client, as_office: Client, reader: User, office: User
) -> None:
    """The page says what the PDF says, from the frozen figures and the amended words, between its neighbours in time."""
    brief = real(small_plan)
    composed = compose(brief.figures)
    key = next(key for key in composed.words if key.startswith("overall/"))
    text = composed.words[key] + "请<抓紧>推进。"
    text_actions.amend(
        by=office,
        brief=brief,
        texts={key: text},
        composed=composed.words,
        seen=0,
    )
    actions.issue(by=None, brief=brief, now=NOW)
    actions.publish(brief=brief, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    before = frozen(small_plan, figures=example.frozen(), quarter=Period(2016, 4))
    actions.issue(by=None, brief=before, now=NOW)
    actions.publish(brief=before, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    answer = page(as_reader, brief)
    shown, context = answer.content.decode(), answer.context["reading"]
    printed = compose(brief.figures, words={key: text})
    words = re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", context.text)))
    for section in printed.sections:
        assert f'href="#{section.anchor}"' in shown
        assert f'id="{section.anchor}"' in context.text
    for line in re.findall(r"<(?:p|td|th|caption)[^>]*>([^<]+)<", printed.body.partition("basis")[2]):
        assert re.sub(r"\s+", "", unescape(line)) in words or "草稿" in line
    assert "请&lt;抓紧&gt;推进。" in shown
    assert (context.before, context.after) == (before, None)
    assert page(as_reader, before).context["reading"].after == brief
    # Reading is noted by a press or the page's script, once, and never by opening the page.
    assert (context.is_unread, Download.objects.exists()) == (True, False)
    for _turn in range(2):
        assert as_reader.post(reverse("brief_read", args=[brief.pk])).status_code == 302
    assert list(Download.objects.values_list("by", "as_page")) == [(reader.pk, True)]
    assert page(as_reader, brief).context["reading"].is_unread is False
    assert "在页面阅读" in page(as_office, brief).content.decode()


def test_two_editions_are_compared_text_by_text(
    small_plan: Plan, as_reader: Client, as_office: Client, office: User
) -> None:
    old = real(small_plan)
    actions.issue(by=None, brief=old, now=NOW)
    actions.publish(brief=old, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    new = real(small_plan)
    words = compose(new.figures).words
    key = next(key for key in words if key.startswith("overall/"))
    texts = {key: words[key] + "请抓紧推进。"}
    text_actions.amend(by=office, brief=new, texts=texts, composed=words, seen=0)
    actions.issue(by=None, brief=new, now=NOW)
    actions.publish(brief=new, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    address = reverse("brief", args=[new.pk])
    assert f"?against={old.pk}" in as_reader.get(address).content.decode()
    for shown in (new, old):
        answer = as_reader.get(
            reverse("brief", args=[shown.pk]), {"against": (old if shown == new else new).pk}
        )
        assert [row.after.endswith("请抓紧推进。") for row in answer.context["reworded"]] == [True]
    for nothing in ("x", "0", str(new.pk), "9" * 30):
        assert "reworded" not in as_reader.get(address, {"against": nothing}).context
    actions.withdraw(by=None, brief=new, reason="有误", now=NOW)
    assert "reworded" not in as_reader.get(reverse("brief", args=[old.pk]), {"against": new.pk}).context
    assert "reworded" in as_office.get(reverse("brief", args=[old.pk]), {"against": new.pk}).context


# -- asking, issuing, withdrawing ---------------------------------------------------------------------------


def test_ask_makes_a_brief_and_its_job(small_plan: Plan, as_office: Client, office: User) -> None:
    response = as_office.post(reverse("brief_ask"), {"plan": small_plan.slug, "quarter": "2017Q1"})
    brief = Brief.objects.get()
    assert (response.status_code, response.url) == (302, reverse("brief", args=[brief.pk]))
    assert (brief.asked_by, brief.job is not None and brief.job.kind) == (office, jobs.DRAFT)
    assert b'hx-trigger="every 1s"' in page(as_office, brief).content


def test_ask_for_a_quarter_that_is_not_over(small_plan: Plan, as_office: Client) -> None:
    response = as_office.post(reverse("brief_ask"), {"plan": small_plan.slug, "quarter": "2017Q3"})
    assert (response.status_code, Brief.objects.count()) == (422, 0)
    assert "尚未结束" in response.content.decode()


@pytest.mark.parametrize("name", ["brief_issue", "brief_withdraw", "brief_retry"])
def test_what_the_office_does_is_denied_to_a_reader(small_plan: Plan, as_reader: Client, name: str) -> None:
    brief = issued(small_plan)
    address = reverse(name, args=[brief.pk])
    assert as_reader.post(address, {"checked": "on", "reason": "有误"}).status_code == 403
    assert as_reader.post(reverse("brief_ask"), {"quarter": "2017Q1"}).status_code == 403
    assert Brief.objects.get().state == "issued"


@pytest.mark.parametrize("name", ["brief_issue", "brief_withdraw", "brief_retry"])
def test_nothing_is_done_on_get(small_plan: Plan, as_office: Client, name: str) -> None:
    assert as_office.get(reverse(name, args=[frozen(small_plan).pk])).status_code == 405
    assert as_office.get(reverse("brief_ask")).status_code == 405


def test_issue_wants_the_draft_to_be_read_first(small_plan: Plan, as_office: Client) -> None:
    brief = real(small_plan)
    response = as_office.post(reverse("brief_issue", args=[brief.pk]), {})
    assert (response.status_code, Brief.objects.get().state) == (422, "draft")
    assert "请先核对草稿" in response.content.decode()


def test_issue_shows_progress_until_the_pdf_is_there(
    small_plan: Plan, as_office: Client, typesetter: Typesetter
) -> None:
    brief = real(small_plan)
    as_office.post(reverse("brief_issue", args=[brief.pk]), {"checked": "on"})
    waiting = page(as_office, brief)
    assert (waiting.context["job"] is not None, waiting.context["brief"].state) == (True, "issuing")
    job_rows.run(Brief.objects.get().job_id)  # type: ignore[arg-type]
    done = page(as_office, brief)
    assert (done.context["job"], done.context["brief"].state) == (None, "issued")


def test_issue_by_the_second_of_two_says_who_was_first(
    small_plan: Plan, as_office: Client, office: User
) -> None:
    brief = real(small_plan)
    actions.issue(by=office, brief=brief, now=NOW)
    response = as_office.post(reverse("brief_issue", args=[brief.pk]), {"checked": "on"}, follow=True)
    assert "办公室王某已于 07-05 10:00 处理过这份简报" in response.content.decode()


def test_withdraw_wants_a_reason(small_plan: Plan, as_office: Client) -> None:
    brief = real(small_plan)
    actions.issue(by=None, brief=brief, now=NOW)
    actions.publish(brief=brief, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    address = reverse("brief_withdraw", args=[brief.pk])
    assert as_office.post(address, {"reason": ""}).status_code == 422
    assert as_office.post(address, {"reason": "数据有误"}).status_code == 302
    assert Brief.objects.get().withdrawn_reason == "数据有误"


def test_failure_is_shown_with_its_reason_and_a_way_to_try_again(
    small_plan: Plan, as_office: Client, typesetter: Typesetter
) -> None:
    typesetter.error = TypesetError("缺少系统库 libharfbuzz")
    brief = jobs.ask_draft(by=None, plan=small_plan, quarter=Q1, now=NOW)
    job_rows.run(brief.job_id)  # type: ignore[arg-type]
    response = page(as_office, brief)
    assert "缺少系统库 libharfbuzz" in response.content.decode()
    assert reverse("brief_retry", args=[brief.pk]) in response.content.decode()
    as_office.post(reverse("brief_retry", args=[brief.pk]))
    assert Brief.objects.get().state == "asked"


# -- files --------------------------------------------------------------------------------------------------


def test_pdf_comes_with_its_name_and_its_checksum(small_plan: Plan, as_reader: Client) -> None:
    brief = issued(small_plan)
    response = as_reader.get(reverse("brief_pdf", args=[brief.pk]))
    file = BriefFile.objects.get(brief=brief, issued=True)
    name = quote(f"{small_plan.title} 2017年第一季度简报 2017年第1期.pdf")
    assert response.content == bytes(file.pdf)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f"inline; filename*=utf-8''{name}"
    assert (response["ETag"], response["Cache-Control"]) == (f'"{file.sha256}"', "private, no-store")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in response


def test_pdf_as_a_download(small_plan: Plan, as_reader: Client) -> None:
    response = as_reader.get(reverse("brief_pdf", args=[issued(small_plan).pk]), {"download": "1"})
    assert response["Content-Disposition"].startswith("attachment; ")


def test_pdf_taken_is_recorded_and_pdf_known_is_not(
    small_plan: Plan, as_reader: Client, reader: User
) -> None:
    brief = issued(small_plan)
    response = as_reader.get(reverse("brief_pdf", args=[brief.pk]))
    again = as_reader.get(reverse("brief_pdf", args=[brief.pk]), headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert [(row.by, row.file.brief) for row in Download.objects.all()] == [(reader, brief)]


def test_figures_are_the_bytes_that_were_hashed(small_plan: Plan, as_reader: Client) -> None:
    brief = issued(small_plan)
    response = as_reader.get(reverse("brief_figures", args=[brief.pk]))
    assert response.content.decode() == Brief.objects.get().figures
    assert response["ETag"] == f'"{brief.figures_sha256}"'


def test_withdrawn_brief_is_still_listed_but_no_longer_handed_out(
    small_plan: Plan, as_reader: Client, as_office: Client
) -> None:
    brief = issued(small_plan)
    actions.withdraw(by=None, brief=brief, reason="有误", now=NOW)
    assert len(as_reader.get(reverse("brief_list")).context["issued"]) == 1
    assert page(as_reader, brief).context["reading"] is None
    assert as_reader.post(reverse("brief_read", args=[brief.pk])).status_code == 403
    address = reverse("brief_pdf", args=[brief.pk])
    assert (as_reader.get(address).status_code, as_office.get(address).status_code) == (403, 200)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OFFICE, 200),
        (Role.SECOND_REVIEWER, 200),
        (Role.LEADERSHIP, 200),
        (Role.REPORTER, 403),
        (Role.APPROVER, 403),
        (Role.EXPERT, 200),
        (Role.VIEWER, 403),
    ],
)
def test_briefs_tell_of_problems_and_so_are_for_those_who_may_read_them(
    small_plan: Plan, client: Client, role: Role, status: int
) -> None:
    brief = real(small_plan)
    actions.issue(by=None, brief=brief, now=NOW)
    actions.publish(brief=brief, made=actions.Made(b"pdf", 3, 0.1), now=NOW)
    client.force_login(make.user(role, password=None))
    names = ("brief", "brief_pdf", "brief_figures")
    answers = [client.get(reverse(name, args=[brief.pk])).status_code for name in names]
    assert answers == [status] * 3
    assert Download.objects.count() == (1 if status == 200 else 0)


# -- jobs ---------------------------------------------------------------------------------------------------


def test_job_part_polls_until_the_job_has_ended(
    small_plan: Plan, as_office: Client, office: User, typesetter: Typesetter
) -> None:
    brief = jobs.ask_draft(by=office, plan=small_plan, quarter=Q1, now=NOW)
    address = reverse("job", args=[brief.job_id])
    waiting = as_office.get(address, headers=HTMX)
    job_rows.run(brief.job_id)  # type: ignore[arg-type]
    done = as_office.get(address, headers=HTMX)
    assert [b"hx-trigger" in response.content for response in (waiting, done)] == [True, False]
    assert [response.get("HX-Refresh") for response in (waiting, done)] == [None, "true"]
    assert b"<html" not in done.content


def test_job_page_without_script_leads_to_the_result(
    small_plan: Plan, as_office: Client, office: User, typesetter: Typesetter
) -> None:
    brief = jobs.ask_draft(by=office, plan=small_plan, quarter=Q1, now=NOW)
    job_rows.run(brief.job_id)  # type: ignore[arg-type]
    response = as_office.get(reverse("job", args=[brief.job_id]))
    assert reverse("brief", args=[brief.pk]) in response.content.decode()


def test_job_of_another_is_not_there(small_plan: Plan, as_reader: Client) -> None:
    brief = jobs.ask_draft(by=None, plan=small_plan, quarter=Q1, now=NOW)
    assert as_reader.get(reverse("job", args=[brief.job_id])).status_code == 404


def test_unfinished_jobs_stand_on_the_offices_pages(
    small_plan: Plan, as_office: Client, as_reader: Client
) -> None:
    brief = jobs.ask_draft(by=None, plan=small_plan, quarter=Q1, now=NOW)
    address = reverse("job", args=[brief.job_id])
    pages = [client.get(reverse("brief_list")).content.decode() for client in (as_office, as_reader)]
    assert [address in content for content in pages] == [True, False]
