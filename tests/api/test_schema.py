"""The schema is made from the routes, without a warning, and every answer is as it says."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from qhplan.jobs import Job
from reports.coordination import actions as coordination
from reports.scoring import schemes
from reports.supervision import actions as notices
from reports.supervision import answers
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.instructions import InstructionInput, instruct
from tasks.adjustments.actions import approve, propose_withdrawal
from tasks.comments import actions as comments
from tasks.ledgers import actions as ledgers
from tasks.models import Ledger, Milestone
from tasks.values import Period, Role
from tasks.workplans import actions as workplans
from tasks.workplans import milestones
from tasks.workplans.content import MeasureInput, MilestoneInput, SectionInput
from tasks.workplans.decisions import DecisionInput, decide
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make
from tests.api.conftest import NOW, Q1, World, client, error
from tests.briefs.conftest import issued
from tests.examples import examples
from tests.importing.uploads import uploaded
from tests.ledgers.books import plain_book


@pytest.fixture(scope="module")
def schema() -> Any:
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.mark.slow
def test_schema_is_made_without_a_warning_and_valid(schema: Any) -> None:
    assert (list(GENERATOR_STATS._warn_cache), list(GENERATOR_STATS._error_cache)) == ([], [])
    validate_schema(schema)


@pytest.mark.slow
def test_every_operation_says_what_it_is_and_how_it_refuses(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert "4XX" in operation["responses"], (method, path)


@pytest.mark.slow
def test_schema_is_for_those_who_see_the_plan(world: World) -> None:
    assert client(None).get("/api/v1/schema/").status_code == 401
    answer = client(world.viewer).get("/api/v1/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"


def _check(schema: Any, said: Any, shown: Any) -> None:
    Draft202012Validator({**said, "components": schema["components"]}).validate(shown)


def reported_milestone(world: World) -> Milestone:
    """Of the lead's 实施方案, confirmed."""
    node = MilestoneInput("平台建成", "2017-03-31")
    section = SectionInput(world.task.pk, measures=(MeasureInput("建平台", "规划处", milestones=(node,)),))
    head = workplans.save_sections(
        by=world.reporter,
        plan=world.plan,
        agency_id=world.lead.pk,
        period=WorkPlanPeriod(),
        sections=[section],
        now=NOW,
    )
    (version,) = workplans.submit(by=world.approver, work_plans=[head.pk], now=NOW)
    decide(by=world.office, decisions=[DecisionInput(version.pk, confirm=True)], now=NOW)
    milestone = Milestone.objects.get(text="平台建成")
    milestones.report(
        by=world.reporter,
        reports=[milestones.ReportInput(milestone.pk, date(2017, 3, 30), "已办结。")],
        now=NOW,
    )
    return milestone


def ledger_of(world: World) -> Ledger:
    """An open ledger of the plan, with a past period and a goal."""
    book = plain_book(["任务", "年度目标", "一季度进展"], [world.task.heading, "建成一期", "已选址"])
    upload = SimpleUploadedFile("2016年台账.xlsx", book)
    return ledgers.upload(by=world.office, plan=world.plan, upload=upload, now=NOW)


@pytest.mark.slow
def test_every_answer_is_as_the_schema_says(world: World, schema: Any) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.sector(world.plan, world.task)
    make.target(world.plan, indicator, "20")
    version = make.accept(world.submitted(at="2017-04-04 12:00"), "yellow", at="2017-04-05 09:00")
    make.figure(version, indicator, "12.5")
    co = world.submitted(world.co)
    version.basis.add(co, through_defaults={"adopted": True})
    file = make.file(version)
    brief = issued(world.plan, at=NOW)
    job = Job.objects.create(kind="test", label="作业", asked_by=world.office)
    comment = comments.comment(by=world.expert, subject=world.task, text="口径宜统一。")
    asked = HandInput(world.plan, world.lead.pk, "hand", Q1, IssueInput("标题", "要求", date(2017, 4, 28)))
    notice = notices.issue_by_hand(by=world.office, asked=asked)
    notices.keep_document(notice=notice, made=notices.Made(b"%PDF", "0" * 64, 1, 0.1))
    answers.acknowledge(by=world.reporter, notice=notice)
    answers.answer(by=world.approver, notice=notice, text="已办。")
    instruction = instruct(by=world.leadership, asked=InstructionInput(words="请办。", task=world.task))
    request = coordination.add(by=world.office, task=world.task, agency_id=world.lead.pk, text="请协调用地。")
    milestone = reported_milestone(world)
    adjustment = approve(
        by=world.leadership,
        adjustment=propose_withdrawal(
            by=world.office, task=world.task, effective=Period(2018, 1), reason="并入"
        ),
    )
    ids = {
        "workplans": milestone.version.work_plan_id,
        "milestones": milestone.reports.get().pk,
        "notices": notice.pk,
        "instructions": instruction.pk,
        "coordination": request.pk,
        "returns": version.submission_id,
        "versions": version.pk,
        "evidence": file.pk,
        "briefs": brief.pk,
        "jobs": job.pk,
        "adjustments": adjustment.pk,
        "comments": comment.pk,
        "imports": uploaded(world.office).pk,
        "ledgers": ledger_of(world).pk,
    }

    ended = make.plan(
        issued_on=date(2012, 12, 1), in_force_from=date(2013, 1, 1), in_force_to=date(2016, 12, 31)
    )
    make.target(ended, text="明显提高")

    asked = schemes.SchemeInput("考核办法", "", Q1, schemes.suggestion())
    scheme = schemes.write_scheme(by=world.office, plan=world.plan, asked=asked)
    leader = make.user(Role.LEADERSHIP, password=None)
    schemes.decide_scheme(by=leader, scheme=scheme, revision=1, adopt=True)

    for path, operations in schema["paths"].items():
        if "get" not in operations:
            continue
        room = path.split("/")[3]
        of_the_end = path.endswith("/evaluation/")
        more = f"&by=plan&key={world.plan.slug}&of=lead_due" if path.endswith("/behind/") else ""
        url = path.format(
            plan=(ended if of_the_end else world.plan).slug,
            slug=world.lead.slug,
            agency=world.lead.slug,
            ref=world.task.ref,
            quarter_text="2017Q1",
            period_text="whole",
            order=1,
            id=ids.get("adjustments" if "/adjustments/" in path else room),
        )
        statuses = set()
        for user in (world.reporter, world.office):
            answer = client(user).get(url if of_the_end else f"{url}?q=2017Q1{more}")
            statuses.add(answer.status_code)
            if answer.status_code == 200 and answer["Content-Type"] == "application/json":
                said = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
                _check(schema, said, answer.json())
            elif answer.status_code != 200:
                assert answer.status_code in {403, 404}, (url, user.roles)
                _check(schema, {"$ref": "#/components/schemas/Error"}, answer.json())
        assert 200 in statuses, url


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.full
@pytest.mark.slow
@examples(60)
@given(data=st.data())
def test_whatever_is_sent_is_answered(world: World, data: st.DataObject) -> None:
    """Never with a failure of ours; what is refused is refused in the one shape and changes nothing."""
    names = (
        "plan",
        "quarter",
        "task",
        "returns",
        "version",
        "accept",
        "note",
        "light",
        "problems",
        "figures",
        "done",
    )
    item = st.dictionaries(st.sampled_from(names), ANYTHING, max_size=6)
    # Mostly right, with something wrong in one place: the rest of the item must not hide it.
    nearly = item.map(lambda wrong: world.item() | wrong)
    path = data.draw(st.sampled_from(["save", "hand", "take_back", "submit", "decide"]))
    sent = data.draw(ANYTHING | item | st.lists(item | nearly, max_size=2))
    answer = client(world.reporter).post(f"/api/v1/returns/{path}/", sent)
    if answer.status_code != 200:
        assert answer.status_code in {400, 403, 409, 422}
        error(answer)
