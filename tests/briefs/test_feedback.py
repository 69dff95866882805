"""反馈单: the usual set has them, they get no number, are handed over in one step and signed for."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from qhplan import jobs as job_rows
from reports.briefs import actions, handover_actions, jobs, queries
from reports.briefs.models import Brief, BriefSet, Download, Handover
from tasks.errors import Conflict
from tasks.models import Agency, Event, LineageKind, Message, Plan, User
from tasks.values import Role
from tests import factories as make
from tests.briefs.conftest import NOW, Q1, Typesetter
from tests.briefs.test_kinds import figures, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(small_plan: Plan, office: User, typesetter: Typesetter) -> BriefSet:
    """The usual set of a plan with a lead and a co agency, issued."""
    make.responsibility(small_plan.tasks.get(), make.agency(), "co")
    found = jobs.ask_set(by=office, plan=small_plan, quarter=Q1, now=NOW)
    _work()
    jobs.ask_issue_set(by=office, brief_set=found, now=NOW)
    _work()
    return found


def _work() -> None:
    for job in job_rows.Job.objects.filter(state="queued").order_by("asked_at"):
        job_rows.run(job.pk)


def slips(brief_set: BriefSet) -> list[Brief]:
    return list(brief_set.briefs.filter(kind="feedback").order_by("pk"))


def agency_of(brief: Brief) -> Agency:
    return Agency.objects.get(slug=brief.scope)


def test_the_usual_set_has_one_numbered_brief_a_summary_and_slips_without_number(made: BriefSet) -> None:
    found = [(brief.kind, brief.number, brief.label, brief.state) for brief in made.briefs.order_by("pk")]
    assert found == [
        ("plan", 1, "2017年第1期", "issued"),
        ("one_page", 1, "2017年第1期", "issued"),
        ("feedback", None, "第1版", "issued"),
        ("feedback", None, "第1版", "issued"),
    ]
    one, other = slips(made)
    assert len({one.code, other.code, ""}) == 3
    assert queries.verify_code(one.code).state == "genuine"


def test_a_corrected_slip_is_a_new_edition(made: BriefSet, office: User) -> None:
    first = slips(made)[0]
    again = actions.ask(by=office, plan=made.plan, quarter=Q1, kind="feedback", scope=first.scope, now=NOW)
    actions.freeze(brief=again, figures=b'{"as_at":"2017-03-31"}', made=actions.Made(b"x", 1, 0.1), now=NOW)
    actions.issue(by=office, brief=again, now=NOW)
    actions.publish(brief=again, made=actions.Made(b"y", 1, 0.1), now=NOW)
    first.refresh_from_db()
    assert (again.label, again.reference, first.state) == ("第2版", f"《{again.title}》第2版", "superseded")


def test_slips_are_handed_over_in_one_step_and_signed_for(made: BriefSet, office: User) -> None:
    one, other = slips(made)
    reporter = make.user(Role.REPORTER, agency=agency_of(one))
    stranger = make.user(Role.REPORTER, agency=make.agency())
    client, agency = Client(), Client()
    client.force_login(office)
    agency.force_login(reporter)
    with clock.at(NOW):
        page = client.get(reverse("brief_set", args=[made.pk])).content.decode()
        assert "送达各单位 2 份" in page
        url = reverse("brief_set_hand_over", args=[made.pk])
        text = client.post(url, follow=True).content.decode()
        assert "已送达1份" in text
        assert f"1份没有送达：《{other.title}》单位没有填报员和签批人的账号，请线下送达" in text
        handover = Handover.objects.get()
        assert (handover.brief_id, handover.agency, handover.by) == (one.pk, agency_of(one), office)
        assert Message.objects.get(user=reporter).subject.endswith(f"{one.title}已送达，请签收")
        listed = agency.get(reverse("feedback_list")).content.decode()
        assert "有1份待签收" in listed
        pdf = agency.get(reverse("feedback_pdf", args=[handover.pk]))
        assert (pdf.status_code, pdf.headers["Content-Type"]) == (200, "application/pdf")
        assert Download.objects.filter(by=reporter).count() == 1
        agency.post(reverse("feedback_sign", args=[handover.pk]))
        second = agency.post(reverse("feedback_sign", args=[handover.pk]), follow=True).content.decode()
        assert f"{reporter}已于 07-05 10:00 签收" in second
        page = client.get(reverse("brief_set", args=[made.pk])).content.decode()
        assert "2 份，已送达 1 份，已签收 1 份" in page
    verbs = set(Event.objects.filter(subject=f"brief:{one.pk}").values_list("verb", flat=True))
    assert {"brief.hand_over", "brief.sign_for"} <= verbs
    # Nobody else reads or signs it.
    client.force_login(stranger)
    for name in ("feedback_pdf", "feedback_sign"):
        call = client.get if name == "feedback_pdf" else client.post
        assert call(reverse(name, args=[handover.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        handover_actions.sign_for(by=stranger, handover=handover)
    with pytest.raises(PermissionDenied):
        handover_actions.hand_over(by=reporter, briefs=[other])


def test_nothing_is_handed_over_twice_or_before_it_is_issued(
    made: BriefSet, office: User, small_plan: Plan
) -> None:
    make.user(Role.APPROVER, agency=agency_of(slips(made)[0]))
    handover_actions.hand_over(by=office, briefs=slips(made), now=NOW)
    with pytest.raises(Conflict):
        handover_actions.hand_over(by=office, briefs=[slips(made)[0]], now=NOW)
    numbered = made.briefs.get(kind="plan")
    with pytest.raises(Conflict):
        handover_actions.hand_over(by=office, briefs=[numbered], now=NOW)


def test_the_successor_of_an_agency_takes_its_slip(made: BriefSet, office: User) -> None:
    first = slips(made)[0]
    heir = make.agency()
    make.edge(LineageKind.MERGED, agency_of(first), heir, on="2017-07-01")
    make.user(Role.REPORTER, agency=heir)
    done = handover_actions.hand_over(by=office, briefs=[first], now=NOW)
    assert [one.agency for one in done.handed] == [heir]


def test_a_withdrawn_slip_is_told_and_neither_read_nor_signed_for(made: BriefSet, office: User) -> None:
    first = slips(made)[0]
    reporter = make.user(Role.REPORTER, agency=agency_of(first))
    (handover,) = handover_actions.hand_over(by=office, briefs=[first], now=NOW).handed
    actions.withdraw(by=office, brief=first, reason="有误", now=NOW)
    assert Message.objects.filter(user=reporter, subject__endswith="已撤回").count() == 1
    with pytest.raises(Conflict):
        handover_actions.sign_for(by=reporter, handover=handover, now=NOW)
    client = Client()
    client.force_login(reporter)
    assert client.get(reverse("feedback_pdf", args=[handover.pk])).status_code == 404


def test_the_database_keeps_a_handover(made: BriefSet, office: User) -> None:
    first = slips(made)[0]
    reporter = make.user(Role.REPORTER, agency=agency_of(first))
    (handover,) = handover_actions.hand_over(by=office, briefs=[first], now=NOW).handed
    rows = Handover.objects.filter(pk=handover.pk)
    changes: list[dict[str, Any]] = [{"agency": make.agency()}, {"received_at": NOW}]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    handover_actions.sign_for(by=reporter, handover=handover, now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(received_at=None, received_by=None)


def test_the_list_takes_the_same_queries_for_more_slips(made: BriefSet, office: User) -> None:
    first, second = slips(made)
    agency = agency_of(first)
    reporter = make.user(Role.REPORTER, agency=agency)
    handover_actions.hand_over(by=office, briefs=[first], now=NOW)
    client = Client()
    client.force_login(reporter)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("feedback_list"))
        return len(captured)

    count()
    few = count()
    Handover.objects.create(brief=second, agency=agency, at=NOW, by=office)
    assert count() == few


def test_a_slip_says_what_is_asked_of_the_agency() -> None:
    said = words(figures("feedback", "a1", "单位一", shares=[], notices=[]))
    assert "对核定情况有不同意见的，请与我办联系。" in said
    assert "本单位" not in said
