"""The people, returns and briefs against which the permission table is held."""

from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from qhplan.jobs import Job
from reports.briefs import actions as briefs
from reports.briefs import jobs as brief_jobs
from reports.briefs.handover_actions import hand_over
from reports.briefs.models import Brief
from reports.coordination import actions as coordination
from reports.coordination.models import CoordinationRequest
from reports.scoring import actions as scoring
from reports.scoring import schemes
from reports.scoring.values import ScoredPeriod
from reports.supervision import actions as notices
from reports.supervision import answer_files, answers
from reports.supervision.instructions import InstructionInput, instruct
from reports.supervision.triggers import Grounds
from reports.supervision.values import Ground
from tasks.adjustments import actions as adjusting
from tasks.adjustments.applications import give_opinion
from tasks.comments import actions as comments
from tasks.cycles.actions import FIELDS
from tasks.importing import actions as imports
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.queries import current as current_import
from tasks.ledgers import actions as ledgers
from tasks.ledgers import templating
from tasks.ledgers.models import Ledger
from tasks.lineage.forms import stamp
from tasks.models import (
    Agency,
    AgencyKind,
    Delivery,
    Jurisdiction,
    Message,
    Plan,
    State,
    StoredFile,
    Submission,
    Task,
    User,
    Workday,
    WorkPlan,
    WorkPlanVersion,
)
from tasks.projects.actions import add_project, assign, save, submit
from tasks.projects.values import ReportInput
from tasks.submissions.paper.actions import PaperInput, offer
from tasks.values import ADMIN_ROLES, Period, Role
from tasks.workplans import actions, milestones
from tasks.workplans.content import MeasureInput, MilestoneInput, SectionInput
from tasks.workplans.decisions import DecisionInput, decide
from tasks.workplans.queries import held
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import frozen
from tests.ledgers.books import office_ledger
from tests.permission_table import BODIES, Row
from tests.plans.sample_plan import TEXT as PLAN_TEXT

NOW = make.moment("2017-04-12 10:00")
Q, Q2016 = Period(2017, 1), Period(2016, 3)
PROBLEM = "征地补偿谈不拢"
PROBLEMS = [{"category": "land", "text": PROBLEM}]


# Routes that name in their request, and not in their address, what they are about.
BATCHES = {
    "api_save",
    "api_hand",
    "api_take_back",
    "api_withdraw",
    "api_undo",
    "api_correct",
    "api_submit",
    "api_decide",
    "api_supplement",
    "api_supplement_undo",
    "decide_several",
}
BATCHES |= {
    f"api_workplan_{name}"
    for name in (
        "save",
        "hand",
        "take_back",
        "submit",
        "withdraw",
        "revise",
        "drop",
        "decide",
        "undo",
        "correct",
    )
}
BATCHES |= {f"api_milestone_{name}" for name in ("report_new", "undo", "refute")}


# {person: (body, role)}
HELD: dict[str, tuple[str, Role | None]] = {
    **{f"{body}.{role}": (body, role) for body in BODIES for role in (Role.REPORTER, Role.APPROVER)},
    "office": ("home", Role.OFFICE),
    "second": ("review", Role.SECOND_REVIEWER),
    **{role.value: ("", role) for role in (Role.LEADERSHIP, Role.EXPERT, Role.VIEWER)},
    **{role.value.removesuffix("_admin"): ("", role) for role in sorted(ADMIN_ROLES)},
    "nobody": ("", None),
}
# The people as accounts that no database holds, for rules that ask for nothing else.
ACCOUNTS = {
    person: make.held(
        User(pk=number, username=person, agency_id=("", *BODIES, "review").index(body) or None),
        *([role] if role else []),
    )
    for number, (person, (body, role)) in enumerate(HELD.items(), start=1)
}


class World:
    """One task for each state of a return, led by one body and shared by another, and a task that the office's own
    body leads."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co, self.other, self.home = (
            make.agency(name) for name in ("牵头局", "配合局", "无关局", "办公室所在委")
        )
        bodies = {
            "lead": self.lead, "co": self.co, "other": self.other, "home": self.home,
            "review": make.agency("督查室", kind=AgencyKind.REVIEW),
        }  # fmt: skip
        self.users: dict[str, User] = {}
        for person, (body, role) in HELD.items():
            self.users[person] = make.user(
                *([role] if role else []), agency=bodies[body] if body else None, password=None
            )
        self.users["nobody"] = make.hold(self.users["nobody"])
        self.person = make.user(Role.VIEWER, password=None)
        # 老局 merged into the body that has nothing to do with the rest, and its duty passed; 旧局 merged into the
        # one that shares the tasks, and nothing has passed yet.
        self.old, older = make.agency("老局"), make.agency("旧局")
        self.edge = make.edge("merged", self.old, self.other, on="2017-03-01")
        make.edge("merged", older, self.co, on="2017-02-01")
        self.passed = make.task(self.plan, lead=self.old)
        make.task(self.plan, lead=older)
        self.moving = make.user(Role.REPORTER, agency=older, password=None)
        make.task(self.plan, lead=self.other)
        make.task(self.plan, co=[self.other])  # that nobody leads
        self.cycle = make.cycle(self.plan, Q)
        self.cycle.refresh_from_db()
        self.fresh = make.task(self.plan, lead=self.lead, co=[self.co])
        self.tasks: dict[str, Task] = {}
        self.returns: dict[str, Submission] = {}
        self.files: dict[int, StoredFile] = {}  # by the return's id
        for state in ("draft", "handed", "submitted", "returned", "accepted"):
            self.tasks[state] = self._task(state)
        own = make.task(self.plan, lead=self.home, co=[self.co])
        self.returns["home submitted"] = make.version(own, self.home, Q, problems=PROBLEMS).submission
        # A figure of a return that is not decided: its reason is for whoever may read that return.
        self.indicator = make.indicator(self.plan, self.tasks["submitted"])
        self.target = make.target(self.plan, self.indicator, 20)
        self.worded = make.target(self.plan, text="明显提高")
        # Two projects: on one a report waits for the office, on the other its body has written nothing yet.
        self.projects = {
            name: add_project(
                by=self.users["office"], plan=self.plan, name=name, sector=None, note="函", now=NOW
            )
            for name in ("reported", "fresh")
        }
        for project in self.projects.values():
            assign(by=self.users["office"], project=project, agency=self.lead, since=Q, note="函", now=NOW)
        said = ReportInput("building", "1", "5", progress="封顶", problems=PROBLEM)
        report = save(
            by=self.users["lead.reporter"],
            project=self.projects["reported"],
            quarter=Q,
            said=said,
            revision=None,
            now=NOW,
        )
        self.report = submit(by=self.users["lead.approver"], reports=[report.pk], now=NOW)[0].report
        # Its validity is over, with one promise kept open.
        self.ended = make.plan(
            issued_on=date(2012, 12, 1), in_force_from=date(2013, 1, 1), in_force_to=date(2016, 12, 31)
        )
        make.target(self.ended, text="明显提高")
        version = self.returns["lead submitted"].versions.get()
        make.figure(version, self.indicator, 3, reason=PROBLEMS[0]["text"])
        self._file(self.returns["home submitted"])
        self.briefs = {
            state: self._brief(state, Period.parse(when))
            for state, when in (
                ("issued", "2016Q3"),
                ("draft", "2016Q4"),
                ("failed", "2016Q4"),
                ("withdrawn", "2017Q1"),
                ("discarded", "2016Q4"),
            )
        }
        slip = briefs.ask(
            by=None, plan=self.plan, quarter=Q2016, kind="feedback", scope=self.lead.slug, now=NOW
        )
        briefs.freeze(brief=slip, figures=example.frozen(), made=briefs.Made(b"%PDF", 1, 0.1), now=NOW)
        briefs.issue(by=None, brief=slip, now=NOW)
        briefs.publish(brief=slip, made=briefs.Made(b"%PDF slip", 1, 0.1), now=NOW)
        (self.slip,) = hand_over(by=None, briefs=[slip], now=NOW).handed
        # Of one of its briefs nobody has taken the job yet, another has failed.
        self.set = brief_jobs.ask_set(by=self.users["office"], plan=self.plan, quarter=Q2016, now=NOW)
        failed = self.set.briefs.order_by("-pk")[0]
        briefs.fail(brief=failed, job_id=failed.job_id, reason="缺字", now=NOW)
        expert = self.users["expert"]
        told = self.tasks["accepted"]
        self.comments = {
            state: comments.comment(by=expert, subject=told, text=f"意见：{state}", now=NOW)
            for state in ("kept", "released")
        }
        comments.release(
            by=self.users["office"], comment=self.comments["released"], agency_ids=[self.lead.pk], now=NOW
        )
        self._supervise()
        self._coordinate()
        self.jobs = {
            "system": Job.objects.create(kind="test", label="系统作业"),
            "reporter": Job.objects.create(kind="test", label="导出", asked_by=self.users["lead.reporter"]),
        }
        # A quarter that is closed, and reopened for one body; a task on which only the co-return is in.
        self.closed = make.cycle(self.plan, "2016Q3")
        self.reopening = make.reopening(
            self.closed, self.co, by=self.users["office"], until="2017-05-01", at="2017-04-10"
        )
        self.jurisdiction = Jurisdiction.objects.create(name="甲省", level="province", office="甲办")
        self.workday = Workday.objects.create(
            day=date(2017, 7, 5),
            works=False,
            note="通知",
            set_at=self.reopening.opened_at,
            set_by=self.users["office"],
        )
        self.joined = make.task(self.plan, lead=self.lead, co=[self.co])
        self.co_version = make.version(self.joined, self.co, Q)
        self.sheet = make.sealed_sheet(self.cycle, self.co, by=self.users["co.reporter"])
        make.submission(self.passed, self.old, Q, light="green", done="写了一半")
        propose = partial(
            adjusting.propose_withdrawal,
            by=self.users["office"],
            effective=Period(2017, 2),
            reason="并入他项",
        )
        self.adjustments = {
            "proposed": propose(task=self.fresh, now=NOW),
            "reform": adjusting.approve(
                by=self.users["leadership"],
                adjustment=adjusting.propose_reform(
                    by=self.users["office"],
                    plan=self.plan,
                    edges=[self.edge],
                    answers={},
                    reason="改革",
                    now=NOW,
                ),
                now=NOW,
            ),
            "approved": adjusting.approve(
                by=self.users["leadership"], adjustment=propose(task=self.tasks["draft"], now=NOW), now=NOW
            ),
        }
        applied = partial(
            adjusting.propose_deadline,
            by=self.users["lead.approver"],
            effective=Period(2017, 2),
            deadline=date(2019, 12, 31),
            reason="设备到货推迟",
            now=NOW,
        )
        self.adjustments["applied"] = applied(task=self.tasks["accepted"], uploads=[make.upload("依据.pdf")])
        self.adjustments["with opinion"] = give_opinion(
            by=self.users["office"],
            adjustment=applied(task=self.tasks["returned"]),
            agrees=True,
            opinion="情况属实。",
            now=NOW,
        )
        (self.offer,) = offer(
            by=self.users["lead.reporter"],
            submissions=[self.returns["lead handed"].pk],
            paper=PaperInput("某局长", date(2017, 4, 11)),
            uploads=[make.upload("签批件.pdf", b"%PDF-1.7 signed")],
            now=NOW,
        )
        self.trial = make.cycle(self.plan, "2015Q4", is_trial=True)
        self.imports = self._imports()
        self.ledgers = self._ledgers()
        self.work_plans = WorkPlans(self)  # of all tasks there are
        self.scores = Scores(self)
        self.owed = self.fresh.responsibilities.get(agency=self.co)
        for user in self.users.values():
            message = Message.objects.create(
                kind="digest", user=user, day=NOW.date(), subject="填报提醒", created_at=NOW
            )
        self.failed = Delivery.objects.create(
            message=message, channel="mail", address="a@example.cn", state="failed", error="拒绝连接"
        )
        self.sessions = {person: self._session(person) for person in self.users}
        # Every request is undone before the next, so that this is what each of them finds.
        self.found = state_of_database()

    def _task(self, state: str) -> Task:
        """A task whose co-return and lead return both stand in the state."""
        task = make.task(self.plan, lead=self.lead, co=[self.co])
        for duty, agency in (("co", self.co), ("lead", self.lead)):
            if state in {"draft", "handed"}:
                head = make.submission(
                    task, agency, Q, state=State(state), light="green", done="做了", problems=PROBLEMS
                )
            else:
                version = make.version(task, agency, Q, problems=PROBLEMS)
                head = version.submission
                if state == "accepted":
                    make.accept(version, at="2017-04-11 12:00")
                elif state == "returned":
                    make.send_back(version, at="2017-04-11 12:00")
            self.returns[f"{duty} {state}"] = head
            self._file(head)
        return task

    def _file(self, head: Submission) -> None:
        """Evidence with a telling name: of the draft, or of the version that was submitted."""
        holder = head.versions.first() or head
        self.files[head.pk] = make.file(holder, f"{PROBLEM}.pdf")

    def _supervise(self) -> None:
        """A notice in each state that matters, and an instruction before and after it was assigned."""
        office = self.users["office"]
        content = notices.IssueInput("关于进展滞后的督办单", "请查明原因。", date(2017, 4, 28))

        def asked(agency: Agency, **values: Any) -> notices.HandInput:
            ground = values.pop("ground", "hand")
            return notices.HandInput(self.plan, agency.pk, ground, Q, content, **values)

        self.notices = {
            state: notices.issue_by_hand(by=office, asked=asked(self.lead), now=NOW)
            for state in ("issued", "acknowledged", "answered")
        }
        made = notices.Made(b"%PDF", "0" * 64, 1, 0.1)
        notices.keep_document(notice=self.notices["issued"], made=made, now=NOW)
        for state in ("acknowledged", "answered"):
            answers.acknowledge(by=self.users["lead.reporter"], notice=self.notices[state], now=NOW)
        self.answer_files = {
            state: answer_files.attach(
                by=self.users["lead.reporter"],
                notice=self.notices[notice],
                uploads=[make.upload(f"{state}.pdf", f"%PDF-1.7 {state}".encode())],
                now=NOW,
            )[0].pk
            for state, notice in (("sent", "answered"), ("draft", "acknowledged"))
        }
        self.answer = answers.answer(
            by=self.users["lead.approver"], notice=self.notices["answered"], text="已办理。", now=NOW
        )
        task = self.tasks["accepted"]
        late = make.task(self.plan, lead=self.lead)
        make.accept(make.version(late, self.lead, Q, "red"), at="2017-04-11 12:00")
        found = next(one for one in Grounds(self.plan, Q, NOW).red() if one.task_ids == (late.pk,))
        (self.notices["proposed"],) = notices.propose(plan=self.plan, found=[found], now=NOW)
        self.notices["home"] = notices.issue_by_hand(by=office, asked=asked(self.home), now=NOW)
        words = InstructionInput(words="请抓紧。", task=task)
        self.instructions = {
            state: instruct(by=self.users["leadership"], asked=words, now=NOW)
            for state in ("waiting", "assigned")
        }
        notices.issue_by_hand(
            by=office,
            asked=asked(self.lead, ground=Ground.INSTRUCTION, instruction=self.instructions["assigned"]),
            now=NOW,
        )
        scan = make.stored_file("批示.pdf", uploaded_by=office, uploaded_at=NOW)
        self.instructions["assigned"].files.create(file=scan)
        self.scan = scan.pk

    def _coordinate(self) -> None:
        """A request of the co agency as a return raised it, assigned to an agency without a part in the task, and answered;
        one that the office added."""
        office, task = self.users["office"], self.tasks["accepted"]
        self.requests = {
            state: CoordinationRequest.objects.create(
                plan=self.plan,
                task=task,
                agency=self.co,
                quarter=Q,
                text=f"请协调用地（{state}）。",
                raised_at=NOW,
                raised_by=self.users["co.approver"],
                is_sample=True,
            )
            for state in ("raised", "assigned", "answered")
        }
        self.requests["added"] = coordination.add(
            by=office, task=task, agency_id=self.co.pk, text="请协调用电。", now=NOW
        )
        step = coordination.act(
            by=office,
            request=self.requests["assigned"],
            name="assign",
            asked=coordination.StepInput(
                words="请办理。",
                agency_ids=(self.other.pk,),
                due_on=date(2017, 4, 28),
                uploads=[make.upload("来函.pdf", b"%PDF-1.7 letter")],
            ),
            now=NOW,
        )
        self.request_file = step.files.get().file_id
        coordination.act(
            by=office,
            request=self.requests["answered"],
            name="answer",
            asked=coordination.StepInput(words="已批复。"),
            now=NOW,
        )

    def _brief(self, state: str, quarter: Period) -> Brief:
        """A brief in that state."""
        if state == "failed":
            made = briefs.ask(by=None, plan=self.plan, quarter=quarter, now=NOW)
            briefs.fail(brief=made, job_id=None, reason="排版程序不在", now=NOW)
            return made
        draft = frozen(self.plan, quarter=quarter, at=NOW, figures=example.frozen())
        if state == "discarded":
            briefs.discard(by=None, brief=draft, reason="放弃", now=NOW)
        if state in ("draft", "discarded"):
            return draft
        briefs.issue(by=None, brief=draft, now=NOW)
        briefs.publish(brief=draft, made=briefs.Made(b"%PDF", 1, 0.1), now=NOW)
        if state == "withdrawn":
            briefs.withdraw(by=None, brief=draft, reason="有误", now=NOW)
        return draft

    def _session(self, person: str) -> str:
        client = Client()
        client.force_login(self.users[person])
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def client(self, person: str) -> Client:
        """A browser in which the person is signed in."""
        client = Client()
        client.handler = _handler()
        if person != "stranger":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return client

    def _imports(self) -> dict[str, PlanImport]:
        """One that is open, and one that another person of the office has handed on."""
        other = make.user(Role.OFFICE, password=None)
        made = {
            state: imports.upload(
                by=other,
                upload=SimpleUploadedFile("方案.txt", f"{PLAN_TEXT}\n{state}".encode()),
                now=NOW,
            )
            for state in ("open", "submitted")
        }
        # A new edition, which the row of plan_edition makes a plan of its own.
        PlanImport.objects.filter(pk=made["open"].pk).update(edition_of=self.plan, effective=Q)
        row = made["submitted"]
        edits = [
            {"op": "answer", "question": one.key, "choice": "later", "note": "待定"}
            for one in current_import(row).questions.open
        ]
        imports.add_edits(by=other, plan_import=row, edits=edits, now=NOW)
        imports.submit(by=other, plan_import=row, now=NOW)
        made["edition"] = PlanImport.objects.create(
            file=make.stored_file("修订版.txt", uploaded_by=other, uploaded_at=NOW),
            text=PLAN_TEXT,
            text_sha256="0" * 64,
            structure=row.structure,
            state=ImportState.IMPORTED,
            uploaded_by=other,
            uploaded_at=NOW,
            edition_of=self.plan,
            effective=Q,
            plan=self.plan,
            decided_by=self.users["office"],
            decided_at=NOW,
        )
        return made

    def _ledgers(self) -> dict[str, Ledger]:
        """One that is open, and one that another person of the office has handed on."""
        other = make.user(Role.OFFICE, password=None)
        made = {}
        for state in ("open", "submitted"):
            # The same tasks, and a word that makes two files of them.
            content = office_ledger([(self.fresh.heading, "完成")], year=2016, title=f"{state}台账")
            upload = SimpleUploadedFile("台账.xlsx", content)
            made[state] = ledgers.upload(by=other, plan=self.plan, upload=upload, now=NOW)
        ledgers.submit(by=other, ledger=made["submitted"], now=NOW)
        template = SimpleUploadedFile("模板.xlsx", office_ledger([("任务",)], year=2016))
        self.template = templating.upload_template(by=other, plan=self.plan, upload=template, now=NOW)
        return made

    def url(self, row: Row, person: str) -> str:
        """Where the row's address leads in this world."""
        address = reverse(row.name, args=self._args(row, person))
        more = {
            "of the lead": f"?agency={self.lead.slug}",
            "of scores, announced": "?period=2015Q1",
            "of scores, proposed": "?period=2015Q2",
            "of scores, not proposed": "?period=2015Q3",
            "of scores, a quarter": "?q=2015Q3",
            "of a body's score, announced": "?period=2015Q1",
            "of a body's score, contested": "?period=2015Q1",
            "of a body's score, not announced": "?period=2015Q3",
            "of a body's score, to be corrected": "?period=2015Q4",
            "of a number": f"?by=plan&key={self.plan.slug}&of=lead_due&q=2017Q1",
            "of a number over all plans": f"?by=plan&key={self.plan.slug}&of=lead_due&q=2017Q1",
            "import form": "?of=head",
            "of chosen requests": f"?make=agenda&id={self.requests['raised'].pk}",
            "on a return": f"?return={self.returns['lead accepted'].pk}",
            "on a task": f"?plan={self.plan.slug}&task={self.tasks['accepted'].ref}",
        }
        return address + more.get(row.at, "")

    def _args(self, row: Row, person: str) -> list[Any]:
        if row.name in BATCHES:
            return []
        if row.at.startswith(("plan ", "node ")):
            return self.work_plans.args(row)
        if row.at.startswith("of scores"):
            return [self.scores.plan.slug]
        if row.at.startswith("of a body's score"):
            body = self.other if row.at.endswith("contested") else self.lead
            return [self.scores.plan.slug, body.slug]
        match row.at.split(" "):
            case [""] | ["of", "the", "lead"] | ["on", "a", "task" | "return"] | ["of", "chosen", "requests"]:
                return []
            case ["of", "an", "edition"]:
                return [self.plan.slug, self.imports["edition"].pk]
            case ["import", "form"]:
                return [self.imports["open"].pk]
            case ["import", state]:
                return [self.imports[state].pk]
            case ["ledger", state]:
                return [self.ledgers[state].pk]
            case ["of", "a", "page"]:
                return ["desk"]
            case ["of", "an", "open", "page"]:
                return ["login"]
            case ["of", "a", "role"]:
                return ["viewer"]
            case ["of", "nothing"]:
                return ["nothing/"]
            case ["of", "a", "person"]:
                return [self.person.pk]
            case ["of", "an", "administrator"]:
                return [self.users["audit"].pk]
            case ["of", "oneself"]:
                return [self.users.get(person, self.person).pk]
            case ["of", "a", "number", "over", "all", "plans"]:
                return []
            case ["of", "the", "plan"] | ["of", "a", "number"]:
                return [self.plan.slug]
            case ["of", "a", "set", "of", "briefs"]:
                return [self.set.pk]
            case ["of", "a", "project"]:
                return [self.plan.slug, self.projects["reported"].pk]
            case ["of", "a", "project", "not", "reported"]:
                return [self.plan.slug, self.projects["fresh"].pk, str(Q)]
            case ["of", "a", "project", "report"]:
                return [self.report.pk]
            case ["of", "a", "plan", "that", "has", "ended"]:
                return [self.ended.slug]
            case ["of", "a", "task", "reported"]:
                return [self.plan.slug, self.tasks["accepted"].ref]
            case ["of", "a", "target"]:
                return [self.plan.slug, self.target.order]
            case ["of", "a", "target", "in", "words"]:
                return [self.plan.slug, self.worded.order]
            case ["of", "an", "indicator"]:
                return [self.plan.slug, self.indicator.slug]
            case ["of", "a", "body"]:
                return [self.plan.slug, self.lead.slug]
            case ["of", "the", "body", "itself"]:
                return [self.lead.slug]
            case ["nothing", "yet"]:
                return [self.plan.slug, str(Q), self.fresh.ref]
            case ["with", "a", "co-return"]:
                return [self.plan.slug, str(Q), self.joined.ref]
            case ["of", "a", "closed", "quarter"]:
                return [self.closed.pk]
            case ["of", "no", "invitation"]:
                return ["nothing"]
            case ["of", "an", "appointment"]:
                return [self.person.appointments.get().pk]
            case ["of", "a", "reopening"]:
                return [self.reopening.pk]
            case ["of", "a", "jurisdiction"]:
                return [self.jurisdiction.pk]
            case ["of", "a", "jurisdiction's", "lights"]:
                return [self.jurisdiction.pk, self.jurisdiction.revision]
            case ["of", "a", "workday"]:
                return [self.workday.pk]
            case ["of", "the", "sealed", "sheet"]:
                return [self.sheet.file_id]
            case ["with", "a", "draft"]:
                return []
            case ["draft" | "handed" | "submitted"]:
                return [self.plan.slug, str(Q), self.tasks[row.at].ref]
            case [("co" | "lead" | "home"), _state]:
                head = self.returns[row.at]
                if row.name in ("api_version", "version_seen", "api_version_receipts"):
                    return [head.versions.get().pk]
                return [head.pk, 1] if row.name in ("version", "return_docx") else [head.pk]
            case ["evidence", duty, state]:
                head = self.returns[f"{duty} {state}"]
                file = self.files[head.pk].pk
                return [head.pk, file] if row.name == "api_return_evidence_file" else [file]
            case ["of", "an", "edge"]:
                return [self.edge.pk]
            case ["of", "the", "quarter"]:
                return [self.cycle.pk]
            case ["of", "a", "reform"]:
                return [self.plan.slug, "2017-02-01"]
            case ["of", "a", "target"]:
                return [self.plan.slug, self.target.order]
            case ["of", "a", "trial"]:
                return [self.trial.pk]
            case ["of", "an", "offer"]:
                return [self.offer.file_id]
            case ["version", "of", "a", "lead", "return"]:
                return [self.returns["lead accepted"].pk, 1]
            case ["file", "of", "an", "application"]:
                row = self.adjustments["applied"]
                return [self.plan.slug, row.pk, row.files.get().file_id]
            case ["applied"]:
                return [self.plan.slug, self.adjustments["applied"].pk]
            case ["with", "opinion"]:
                return [self.plan.slug, self.adjustments["with opinion"].pk]
            case ["approved" | "proposed" as state]:
                return [self.plan.slug, self.adjustments[state].pk]
            case ["answer", "file"]:
                return [self.answer_files["sent"]]
            case ["answer", "draft", "file"]:
                return [self.answer_files["draft"]]
            case ["slip"]:
                return [self.slip.pk]
            case ["brief", state]:
                return [self.briefs[state].pk]
            case ["notice", "to", *_rest]:
                return [self.notices["home"].pk]
            case ["notice", state]:
                return [self.notices[state].pk]
            case ["instruction", state]:
                return [self.instructions[state].pk]
            case ["scan", "of", "an", "instruction"]:
                return [self.scan]
            case ["file", "of", "a", "request"]:
                return [self.request_file]
            case ["request", state]:
                return [self.requests[state].pk]
            case ["comments", "on", "a", "task"]:
                return ["task", self.tasks["accepted"].pk]
            case ["comments", "on", "a", "brief"]:
                return ["brief", self.briefs["issued"].pk]
            case ["comment", state]:
                return [self.comments[state].pk]
            case ["of", "the", "open", "quarter"]:
                return [self.plan.slug, str(Q)]
            case ["of", "a", "body", "that", *_rest]:
                return [self.plan.slug, str(Q), self.co.slug]
            case ["of", "a", "code"]:
                return ["AAAAAAAAAAAA"]
            case ["of", "the", "system"]:
                return [self.jobs["system"].pk]
            case ["of", "a", "reporter"]:
                return [self.jobs["reporter"].pk]
            case _:
                raise LookupError(row.at)

    def data(self, row: Row) -> Any:
        """What the row's form or request sends."""
        if not row.data and row.method == "GET":
            return {}
        duty = self.fresh.responsibilities.get(agency=self.lead)
        words: dict[str, Any] = {
            "{plan}": self.plan.slug,
            "{responsibility}": duty.pk,
            "{duty}": self.owed.pk,
            "{failed}": self.failed.pk,
            "{lead}": self.lead.pk,
            "{reporter}": self.users["lead.reporter"].pk,
            "{fresh}": self.fresh.pk,
            "{fresh_ref}": self.fresh.ref,
            "{draft}": self.tasks["draft"].pk,
            "{co_version}": self.co_version.pk,
            "{file}": SimpleUploadedFile("新的.pdf", b"%PDF-1.7 new"),
            "{ledger}": SimpleUploadedFile("又一份台账.xlsx", _ledger()),
            "{template}": self.template.pk,
            "{offer}": self.offer.pk,
            "{other}": self.other.pk,
            "{plan text}": SimpleUploadedFile("方案.txt", f"{PLAN_TEXT}\n又一份".encode()),
            "{lead.slug}": self.lead.slug,
            "{commented}": self.tasks["accepted"].pk,
            "{commented.ref}": self.tasks["accepted"].ref,
            "{answer}": self.answer.pk,
            "{sheet}": self.scores.sheet.pk,
            "{correction}": self.scores.correction.pk,
            "{grade}": f"{self.scores.version.pk}-grade",
            "{lead.duty}": f"duty-{self.lead.pk}",
            "{account}": f"account-{self.moving.pk}",
            "{passed}": self.passed.ref,
            "{old}": self.old.pk,
            "{co.duty}": f"duty-{self.co.pk}",
            "{name}": stamp(self.lead.names.get()),
        }
        if head := self.returns.get(row.at):
            version = head.versions.first()
            words |= {"{task}": head.task.ref, "{return}": head.pk, "{version}": version.pk if version else 0}
        if row.at.startswith(("plan ", "node ")):
            words |= self.work_plans.words(row)
        data = _filled(row.data, words)
        if row.name == "account":
            data.setdefault("agency", "")
        if row.name == "cycle":
            data["before"] = " ".join(getattr(self.cycle, name).isoformat() for name in FIELDS)
        return data


class Scores:
    """A plan of its own that is scored: its first quarter is announced and contested by one body, the next is proposed, in
    the last a correction waits; a scheme is in force and another is a draft."""

    def __init__(self, world: World) -> None:
        office, leadership = world.users["office"], world.users["leadership"]
        self.plan = make.plan(
            issued_on=date(2014, 12, 1), in_force_from=date(2015, 1, 1), in_force_to=date(2015, 12, 31)
        )
        first, *quarters = Period.span(Period(2015, 1), Period(2015, 4))
        tasks = {body: make.task(self.plan, lead=body) for body in (world.lead, world.other, world.home)}
        for quarter in (first, *quarters):
            make.cycle(self.plan, quarter)
        self.version = make.version(tasks[world.lead], world.lead, "2015Q3")

        def written(since: Period) -> Any:
            asked = schemes.SchemeInput("考核办法", "", since, schemes.suggestion())
            return schemes.write_scheme(by=office, plan=self.plan, asked=asked, now=NOW)

        scheme = written(first)
        schemes.decide_scheme(by=leadership, scheme=scheme, revision=1, adopt=True, now=NOW)
        periods = [ScoredPeriod(quarter, quarter) for quarter in (first, *quarters)]
        told = scoring.propose_sheet(by=office, plan=self.plan, period=periods[0], now=NOW)
        told = scoring.decide_sheet(by=leadership, sheet=told, announce=True, now=NOW)
        scoring.make_appeal(
            by=world.users["other.approver"], sheet=told, agency=world.other, text="有异议", now=NOW
        )
        self.sheet = scoring.propose_sheet(by=office, plan=self.plan, period=periods[1], now=NOW)
        self.correction = scoring.propose_correction(
            by=office,
            plan=self.plan,
            period=periods[3],
            agency=world.lead,
            points=Decimal(1),
            reason="漏计",
            now=NOW,
        )
        self.draft = written(quarters[1])


class WorkPlans:
    """Work plans of the lead in each state, some of them in a second plan, and one of the body in which the office sits;
    milestones of the confirmed one, of which one was reached."""

    def __init__(self, world: World) -> None:
        self.users = world.users
        self.bodies = {"lead": world.lead, "home": world.home}
        other = make.plan(issued_on=date(2016, 6, 1))  # not the one on which the site opens
        self.tasks = {world.plan: world.tasks["accepted"], other: make.task(other, lead=world.lead)}
        homes = make.task(other, lead=world.home)
        self.first, self.second = world.plan, other
        self.heads = {
            "draft": self._written(world.plan, WorkPlanPeriod(2017)),
            "handed": self._written(world.plan, WorkPlanPeriod(2018)),
            "returned": self._written(world.plan, WorkPlanPeriod(2016)),
            "confirmed": self._written(world.plan, WorkPlanPeriod(), "2017-06-30", "2017-03-31"),
            "submitted": self._written(other, WorkPlanPeriod()),
            "revised": self._written(other, WorkPlanPeriod(2017)),
            "home submitted": self._written(other, WorkPlanPeriod(), task=homes, body="home"),
        }
        actions.hand(by=self.users["lead.reporter"], work_plans=[self.heads["handed"].pk], now=NOW)
        versions = {state: self._submitted(state) for state in self.heads if state not in {"draft", "handed"}}
        for state, confirm in (("returned", False), ("confirmed", True), ("revised", True)):
            decision = DecisionInput(versions[state].pk, confirm, "" if confirm else "请补充")
            decide(by=self.users["office"], decisions=[decision], now=NOW)
        actions.revise(
            by=self.users["lead.reporter"], work_plans=[self.heads["revised"].pk], note="改", now=NOW
        )
        self.nodes = {
            "open": versions["confirmed"].milestones.get(due="2017-06-30"),
            "reached": versions["confirmed"].milestones.get(due="2017-03-31"),
            "submitted": versions["submitted"].milestones.get(),
        }
        item = milestones.ReportInput(self.nodes["reached"].pk, date(2017, 3, 30), "办结")
        (self.report,) = milestones.report(by=self.users["lead.reporter"], reports=[item], now=NOW)

    def _written(
        self, plan: Plan, period: WorkPlanPeriod, *days: str, task: Task | None = None, body: str = "lead"
    ) -> WorkPlan:
        """A complete draft, with milestones due on the days (default: one, in the middle of the year)."""
        due = days or (f"{period.year or 2017}-{12 if period.year == 2016 else 6}-30",)
        chosen = task or self.tasks[plan]
        said = MeasureInput(
            "做一件事", "规划处", milestones=tuple(MilestoneInput("做到", day) for day in due)
        )
        agency = self.bodies[body]
        sections = [
            SectionInput(pk, measures=(said,)) if pk == chosen.pk else SectionInput(pk, none_reason="不列")
            for pk in held(plan, period, [agency.pk])[agency.pk]
        ]
        return actions.save_sections(
            by=self.users[f"{body}.reporter"],
            plan=plan,
            agency_id=agency.pk,
            period=period,
            sections=sections,
            now=NOW,
        )

    def _submitted(self, state: str) -> WorkPlanVersion:
        body = "home" if state.startswith("home") else "lead"
        ids = [self.heads[state].pk]
        return actions.submit(by=self.users[f"{body}.approver"], work_plans=ids, now=NOW)[0]

    def args(self, row: Row) -> list[Any]:
        """What the row's address names."""
        kind, _space, state = row.at.partition(" ")
        if row.name in BATCHES:
            return []
        if kind == "node":
            return [self.report.pk if row.name.startswith("api_") else self.nodes[state].pk]
        if state == "of nobody yet":
            return [self.second.slug, "2018"]
        head = self.heads[state.removesuffix(" section")]
        if row.name in {"workplan", "workplan_decide", "api_workplan"}:
            return [head.pk]
        if row.name == "workplan_version":
            return [head.pk, 1]
        plan = next(plan for plan in self.tasks if plan.pk == head.plan_id)
        section = [self.tasks[plan].ref] if state.endswith(" section") else []
        return [plan.slug, str(head.period), *section]

    def words(self, row: Row) -> dict[str, Any]:
        """What the row's request may name."""
        kind, _space, state = row.at.partition(" ")
        found = {"{report}": self.report.pk, "{ref}": self.tasks[self.first].ref}
        if kind == "node":
            return {**found, "{node}": self.nodes[state].pk}
        head = self.heads.get(state.removesuffix(" section"))
        if head is None:
            return found
        version = head.versions.order_by("-number").first()
        return {**found, "{work plan}": head.pk, "{version}": version.pk if version else 0}


def _filled(data: Any, words: dict[str, Any]) -> Any:
    if isinstance(data, dict):
        return {words.get(key, key): _filled(value, words) for key, value in data.items()}
    if isinstance(data, list):
        return [_filled(value, words) for value in data]
    return words.get(data, data) if isinstance(data, str) else data


@cache
def _ledger() -> bytes:
    return office_ledger([], year=2016)


# Sessions and counted sign-ins are no data of the domain. Refusals stand in the audit log, and leave their trace in the
# table of changes: of the log, only what was done counts.
_APART = {"django_session", "django_migrations", "qhplan_change", "tasks_event", "tasks_tally"}


@cache
def _handler() -> Any:
    """One for all clients: the middleware of a new one looks through every static file."""
    return Client().handler


_DONE = "SELECT count(*) FROM tasks_event WHERE left(subject, 5) <> 'page:' AND outcome = 'done'"


@cache
def _query() -> str:
    return f"SELECT 'tasks_event', ({_DONE}), 0 UNION ALL " + " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM \"{name}\" t"
        for name in sorted(connection.introspection.table_names())
        if name not in _APART and not name.startswith("axes_")
    )


def written() -> int:
    """How many rows this transaction has written so far, undone ones too: where it does not grow nothing has changed, and
    that costs a tenth of looking at all that stands there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) + ({_DONE}) FROM pg_stat_xact_user_tables "
            "WHERE relname <> ALL(%s) AND relname NOT LIKE 'axes\\_%%'",
            [sorted(_APART)],
        )
        return int(cursor.fetchone()[0])


def state_of_database() -> dict[str, tuple[int, int]]:
    """{table: how many rows, and a sum over what stands in them}."""
    with connection.cursor() as cursor:
        cursor.execute(_query())
        return {name: (count, total) for name, count, total in cursor.fetchall()}
