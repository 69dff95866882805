"""手册: one for each role, made of the help of its pages in the order in which the role works, on a page and in print."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qhplan.help.pages import PAGES, title_of
from qhplan.help.values import Help, Text, Word
from qhplan.help.words import WORDS
from tasks.people.models import User
from tasks.values import Role

# The date that the PDFs carry: that of their texts.
WRITTEN = datetime(2026, 12, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Handbook:
    """`lede` says what the role is for, `steps` how its work goes, `pages` the pages in the order of that work."""

    lede: Text
    steps: tuple[Text, ...]
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    name: str
    title: Text
    help: Help


_READS = ("overview", "plan_list", "levels", "schedule", "month", "target_list", "project_list", "task_list", "task", "matrix", "agency_list", "agency", "source", "search")  # fmt: skip
_OWN = ("message_list", "own_account", "session_list", "second_factor", "password")

HANDBOOKS: dict[str, Handbook] = {
    Role.REPORTER: Handbook(
        _("您为本单位填写各项任务每一期的情况，写好以后交签批人提交。"),
        (
            _("开启填报后登录，工作台列出要填的每一件和截止时间。"),
            _("逐件填写，或者下载填报表离线填写后上传；随写随存。"),
            _("检查没有问题，交签批人。"),
            _("被退回的，按意见修改后重新交签批人。"),
            _("督办单请签收，起草反馈，由签批人报送。"),
        ),
        ("desk", "return_edit", "return_check", "package", "workbook_upload", "consolidate", "reassign", "handover", "project_report", "workplan_desk", "workplan_edit", "milestone", "extension_ask", "adjust_deadline", "notice_list", "notice", "coordination_list", "contacts", "feedback_list", "work", *_READS, *_OWN),
    ),
    Role.APPROVER: Handbook(
        _("您代表本单位签批：审看填报员写好的内容，提交或者退回修改。提交即为本单位的正式意见。"),
        (
            _("工作台“等您办理”列出待签批的各件，可以逐件看，也可以整件检查后一次签批。"),
            _("牵头单位先采纳或退回配合单位的填报，再提交牵头汇总。"),
            _("提交错了的，有人办理以前可以撤回。"),
            _("不在岗时指定代签；人员变动时调整分工。"),
        ),
        ("desk", "package", "package_sheet", "return_check", "return", "review", "consolidate", "assignments", "deputies", "extension_ask", "workplan_desk", "workplan_check", "project_report", "adjust_deadline", "notice", "coordination", "score", "feedback_list", "contacts", "work", *_READS, *_OWN),
    ),
    Role.OFFICE: Handbook(
        _("您承担领导小组办公室的日常工作：组织填报，审核核定，督办，编发简报。"),
        (
            _("设定填报周期，开启填报；到期前看报送进度，催报，办理延期。"),
            _("审核牵头汇总：核实情况，给出核定灯，通过或者退回。"),
            _("对滞后和逾期的发督办单，交办批示，办理提请协调事项。"),
            _("起草并印发简报，送达反馈单，提出考核得分。"),
            _("本单位自己的填报由复核人审核。"),
        ),
        ("cycles", "cycle", "workdays", "filing_rules", "arrangements", "progress", "extensions", "reopening", "chase_now", "chase", "sent", "review", "return", "papers", "project_decide", "workplan_list", "milestone", "terms", "notice_list", "notice", "notice_new", "supervision_rules", "notice_grades", "instruction_list", "instruction_new", "resolutions", "coordination_list", "coordination", "comment_list", "brief_list", "brief", "brief_edit", "brief_set", "brief_settings", "score_list", "score", "schemes", "scheme_edit", "score_evidence", "score_try", "evaluation", "adjustment_list", "adjustment", "adjust_target", "target_path", "target_assess", "project_assign", "reform_list", "body", "plan_imports", "plan_import", "plan_edition", "ledgers", "ledger", "carry", "jurisdictions", "jurisdiction", "trial_remove", "focus", "work", *_READS, "verify", *_OWN),
    ),
    Role.SECOND_REVIEWER: Handbook(
        _("您审核办公室所在单位自己的填报：谁也不审自己。其余单位的填报由办公室审核，您可以查看。"),
        (
            _("审核页只列归您办理的各件，办理的方法与办公室相同。"),
            _("核定灯、核实情况和理由由您给出，计入统计和考核。"),
        ),
        ("review", "return", "version", "progress", "chase_now", "papers", "terms", "notice_list", "notice", "instruction_list", "coordination_list", "brief_list", "score_list", "score", "score_evidence", "focus", *_READS, "verify", *_OWN),
    ),
    Role.LEADERSHIP: Handbook(
        _("您在这里看情况、作批示：哪些事要您出面，各项任务落实得怎样，简报说了什么。"),
        (
            _("登录后先到重点关注，每一行一个动作。"),
            _("写批示不限对象；办公室交办后，在批示里看结果。"),
            _("简报可以阅读、下载，也可以核验手中的纸质件。"),
            _("动态调整、考核办法和得分的公布由您决定。"),
        ),
        ("focus", "instruction_list", "instruction_new", "coordination_list", "coordination", "notice_list", "brief_list", "brief", "score_list", "score", "schemes", "adjustment_list", "adjustment", "evaluation", *_READS, "verify", *_OWN),
    ),
    Role.EXPERT: Handbook(
        _("您查阅各项任务的进展，对任务提出意见；办公室转送以后，有关单位才看得到。"),
        (_("在任务页写意见。"), _("专家意见页看您的意见转给了谁。")),
        ("task_list", "task", "comments_about", "comment_list", "comment", "brief_list", "evaluation", *(one for one in _READS if one not in ("task_list", "task")), "verify", *_OWN),
    ),
    Role.VIEWER: Handbook(
        _("您可以查阅已公开到各角色的内容：方案、任务、责任、状态灯、报送率和目标。"),
        (_("从总览看全局，点数字和格子看到具体的任务。"), _("单位的问题、佐证和考核得分不在您的权限以内。")),
        (*_READS, "return", "workplan_list", "evaluation", "verify", *_OWN),
    ),
    Role.ACCOUNTS_ADMIN: Handbook(
        _("您管理账号：建立、停用、重置密码、解除锁定。您不授予角色，也不办业务。"),
        (
            _("按单位书面申请建立账号，初始密码当面或者密封交给本人。"),
            _("通知安全保密管理员授权。"),
            _("人员离开当天停用账号。"),
        ),
        ("accounts", "account_create", "account_list", "account", "status", *_OWN),
    ),
    Role.RIGHTS_ADMIN: Handbook(
        _("您授予和撤销角色。您不建立账号，也不办业务；自己的角色由另一位安全保密管理员更改。"),
        (
            _("核对书面依据，授予需要的最少的角色。"),
            _("借调、兼任的用有起止日的任命。"),
            _("单位变动后角色自动撤销，须重新授权。"),
        ),
        ("rights", "rights_edit", "rights_requests", "rights_bodies", *_OWN),
    ),
    Role.AUDIT_ADMIN: Handbook(
        _("您查阅操作留痕，监督账号、授权和业务操作。留痕只能读，不能改。"),
        (_("定期查看登录失败、授权变动和管理员的操作。"), _("发现异常，告知系统管理员停用账号，并书面报告。")),
        ("audit", "audit_seals", *_OWN),
    ),
}  # fmt: skip


def chapters(role: str) -> list[Chapter]:
    return [Chapter(name, title_of(name), PAGES[name]) for name in HANDBOOKS[role].pages]


def words_for(names: tuple[str, ...]) -> list[Word]:
    """The words of these pages, each once, in the order of `WORDS`."""
    used = {word for name in names for word in PAGES[name].words}
    return [word for key, word in WORDS.items() if key in used]


def title(role: str) -> str:
    return gettext("%(role)s手册") % {"role": Role(role).label}


def handbooks_of(user: object) -> list[tuple[str, str]]:
    """(role, title) of the handbooks for the roles that the reader holds."""
    held = {one.role for one in user.in_force} if isinstance(user, User) else set()
    return [(role, title(role)) for role in HANDBOOKS if role in held]
