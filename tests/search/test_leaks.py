"""An attack: for each kind of thing that a person may not see, no search of theirs finds it, counts it, offers it, or asks
the database anything more because it is there."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.briefs.models import Brief, BriefText
from reports.coordination.models import CoordinationRequest
from reports.search.queries import search
from reports.search.values import Kind
from reports.supervision.models import Instruction, Notice
from reports.supervision.values import Ground, Series, State
from tasks.comments.models import Comment, CommentRelease
from tasks.finding import read_query
from tasks.models import Project, Submission, User, Version
from tasks.projects.models import ProjectReport, ProjectVersion
from tasks.values import Duty, Light, Period, Role
from tasks.workplans.models import Measure, Milestone, WorkPlan, WorkPlanSection, WorkPlanVersion
from tests import factories as make

GONE = "青花笔洗"
WORD, ABSENT = "琉璃瓦窑", "琥珀酒盏"  # neither stands in the frame of a page
NOW = make.moment("2017-04-20T10:00")
TOKEN = re.compile(r'(csrfmiddlewaretoken" value|X-CSRFToken)[^>]*')


@dataclass
class Site:
    """One task with a lead and a co agency, and an agency that has nothing to do with it."""

    plan: Any
    task: Any
    lead: Any
    co: Any
    other: Any
    people: dict[str, User]


@pytest.fixture
def site(db: None) -> Any:
    with clock.at(NOW):
        plan = make.plan(title="东岭县茶业行动方案", slug="tea")
        lead, co, other = make.agency("县茶业局"), make.agency("县林业局"), make.agency("县水利局")
        task = make.task(plan)
        make.responsibility(task, lead, Duty.LEAD)
        make.responsibility(task, co, Duty.CO)
        make.responsibility(make.task(plan), other, Duty.LEAD)
        people = {
            "lead": make.user(Role.REPORTER, agency=lead, password=None),
            "co": make.user(Role.REPORTER, agency=co, password=None),
            "other": make.user(Role.REPORTER, Role.APPROVER, agency=other, password=None),
            "office": make.user(Role.OFFICE, agency=make.agency("县政府办"), password=None),
            "leader": make.user(Role.LEADERSHIP, password=None),
            "expert": make.user(Role.EXPERT, password=None),
            "viewer": make.user(Role.VIEWER, password=None),
        }
        yield Site(plan, task, lead, co, other, people)


def _version(site: Site, duty: str = "co", **values: Any) -> Version:
    return make.version(site.task, getattr(site, duty), "2017Q1", Light.GREEN, **values)


def draft(site: Site, word: str) -> None:
    made = make.submission(site.task, site.co, "2017Q1", done="别的")
    Submission.objects.filter(pk=made.pk).update(problems=[{"category": "land", "text": word}])


def words_after_submitting(site: Site, word: str) -> None:
    """What an agency writes into its draft after a version of it was accepted."""
    made = make.accept(_version(site))
    Submission.objects.filter(pk=made.submission_id).update(state="supplement", done=word)


def submitted(site: Site, word: str) -> None:
    _version(site, done=word)


def returned(site: Site, word: str) -> None:
    make.send_back(_version(site, done=word))


def withdrawn(site: Site, word: str) -> None:
    made = _version(site, done=word)
    Version.every.filter(pk=made.pk).update(
        withdrawn_at=NOW, withdrawn_by=made.submitted_by, withdrawal_reason="填错了"
    )


def trial(site: Site, word: str) -> None:
    make.cycle(site.plan, "2016Q4", is_trial=True)
    make.version(site.task, site.co, "2016Q4", done=word)


def problem(site: Site, word: str) -> None:
    make.accept(_version(site, problems=[{"category": "land", "text": word}]))


def coordination(site: Site, word: str) -> None:
    make.accept(_version(site, "lead", coordination=word))


def _notice(site: Site, **values: Any) -> None:
    Notice.objects.create(
        plan=site.plan, quarter=Period.parse("2017Q1"), agency=site.lead, ground=Ground.HAND, known_at=NOW,
        proposed_at=NOW, proposed_by=site.people["office"], is_sample=False, **values,
    )  # fmt: skip


def request(site: Site, word: str) -> None:
    CoordinationRequest.objects.create(
        plan=site.plan, task=site.task, agency=site.co, quarter=Period.parse("2017Q1"), text=word, raised_at=NOW,
        raised_by=site.people["co"], is_sample=False,
    )  # fmt: skip


def proposed_notice(site: Site, word: str) -> None:
    _notice(site, title="标题", text=word)


def issued_notice(site: Site, word: str) -> None:
    _notice(
        site, title=word, text="要求", state=State.ISSUED, series=next(iter(Series)), year=2017,
        number=1, doc_number="县督〔2017〕1号", addressee="县茶业局", signed="县政府办", issued_at=NOW,
        issued_by=site.people["office"], due_on=date(2017, 5, 1), first_due_on=date(2017, 5, 1),
    )  # fmt: skip


def notice_draft(site: Site, word: str) -> None:
    """What an agency is writing as its answer: the search finds it for nobody."""
    _notice(site, title="标题", text="要求", draft=word)


def instruction(site: Site, word: str) -> None:
    Instruction.objects.create(
        plan=site.plan, task=site.task, leader="县长", words=word, given_on=date(2017, 4, 1), at=NOW,
        by=site.people["leader"], transcribed=False, is_sample=False,
    )  # fmt: skip


def _brief(site: Site, word: str, **values: Any) -> None:
    about = {"kind": "agency", "scope": values["state"], "scope_name": word}
    Brief.objects.create(
        plan=site.plan, quarter=Period.parse("2017Q1"), known_at=NOW, asked_at=NOW, is_sample=False, figures="{}",
        figures_sha256="0" * 64, frozen_at=NOW, **about | values,
    )  # fmt: skip


def brief_draft(site: Site, word: str) -> None:
    _brief(site, word, state="draft")


def brief_issued(site: Site, word: str) -> None:
    _brief(site, word, state="issued", year=2017, number=1, edition=1, code="ABCDEFGHJKLM", issued_at=NOW)


def text_of_a_brief(site: Site, word: str) -> None:
    """What its editor wrote into an issued brief, and wrote anew before."""
    _brief(
        site,
        "全县",
        state="issued",
        year=2017,
        number=2,
        edition=1,
        code="ABCDEFGHJKLN",
        issued_at=NOW,
        kind="group",
    )
    for text in (f"{GONE}，{word[:2]}", word):
        _write(Brief.objects.get(code="ABCDEFGHJKLN"), site, text)


def text_of_a_draft(site: Site, word: str) -> None:
    _brief(site, "全县", state="draft", kind="group")
    _write(Brief.objects.get(state="draft", kind="group"), site, word)


def _write(brief: Brief, site: Site, text: str) -> None:
    BriefText.objects.create(brief=brief, key="lead", text=text, by=site.people["office"], at=NOW)


def _project_report(site: Site, **values: Any) -> ProjectVersion:
    project = Project.objects.create(
        plan=site.plan,
        name=f"示例项目{Project.objects.count()}",
        origin="outside",
        origin_note="示例",
        added_at=NOW,
    )
    about = {"project": project, "agency": site.co, "quarter": Period.parse("2017Q1")}
    report = ProjectReport.objects.create(**about, saved_at=NOW, saved_by=site.people["co"])
    return ProjectVersion.objects.create(
        **{"report": report, "number": 1, "works": "building", "invested": 1, "total": 1, "progress": "动工", "submitted_at": NOW,
        "submitted_by": site.people["co"]} | about | values
    )  # fmt: skip


def project_report(site: Site, word: str) -> None:
    _project_report(site, progress=word)


def project_problems(site: Site, word: str) -> None:
    """Of an accepted report, which everybody reads."""
    decided = {"decision": "accepted", "decided_at": NOW, "decided_by": site.people["office"]}
    _project_report(site, problems=word, **decided)


def project_report_withdrawn(site: Site, word: str) -> None:
    decided = {
        "decision": "withdrawn",
        "decided_at": NOW,
        "decided_by": site.people["co"],
        "decision_note": "误",
    }
    _project_report(site, progress=word, **decided)


def _work_plan(site: Site, word: str, **values: Any) -> None:
    """One with the word in a measure, the next version with it in a milestone."""
    head = WorkPlan.objects.create(
        plan=site.plan, agency=site.co, year=2010 + WorkPlan.objects.count(), saved_at=NOW, saved_by=site.people["co"]
    )  # fmt: skip
    for number, texts in ((1, (word, "别的")), (2, ("别的", word))):
        version = WorkPlanVersion.objects.create(
            work_plan=head, number=number, submitted_at=NOW, submitted_by=site.people["co"], **values
        )
        section = WorkPlanSection.objects.create(version=version, task=site.task, duty="co")
        measure = Measure.objects.create(section=section, key="m", order=1, text=texts[0], division="科室")
        Milestone.objects.create(
            version=version, measure=measure, key="n", order=1, text=texts[1], due=date(2017, 6, 1)
        )


def work_plan(site: Site, word: str) -> None:
    _work_plan(site, word)


def work_plan_withdrawn(site: Site, word: str) -> None:
    decided = {"decision": "withdrawn", "decided_at": NOW, "decided_by": site.people["co"]}
    _work_plan(site, word, decision_note="误", **decided)


def comment(site: Site, word: str) -> None:
    """One that the office released to the co agency."""
    made = Comment.objects.create(
        kind="task", subject_id=site.task.pk, text=word, by=site.people["expert"], at=NOW
    )
    CommentRelease.objects.create(comment=made, agency=site.co, at=NOW, by=site.people["office"])


def comment_unreleased(site: Site, word: str) -> None:
    Comment.objects.create(kind="task", subject_id=site.task.pk, text=word, by=site.people["expert"], at=NOW)


def comment_withdrawn(site: Site, word: str) -> None:
    Comment.objects.create(
        kind="task", subject_id=site.task.pk, text=word, by=site.people["expert"], at=NOW, withdrawn_at=NOW,
        withdrawn_reason="写错了",
    )  # fmt: skip


# {what: who finds it, all others do not}. `lead`, `co`, `other` are reporters of these agencies.
SECRETS: dict[Callable[[Site, str], None], set[str]] = {
    draft: {"co"},
    words_after_submitting: {"co"},
    submitted: {"co", "lead", "office"},
    returned: {"co", "lead", "office"},
    withdrawn: set(),
    trial: set(),
    problem: {"co", "lead", "office", "leader"},
    coordination: {"lead", "office", "leader"},
    request: {"co", "lead", "office", "leader"},
    proposed_notice: {"office"},
    issued_notice: {"lead", "office", "leader"},
    notice_draft: set(),
    instruction: {"office", "leader"},
    brief_draft: {"office"},
    brief_issued: {"office", "leader", "expert"},
    text_of_a_brief: {"office", "leader", "expert"},
    text_of_a_draft: set(),
    project_report: {"co", "office"},
    project_problems: {"co", "office", "leader"},
    project_report_withdrawn: set(),
    work_plan: {"co", "office"},
    work_plan_withdrawn: set(),
    comment: {"co", "office", "leader", "expert"},
    comment_unreleased: {"office", "leader", "expert"},
    comment_withdrawn: set(),
}
MARKS = "辰甲乙丙丁戊己庚辛壬癸子丑寅卯巳午未申酉戌亥乾坤震"


def answers(user: User, word: str) -> dict[str, tuple[str, int]]:
    """{route: (its answer without the words that were asked for, how many queries it took)}."""
    client, found = Client(), {}
    client.force_login(user)
    for name in ("search", "search_suggestions", "api_search"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse(name), {"words": word})
        assert answer.status_code == 200, name
        text = answer.content.decode()
        for written in (word, quote(word), json.dumps(word)[1:-1]):
            text = text.replace(written, "")
        found[name] = (TOKEN.sub("", text), len(queries))
    return found


@pytest.mark.slow
def test_who_may_not_see_it_finds_nothing_of_it(site: Site) -> None:
    words = {secret: f"{WORD}{mark}" for secret, mark in zip(SECRETS, MARKS, strict=True)}
    for secret, word in words.items():
        secret(site, word)
        site.task = make.task(site.plan)  # each on a task of its own
        make.responsibility(site.task, site.lead, Duty.LEAD)
        make.responsibility(site.task, site.co, Duty.CO)
    found = {
        secret.__name__: {name for name, user in site.people.items() if search(user, read_query(word)).total}
        for secret, word in words.items()
    }
    assert found == {secret.__name__: who for secret, who in SECRETS.items()}
    assert not any(search(user, read_query(GONE)).total for user in site.people.values())
    # With all of that on record, whoever may see none of it is answered as if nothing were.
    for name in ("other", "viewer"):
        assert search(site.people[name], read_query(WORD)).total == 0
        assert answers(site.people[name], WORD) == answers(site.people[name], ABSENT), name


@pytest.mark.slow
def test_another_plan_is_found_in_nothing(site: Site) -> None:
    """Who is given one plan alone, whatever they are in it: its text, parts, tasks, targets, projects, returns, notices,
    instructions and briefs of the other stay unknown, and so does that it exists."""
    elsewhere = make.plan(title=f"{WORD}规划", slug="elsewhere", text=f"{WORD}要建成。")
    task = make.task(elsewhere, heading=WORD)
    make.sector(elsewhere, task, name=WORD)
    make.group(elsewhere, name=WORD)
    make.target(elsewhere, text=WORD)
    Project.objects.create(plan=elsewhere, name=WORD, origin="outside", origin_note="示例", added_at=NOW)
    make.responsibility(task, site.lead, Duty.LEAD)
    there = replace(site, plan=elsewhere, task=task)
    make.accept(make.version(task, site.lead, "2017Q1", done=WORD, coordination=WORD))
    for secret in (instruction, request, issued_notice, brief_issued, project_problems, comment_unreleased):
        secret(there, WORD)
    confirmed = {"decision": "confirmed", "decided_at": NOW, "decided_by": site.people["office"]}
    _work_plan(there, WORD, **confirmed)
    make.submission(make.task(elsewhere), site.lead, "2017Q1", done=WORD)
    everywhere = search(site.people["leader"], read_query(WORD))
    of_plan = search(site.people["leader"], read_query(WORD), plan="elsewhere")
    assert {kind for kind, section in of_plan.counts.items() if section.count} == {
        kind for kind, section in everywhere.counts.items() if section.count
    }
    assert not search(site.people["leader"], read_query(WORD), plan=site.plan.slug).total
    unfound = {kind for kind, section in everywhere.counts.items() if not section.count}
    assert unfound == {Kind.AGENCIES, Kind.DRAFTS}
    for role in (Role.APPROVER, Role.LEADERSHIP, Role.EXPERT, Role.VIEWER):
        of = {"agency": site.lead} if role is Role.APPROVER else {}
        user = make.hold(make.user(password=None, **of))
        make.appointment(user, role, plan=site.plan, **of)
        user = User.objects.get(pk=user.pk)
        assert search(user, read_query(WORD)).total == 0, role
    assert answers(user, WORD) == answers(user, ABSENT)
    client = Client()
    client.force_login(user)
    for name in ("search", "api_search"):
        assert client.get(reverse(name), {"words": WORD, "plan": "elsewhere"}).status_code == 404


def test_a_word_is_looked_for_in_the_versions_that_the_reader_sees(site: Site) -> None:
    """One of a version that is not decided is no word of the accepted one before it."""
    make.accept(_version(site, done="甲乙丙", at="2017-04-10T10:00"))
    _version(site, done=WORD, at="2017-04-12T10:00")
    other, office = site.people["other"], site.people["office"]
    assert search(other, read_query("甲乙丙")).counts[Kind.RETURNS].count == 1
    assert search(other, read_query(WORD)).counts[Kind.RETURNS].count == 0
    assert search(office, read_query(WORD)).counts[Kind.RETURNS].hits[0].url.endswith("/2/")
