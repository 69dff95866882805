"""Every page that a person can reach from his door, wide and on a phone: it fits, it runs without an error, and a
scan for barriers finds none."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import axe_playwright_python
import pymupdf
import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Page
from pytest_django.plugin import DjangoDbBlocker

from qhplan.jobs import Job
from qhplan.trial import LINEAGE
from reports.briefs import actions as briefs
from reports.briefs import set_actions as brief_sets
from reports.coordination import actions as coordination
from reports.scoring import actions as scoring
from reports.scoring import schemes
from reports.scoring.schemes import SchemeInput
from reports.scoring.values import ScoredPeriod
from reports.supervision import actions as notices
from reports.supervision import answers
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.instructions import InstructionInput, instruct
from reports.supervision.models import Notice
from reports.supervision.proposals import propose_by_rules
from tasks.adjustments.actions import propose_withdrawal
from tasks.comments import actions as comments
from tasks.importing.models import ImportState, PlanImport
from tasks.ledgers import actions as ledgers
from tasks.ledgers import templating
from tasks.ledgers.models import Ledger
from tasks.lineage.lineage_import import load as load_lineage
from tasks.models import Agency, Lineage, State, Task, User, WorkPlan
from tasks.projects.actions import assign, save
from tasks.projects.actions import submit as submit_project
from tasks.projects.values import ReportInput
from tasks.values import Light, Period
from tasks.workplans import actions, milestones
from tasks.workplans.content import MeasureInput, MilestoneInput, SectionInput
from tasks.workplans.decisions import DecisionInput, decide
from tasks.workplans.queries import held
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make
from tests import rig
from tests.briefs import example
from tests.briefs.conftest import frozen
from tests.importing.uploads import uploaded
from tests.journeys.conftest import NOW, Q2, Cast, everybody
from tests.ledgers.books import office_ledger
from tests.permission_table import ROWS

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SCANNER = "/axe.js"
# What the scan passes over. Two groups of small targets, both allowed by WCAG 2.5.8: the ruler's quarters, beside which
# stand large links to the quarter before and after; and the numbers of notes, inline in a sentence. And the later parts
# of the two pages that repeat one pattern a thousand times, which would take as long as all the others together.
PASSED_OVER = [
    [".ruler__quarter > a"],
    [".text sup"],
    [".source__section:nth-of-type(n+4)"],
    [".matrix tbody tr:nth-child(n+4)"],
]
SCAN = """([passedOver, options]) => axe.run({exclude: passedOver}, {resultTypes: ['violations'], preload: false, ...options}).then(
    found => found.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(
        v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | ')}`))"""
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What another width can change; the rest is the same page.
ON_A_PHONE = {"runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}}
# Contrast takes as long as all other rules together: `make test-all` scans it, on every page, and at both widths.
ONCE = {**STANDARD, "rules": {"color-contrast": {"enabled": False}}}
# Leaves three of the rows of a table and of the items of a list: the others repeat them.
FEWER_ROWS = """() => document.querySelectorAll(
    'tbody > tr:nth-of-type(n+4), li:nth-of-type(n+4), dl > div:nth-of-type(n+4), .source__section:nth-of-type(n+4)'
).forEach(row => row.remove())"""
# The pages that people open to compare lead with what is compared: its section or table begins within so many pixels.
LEADING, REACH = {"overview", "desk", "review", "task"}, 440
LEADS_AT = """Math.min(...[...document.querySelectorAll('main table, main .section')].filter(
    e => e.offsetParent && !e.closest('details:not([open])')).map(e => e.getBoundingClientRect().top + scrollY))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Their site is the reporter's; only what they alone see is opened.
LIKE_THE_REPORTER = {"approver", "co_reporter"}
# How a refusal looks: an address that there is not, and the office's page, asked for by a reporter.
REFUSED = {"/nothing/", "/cycles/"}
# Answers that are no pages: files, redirections, the machine's own.
NO_PAGES = {
    "home",
    "login_code",  # leads back to the sign-in page, but for whoever has just given the password
    "audit_csv",
    "audit_jsonl",
    "chase_now",
    "health",
    "livez",
    "readyz",
    "lights_css",
    "task_list_xlsx",
    "target_list_xlsx",
    "evaluation_json",
    "evaluation_xlsx",
    "workbook",
    "workbook_all",
    "sealed_sheet",
    "evidence",
    "coordination_file",
    "coordination_document",
    "instruction_file",
    "evidence_zip",
    "return_evidence_zip",
    "plan_import_file",
    "ledger_file",
    "ledger_xlsx",
    "workplan_book",
    "brief_pdf",
    "brief_docx",
    "brief_xlsx",
    "brief_figures",
    "brief_set_zip",
    "brief_set_print",
    "feedback_pdf",
    "notice_pdf",
    "notice_answer_file",
    "application_form",
    "paper_scan",
    "review_sheet",
    "application_file",
    "score_xlsx",
    "search_suggestions",
    "account_list_template",
    "handbook_pdf",
    "task_docx",
    "return_docx",
    "invitation",
}


PERSONS = (
    "office", "reporter", "approver", "co_reporter", "second", "leader", "expert", "viewer", "accounts", "rights", "audit", "",
)  # fmt: skip


@dataclass(frozen=True)
class Busy:
    """A site in the middle of a quarter, with returns in every state."""

    cast: Cast
    pages: dict[str, list[str]]  # {person: pages that no link leads to}


@pytest.fixture
def filled(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    held_clock: None,
    prepared_fonts: None,
    shared: Path,
) -> tuple[str, Busy]:
    """A database that holds the busy site, made once for all tests; its name."""
    with django_db_blocker.unblock():
        return rig.need_filled("busy", make_busy, shared=shared)


@pytest.fixture
def cloned_db(filled: tuple[str, Busy], django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A copy of that database."""
    with django_db_blocker.unblock(), rig.clone(filled[0]) as name:
        yield name


def make_busy() -> Busy:
    cast = everybody()
    return Busy(cast, busy(cast))


def busy(cast: Cast) -> dict[str, list[str]]:
    """Fill the site; {person: pages that no link leads to}."""
    for quarter, lights in (
        (Period(2016, 4), (Light.GREEN, Light.GREEN, Light.YELLOW)),
        (Period(2017, 1), (Light.GREEN, Light.RED, Light.BLUE, Light.YELLOW)),
    ):
        for number, task in enumerate(cast.plan.tasks.prefetch_related("responsibilities__agency")):
            if number % 13 == 12:
                continue  # somebody is always missing
            lead = next(r.agency for r in task.responsibilities.all() if r.duty == "lead")
            version = make.version(task, lead, quarter, lights[number % len(lights)], done="完成评审。" * 20)
            if number % 4:
                make.accept(version, Light.YELLOW if number % 5 == 0 else "")
    cast.opened()
    User.objects.exclude(pk=cast.users["viewer"].pk).update(
        hint_put_away_at=NOW
    )  # all but one were here before
    tasks = {task.ref: task for task in Task.objects.filter(ref__in=["3-1-1", "3-1-2"])}
    problems = [{"category": "money", "text": "配套资金缺口较大，尚在协调。" * 8}]
    shared = [
        make.version(tasks["3-1-1"], cast.co, Q2, at=NOW, done="新认定3家技术中心。", problems=problems),
        make.version(tasks["3-1-2"], cast.co, Q2, at=NOW),
    ]
    make.send_back(shared[1], at=NOW)
    own = make.version(tasks["3-1-1"], cast.lead, Q2, Light.YELLOW, at=NOW, problems=problems)
    make.file(own, "（示例）平台建设清单.xlsx")
    make.file(
        own.submission,
        "（示例）平台建设清单（第二稿）.pdf",
        scan_state="infected",
        scan_note="Eicar",
        scanned_at=NOW,
    )
    own.basis_links.create(co_version=shared[0], adopted=False)
    handed = make.submission(
        tasks["3-1-2"], cast.lead, Q2, state=State.HANDED, light=Light.GREEN, done="已完成。"
    )
    home = make.version(Task.objects.get(ref="4-7"), cast.office.agency, Q2, at=NOW)
    draft = frozen(cast.plan, at=NOW, figures=example.frozen())
    issued = frozen(cast.plan, at=NOW, figures=example.frozen(), quarter=Period(2016, 4))
    briefs.issue(by=cast.office, brief=issued, now=NOW)
    briefs.publish(brief=issued, made=briefs.Made(b"%PDF", 24, 0.1), now=NOW)
    asked_set, _briefs = brief_sets.ask_set(by=cast.office, plan=cast.plan, quarter=Period(2016, 4), now=NOW)
    accepted = make.accept(
        make.version(tasks["3-1-2"], Agency.objects.get(slug="haidong"), Q2, at=NOW), at=NOW
    )
    comment = comments.comment(by=cast.expert, subject=tasks["3-1-1"], text="口径宜与统计年鉴一致。", now=NOW)
    comments.release(by=cast.office, comment=comment, agency_ids=[cast.lead.pk], now=NOW)
    proposal, issued_one, answered = supervised(cast)
    instruction = instruct(
        by=cast.leader, asked=InstructionInput(words="请抓紧办理。", task=tasks["3-1-1"]), now=NOW
    )
    job = Job.objects.create(kind="test", label="2017年第一季度简报：生成草稿")
    request = coordination.add(
        by=cast.office, task=tasks["3-1-1"], agency_id=cast.lead.pk, text="请协调用地指标。" * 6, now=NOW
    )
    coordination.act(
        by=cast.office,
        request=request,
        name="opine",
        asked=coordination.StepInput(words="建议请自然资源部门研究。"),
        now=NOW,
    )
    plans = work_plans(cast)
    load_lineage(LINEAGE)
    merged = Lineage.objects.get(key="lineage-2018/zjj")
    for project in cast.plan.projects.order_by("pk")[:2]:
        assign(by=cast.office, project=project, agency=cast.lead, since=Q2, note="办公室函", now=NOW)
        built = ReportInput("building", "12.5", "300", progress="主体封顶。", problems="缺配套资金。")
        report = save(by=cast.reporter, project=project, quarter=Q2, said=built, revision=None, now=NOW)
    submit_project(by=cast.approver, reports=[report.pk], now=NOW)
    ended = make.plan(
        issued_on=date(2012, 12, 1),
        in_force_from=date(2013, 1, 1),
        in_force_to=date(2016, 12, 31),
        title="老方案",
    )
    promised = make.indicator(ended, make.task(ended, lead=cast.lead), name="新增企业技术中心", unit="家")
    make.target(ended, promised, 20, year=2016, text="新增省级企业技术中心20家")
    make.target(ended, text="产业创新能力明显提高", year=2016)
    done = make.version(ended.tasks.get(), cast.lead, "2016Q4", at=NOW)
    make.figure(done, promised, 25)
    make.accept(done, at=NOW)
    trial = make.cycle(ended, "2016Q3", is_trial=True)
    scored(cast)
    imported = uploaded(cast.office)
    edition = PlanImport.objects.create(
        file=make.stored_file("修订版.txt", uploaded_by=cast.second, uploaded_at=NOW),
        text=imported.text,
        text_sha256="0" * 64,
        structure=imported.structure,
        state=ImportState.IMPORTED,
        uploaded_by=cast.second,
        uploaded_at=NOW,
        edition_of=ended,
        effective=Period(2016, 4),
        outcome=carried_over(ended.tasks.get()),
        plan=ended,
        decided_by=cast.office,
        decided_at=NOW,
    )
    ledger = with_ledger(cast)
    adjustment = propose_withdrawal(
        by=cast.office, task=tasks["3-1-2"], effective=Q2, reason="并入他项", now=NOW
    )
    bodies = [
        f"/plans/qinghai-2016-48/adjustments/{adjustment.pk}/",
        "/plans/qinghai-2016-48/reforms/2018-11-01/",
        "/plans/qinghai-2016-48/agencies/zjj/",
        "/bodies/sczj/",
        "/bodies/sczj/name/",
        f"/lineage/{merged.pk}/",
    ]
    return {
        "reporter": [
            f"/supervision/{issued_one.pk}/",
            "/desk/qinghai-2016-48/2017Q2/3-1-2/check/",
            "/nothing/",
            "/cycles/",
            "/desk/handover/",
        ],
        "approver": [
            *plans["approver"],
            "/desk/",
            "/deputies/",
            "/desk/assignments/",
            "/desk/reassign/",
            "/desk/extension/",
            "/plans/qinghai-2016-48/scores/kjt/",
            f"/supervision/{issued_one.pk}/",
            "/desk/qinghai-2016-48/2017Q2/3-1-2/check/",
            f"/returns/{handed.pk}/",
        ],
        "co_reporter": ["/desk/", "/desk/qinghai-2016-48/2017Q2/3-1-2/"],
        "office": [
            *plans["office"],
            *bodies,
            f"/supervision/{proposal.pk}/",
            "/review/arrangements/",
            f"/imports/{imported.pk}/",
            f"/ledgers/{ledger.pk}/",
            f"/imports/{imported.pk}/panel/?of=head",
            f"/imports/{imported.pk}/edition/",
            f"/plans/{ended.slug}/editions/{edition.pk}/",
            "/search/?words=质量",
            "/news/",
            f"/cycles/{trial.pk}/trial/remove/",
            f"/supervision/{answered.pk}/",
            "/supervision/?state=all",
            "/plans/qinghai-2016-48/scores/kjt/?period=2016Q4",
            f"/instructions/{instruction.pk}/",
            f"/coordination/{request.pk}/",
            "/resolutions/",
            f"/briefs/{draft.pk}/",
            f"/briefs/sets/{asked_set.pk}/",
            f"/jobs/{job.pk}/",
            f"/returns/{own.submission_id}/",
            f"/plans/{ended.slug}/evaluation/",
            f"/plans/{ended.slug}/targets/1/path/",
        ],
        "second": [f"/returns/{home.submission_id}/"],
        "leader": [
            "/plans/qinghai-2016-48/scores/kjt/?period=2016Q4",
            f"/briefs/{issued.pk}/",
            "/instructions/new/?plan=qinghai-2016-48&task=3-1-1",
            f"/coordination/{request.pk}/",
        ],
        "expert": [f"/comments/{comment.pk}/", f"/comments/task/{comment.subject_id}/"],
        "viewer": [f"/returns/{accepted.submission_id}/"],
        "accounts": [],
        "rights": [],
        "audit": [],
        "": ["/login/", "/verify/", f"/verify/{issued.code}/", "/verify/AAAAAAAAAAAA/"],
    }


def carried_over(task: Task) -> dict[str, Any]:
    """What became of the items of a plan in its new edition."""
    lines = [{"label": "单位", "before": "省科技厅（牵头）", "after": "省科技厅（牵头）、西宁市（配合）"}]
    return {
        "tasks": [
            {
                "task": task.pk,
                "status": "changed",
                "before": task.heading,
                "after": task.heading,
                "differences": lines,
            }
        ],
        "targets": [],
    }


def work_plans(cast: Cast) -> dict[str, list[str]]:
    """省科技厅 has an 实施方案 that is confirmed, with milestones overdue, and 年度要点 that are handed on, with mistakes
    in those of another year; {person: pages that no link leads to}."""
    about: dict[str, Any] = {"plan": cast.plan, "agency_id": cast.lead.pk}
    task = Task.objects.get(ref="3-1-1")

    def written(period: WorkPlanPeriod, *days: str) -> WorkPlan:
        nodes = tuple(MilestoneInput(f"完成第{day}步的建设任务并通过验收", day, "验收意见") for day in days)
        said = MeasureInput("建设产业技术创新平台，健全运行机制" * 3, "高新技术处", "王某", nodes)
        return actions.save_sections(
            by=cast.reporter,
            **about,
            period=period,
            sections=[
                SectionInput(pk, measures=(said,))
                if pk == task.pk
                else SectionInput(pk, none_reason="配合。")
                for pk in held(cast.plan, period, [cast.lead.pk])[cast.lead.pk]
            ],
        )

    whole = written(WorkPlanPeriod(), "2017-03-31", "2017-06-30", "2017-12-31")
    version = actions.submit(by=cast.approver, work_plans=[whole.pk])[0]
    decide(by=cast.office, decisions=[DecisionInput(version.pk, confirm=True)])
    node = version.milestones.get(due="2017-03-31")
    milestones.report(by=cast.reporter, reports=[milestones.ReportInput(node.pk, date(2017, 4, 2), "办结。")])
    year = written(WorkPlanPeriod(2017), "2017-09-30")
    actions.hand(by=cast.reporter, work_plans=[year.pk])
    faulty = written(WorkPlanPeriod(2018), "尽快")
    return {
        "approver": [
            "/desk/workplans/qinghai-2016-48/2017/check/",
            "/desk/workplans/qinghai-2016-48/whole/",
            "/desk/workplans/qinghai-2016-48/2018/",
            "/desk/workplans/qinghai-2016-48/2018/3-1-1/",
            f"/desk/workplans/qinghai-2016-48/{faulty.period}/workbook/upload/",
        ],
        "office": [f"/milestones/{node.pk}/", f"/workplans/{whole.pk}/"],
    }


def with_ledger(cast: Cast) -> Ledger:
    """A ledger of which rows are asked, and the office's own template."""
    tasks = [(task.heading, "完成一项|正常") for task in cast.plan.tasks.order_by("order")[:4]]
    content = office_ledger([*tasks, ("没有写进方案的工作", "完成一项")], year=2016)
    templating.upload_template(
        by=cast.office, plan=cast.plan, upload=SimpleUploadedFile("模板.xlsx", content), now=NOW
    )
    upload = SimpleUploadedFile("台账.xlsx", content)
    return ledgers.upload(by=cast.office, plan=cast.plan, upload=upload, now=NOW)


def scored(cast: Cast) -> None:
    """A quarter's scores are announced and contested, with a correction that waits; another scheme is a draft."""
    quarter = Period(2016, 4)
    about: dict[str, Any] = {"plan": cast.plan, "period": ScoredPeriod(quarter, quarter)}

    def written(since: Period) -> Any:
        asked = SchemeInput("考核办法", "按比例计分，不比件数。", since, schemes.suggestion())
        return schemes.write_scheme(by=cast.office, plan=cast.plan, asked=asked, now=NOW)

    schemes.decide_scheme(by=cast.leader, scheme=written(quarter), revision=1, adopt=True, now=NOW)
    sheet = scoring.propose_sheet(by=cast.office, **about, now=NOW)
    sheet = scoring.decide_sheet(by=cast.leader, sheet=sheet, announce=True, now=NOW)
    scoring.make_appeal(by=cast.approver, sheet=sheet, agency=cast.lead, text="佐证已补。", now=NOW)
    scoring.propose_correction(
        by=cast.office, **about, agency=cast.lead, points=Decimal(1), reason="补计一件", now=NOW
    )
    written(Q2)


def supervised(cast: Cast) -> tuple[Notice, Notice, Notice]:
    """A proposal of the rules, a notice that the lead has signed for, and one that it has answered."""
    content = IssueInput("关于进展滞后的督办单", "请查明原因，提出措施。", date(2017, 7, 19))
    asked = HandInput(cast.plan, cast.lead.pk, "hand", Period(2017, 1), content)
    signed, answered = (notices.issue_by_hand(by=cast.office, asked=asked, now=NOW) for _n in range(2))
    for notice in (signed, answered):
        answers.acknowledge(by=cast.reporter, notice=notice, now=NOW)
    answers.answer(by=cast.approver, notice=answered, text="已采取三项措施。", now=NOW)
    proposals = propose_by_rules(now=NOW)
    return proposals[0], signed, answered


@pytest.fixture
def window(open_window: Callable[..., Page]) -> Page:
    """A wide window; the scan is a script that the site's own policy would refuse."""
    return open_window(viewport=WIDE, bypass_csp=True)


def test_every_page(filled: tuple[str, Busy], site: str, window: Page) -> None:
    """Every kind of page once, opened by the first of all persons who reaches it, and the repeated rows of its tables and
    lists scanned by some of them. No kind is missing."""
    opened: set[str] = set()
    faults: list[str] = []
    for person in PERSONS:
        for path, html in walk(filled[1], site, person, window, opened):
            faults += [f"{person} {path}: {fault}" for fault in begins_low(window, path)]
            faults += [f"{person} {path}: {fault}" for fault in looked_at(window, html, everything=False)]
    assert not faults, "\n".join(faults)
    assert {row.name for row in ROWS if row.method == "GET" and not row.api} - NO_PAGES - opened == set()


def test_in_print_heads_are_repeated_and_no_page_is_empty(
    filled: tuple[str, Busy], site: str, window: Page
) -> None:
    """The matrix, whose head browsers repeat only while it is low: across, numbered, and with nothing to press."""
    sign_in(Client(), filled[1], site, "leader", window)
    window.goto("/plans/qinghai-2016-48/matrix/")
    printed = [page.get_text() for page in pymupdf.open(stream=window.pdf(prefer_css_page_size=True))]
    assert all("本季任务灯" in text for text in printed[:2])
    assert all(f"{n} / {len(printed)}" in text for n, text in enumerate(printed, 1))
    assert not any(word in text for text in printed for word in ("退出", "大字", "打印\n"))
    assert "打印自 /plans/qinghai-2016-48/matrix/" in printed[0]


@pytest.mark.full
@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person or "stranger")
def test_every_page_of(person: str, filled: tuple[str, Busy], site: str, window: Page) -> None:
    """Every page that the person reaches, all of it."""
    faults: list[str] = []
    for path, html in walk(filled[1], site, person, window, set()):
        faults += [f"{path}: {fault}" for fault in looked_at(window, html, everything=True)]
    assert not faults, "\n".join(faults)


def walk(site: Busy, address: str, person: str, window: Page, opened: set[str]) -> Iterator[tuple[str, str]]:
    """Open in the window one page of each kind that the person reaches and that is not among the `opened`, and those that
    no link leads to; (path, HTML)."""
    client = Client()
    window.context.clear_cookies()
    door = []
    if person:
        sign_in(client, site, address, person, window)
        if person not in LIKE_THE_REPORTER:
            door = [client.get("/", follow=True).request["PATH_INFO"]]
    answers: dict[str, str] = {}
    with answered(answers):
        for path, html in reachable(client, [*site.pages[person], *door], opened, follow=bool(door)):
            answers[urlsplit(path).path] = html
            if secret := client.cookies.get(settings.CSRF_COOKIE_NAME):  # for what a page sends by itself
                window.context.add_cookies([{"name": secret.key, "value": secret.value, "url": address}])
            window.set_viewport_size(WIDE)
            window.goto(path)
            yield path, html


def sign_in(client: Client, site: Busy, address: str, person: str, window: Page) -> None:
    client.force_login(site.cast.users[person])
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    window.context.add_cookies([{"name": session.key, "value": session.value, "url": address}])


def begins_low(page: Page, path: str) -> list[str]:
    """That a page on which people compare begins its first section or table too far down."""
    top = page.evaluate(LEADS_AT) if kind_of(path) in LEADING else 0
    return [f"what it shows begins at {top:.0f} px"] if top > REACH else []


@contextmanager
def answered(answers: dict[str, str]) -> Iterator[None]:
    """The site answers a page that was asked for already with what it said, and does not make it twice. (A route of
    Playwright's would do the same, and switch the browser's cache off: every page would load all styles and scripts.)"""
    respond = WSGIHandler.get_response

    serve = StaticFilesHandler.serve

    def kept_for_an_hour(response: HttpResponseBase) -> HttpResponseBase:
        response["Cache-Control"] = "max-age=3600"
        return response

    def kept(handler: WSGIHandler, request: HttpRequest) -> HttpResponseBase:
        if request.path == SCANNER:
            return kept_for_an_hour(HttpResponse(AXE, content_type="text/javascript"))
        html = answers.get(request.path) if request.headers.get("Sec-Fetch-Mode") == "navigate" else None
        return respond(handler, request) if html is None else HttpResponse(html)

    def cached(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        return kept_for_an_hour(serve(handler, request))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIHandler, "get_response", kept)
        patch.setattr(StaticFilesHandler, "serve", cached)
        yield


def reachable(
    client: Client, first: list[str], opened: set[str], *, follow: bool
) -> Iterator[tuple[str, str]]:
    """Ask for the pages of `first`, and for one page of each other kind that links lead to from any; (path, HTML)."""
    waiting, asked = list(first), set()
    while waiting:
        path = waiting.pop(0)
        name = kind_of(path)
        if path in asked or (path not in first and name in opened | NO_PAGES):
            continue
        asked.add(path)
        opened.add(name)
        answer = client.get(path, follow=True)
        # Any other would stand for a page that nobody has seen.
        assert path in REFUSED or path not in first or answer.status_code not in {403, 404}, path
        html = answer.content.decode()
        yield path, html
        if follow:
            waiting += [link for link in links_of(html, path) if kind_of(link) not in opened]


def links_of(html: str, path: str) -> list[str]:
    """The paths on this site that the page links to, in its order."""
    found = (urlsplit(urljoin(path, unescape(link))) for link in re.findall(r'<a [^>]*?href="([^"]*)"', html))
    return list(dict.fromkeys(link.path for link in found if not link.netloc and not link.scheme))


def kind_of(path: str) -> str:
    """The name of the address, which stands for all pages of its kind."""
    try:
        return str(resolve(path).url_name)
    except Resolver404:
        return "home"


def looked_at(page: Page, html: str, *, everything: bool) -> list[str]:
    """What is wrong with the page shown: its headings, its width at both widths, a scan on a phone; and of everything one
    when wide."""
    faults = [] if html.count("<h1") == 1 else ["has not one heading of the first level"]
    if ("<textarea" in html or 'type="file"' in html) and "涉密" not in html:
        faults.append("takes texts or files, and does not say that nothing secret may be filed")
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for large in ("", "large"):
            page.evaluate("large => { document.documentElement.className = large }", large)
            if page.evaluate(WIDER) > 0:
                faults.append(f"is wider than {size['width']} px {large}")
        page.evaluate("document.documentElement.className = ''")
    if not everything:
        page.evaluate(FEWER_ROWS)
    page.add_script_tag(url=SCANNER)
    scanned = page.evaluate(SCAN, [PASSED_OVER, ON_A_PHONE if everything else ONCE])
    faults += [f"on a phone: {fault}" for fault in scanned]
    if everything:
        page.set_viewport_size(WIDE)
        faults += page.evaluate(SCAN, [PASSED_OVER, STANDARD])
    return faults
