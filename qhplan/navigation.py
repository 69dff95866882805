"""Navigation: which page stands where. Rows, marks, trail and the links between plans are made from `GROUPS` alone.

A place is a page of the second row. It names the URL names of the pages below it, so that each page of the site belongs to
a place; a page that several places name belongs to the first of these that its reader may open. `tests/site` holds that
no page is without a place, and that nobody is shown a place which refuses them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from qhplan.work import has_work
from reports.coordination.permissions import may_see_some as may_see_requests
from reports.dashboards.page_params import Asked
from reports.scoring.permissions import may_see_some as may_see_scores
from reports.supervision.permissions import may_see_some as may_see_notices
from tasks.accounts.appointments import may_name_deputies
from tasks.comments.permissions import may_see_some as may_see_comments
from tasks.importing.permissions import may_import
from tasks.jurisdictions.permissions import may_keep_jurisdictions
from tasks.notifications.reminder_rules import may_chase_at_all, may_see_sent
from tasks.people import permissions
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import query_of
from tasks.values import Period

Rule = Callable[[User], bool]


def only_reads_work_plans(user: User) -> bool:
    """Work plans of all agencies, for readers without an agency of their own that writes one."""
    return permissions.may_see_plan(user) and not permissions.may_file(user)


@dataclass(frozen=True)
class Place:
    """One page of the second row, and the pages below it.

    `of` says how its address names the plan: "path" (`/plans/<slug>/…`), "query" (`?plan=`), or "" for a page that
    belongs to no plan. `keeps` says what the link takes along from the page where it stands: "asked" (quarter and
    moment of a page of figures), "quarter", or "".
    """

    name: str  # URL name
    label: Any
    rule: Rule
    pages: tuple[str, ...] = ()  # URL names
    of: str = "path"
    keeps: str = ""
    when: Callable[[Plan, date], bool] | None = None  # None: always
    needs_plans: int = 0  # shown where the site has as many
    part: str = (
        ""  # of the plan (`qhplan.context.with_parts`), without which the place is offered only by `adds`
    )
    adds: Rule | None = None  # who may add such a part

    def address(self, plan: Plan | None, default: Plan | None) -> str:
        if self.of == "path":
            return reverse(self.name, args=[plan.slug]) if plan else ""
        if self.of == "query":
            return reverse(self.name) + query_of(plan, default)
        return reverse(self.name)


@dataclass(frozen=True)
class Group:
    label: Any
    places: tuple[Place, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        _("总览"),
        (
            Place("focus", _("重点关注"), permissions.may_see_problems, keeps="asked"),
            Place("overview", _("本季概况"), permissions.may_see_plan, keeps="asked"),
            Place("levels", _("分类汇总"), permissions.may_see_plan, ("behind",), keeps="asked"),
            Place("schedule", _("序时进度"), permissions.may_see_plan, keeps="asked"),
            Place("month", _("日历"), permissions.may_see_plan),
            Place(
                "target_list",
                _("目标"),
                permissions.may_see_plan,
                ("target", "target_path", "target_measure", "target_assess", "indicator", "target_list_xlsx"),
                keeps="asked",
                part="has_targets",
            ),
            Place(
                "project_list",
                _("重大项目"),
                permissions.may_see_plan,
                ("project", "project_new", "project_assign"),
                keeps="asked",
                part="has_projects",
                adds=permissions.may_manage_projects,
            ),
            Place("plan_list", _("各方案汇总"), permissions.may_see_plan, ("behind_all",), of="", needs_plans=2),
        ),
    ),
    Group(
        _("任务"),
        (
            Place("task_list", _("任务清单"), permissions.may_see_plan, ("task", "task_docx", "task_list_xlsx"), keeps="asked"),
            Place("matrix", _("责任矩阵"), permissions.may_see_plan, keeps="asked"),
            Place(
                "agency_list",
                _("责任单位"),
                permissions.may_see_plan,
                ("agency", "body", "body_add", "body_name", "edge", "edge_add"),
                keeps="asked",
            ),
            Place("source", _("方案原文"), permissions.may_see_plan, ("plan_editions", "plan_edition_text")),
        ),
    ),
    Group(
        _("填报"),
        (
            Place(
                "desk",
                _("工作台"),
                permissions.may_file,
                (
                    "package", "package_sheet", "sealed_sheet", "workbook", "workbook_upload", "workbook_apply",
                    "return_edit", "return_check", "return", "version", "return_docx", "consolidate", "handover", "handover_take",
                    "project_report", "evidence", "evidence_zip", "return_evidence_zip", "withdraw", "extension_ask", "reassign", "reassign_back",
                ),
                of="query",
                keeps="quarter",
            ),
            Place(
                "review",
                _("审核"),
                permissions.may_open_queue,
                (
                    "return", "version", "return_docx", "decide", "decide_several", "supplement", "supplement_undo", "undo_decision", "correct_decision", "version_seen", "workbook_all", "project_decide",
                    "arrangements", "filing_rules",
                ),
                of="query",
                keeps="quarter",
            ),
            Place(
                "progress",
                _("报送进度"),
                permissions.may_review,
                ("reopening", "reopening_end", "extensions", "extensions_decide"),
                of="query",
                keeps="quarter",
            ),
            Place("papers", _("线下办理"), permissions.may_review, ("papers_record", "paper_enter", "paper_leave", "paper_scan", "review_sheet"), of="query"),
            Place("chase_now", _("催报"), may_chase_at_all, ("chase_list", "chase", "chase_several"), of="query", keeps="quarter"),
            Place(
                "workplan_desk",
                _("实施方案"),
                permissions.may_file,
                (
                    "workplan_edit", "workplan_check", "workplan_section", "workplan_book", "workplan_book_upload",
                    "workplan_book_apply", "workplan_list", "workplan", "workplan_version", "milestone",
                ),
                of="query",
            ),
            Place(
                "workplan_list",
                _("实施方案"),
                only_reads_work_plans,
                ("workplan", "workplan_version", "workplan_decide", "milestone"),
            ),
            Place("assignments", _("分工"), permissions.may_approve, of="query"),
            Place("deputies", _("代签"), may_name_deputies, of=""),
            Place("contacts", _("联系人"), permissions.may_open_contacts, of="query"),
            Place("terms", _("任务销号"), permissions.may_review, of="query"),
            Place("work", _("各方案待办"), has_work, of="", needs_plans=2),
            Place("sent", _("发送记录"), may_see_sent, ("delivery_retry",), of="query", keeps="quarter"),
        ),
    ),
    Group(
        _("成果"),
        (
            Place(
                "brief_list",
                _("简报"),
                permissions.may_read_briefs,
                (
                    "brief", "brief_ask", "brief_edit", "brief_issue", "brief_withdraw", "brief_discard", "brief_retry",
                    "brief_docx", "brief_xlsx", "brief_pdf", "brief_read", "brief_figures", "brief_subscription",
                    "brief_subscriptions", "brief_set", "brief_set_ask", "brief_set_stop", "brief_set_retry", "brief_set_issue", "brief_set_zip",
                    "brief_set_print", "brief_settings", "brief_set_hand_over", "brief_hand_over",
                    "brief_set_discard", "job",
                ),
                of="",
            ),
            Place("feedback_list", _("反馈单"), permissions.may_file, ("feedback_pdf", "feedback_sign"), of=""),
            Place(
                "score_list",
                _("考核"),
                may_see_scores,
                ("score", "schemes", "scheme_edit", "score_evidence", "score_try", "score_xlsx"),
            ),
            Place(
                "evaluation",
                _("总结评估"),
                permissions.may_see_plan,
                ("evaluation_json", "evaluation_xlsx", "evaluation_undo"),
                when=Plan.has_ended,
            ),
            Place("verify", _("简报核验"), permissions.may_see_plan, ("verify_code",), of=""),
        ),
    ),
    Group(
        _("督办"),
        (
            Place(
                "notice_list",
                _("督办台账"),
                may_see_notices,
                (
                    "notice", "notice_new", "notice_issue", "notice_reject", "notice_acknowledge", "notice_answer", "notice_take_back",
                    "notice_issue_several", "notice_decide", "notice_withdraw", "notice_reopen", "notice_answer_file", "notice_document", "notice_pdf",
                ),
                of="",
            ),
            Place(
                "instruction_list",
                _("批示"),
                may_see_notices,
                ("instruction", "instruction_new", "instruction_assign", "instruction_aside", "instruction_seen", "instruction_file", "resolutions"),
                of="",
            ),
            Place(
                "coordination_list",
                _("提请协调"),
                may_see_requests,
                ("coordination", "coordination_new", "coordination_act", "coordination_file", "coordination_document"),
                of="",
            ),
            Place(
                "comment_list",
                _("专家意见"),
                may_see_comments,
                ("comment", "comment_release", "comment_withdraw", "comments_about"),
                of="",
            ),
            Place("supervision_rules", _("督办规则"), permissions.may_see_problems, ("notice_grades",), of=""),
        ),
    ),
    Group(
        _("管理"),
        (
            Place(
                "plan_imports",
                _("方案"),
                may_import,
                ("plan_import", "plan_import_panel", "plan_import_edit", "plan_import_act", "plan_import_file", "plan_edition", "plan_default", "plan_rhythm"),
                of="",
            ),
            Place(
                "ledgers",
                _("台账"),
                permissions.may_backfill,
                (
                    "ledger", "ledger_columns", "ledger_rows", "ledger_act", "ledger_file", "ledger_template",
                    "ledger_template_columns", "ledger_xlsx", "carry",
                ),
                of="",
            ),
            Place("jurisdictions", _("地区"), may_keep_jurisdictions, ("jurisdiction",), of=""),
            Place("cycles", _("填报周期"), permissions.may_manage_cycles, ("cycle", "cycle_undo", "trial_remove"), of="query"),
            Place("workdays", _("工作日"), permissions.may_manage_cycles, ("workday_unset",), of=""),
            Place(
                "adjustment_list",
                _("动态调整"),
                permissions.may_decide_adjustments,
                (
                    "adjustment", "adjustment_decide", "adjust_target", "adjust_duties", "adjust_deadline",
                    "adjust_withdrawal", "adjust_content", "application_opinion", "application_attach", "application_detach",
                    "application_file", "application_form",
                ),
            ),
            Place("reform_list", _("机构改革"), permissions.may_propose_adjustments, ("reform",)),
            Place(
                "accounts",
                _("账号"),
                permissions.may_manage_accounts,
                ("account", "account_create", "account_active", "account_password", "account_unlock", "account_sessions_end", "account_factor_end", "account_list", "account_list_template", "account_list_apply", "account_invite"),
                of="",
            ),
            Place("status", _("系统状态"), permissions.may_manage_accounts, of=""),
            Place("rights", _("授权"), permissions.may_grant_roles, ("rights_edit", "appoint", "appointment_end"), of=""),
            Place("rights_requests", _("待授权"), permissions.may_grant_roles, of=""),
            Place("rights_bodies", _("一人填报并签批"), permissions.may_grant_roles, of=""),
            Place("audit", _("操作留痕"), permissions.may_read_audit, ("audit_csv", "audit_jsonl"), of=""),
            Place("audit_seals", _("留痕封存"), permissions.may_read_audit, of=""),
        ),
    ),
)  # fmt: skip

# Pages that belong to the reader alone, or to nobody; and what a page is for those who may not open its place.
PERSONAL = frozenset(
    {
        "home",
        "health",
        "livez",
        "readyz",
        "login",
        "logout",
        "password",
        "message_list",
        "messages_read",
        "news",
        "news_read",
        "saved_lists",
        "own_account",
        "act_for",
        "session_list",
        "session_end",
        "second_factor",
        "login_code",
        "deputy_end",
        "lights_css",
        "invitation",
        "search",
        "search_suggestions",
        "text_size",
        "first_use",
        "help",
        "help_index",
        "handbook",
        "handbook_pdf",
    }
)
ELSEWHERE = {
    "adjustment_list": "task_list",
    "adjustment": "task_list",
    "adjust_target": "task_list",
    "adjust_duties": "task_list",
    "adjust_content": "task_list",
    "adjust_deadline": "task_list",
    "adjust_withdrawal": "task_list",
    "application_attach": "task_list",
    "review_sheet": "task_list",
    "paper_scan": "task_list",
    "paper_leave": "desk",
    "comments_about": "task_list",
    "return": "task_list",
    "version": "task_list",
    "score": "agency_list",
}

# What people print: these pages offer it.
PRINTED = frozenset({
    "overview", "focus", "levels", "schedule", "month", "target_list", "target", "indicator", "project_list", "project", "plan_list",
    "task_list", "task", "matrix", "agency_list", "agency", "source", "search", "desk", "work", "package", "package_sheet",
    "return", "version", "review", "progress", "chase_list", "contacts", "workplan_desk", "workplan_list", "workplan",
    "workplan_version", "project_report", "adjustment_list", "adjustment", "brief_list", "score_list", "score", "schemes",
    "evaluation", "notice_list", "notice", "instruction_list", "instruction", "resolutions", "coordination_list",
    "coordination", "comment_list", "audit", "audit_seals", "cycles", "help", "help_index", "handbook",
})  # fmt: skip

PLACES = {place.name: place for group in GROUPS for place in group.places}


@dataclass(frozen=True)
class Link:
    label: Any
    url: str
    current: str = ""  # the value of aria-current: "page", "true" for a page below it, or ""


@dataclass(frozen=True)
class Frame:
    """What the frame of a page shows. `trail` leads to the page; its last link is current where the page is a place."""

    groups: Sequence[Link]
    pages: Sequence[Link]
    trail: Sequence[Link]
    plans: Sequence[Link]


def place_of(url_name: str, may_open: Callable[[Place], bool], hint: str = "") -> Place | None:
    """The place to which a page belongs for this reader; `hint` is the name of one that the view prefers."""
    below = [place for place in PLACES.values() if url_name == place.name or url_name in place.pages]
    below.sort(key=lambda place: place.name not in (hint, url_name))
    found = next(filter(may_open, below), None)
    return found or PLACES.get(ELSEWHERE.get(url_name, ""))


@dataclass(frozen=True)
class Reader:
    """Who reads which page, for `frame_of`. `quarter` is what the page's address names, `asked` the state of a page of
    figures."""

    user: User
    url_name: str
    plan: Plan | None
    plans: Sequence[Plan]  # the default first
    quarter: Period | None = None
    asked: Asked | None = None
    hint: str = ""

    @property
    def default(self) -> Plan | None:
        return self.plans[0] if self.plans else None

    def may_open(self, place: Place) -> bool:
        user = self.user.at(self.plan.pk) if place.of and self.plan is not None else self.user.anywhere()
        if not place.rule(user) or len(self.plans) < place.needs_plans:
            return False
        if place.of == "path" and self.plan is None:
            return False
        if place.part and not self._has(place.part) and not (place.adds and place.adds(user)):
            return False
        return place.when is None or (self.plan is not None and place.when(self.plan, clock.today()))

    def _has(self, part: str) -> bool:
        """Whether the plan has the part; where nobody looked, it may have."""
        known = next((plan for plan in self.plans if plan == self.plan), None)
        return bool(getattr(known, part, True))

    def url(self, place: Place) -> str:
        address = place.address(self.plan, self.default)
        if place.keeps == "asked" and self.asked is not None and not self.asked.is_default:
            return address + self.asked.query()
        if place.keeps == "quarter" and self.quarter is not None:
            return address + ("&" if "?" in address else "?") + f"q={self.quarter}"
        return address


def frame_of(reader: Reader) -> Frame:
    """Groups with the places that the reader may open, those of the current group, and the trail. No query."""
    here = place_of(reader.url_name, reader.may_open, reader.hint)
    shown = [(group, [place for place in group.places if reader.may_open(place)]) for group in GROUPS]
    groups, pages, trail = [], [], []
    for group, places in shown:
        if not places:
            continue
        current = here in places
        first = Link(group.label, reader.url(places[0]), "true" if current else "")
        groups.append(first)
        if current and here is not None:
            pages = [Link(one.label, reader.url(one), _mark(one, here, reader)) for one in places]
            trail = [Link(group.label, first.url), _trail_end(here, reader)]
    return Frame(groups, pages, trail, plans=list(_other_plans(reader, here)))


def _is(place: Place, url_name: str) -> bool:
    """`chase_now` only finds the quarter whose list is the place."""
    return url_name == place.name or (place.name, url_name) == ("chase_now", "chase_list")


def _mark(place: Place, here: Place, reader: Reader) -> str:
    """`aria-current` of a place's link in the row."""
    if place is not here:
        return ""
    return "page" if _is(place, reader.url_name) else "true"


def _trail_end(here: Place, reader: Reader) -> Link:
    return Link(here.label, reader.url(here), "page" if _is(here, reader.url_name) else "")


def _other_plans(reader: Reader, here: Place | None) -> Iterable[Link]:
    """The same place for each plan, where the site has several and the page speaks of one."""
    if len(reader.plans) < 2 or here is None or not here.of or reader.plan is None:
        return
    for plan in reader.plans:
        is_this = plan == reader.plan
        yield Link(plan.title, here.address(plan, reader.default), "true" if is_this else "")
