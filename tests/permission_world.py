"""The people, returns and briefs against which the permission table is held."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from qhplan.jobs import Job
from reports.briefs import actions as briefs
from reports.briefs.models import Brief
from tasks.filing.cycles import FIELDS
from tasks.models import AgencyKind, Delivery, Message, State, Submission, Task, User
from tasks.values import Quarter, Role
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import frozen
from tests.permission_table import Row

NOW = make.moment("2017-04-12 10:00")
Q = Quarter(2017, 1)
PROBLEM = "征地补偿谈不拢"
PROBLEMS = [{"category": "land", "text": PROBLEM}]


# Routes that name in their request, and not in their address, what they are about.
BATCHES = {"api_save", "api_hand", "api_take_back", "api_submit", "api_decide"}


class World:
    """One task for each state of a return, led by one body and shared by another, and a task that the office's own
    body leads."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co, self.other, self.home = (
            make.agency(name) for name in ("牵头局", "配合局", "无关局", "办公室所在委")
        )
        review = make.agency("督查室", kind=AgencyKind.REVIEW)
        self.users: dict[str, User] = {}
        for word in ("lead", "co", "other", "home"):
            for role in (Role.REPORTER, Role.APPROVER):
                self.users[f"{word}.{role}"] = make.user(role, agency=getattr(self, word), password=None)
        self.users["office"] = make.user(Role.OFFICE, agency=self.home, password=None)
        self.users["second"] = make.user(Role.SECOND_REVIEWER, agency=review, password=None)
        for role in (Role.LEADERSHIP, Role.EXPERT, Role.VIEWER):
            self.users[role.value] = make.user(role, password=None)
        for role in (Role.ACCOUNTS_ADMIN, Role.RIGHTS_ADMIN, Role.AUDIT_ADMIN):
            self.users[role.value.removesuffix("_admin")] = make.user(role, password=None)
        self.users["nobody"] = make.user(password=None)
        User.objects.filter(pk=self.users["nobody"].pk).update(roles=[])
        self.person = make.user(Role.VIEWER, password=None)
        make.task(self.plan, lead=self.other)
        self.cycle = make.cycle(self.plan, Q)
        self.cycle.refresh_from_db()
        self.fresh = make.task(self.plan, lead=self.lead, co=[self.co])
        self.tasks: dict[str, Task] = {}
        self.returns: dict[str, Submission] = {}
        for state in ("draft", "handed", "submitted", "returned", "accepted"):
            self.tasks[state] = self._task(state)
        own = make.task(self.plan, lead=self.home, co=[self.co])
        self.returns["home submitted"] = make.version(own, self.home, Q, problems=PROBLEMS).submission
        # A figure of a return that is not decided: its reason is for whoever may read that return.
        self.indicator = make.indicator(self.plan, self.tasks["submitted"])
        self.target = make.target(self.plan, self.indicator, 20)
        self.worded = make.target(self.plan, text="明显提高")
        version = self.returns["lead submitted"].versions.get()
        make.figure(version, self.indicator, 3, reason=PROBLEMS[0]["text"])
        self.briefs = {
            state: self._brief(state, Quarter.parse(when))
            for state, when in (
                ("issued", "2016Q3"),
                ("draft", "2016Q4"),
                ("failed", "2016Q4"),
                ("withdrawn", "2017Q1"),
            )
        }
        self.jobs = {
            "system": Job.objects.create(kind="test", label="系统作业"),
            "reporter": Job.objects.create(kind="test", label="导出", asked_by=self.users["lead.reporter"]),
        }
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
        return task

    def _brief(self, state: str, quarter: Quarter) -> Brief:
        """A brief in that state."""
        if state == "failed":
            made = briefs.ask(by=None, plan=self.plan, quarter=quarter, now=NOW)
            briefs.fail(brief=made, reason="排版程序不在", now=NOW)
            return made
        draft = frozen(self.plan, quarter=quarter, at=NOW, figures=example.frozen())
        if state == "draft":
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
        if person != "stranger":
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return client

    def url(self, row: Row, person: str) -> str:
        """Where the row's address leads in this world."""
        address = reverse(row.name, args=self._args(row, person))
        return f"{address}?agency={self.lead.slug}" if row.at == "of the lead" else address

    def _args(self, row: Row, person: str) -> list[Any]:
        if row.name in BATCHES:
            return []
        match row.at.split(" "):
            case [""] | ["of", "the", "lead"]:
                return []
            case ["of", "nothing"]:
                return ["nothing/"]
            case ["of", "a", "person"]:
                return [self.person.pk]
            case ["of", "an", "administrator"]:
                return [self.users["audit"].pk]
            case ["of", "oneself"]:
                return [self.users.get(person, self.person).pk]
            case ["of", "the", "plan"]:
                return [self.plan.slug]
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
            case ["draft" | "handed" | "submitted"]:
                return [self.plan.slug, str(Q), self.tasks[row.at].ref]
            case [("co" | "lead" | "home"), _state]:
                head = self.returns[row.at]
                if row.name == "api_version":
                    return [head.versions.get().pk]
                return [head.pk, 1] if row.name == "version" else [head.pk]
            case ["of", "the", "quarter"]:
                return [self.cycle.pk]
            case ["brief", state]:
                return [self.briefs[state].pk]
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
        duty = self.fresh.responsibilities.get(agency=self.lead)
        words: dict[str, Any] = {
            "{plan}": self.plan.slug,
            "{responsibility}": duty.pk,
            "{duty}": self.owed.pk,
            "{failed}": self.failed.pk,
        }
        if head := self.returns.get(row.at):
            version = head.versions.first()
            words |= {"{task}": head.task.ref, "{return}": head.pk, "{version}": version.pk if version else 0}
        data = _filled(row.data, words)
        if row.name == "account":
            data.setdefault("agency", "")
        if row.name == "cycle":
            data["before"] = " ".join(getattr(self.cycle, name).isoformat() for name in FIELDS)
        return data


def _filled(data: Any, words: dict[str, Any]) -> Any:
    if isinstance(data, dict):
        return {key: _filled(value, words) for key, value in data.items()}
    if isinstance(data, list):
        return [_filled(value, words) for value in data]
    return words.get(data, data) if isinstance(data, str) else data


# Sessions and counted sign-ins are no data of the domain.
_APART = {"django_session", "django_migrations"}


@cache
def _query() -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM \"{name}\" t"
        for name in sorted(connection.introspection.table_names())
        if name not in _APART and not name.startswith("axes_")
    )


def state_of_database() -> dict[str, tuple[int, int]]:
    """{table: how many rows, and a sum over what stands in them}."""
    with connection.cursor() as cursor:
        cursor.execute(_query())
        return {name: (count, total) for name, count, total in cursor.fetchall()}
