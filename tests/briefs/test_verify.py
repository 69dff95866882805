"""Verification without an account: what a stranger is told, and what he is not."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from reports.briefs import actions, verification_views
from reports.briefs.actions import Made
from reports.briefs.forms import MAX_UPLOAD
from reports.briefs.models import Brief, BriefFile, BriefKind
from reports.briefs.queries import read_code, verify_code
from tasks.accounts.limits import Limit
from tasks.models import Plan
from tasks.values import Period
from tests import factories as make
from tests.briefs.conftest import NOW, Q1, frozen, issued

pytestmark = pytest.mark.django_db


def ask(client: Client, code: str) -> Any:
    return client.get(reverse("verify_code", args=[code]))


def upload(client: Client, content: bytes) -> Any:
    return client.post(reverse("verify"), {"file": SimpleUploadedFile("x.pdf", content)})


def test_form_needs_no_account(client: Client) -> None:
    response = client.get(reverse("verify"))
    assert (response.status_code, response["X-Robots-Tag"]) == (200, "noindex, nofollow")


def test_code_of_a_brief_in_force(small_plan: Plan, client: Client) -> None:
    brief = issued(small_plan)
    verdict = ask(client, brief.code).context["verdict"]
    assert (verdict.state, verdict.label) == ("genuine", "2017年第1期")
    assert verdict.masthead.startswith(small_plan.title)
    assert verdict.file_sha256 == BriefFile.objects.get(brief=brief, issued=True).sha256


def test_code_says_of_which_kind_and_part_its_brief_is(small_plan: Plan, client: Client) -> None:
    """Each kind has its own 第1期: what else is printed at the head must tell them apart."""
    body = make.agency("省科技厅")
    make.responsibility(small_plan.tasks.get(), body, "co")
    late = make.moment("2018-02-01 09:00")
    told = {}
    asked = (
        (BriefKind.PLAN, "", Q1),
        (BriefKind.ONE_PAGE, "", Q1),
        (BriefKind.AGENCY, body.slug, Q1),
        (BriefKind.SUPERVISION, "", Q1),
        (BriefKind.ANNUAL, "", Period(2016, 4)),
    )
    for kind, scope, quarter in asked:
        brief = actions.ask(by=None, plan=small_plan, quarter=quarter, kind=kind, scope=scope, now=late)
        made = Made(str(brief.pk).encode(), 1, 0.1)
        actions.freeze(brief=brief, figures=b'{"as_at":"2017-03-31"}', made=made, now=late)
        actions.issue(by=None, brief=brief, now=late)
        actions.publish(brief=brief, made=Made(f"issued {brief.pk}".encode(), 1, 0.1), now=late)
        told[kind] = ask(client, brief.code)
    verdicts = {kind: answer.context["verdict"] for kind, answer in told.items()}
    assert {verdict.label for verdict in verdicts.values()} == {"2018年第1期"}
    assert [verdict.kind for verdict in verdicts.values()] == [kind.label for kind, *_rest in asked]
    assert len({verdict.masthead for verdict in verdicts.values()}) == len(asked)
    agency = told[BriefKind.AGENCY].content.decode()
    for words in ("单位通报", "省科技厅", "省科技厅2017年第一季度任务落实情况", "2017年第一季度"):
        assert words in agency
    annual = told[BriefKind.ANNUAL].content.decode()
    assert "2016年度实施情况评估" in annual
    assert "第四季度" not in annual


def test_code_as_people_type_it(small_plan: Plan, client: Client) -> None:
    code = issued(small_plan).code
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]}".replace("0", "o").replace("1", "l")
    response = client.get(reverse("verify"), {"code": typed})
    assert (response.status_code, response.url) == (302, reverse("verify_code", args=[code]))


def test_code_of_a_superseded_brief_names_the_edition_in_force(small_plan: Plan, client: Client) -> None:
    old = issued(small_plan)
    issued(small_plan)
    verdict = ask(client, old.code).context["verdict"]
    assert (verdict.state, verdict.newer_label) == ("superseded", "2017年第1期（第2版）")


def test_code_of_a_withdrawn_brief_does_not_tell_the_reason(small_plan: Plan, client: Client) -> None:
    brief = issued(small_plan)
    actions.withdraw(by=None, brief=brief, reason="某厅数据造假", now=NOW)
    response = ask(client, brief.code)
    assert response.context["verdict"].state == "withdrawn"
    assert "造假" not in response.content.decode()


def test_code_that_was_never_printed(small_plan: Plan, client: Client) -> None:
    issued(small_plan)
    assert [ask(client, code).context["verdict"].state for code in ("0" * 12, "x", "7K2M")] == ["unknown"] * 3


def test_number_that_is_not_issued_yet_is_unknown(small_plan: Plan, client: Client) -> None:
    brief = frozen(small_plan)
    actions.issue(by=None, brief=brief, now=NOW)
    assert ask(client, brief.code).context["verdict"].state == "unknown"


def test_stranger_is_told_nothing_of_what_the_brief_says(small_plan: Plan, client: Client) -> None:
    brief = issued(small_plan)
    told = ask(client, brief.code).content.decode()
    assert [
        words for words in ("正常", "滞后", reverse("brief", args=[brief.pk]), "审核") if words in told
    ] == []


def test_file_as_issued(small_plan: Plan, client: Client) -> None:
    brief = issued(small_plan)
    pdf = bytes(BriefFile.objects.get(brief=brief, issued=True).pdf)
    assert upload(client, pdf).context["verdict"].state == "genuine"
    assert upload(client, pdf + b" ").context["verdict"].state == "unknown"


def test_file_of_a_draft_is_unknown(small_plan: Plan, client: Client) -> None:
    brief = issued(small_plan)
    draft = bytes(BriefFile.objects.get(brief=brief, issued=False).pdf)
    assert upload(client, draft).context["verdict"].state == "unknown"


def test_upload_without_a_file(client: Client) -> None:
    assert client.post(reverse("verify")).status_code == 422


def test_upload_too_large_is_refused_before_it_is_read(client: Client) -> None:
    class Unread:
        def read(self, *_: int) -> bytes:
            raise AssertionError("it was read")

        readline = read

    response = client.generic(
        "POST",
        reverse("verify"),
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(MAX_UPLOAD + 1_000_000),
        **{"wsgi.input": Unread()},
    )
    assert response.status_code == 413


def test_too_many_questions(small_plan: Plan, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_views, "VERIFICATION", Limit("verify", 2, 60))
    code = issued(small_plan).code
    answers = [ask(client, code) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].context["verdict"] is None
    assert int(answers[2]["Retry-After"]) >= 1
    assert client.get(reverse("verify")).status_code == 200  # the form itself asks nothing


def test_verification_writes_nothing(small_plan: Plan, client: Client) -> None:
    brief = issued(small_plan)
    before = list(Brief.objects.values())
    ask(client, brief.code)
    assert list(Brief.objects.values()) == before


@pytest.mark.parametrize("text", ["", "7K2M-9QWX-4RT", "7K2M-9QWX-4RTAB", "七K2M9QWX4RTA", "7K2M9QWX4R;A"])
def test_what_cannot_be_a_code(text: str) -> None:
    assert read_code(text) == ""
    assert verify_code(text).state == "unknown"
