"""The written table of who may do what: each address × each person × the states in which it matters.

`tests/test_permission_table.py` holds every row against the site, and fails for an address that has no row.
`docs/permissions.md` carries the same table in words; `python -m tests.permission_table` writes it there.

The people of the table, for the returns of one task:

    lead.reporter  lead.approver      of the body that leads the task
    co.reporter    co.approver        of a body that shares it
    other.reporter other.approver     of a body that has nothing to do with it
    home.reporter  home.approver      of the body in which the office sits
    office  second                    the office; the second reviewing body
    leadership  expert  viewer
    accounts  rights  audit           the three administrators
    nobody                            signed in, without any role
    stranger                          not signed in

`lead`, `co`, `other` and `home` stand for both people of the body; `filers` for all of them; `business` for
everybody who sees the plan; `admins`; `known` for all who are signed in; `all` for these and the stranger.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reports.scoring.values import OUTCOMES, Mark

BODIES = ("lead", "co", "other", "home")
GROUPS: dict[str, tuple[str, ...]] = {body: (f"{body}.reporter", f"{body}.approver") for body in BODIES}
GROUPS["filers"] = tuple(person for body in BODIES for person in GROUPS[body])
GROUPS["overseers"] = ("office", "second", "leadership")
GROUPS["briefed"] = (*GROUPS["overseers"], "expert")
GROUPS["business"] = (*GROUPS["filers"], *GROUPS["briefed"], "viewer")
GROUPS["admins"] = ("accounts", "rights", "audit")
GROUPS["known"] = (*GROUPS["business"], *GROUPS["admins"], "nobody")
PEOPLE = (*GROUPS["known"], "stranger")
GROUPS["all"] = PEOPLE
GROUPS[""] = ()


def people(words: str) -> frozenset[str]:
    """`lead office` → the people meant."""
    return frozenset(person for word in words.split(" ") for person in GROUPS.get(word, (word,)))


@dataclass(frozen=True)
class Row:
    """What one address answers, in one state, to everybody.

    `who` gets `ok`; `but` says who gets yet another answer; everybody else gets `no`, and a stranger `stranger`.
    A row that writes changes something for `who`, and nothing for anybody else. `sees` names those who find the words
    of a return's problems in the answer; None where nothing is asked about them.
    """

    name: str
    who: str
    at: str = ""
    method: str = "GET"
    ok: int = 200
    no: int = 403
    but: dict[str, int] = field(default_factory=dict)
    stranger: int = 302
    data: Any = field(default_factory=dict)
    writes: bool = False
    sees: str | None = None
    logs: bool = False  # a GET that only adds to a log
    api: bool = False
    upload: bool = False  # sent as a form with a file, to the API too
    says: str = ""  # what the row is about, for docs/permissions.md
    form: str = ""  # which form of the page is sent, where its fields say it and not an `action`

    @property
    def id(self) -> str:
        action = self.data.get("action", "") if isinstance(self.data, dict) else ""
        return " ".join(filter(None, (self.method, self.name, self.at, action or self.form)))

    def expected(self, person: str) -> int:
        """The status that the person is to get."""
        if person in people(self.who):
            return self.ok
        for words, status in self.but.items():
            if person in people(words):
                return status
        return self.stranger if person == "stranger" else self.no


def page(name: str, who: str, at: str = "", **more: Any) -> Row:
    """A page to read."""
    return Row(name, who, at, **more)


def write(name: str, who: str, at: str = "", *, ok: int = 302, **more: Any) -> Row:
    """A form to send; whoever may gets to the next page."""
    return Row(name, who, at, method="POST", ok=ok, writes=more.pop("writes", True), **more)


def api(name: str, who: str, at: str = "", **more: Any) -> Row:
    """A route of the API to read: a stranger is told so instead of being led to the login page."""
    return Row(name, who, at, api=True, stranger=401, **more)


def api_write(name: str, who: str, at: str = "", *, method: str = "POST", **more: Any) -> Row:
    """A route of the API that writes. `{plan}`, `{task}`, `{return}` and `{version}` stand for those of `at`,
    `{file}` for a file to upload."""
    return Row(name, who, at, method=method, api=True, stranger=401, writes=True, **more)


DECIDE = {"version": "1", "action": "accept", "verified_light": "green", "verification": "true", "note": ""}
ADOPT = {
    "version": "1",
    "action": "accept",
    "note": "核对过",
    "sure": "1",
}  # the office says why it overrules a lead
DRAFT = {"light": "green", "done": "办成两件事", "revision": "", "action": "save"}
DATES = {
    "co_due": "2017-04-20T17:00",
    "lead_due": "2017-04-21T17:00",
    "decision_due": "2017-04-22T17:00",
    "closes_at": "2017-05-22T17:00",
}
APPROVERS = "lead.approver co.approver other.approver home.approver"
NOTICE_KEY = "5a6b7c8d-9e0f-4a1b-8c2d-3e4f5a6b7c8d"
CONTENT = {
    "title": "关于进展滞后的督办单",
    "text": "请查明原因。",
    "due_on": "2017-04-28",
    "grade": "supervise",
}
BY_HAND = {"key": NOTICE_KEY, "ground": "hand", "subject": "", "agency": "{lead}", **CONTENT}
SCHEME = {
    "revision": "1",
    "title": "考核办法",
    "valid_from": "2015Q3",
    "ceiling": "100",
    "correction_most": "5",
    "appeal_days": "10",
    **{f"weight_{component}": "100" if component == "light" else "0" for component in OUTCOMES},
    **{f"worth_{component}_{one}": "50" for component, all_of in OUTCOMES.items() for one, _label in all_of},
    **{f"{what}_{mark}": "0" for mark in Mark.values for what in ("points", "most")},
}
WORDS = {"key": NOTICE_KEY, "leader": "某组长", "given_on": "2017-04-11", "words": "请抓紧。"}
NO_NOTICES = {"expert viewer admins nobody": 403}
OTHERS_NOTICE = {"co other home": 404}
COMMENT_KEY = "3f0c2a8e-5d0b-4c7e-8f35-6a1d9e0b7c42"
NO_COMMENTS = {"viewer admins nobody": 403}
WHY = {"effective": "2018Q1", "reason": "形势变化"}
EDGE = {
    "on": "2017-02-01",
    "precision": "month",
    "confidence": "low",
    "date_confidence": "low",
    "note": "据文件",
}
CHASE_KEY = "8c1d4f6e-1f9e-4a3e-9d66-0d3b7c8f2a11"
FILED = {"light": "green", "done": "办成两件事"}
PLACE = {"plan": "{plan}", "quarter": "2017Q1", "task": "{task}"}
ACCEPT = {"version": "{version}", "accept": True, "verified_light": "green", "verification": "true"}
SEES_PROBLEMS = "office second leadership"
CONFIRM = {"version": "1", "action": "confirm", "note": ""}
REVISE = {"action": "revise", "reason": "征地推迟"}
SECTION = {
    "revision": "1",
    "measure_text": "改做别的",
    "measure_division": "规划处",
    "measure_contact": "",
    "measure_key": "",
}
SECTION_JSON = {"revision": 1, "measures": [{"text": "改做别的", "division": "规划处"}]}
THESE = {"work_plans": ["{work plan}"]}

ROWS: tuple[Row, ...] = (
    # -- the site itself
    page("home", "nobody", but={"business admins": 302}, says="首页：各去各处；没有角色的看到说明"),
    page("work", "filers office second", says="各方案待办：在几个方案里有事要办的人"),
    page("health", "all", says="健康检查"),
    page("help", "known", "of a page", says="一页的帮助"),
    page("help", "all", "of an open page", says="登录页和核验页的帮助"),
    page("help_index", "known", says="全部名词和手册"),
    page("handbook", "known", "of a role", says="一个角色的手册"),
    page("handbook_pdf", "known", "of a role", says="一个角色的手册，PDF"),
    write(
        "text_size", "known", data={"size": "large"}, says="大字或标准字号，只关系本人；登录前只记在浏览器里"
    ),
    write("first_use", "known", says="不再显示首次使用提示，只关系本人"),
    page("livez", "all", says="进程是否应答"),
    page("readyz", "all", says="网站能否服务，有什么不对"),
    page("status", "accounts", says="系统状态与作业"),
    page("login", "stranger", but={"known": 302}, says="登录"),
    write("logout", "known", says="退出", writes=True),
    page("password", "known", says="修改自己的密码"),
    page("session_list", "known", says="自己的登录情况"),
    write("session_end", "known", writes=False, says="结束自己的登录"),
    page("second_factor", "known", says="自己的两步验证"),
    write("second_factor", "known", data={"action": "begin"}, says="设置自己的两步验证"),
    write(
        "second_factor",
        "known",
        ok=422,
        writes=False,
        data={"action": "confirm", "code": "000000"},
        says="启用自己的两步验证：须验证码正确",
    ),
    page("login_code", "all", ok=302, says="登录的第二步；没有先输对密码的，回到登录页"),
    write("login_code", "all", writes=False, says="登录的第二步，同上"),
    write("act_for", "", writes=False, says="换到自己任职的另一个单位办理；只为一个单位任职的没有"),
    # -- accounts, rights, record
    page("accounts", "accounts", says="账号列表"),
    page("account_create", "accounts", says="建立账号"),
    write(
        "account_create",
        "accounts",
        ok=200,
        data={"username": "new-one", "display_name": "新人"},
        says="建立账号",
    ),
    page("account_list", "accounts", says="按名单建立账号：上传"),
    write("account_list", "accounts", ok=422, writes=False, says="检查人员名单"),
    page("account_list_template", "accounts", says="人员名单的模板"),
    write("account_list_apply", "accounts", ok=409, writes=False, says="确认人员名单"),
    write("account_invite", "accounts", "of a person", ok=200, says="发出邀请"),
    page("invitation", "all", "of no invitation", ok=410, says="按邀请设定密码"),
    page("account", "accounts", "of a person", says="看一个账号"),
    write("account", "accounts", "of a person", data={"display_name": "改名"}, says="修改账号"),
    write(
        "account_active",
        "accounts",
        "of a person",
        data={"active": "0", "note": "调离"},
        says="停用、启用账号",
    ),
    write(
        "account_password",
        "accounts",
        "of a person",
        ok=200,
        data={"password-note": "本人忘记"},
        says="重置密码，并解除登录锁定",
    ),
    write("account_sessions_end", "accounts", "of a person", writes=False, says="结束一个账号的全部登录"),
    write(
        "account_factor_end",
        "accounts",
        "of a person",
        writes=False,
        data={"factor-note": "手机丢失"},
        says="停用一个人的两步验证",
    ),
    write("account_unlock", "accounts", "of a person", writes=False, says="解除登录锁定"),
    write(
        "account_password",
        "",
        "of an administrator",
        says="重置管理员的密码：只能在服务器上",
    ),
    page("rights", "rights", says="授权列表"),
    page("rights_requests", "rights", says="名单申请的角色"),
    write("rights_requests", "rights", ok=422, writes=False, says="授予名单申请的角色"),
    write(
        "appoint",
        "rights",
        "of a person",
        data={"new-role": "expert", "new-note": "聘任"},
        says="任命：为一个单位、一个方案或在起止日内",
    ),
    write("appointment_end", "rights", "of an appointment", data={"end-note": "离任"}, says="终止一项任命"),
    page("deputies", APPROVERS, says="代签：谁代自己签批"),
    write(
        "deputies",
        "lead.approver",
        data={"deputy": "{reporter}", "first": "2017-04-12", "last": "2017-04-14", "note": "出差"},
        but={"co.approver other.approver home.approver": 422},
        says="指定本单位一人代签",
    ),
    write("deputy_end", "", "of an appointment", no=404, writes=False, says="提前结束自己的代签"),
    page("rights_bodies", "rights", says="允许一人填报并签批的单位"),
    write(
        "rights_bodies",
        "rights",
        data={"agency": "{lead}", "note": "人手少"},
        says="设定一人填报并签批",
    ),
    page("rights_edit", "rights", "of a person", says="看一个账号的角色"),
    write(
        "rights_edit",
        "rights",
        "of a person",
        data={"roles": ["expert"], "before": "viewer", "note": "任命"},
        says="授予、撤销角色",
    ),
    write(
        "rights_edit",
        "",
        "of oneself",
        data={"roles": ["audit_admin"], "before": "rights_admin", "note": "任命"},
        says="更改自己的角色：不许",
    ),
    page("audit", "audit", says="查阅留痕，查阅本身留痕"),
    page("audit_csv", "audit", says="导出留痕（CSV），导出本身留痕"),
    page("audit_jsonl", "audit", says="导出留痕（JSON Lines），导出本身留痕"),
    page("audit_seals", "audit", says="封存与核对"),
    # -- the plan and its figures
    page("overview", "business", "of the plan", says="总览"),
    page("task_list", "business", "of the plan", says="任务列表"),
    page("task_list_xlsx", "business", "of the plan", says="任务列表导出"),
    page("task", "business", "of a task reported", sees="", says="任务页（问题在填报页）"),
    page("task_docx", "business", "of a task reported", logs=True, says="任务页，Word"),
    page("levels", "business", "of the plan", says="汇总"),
    page("behind", "business", "of a number", says="数据来源"),
    page("plan_list", "business", says="各方案"),
    page("search", "business", data={"words": "征地 补偿"}, says="搜索：只在各人能看的内容里查"),
    page("search_suggestions", "business", data={"words": "征地 补偿"}, says="搜索框下的提示"),
    page("behind_all", "business", "of a number over all plans", says="数据来源，跨方案"),
    page("matrix", "business", "of the plan", says="责任矩阵"),
    page("target_list", "business", "of the plan", sees="lead office second", says="目标列表"),
    page("target_list_xlsx", "business", "of the plan", says="目标列表导出"),
    page("project_list", "business", "of the plan", says="重大项目"),
    page("project", "business", "of a project", sees="lead office second", says="重大项目页"),
    page("project_new", "office", "of the plan", says="补充项目"),
    write(
        "project_new",
        "office",
        "of the plan",
        data={"name": "新项目", "sector": "", "note": "批文"},
        says="补充项目",
    ),
    page("project_assign", "office", "of a project", says="指定项目填报单位"),
    write(
        "project_assign",
        "office",
        "of a project",
        data={"agency": "", "since": "2017Q2", "note": "函"},
        says="指定项目填报单位",
    ),
    page("project_report", "lead", "of a project not reported", says="填写项目报告"),
    write(
        "project_report",
        "lead",
        "of a project not reported",
        data={
            "works": "building",
            "invested": "1",
            "total": "2",
            "progress": "好",
            "revision": "",
            "action": "save",
        },
        says="保存项目报告",
    ),
    write(
        "project_report",
        "lead.approver",
        "of a project not reported",
        data={
            "works": "building",
            "invested": "1",
            "total": "2",
            "progress": "好",
            "revision": "",
            "action": "submit",
        },
        but={"lead.reporter": 403},
        says="提交项目报告",
    ),
    write(
        "project_report",
        "lead",
        "of a project not reported",
        data={
            "works": "building",
            "invested": "1",
            "total": "2",
            "progress": "好",
            "revision": "",
            "action": "hand",
        },
        says="项目报告交签批人",
    ),
    page("project_decide", "office", "of a project report", sees="office", says="核定项目报告"),
    write(
        "project_decide",
        "office",
        "of a project report",
        data={"number": "1", "note": "", "action": "accept"},
        says="核定项目报告",
    ),
    write(
        "project_decide",
        "",
        "of a project report",
        data={"action": "undo", "undo-version": "1"},
        but={"office": 302},
        says="撤销对项目报告的决定：还没有决定的，刷新页面",
        writes=False,
    ),
    write(
        "project_decide",
        "",
        "of a project report",
        data={"action": "correct", "correct-version": "1", "correct-reason": "误核"},
        but={"office": 302},
        says="更正对项目报告的决定：还没有决定的，请直接办理",
        writes=False,
    ),
    page("evaluation", "business", "of a plan that has ended", says="总结评估"),
    write(
        "evaluation",
        "office",
        "of a plan that has ended",
        data={"edition": "1", "with_open": "on", "note": "照此定稿"},
        says="总结评估定稿",
    ),
    write(
        "evaluation_undo",
        "",
        "of a plan that has ended",
        data={"edition": "99", "reason": "误签"},
        but={"office": 404},
        says="撤销总结评估定稿：没有这一版；最后一版，未据以印发的",
    ),
    page("evaluation_json", "business", "of a plan that has ended", says="总结评估的数据"),
    page("evaluation_xlsx", "business", "of a plan that has ended", says="总结评估导出"),
    page("target", "business", "of a target", sees="lead office second", says="目标页"),
    page("target_path", "office", "of a target", says="目标的基期和序时目标"),
    write(
        "target_path",
        "office",
        "of a target",
        data={
            "since": "2017Q1",
            "baseline_year": "2015",
            "baseline_value": "1",
            "source": "年鉴",
            "reason": "定",
        },
        says="设定目标的基期和序时目标",
    ),
    page("target_measure", "office", "of a target in words", says="为目标设指标"),
    write(
        "target_measure",
        "office",
        "of a target in words",
        data={
            "name": "提高的程度",
            "kind": "amount",
            "flow": "stock",
            "decimals": "0",
            "tasks": "{fresh_ref}",
            "reason": "会议定",
        },
        says="为目标设指标",
    ),
    page("target_assess", "office", "of a target in words", says="评估文字目标"),
    write(
        "target_assess",
        "office",
        "of a target in words",
        data={"key": CHASE_KEY, "quarter": "2017Q1", "verdict": "mostly", "note": "据年报"},
        says="评估文字目标",
    ),
    page("indicator", "business", "of an indicator", sees="lead office second", says="指标页"),
    write(
        "indicator",
        "office",
        "of an indicator",
        data={"action": "define", "since": "2017Q1", "frequency": "yearly", "lag_months": "0", "note": "定"},
        says="更改指标口径",
    ),
    page("agency_list", "business", "of the plan", says="单位列表"),
    page("agency", "business", "of a body", says="单位页"),
    page("source", "business", "of the plan", says="方案原文"),
    # -- the desk
    page("desk", "filers", says="工作台"),
    page("workbook", "filers", says="填报表：下载本单位的"),
    page("workbook_upload", "filers", says="填报表：选文件上传"),
    write("workbook_upload", "filers", ok=422, writes=False, says="填报表：上传，没有文件"),
    write("workbook_apply", "filers", ok=422, writes=False, says="填报表：写入没有预览过的，不行"),
    page("return_edit", "lead co", "nothing yet", but={"other home": 404}, says="填报表：尚未填"),
    write(
        "return_edit",
        "lead co",
        "nothing yet",
        data=DRAFT,
        but={"other home": 404},
        says="保存草稿",
    ),
    page("return_edit", "lead co", "draft", but={"other home": 404}, says="填报表：草稿"),
    page(
        "return_edit",
        "",
        "submitted",
        but={"lead co": 302, "other home": 404},
        says="填报表：已提交的不能再改",
    ),
    write(
        "return_edit",
        "",
        "submitted",
        data={**DRAFT, "revision": "1"},
        but={"lead co": 409, "other home": 404},
        says="保存已提交的：不许",
    ),
    write(
        "return_edit",
        "lead co",
        "draft",
        data={**DRAFT, "revision": "1", "action": "attach", "evidence": "{file}"},
        but={"other home": 404},
        says="添加佐证材料",
    ),
    write(
        "return_edit",
        "",
        "handed",
        data={**DRAFT, "revision": "1", "action": "attach", "evidence": "{file}"},
        but={"lead co": 409, "other home": 404},
        sees="lead co",
        says="给已交签批的添加佐证材料：不许",
    ),
    page("return_check", "lead co", "draft", but={"other home": 404}, says="提交前检查"),
    write(
        "return_check", "lead co", "draft", data={"action": "hand"}, but={"other home": 404}, says="交签批"
    ),
    write(
        "return_check",
        "lead.approver co.approver",
        "draft",
        data={"action": "submit"},
        but={"other home": 404},
        says="签批提交",
    ),
    write(
        "return_edit",
        "lead co",
        "handed",
        data={"action": "take_back", "note": "补数字"},
        but={"other home": 404},
        says="取回修改；签批人退回填报员",
    ),
    write(
        "return_edit",
        "lead co",
        "nothing yet",
        ok=200,
        data={**DRAFT, "action": "autosave"},
        but={"other home": 404},
        says="自动保存草稿",
    ),
    write(
        "return_edit",
        "lead co",
        "nothing yet",
        ok=200,
        data={"action": "ping"},
        but={"other home": 404},
        says="告知正在填",
    ),
    page("consolidate", "lead", "with a co-return", but={"co other home": 404}, says="牵头汇总：并排看"),
    write(
        "consolidate",
        "lead",
        "with a co-return",
        data={"action": "adopt", "version": "{co_version}", "piece": "done", "revision": ""},
        but={"co other home": 404},
        says="牵头汇总：逐段引入",
    ),
    page("package", "filers", says="报送材料"),
    write(
        "package",
        "lead co",
        "with a draft",
        data={"action": "hand", "tasks": "{draft}"},
        but={"other home": 422},
        says="报送材料：一并交签批",
    ),
    page("package_sheet", "filers", says="报送材料：打印签字盖章"),
    page(
        "sealed_sheet",
        f"co {SEES_PROBLEMS}",
        "of the sealed sheet",
        no=404,
        says="下载用印扫描件",
    ),
    page("assignments", APPROVERS, says="分工"),
    write(
        "assignments",
        "lead.approver",
        data={"user": "{reporter}", "tasks": "{fresh}"},
        but={"co.approver other.approver home.approver": 404},
        says="分工：给本单位填报员分派任务",
    ),
    page("reassign", "filers", says="转办：填报员把任务转给本单位另一位填报员"),
    write(
        "reassign",
        "lead.reporter co.reporter other.reporter home.reporter",
        data={"tasks": "{fresh}", "receiver": "{reporter}", "reason": "出差"},
        ok=422,
        writes=False,
        says="转办：转出任务，对方须是本单位另一位填报员",
    ),
    write(
        "reassign_back",
        "",
        data={"row": "999999"},
        says="收回转办：转出人，接办人动笔以前；签批人随时；没有的或别的单位的",
    ),
    # -- work plans
    page("workplan_desk", "filers", says="实施方案与年度要点：本单位的"),
    *(
        page(name, "lead", at, but={"co other home": 200}, says=says)
        for name, at, says in (
            ("workplan_edit", "plan draft", "实施方案：各项任务"),
            ("workplan_book", "plan draft", "方案表：下载"),
            ("workplan_book_upload", "plan draft", "方案表：选文件上传"),
        )
    ),
    write(
        "workplan_book_upload", "filers", "plan draft", ok=422, writes=False, says="方案表：上传，没有文件"
    ),
    write(
        "workplan_book_apply",
        "filers",
        "plan draft",
        ok=422,
        writes=False,
        says="方案表：写入没有预览过的，不行",
    ),
    write(
        "workplan_edit",
        "lead home",
        "plan of nobody yet",
        data={"action": "cover", "doc_number": "一号", "paper_date": ""},
        but={"co other": 404},
        says="实施方案：保存文号",
    ),
    write(
        "workplan_edit",
        "lead",
        "plan confirmed",
        data=REVISE,
        but={"co other home": 404},
        says="修改已确认的",
    ),
    write(
        "workplan_edit",
        "lead",
        "plan handed",
        data={"action": "take_back", "note": "补节点"},
        but={"co other home": 404},
        says="实施方案：取回修改",
    ),
    page(
        "workplan_section",
        "lead co",
        "plan draft section",
        but={"other home": 404},
        says="实施方案：一项任务",
    ),
    write(
        "workplan_section",
        "lead",
        "plan draft section",
        data=SECTION,
        but={"co": 409, "other home": 404},
        says="实施方案：保存一项任务",
    ),
    page("workplan_check", "lead", "plan draft", but={"co other home": 302}, says="实施方案：提交前检查"),
    write(
        "workplan_check",
        "lead",
        "plan draft",
        data={"action": "hand"},
        but={"co other home": 302},
        says="交签批",
    ),
    write(
        "workplan_check",
        "lead.approver",
        "plan draft",
        data={"action": "submit"},
        but={"co other home": 302},
        says="签批提交实施方案",
    ),
    page("workplan_list", "business", "of the plan", says="各单位的实施方案"),
    *(
        page(name, who, at, no=404, says=f"实施方案：{words}")
        for name in ("workplan", "workplan_version")
        for at, words, who in (
            ("plan draft", "草稿（没有版本）", ""),
            ("plan submitted", "待确认", "lead office second"),
            ("plan returned", "已退回", "lead office second"),
            ("plan confirmed", "已确认", "business"),
            ("plan home submitted", "办公室所在单位，待确认", "home office second"),
        )
    ),
    write(
        "workplan_decide",
        "office",
        "plan submitted",
        data=CONFIRM,
        no=404,
        but={"lead second": 403},
        says="确认、退回实施方案",
    ),
    write(
        "workplan_decide",
        "second",
        "plan home submitted",
        data=CONFIRM,
        no=404,
        but={"home office": 403},
        says="确认办公室所在单位的实施方案：由复核人",
    ),
    write(
        "workplan_decide",
        "",
        "plan confirmed",
        data=CONFIRM,
        no=404,
        but={"office": 302, "lead co other home second leadership expert viewer": 403},
        says="再次决定已确认的：不许",
    ),
    write(
        "workplan_decide",
        "",
        "plan confirmed",
        data={"action": "undo", "undo-version": "1"},
        no=404,
        but={"office": 302, "business": 403},
        says="撤销对实施方案的决定：作出决定的人，节点已报告的不再撤销",
    ),
    write(
        "workplan_decide",
        "",
        "plan confirmed",
        data={"action": "correct", "correct-version": "1", "correct-reason": "误核"},
        no=404,
        but={"business": 403},
        says="更正对实施方案的决定：另一人，不是作出决定的人",
    ),
    page("milestone", "business", "node open", no=404, says="节点：已确认的"),
    page("milestone", "lead office second", "node submitted", no=404, says="节点：方案待确认"),
    write(
        "milestone",
        "lead",
        "node open",
        data={"action": "report", "reached_on": "2017-04-10", "words": "办结"},
        no=404,
        but={"co other home office second leadership expert viewer": 403},
        says="报告节点完成",
    ),
    write(
        "milestone",
        "lead",
        "node reached",
        data={"action": "undo", "report": "{report}", "reason": "错"},
        no=404,
        but={"co other home office second leadership expert viewer": 403},
        says="撤销节点完成报告",
    ),
    write(
        "milestone",
        "office",
        "node reached",
        data={"action": "refute", "report": "{report}", "reason": "不实"},
        no=404,
        but={"lead co other home second leadership expert viewer": 403},
        says="不予认定节点完成",
    ),
    page("schedule", "business", "of the plan", says="序时进度"),
    page("month", "business", "of the plan", says="日历"),
    # -- reading returns
    page("return", "co", "co draft", no=404, says="配合填报：草稿"),
    page("return", "co", "co handed", no=404, says="配合填报：待签批"),
    page("return", "co lead office second", "co submitted", no=404, says="配合填报：已提交"),
    page("return", "co lead office second", "co returned", no=404, says="配合填报：已退回"),
    page(
        "return", "business", "co accepted", no=404, sees=f"co lead {SEES_PROBLEMS}", says="配合填报：已采纳"
    ),
    page("return", "lead", "lead draft", no=404, says="牵头汇总：草稿"),
    page("return", "lead", "lead handed", no=404, says="牵头汇总：待签批"),
    page("return", "lead office second", "lead submitted", no=404, says="牵头汇总：已提交"),
    page("return", "lead office second", "lead returned", no=404, says="牵头汇总：已退回"),
    page(
        "return", "business", "lead accepted", no=404, sees=f"lead {SEES_PROBLEMS}", says="牵头汇总：已核定"
    ),
    page("return", "home office second", "home submitted", no=404, says="办公室所在单位的牵头汇总：已提交"),
    page(
        "return_docx",
        "co lead office second",
        "co submitted",
        no=404,
        logs=True,
        says="某一版，Word：配合，已提交",
    ),
    page(
        "return_docx",
        "business",
        "lead accepted",
        no=404,
        logs=True,
        says="某一版，Word：牵头，已核定（问题照页面）",
    ),
    page("version", "", "co draft", no=404, says="某一版：草稿没有版本"),
    page("version", "co lead office second", "co submitted", no=404, says="某一版：配合，已提交"),
    page(
        "version",
        "business",
        "co accepted",
        no=404,
        sees=f"co lead {SEES_PROBLEMS}",
        says="某一版：配合，已采纳",
    ),
    page("version", "lead office second", "lead submitted", no=404, says="某一版：牵头，已提交"),
    page(
        "version",
        "business",
        "lead accepted",
        no=404,
        sees=f"lead {SEES_PROBLEMS}",
        says="某一版：牵头，已核定",
    ),
    # -- evidence
    *(
        page("evidence", who, f"evidence {at}", no=404, says=f"佐证材料（{words}）")
        for at, words, who in (
            ("co draft", "配合，草稿", "co"),
            ("co handed", "配合，待签批", "co"),
            ("co submitted", "配合，已提交", "co lead office second"),
            ("co returned", "配合，已退回", "co lead office second"),
            ("co accepted", "配合，已采纳", f"co lead {SEES_PROBLEMS}"),
            ("lead draft", "牵头，草稿", "lead"),
            ("lead submitted", "牵头，已提交", "lead office second"),
            ("lead accepted", "牵头，已核定", f"lead {SEES_PROBLEMS}"),
            ("home submitted", "办公室所在单位，已提交", "home office second"),
        )
    ),
    page(
        "return_evidence_zip",
        "co lead office second",
        "co submitted",
        no=404,
        logs=True,
        says="一件填报的佐证材料（ZIP）：同单件",
    ),
    page(
        "evidence_zip",
        f"co lead home {SEES_PROBLEMS}",
        no=404,
        logs=True,
        says="一期的佐证材料（ZIP）：各人可以看的",
    ),
    # -- deciding
    page("review", "filers office second", says="审核队列"),
    page("workbook_all", "office second", says="填报总表：下载各单位已交的"),
    write(
        "decide",
        "lead office",
        "co submitted",
        data=ADOPT,
        no=404,
        but={"co second": 403},
        says="采纳、退回配合填报：任务的牵头单位；办公室可说明理由后代为决定",
    ),
    write(
        "decide",
        "office",
        "lead submitted",
        data=DECIDE,
        no=404,
        but={"lead second": 403},
        says="核定、退回牵头汇总",
    ),
    write(
        "decide",
        "second",
        "home submitted",
        data=DECIDE,
        no=404,
        but={"home office": 403},
        says="核定办公室所在单位的牵头汇总：由复核人",
    ),
    write("decide", "", "co draft", data=ADOPT, no=404, says="决定草稿：不许"),
    write(
        "decide",
        "",
        "lead accepted",
        data=DECIDE,
        no=404,
        but={"office": 302, "lead co other home second leadership expert viewer": 403},
        says="再次决定已核定的：不许",
    ),
    write(
        "withdraw",
        "co.approver",
        "co submitted",
        data={"withdraw-version": "1", "withdraw-reason": "数字抄错"},
        no=404,
        but={"co.reporter lead office second": 403},
        says="撤回已提交、尚未办理的填报：本单位签批人",
    ),
    write(
        "undo_decision",
        "",
        "lead accepted",
        data={"undo-version": "1"},
        no=404,
        but={"business": 403},
        says="撤销决定：只由作出决定的人",
    ),
    write(
        "correct_decision",
        "office",
        "lead accepted",
        data={
            "correct-version": "1",
            "correct-action": "accept",
            "correct-verified_light": "red",
            "correct-verification": "true",
            "correct-reason": "误核",
        },
        no=404,
        but={"filers second leadership expert viewer": 403},
        says="更正核定：办公室的另一人",
    ),
    write(
        "decide_several",
        "office",
        "lead submitted",
        data={"action": "accept", "verification": "true", "versions": "{version}"},
        no=404,
        but={"lead second": 403},
        says="几件一并核定、退回",
    ),
    write(
        "supplement",
        "office",
        "lead accepted",
        data={"version": "1", "reason": "补佐证", "answer_by": "2017-04-20T17:00"},
        no=404,
        but={"filers second leadership expert viewer": 403},
        says="要求补充报告：牵头汇总",
    ),
    write(
        "supplement",
        "lead office",
        "co accepted",
        data={"version": "1", "reason": "补佐证", "answer_by": "2017-04-20T17:00"},
        no=404,
        but={"co other home second leadership expert viewer": 403},
        says="要求补充报告：配合填报",
    ),
    write(
        "supplement_undo",
        "",
        "lead accepted",
        data={"supplement": "999999"},
        no=404,
        says="撤销补充要求：没有这项要求；要求人，或写明理由的另一人，单位动笔以前",
    ),
    page("progress", "office second", says="报送进度"),
    page("extension_ask", "filers", says="报送延期：本单位申请的"),
    page("extensions", "office second", "of a closed quarter", says="报送延期"),
    write(
        "extensions_decide",
        "",
        "of a closed quarter",
        data={"action": "grant", "extensions": "1"},
        but={"office second": 422},
        says="办理延期申请：没有这项申请",
    ),
    page("reopening", "office second", "of a closed quarter", says="重新开启"),
    write(
        "reopening",
        "office",
        "of a closed quarter",
        data={"agencies": "{lead}", "until": "2017-04-20T17:00", "reason": "漏报"},
        but={"second": 422},
        says="重新开启：办公室；办公室所在单位的由复核人",
    ),
    write("reopening_end", "office", "of a reopening", says="提前结束重新开启"),
    page("arrangements", "office", says="无牵头任务的报送安排"),
    write(
        "arrangements",
        "office",
        data={"since": "2025Q4", "every": "each"},
        says="安排无牵头任务的报送：各自报送或由一个单位汇总",
    ),
    page("filing_rules", "office", says="填报要求"),
    write(
        "filing_rules",
        "office",
        data={"plan": "{plan}", "roles": "lead", "roles_seen": "lead,co,carry,guide,join"},
        form="work plans",
        says="规定哪些单位报实施方案",
    ),
    write(
        "filing_rules",
        "office",
        data={"since": "2025Q4", "co": "half"},
        form="kinds of agencies",
        says="规定各类单位多久填报一次",
    ),
    write(
        "filing_rules",
        "office",
        data={"plan": "{plan}", "ref": "3-1-1", "rhythm": "month", "since_period": "2025Q4"},
        form="one task",
        says="规定某项任务报得更勤",
    ),
    page("terms", "office second", says="销号与长期坚持"),
    write(
        "terms",
        "office",
        data={"action": "keep_up", "task": "{fresh_ref}", "text": "没有终点"},
        says="销号、定为长期坚持、年度复核",
    ),
    # -- imports of plans
    page("plan_imports", "office", says="方案管理：在用方案和导入记录"),
    write("plan_imports", "office", data={"document": "{plan text}"}, says="上传方案"),
    page("plan_import", "office", "import open", says="一份导入的核对页"),
    write(
        "plan_import_edit",
        "office",
        "import open",
        data={"form": "head", "title": "改后的标题"},
        says="更正导入的方案",
    ),
    page("plan_import_panel", "office", "import form", says="更正的表单"),
    page("plan_edition", "office", "import open", says="修订：新的一版与在用方案逐项比较"),
    write(
        "plan_edition",
        "office",
        "import open",
        data={"plan": "", "effective": ""},
        says="标明一份导入是哪份方案的新一版",
    ),
    page("plan_editions", "business", "of the plan", says="一份方案的各版文本"),
    page("plan_edition_text", "business", "of an edition", says="修订版的原文和修订结果"),
    page("plan_import_file", "office", "import open", says="上传的原件"),
    write(
        "plan_import_act",
        "office",
        "import submitted",
        data={"action": "confirm"},
        says="确认别人上传的方案（自己参与的不能确认）",
    ),
    write("plan_default", "office", "of the plan", says="设为登录后首先打开的方案"),
    api("api_import_list", "office", says="接口：方案导入"),
    api_write(
        "api_import_list",
        "office",
        ok=201,
        data={"document": "{plan text}"},
        upload=True,
        says="接口：上传方案",
    ),
    api("api_import", "office", "import open", says="接口：一份导入：识别的结果和待确定"),
    api_write(
        "api_import_edits",
        "office",
        "import open",
        data={"edits": [{"op": "head", "field": "title", "value": "改后的标题"}]},
        says="接口：更正导入的方案",
    ),
    api_write(
        "api_import_answers",
        "",
        "import open",
        data={"question": "不在的一问", "choice": "later", "note": "待会议确定"},
        but={"office": 422},
        says="接口：答复待确定",
    ),
    api_write(
        "api_import_act",
        "office",
        "import submitted",
        data={"action": "confirm"},
        says="接口：确认别人上传的方案（自己参与的不能确认）；送确认、退回、放弃，申请和同意撤回",
    ),
    # -- ledgers
    page("ledgers", "office", says="台账：上传和记录"),
    write("ledgers", "office", data={"plan": "new", "document": "{ledger}"}, says="上传台账"),
    page("ledger", "office", "ledger open", says="一份台账：各列、对应任务和预览"),
    write("ledger_columns", "office", "ledger open", data={"year": "2016"}, says="指定台账各列的内容"),
    write("ledger_rows", "office", "ledger open", data={"row-台账:4": "0"}, says="指定台账各行是哪项任务"),
    write(
        "ledger_act",
        "office",
        "ledger submitted",
        data={"action": "confirm"},
        says="确认别人上传的台账（自己参与的不能确认）；送确认、退回、放弃，申请和同意撤销补录",
    ),
    page("ledger_file", "office", "ledger open", says="台账原件"),
    api("api_ledger_list", "office", says="接口：台账"),
    api_write(
        "api_ledger_list", "office", ok=201, data={"document": "{ledger}"}, upload=True, says="接口：上传台账"
    ),
    api("api_ledger", "office", "ledger open", says="接口：一份台账：各列、对应任务和将补录的"),
    api_write(
        "api_ledger_columns",
        "office",
        "ledger open",
        data={"columns": [{"head": "任务", "field": "task"}]},
        says="接口：指定台账各列的内容",
    ),
    api_write(
        "api_ledger_rows",
        "office",
        "ledger open",
        data={"rows": {"台账:4": ""}},
        says="接口：指定台账各行是哪项任务",
    ),
    api_write(
        "api_ledger_act",
        "office",
        "ledger submitted",
        data={"action": "confirm"},
        says="接口：确认别人上传的台账（自己参与的不能确认）；其余各步",
    ),
    write(
        "plan_rhythm", "office", "of the plan", data={"rhythm": "quarter"}, writes=False, says="更改填报频次"
    ),
    page("ledger_template", "office", "of the plan", says="按模板导出：模板和下载"),
    write("ledger_template", "office", "of the plan", data={"document": "{ledger}"}, says="上传台账模板"),
    write(
        "ledger_template_columns",
        "office",
        "of the plan",
        data={"template": "{template}"},
        says="指定台账模板各列的内容",
    ),
    page("ledger_xlsx", "office", "of the plan", logs=True, says="按模板填好的台账；记入留痕"),
    page("carry", "office", "of the plan", says="结转：没有完成的任务"),
    write(
        "carry",
        "office",
        "of the plan",
        data={"action": "carry"},
        ok=422,
        writes=False,
        says="结转任务、撤销结转、做成下一份方案",
    ),
    # -- cycles
    page("cycles", "office", says="填报周期"),
    write("cycles", "office", data={"quarter": "2016Q4", "sure": "1", **DATES}, says="开启一个季度"),
    write(
        "cycle_undo",
        "office",
        "of the quarter",
        data={"undo-note": "开错了"},
        ok=422,
        writes=False,
        says="撤销开放：只在还没有单位填报时",
    ),
    page("jurisdictions", "office", says="地区"),
    page("jurisdiction", "office", "of a jurisdiction", says="一个地区的用语"),
    page("lights_css", "business", "of a jurisdiction's lights", says="地区自定的灯的颜色（样式表）"),
    write(
        "jurisdiction",
        "office",
        "of a jurisdiction",
        data={"name": "某省", "level": "province", "office": "某办公室", "revision": "1"},
        says="更改地区的用语",
    ),
    page("workdays", "office", says="工作日"),
    write(
        "workdays",
        "office",
        data={"day": "2017-07-04", "works": "0", "note": "通知"},
        says="设定一个工作日",
    ),
    write("workday_unset", "office", "of a workday", says="取消设定的工作日"),
    page("cycle", "office", "of the quarter", says="填报周期的日期"),
    write("cycle", "office", "of the quarter", data={**DATES, "note": "延长", "sure": "1"}, says="调整日期"),
    page("trial_remove", "office", "of a trial", says="清除试填期：有多少"),
    write(
        "trial_remove",
        "office",
        "of a trial",
        data={"note": "练习结束", "sure": "on", "seen": "0"},
        says="整体清除试填期",
    ),
    # -- adjustments
    page("adjustment_list", "business", "of the plan", says="动态调整：已批准的；待批准的只给能决定的人"),
    page("papers", "office second", says="线下办理：待录入的签批件、代录"),
    write("papers_record", "office", data={"offers": "{offer}"}, says="录入线下签批"),
    write(
        "paper_enter",
        "office",
        data={"agency": "{other}"},
        writes=False,
        says="开始代录：办公室所在单位的由复核人",
    ),
    write("paper_leave", "business", writes=False, says="退出代录"),
    page(
        "paper_scan",
        f"lead {SEES_PROBLEMS}",
        "of an offer",
        no=404,
        but={"admins nobody": 403},
        says="下载签字盖章的扫描件",
    ),
    page(
        "review_sheet",
        f"lead {SEES_PROBLEMS}",
        "version of a lead return",
        no=404,
        but={"admins nobody": 403},
        says="打印审核单",
    ),
    page("adjustment", "business", "approved", says="已批准的调整"),
    page(
        "adjustment", "office leadership", "proposed", no=404, but={"admins nobody": 403}, says="待批准的调整"
    ),
    write(
        "adjustment_decide",
        "leadership",
        "proposed",
        data={"action": "approve"},
        says="批准调整：领导小组",
        but={"office": 403, "filers second expert viewer": 404},
    ),
    write(
        "adjustment_decide",
        "leadership",
        "proposed",
        data={"action": "reject", "note": "不必"},
        but={"filers second expert viewer": 404},
        says="不批准：提出人自己不行",
    ),
    write(
        "adjustment_decide",
        "office",
        "proposed",
        data={"action": "withdraw"},
        but={"filers second expert viewer": 404},
        says="撤回自己的提议",
    ),
    write(
        "adjustment_decide",
        "",
        "approved",
        data={"action": "reject", "note": "不必"},
        but={"leadership": 409, "office": 403},
        says="再次决定已批准的：不许",
    ),
    page(
        "adjustment",
        "office leadership lead",
        "applied",
        no=404,
        but={"admins nobody": 403},
        says="牵头单位的调整申请",
    ),
    page(
        "application_form",
        "office leadership lead",
        "applied",
        no=404,
        but={"admins nobody": 403},
        says="打印调整申请表",
    ),
    page(
        "application_file",
        "office leadership lead",
        "file of an application",
        no=404,
        but={"admins nobody": 403},
        says="调整申请的附件",
    ),
    write(
        "application_attach",
        "lead",
        "applied",
        data={"attachments": "{file}"},
        but={"co other home": 404},
        says="上传调整申请的附件",
    ),
    write(
        "application_detach",
        "lead",
        "file of an application",
        but={"co other home": 404},
        says="删除调整申请的附件：决定以前",
    ),
    write(
        "application_opinion",
        "office",
        "applied",
        data={"agrees": "yes", "opinion": "情况属实"},
        says="对调整申请签署拟办意见",
    ),
    write(
        "adjustment_decide",
        "",
        "applied",
        data={"action": "approve"},
        but={"leadership office": 409, "lead": 403, "co other home second expert viewer": 404},
        says="还没有拟办意见的申请：不能批准",
    ),
    write(
        "adjustment_decide",
        "leadership",
        "with opinion",
        data={"action": "approve"},
        but={"co other home second expert viewer": 404},
        says="批准调整申请：签署拟办意见的人和申请单位不行",
    ),
    write(
        "adjustment_decide",
        "lead.approver",
        "applied",
        data={"action": "withdraw"},
        but={"co other home second expert viewer": 404},
        says="撤回自己的调整申请",
    ),
    page("adjust_target", "office", "of a target", says="提出目标的调整"),
    write(
        "adjust_target",
        "office",
        "of a target",
        data={"text": "达到15%", "comparison": "reach", "value": "15", "unit": "%", **WHY},
        says="提出目标的调整",
    ),
    page("adjust_duties", "office lead", "of a task reported", says="提出责任的调整；牵头单位申请"),
    write(
        "adjust_duties",
        "office lead",
        "of a task reported",
        data={"{co.duty}": "", "{lead.duty}": "lead", **WHY},
        says="提出责任的调整",
    ),
    page("adjust_deadline", "office lead", "of a task reported", says="提出期限的调整；牵头单位申请延期"),
    write(
        "adjust_deadline",
        "office lead",
        "of a task reported",
        data={"deadline": "2019-12-31", **WHY},
        says="提出期限的调整",
    ),
    page("adjust_content", "office lead", "of a task reported", says="提出任务内容的调整；牵头单位申请"),
    write(
        "adjust_content",
        "office lead",
        "of a task reported",
        data={"text": "建成两座平台", **WHY},
        says="提出任务内容的调整",
    ),
    page("adjust_withdrawal", "office lead", "of a task reported", says="提出撤销任务；牵头单位申请终止"),
    write("adjust_withdrawal", "office lead", "of a task reported", data=WHY, says="提出撤销任务"),
    page("reform_list", "office", "of the plan", says="机构改革"),
    page("reform", "office", "of a reform", says="机构改革：预览"),
    write(
        "reform",
        "office",
        "of a reform",
        data={"reason": "机构改革", "{account}": "close"},
        says="机构改革：提出",
    ),
    page("handover", "filers", says="接续填报：本单位从改革前单位接过来的"),
    write(
        "handover_take",
        "other",
        data={"task": "{passed}", "body": "{old}", "q": "2017Q1"},
        but={"lead co home": 409},
        says="接续填报：复制原单位的草稿",
    ),
    # -- bodies over time
    page("body_add", "office", says="增列单位"),
    write(
        "body_add",
        "office",
        data={"slug": "new-body", "kind": "department", "short": "新局", "note": "改革设立"},
        says="增列单位",
    ),
    page("body", "office", "of the body itself", says="维护单位的名称与沿革"),
    page("body_name", "office", "of the body itself", says="更改非方案单位的名称"),
    write(
        "body_name",
        "office",
        "of the body itself",
        data={"short": "牵头总局", "note": "有文件", "before": "{name}"},
        says="更改非方案单位的名称",
    ),
    page("edge_add", "office", "of the body itself", says="登记沿革"),
    write(
        "edge_add",
        "office",
        "of the body itself",
        data={**EDGE, "kind": "renamed", "short": "牵头新局"},
        says="登记沿革",
    ),
    page("edge", "office", "of an edge", says="更改沿革"),
    write("edge", "office", "of an edge", data={**EDGE, "revision": "1"}, says="更改沿革"),
    # -- contacts
    page("contacts", "filers office", says="本单位的联系人"),
    page("contacts", "lead office", "of the lead", says="别的单位的联系人"),
    write(
        "contacts",
        "lead office",
        "of the lead",
        data={"responsibilities": "{responsibility}", "liaison": "某人", "since": "2017-04-12"},
        says="更改联系人",
    ),
    # -- messages and chasing
    page("message_list", "known", says="本人的消息"),
    write("messages_read", "known", says="标为已读"),
    write(
        "saved_lists", "known", data={"address": "/briefs/?kind=plan", "name": "简报"}, says="本人的已存筛选"
    ),
    page("own_account", "known", says="我的账号：本人的信息和消息设置"),
    write("own_account", "known", data={"wanted": ["digest:mail"]}, says="选择收哪几类消息"),
    api("api_message_preferences", "known", says="本人的消息设置"),
    api_write(
        "api_message_preferences",
        "known",
        method="PUT",
        data={"wanted": ["digest:mail"]},
        ok=200,
        says="选择收哪几类消息",
    ),
    page("chase_now", "filers office second", ok=302, says="未报齐的单位：当季"),
    page("chase_list", "filers office second", "of the open quarter", says="未报齐的单位"),
    page("chase", "lead home office", "of a body that owes", says="催报单：办公室，或任务的牵头单位"),
    write(
        "chase",
        "lead office",
        "of a body that owes",
        data={"key": CHASE_KEY, "responsibilities": ["{duty}"], "means": "message", "mail": "on"},
        but={"home": 409},
        says="发消息催报：其他牵头单位不能催这一项",
    ),
    write(
        "chase",
        "lead office",
        "of a body that owes, by telephone",
        data={
            "key": CHASE_KEY,
            "responsibilities": ["{duty}"],
            "means": "telephone",
            "spoke_to": "李处长",
        },
        but={"home": 409},
        says="记录电话催报",
    ),
    write(
        "chase_several",
        "lead home office",
        "of the open quarter",
        data={"key": CHASE_KEY, "action": "all"},
        but=dict.fromkeys(("other", "co", "second"), 422),
        says="一次催报几个单位：各催由本人可以催的",
    ),
    page("sent", "office", says="发送记录"),
    write("delivery_retry", "office", data={"delivery": ["{failed}"]}, says="重发失败的消息"),
    # -- briefs
    page("brief_list", "briefed", says="简报列表"),
    write("brief_subscriptions", "briefed", data={"kinds": "plan"}, says="订阅简报"),
    write("brief_subscription", "briefed", "brief issued", data={"wanted": "1"}, says="订阅这一种简报"),
    page("brief", "office", "brief draft", but={"second leadership expert": 404}, says="简报：草稿"),
    page("brief", "briefed", "brief issued", says="简报：已印发"),
    page("brief", "briefed", "brief withdrawn", says="简报：已撤回"),
    page("brief", "office", "brief discarded", but={"second leadership expert": 404}, says="简报：已作废"),
    page(
        "brief_pdf",
        "office",
        "brief draft",
        but={"second leadership expert": 404},
        logs=True,
        says="简报 PDF：草稿",
    ),
    page("brief_pdf", "briefed", "brief issued", logs=True, says="简报 PDF：已印发"),
    write("brief_read", "briefed", "brief issued", says="简报标为已阅"),
    write("brief_read", "office", "brief withdrawn", says="简报标为已阅：已撤回"),
    page("brief_pdf", "office", "brief withdrawn", logs=True, says="简报 PDF：已撤回"),
    page(
        "brief_pdf",
        "office",
        "brief discarded",
        but={"second leadership expert": 404},
        logs=True,
        says="简报 PDF：已作废",
    ),
    page(
        "brief_figures", "office", "brief draft", but={"second leadership expert": 404}, says="简报数据：草稿"
    ),
    page("brief_figures", "briefed", "brief issued", says="简报数据：已印发"),
    page("brief_figures", "office", "brief withdrawn", says="简报数据：已撤回"),
    page(
        "brief_figures",
        "office",
        "brief discarded",
        but={"second leadership expert": 404},
        says="简报数据：已作废",
    ),
    write("brief_ask", "office", data={"plan": "{plan}", "quarter": "2017Q1"}, says="申请简报"),
    write("brief_set_ask", "office", data={"plan": "{plan}", "quarter": "2017Q1"}, says="申请整套简报"),
    page("brief_set", "office", "of a set of briefs", says="整套简报"),
    write(
        "brief_set_hand_over",
        "office",
        "of a set of briefs",
        writes=False,
        says="送达整套的反馈单：没有已印发的",
    ),
    write("brief_hand_over", "office", "brief issued", writes=False, says="送达反馈单：有期号的简报不送达"),
    page("feedback_list", "filers", says="收到的反馈单"),
    page(
        "feedback_pdf",
        "lead",
        "slip",
        but={"co other home": 404},
        logs=True,
        says="反馈单（PDF）：送达单位的",
    ),
    write("feedback_sign", "lead", "slip", but={"co other home": 404}, says="签收反馈单：送达单位的"),
    page("brief_settings", "office", says="整套与期号"),
    write(
        "brief_settings",
        "office",
        data={"plan": "{plan}", "kinds": "one_page", "kinds_seen": "plan,one_page,feedback"},
        form="kinds",
        says="设定整套的种类",
    ),
    write(
        "brief_settings",
        "office",
        data={"plan": "{plan}", "kind": "plan", "year": "2017", "number": "40", "confirmed": "on"},
        form="first number",
        says="设定起始期号",
    ),
    write(
        "brief_set_issue",
        "office",
        "of a set of briefs",
        ok=409,
        data={"checked": "on"},
        writes=False,
        says="印发整套简报：没有草稿的",
    ),
    page("brief_set_zip", "office", "of a set of briefs", ok=404, says="整套简报（ZIP）：没有已印发的"),
    page("brief_set_print", "office", "of a set of briefs", ok=404, says="整套简报的打印文件：没有已印发的"),
    write("brief_set_stop", "office", "of a set of briefs", says="停止整套简报"),
    write("brief_set_retry", "office", "of a set of briefs", says="重新制作整套简报"),
    write(
        "brief_set_discard",
        "office",
        "of a set of briefs",
        data={"reason": "放弃"},
        says="作废整套简报的草稿",
    ),
    page("brief_docx", "office", "brief draft", logs=True, says="简报工作稿（Word）"),
    page("brief_xlsx", "office", "brief draft", logs=True, says="简报工作稿（Excel）"),
    page("brief_edit", "office", "brief draft", says="修改简报文字"),
    write(
        "brief_edit", "office", "brief draft", data={"imprint/copies": "60", "seen": "0"}, says="修改简报文字"
    ),
    write("brief_issue", "office", "brief draft", data={"checked": "on"}, says="印发简报"),
    write("brief_withdraw", "office", "brief issued", data={"reason": "有误"}, says="撤回简报"),
    write("brief_discard", "office", "brief draft", data={"reason": "放弃"}, says="作废简报：草稿"),
    write("brief_discard", "office", "brief failed", data={"reason": "放弃"}, says="作废简报：生成失败的"),
    write("brief_retry", "office", "brief failed", says="重新制作简报"),
    page("verify", "all", says="核验"),
    write("verify", "", ok=200, no=422, stranger=422, writes=False, says="核验：没有文件"),
    page("verify_code", "all", "of a code", says="核验一个编码"),
    # -- scores
    page(
        "score_list",
        "overseers",
        "of scores, announced",
        but={"filers": 302},
        says="考核得分：各单位转到本单位的",
    ),
    page("score_list", "overseers", "of scores, not proposed", but={"filers": 302}, says="考核得分：试算"),
    page(
        "score_xlsx", "filers overseers", "of scores, announced", says="考核得分（Excel），各单位只有本单位的"
    ),
    page("score", "lead overseers", "of a body's score, announced", says="一家单位的考核得分：已公布"),
    page("score", "lead overseers", "of a body's score, not announced", says="一家单位的考核得分：试算"),
    page("schemes", "filers overseers", "of scores, announced", says="考核办法"),
    page("scheme_edit", "office", "of scores, announced", says="起草考核办法"),
    write("scheme_edit", "office", "of scores, announced", data=SCHEME, says="起草考核办法"),
    write(
        "schemes",
        "second leadership",
        "of scores, announced",
        data={"number": "2", "revision": "1", "action": "adopt"},
        says="决定施行考核办法",
    ),
    page("score_evidence", "office second", "of scores, a quarter", says="佐证评定"),
    write(
        "score_evidence",
        "office",
        "of scores, a quarter",
        data={"{grade}": "good"},
        but={"second": 302},
        says="评定佐证质量：复核人只对办公室所在单位",
    ),
    page("score_try", "office second", "of scores, announced", says="试算另一种考核办法"),
    write(
        "score_list", "office", "of scores, not proposed", data={"action": "propose"}, says="提请公布考核结果"
    ),
    write(
        "score_list",
        "second leadership",
        "of scores, proposed",
        data={"action": "announce", "sheet": "{sheet}"},
        says="公布考核结果",
    ),
    write(
        "score",
        "office",
        "of a body's score, not announced",
        data={"action": "correct", "points": "1", "reason": "漏计"},
        says="提出人工调整得分",
    ),
    write(
        "score",
        "second leadership",
        "of a body's score, to be corrected",
        data={"action": "approve", "correction": "{correction}"},
        says="批准人工调整得分",
    ),
    write(
        "score",
        "lead.approver",
        "of a body's score, announced",
        data={"action": "appeal", "text": "有异议"},
        says="对考核得分申诉",
    ),
    write(
        "score",
        "office",
        "of a body's score, contested",
        data={"action": "answer", "upheld": "no", "answer": "经查无误"},
        says="答复申诉",
    ),
    # -- supervision
    page("notice_list", "filers overseers", says="督办台账"),
    page("notice", "office second", "notice proposed", no=404, but=NO_NOTICES, says="督办：建议"),
    page("notice", "lead overseers", "notice issued", no=404, but=NO_NOTICES, says="督办：已签发"),
    page("notice", "lead overseers", "notice answered", no=404, but=NO_NOTICES, says="督办：已反馈"),
    page("notice_pdf", "lead overseers", "notice issued", no=404, but=NO_NOTICES, says="督办单 PDF"),
    page("notice_grades", "office", says="督办等级"),
    write("notice_grades", "office", ok=409, writes=False, says="设定督办等级：没有看过现状的，不行"),
    page("notice_new", "office second", says="发督办单"),
    write(
        "notice_new", "office", data=BY_HAND, but={"second": 422}, says="发督办单：复核人只对办公室所在单位"
    ),
    write(
        "notice_issue",
        "office",
        "notice proposed",
        data=CONTENT,
        says="签发督办建议",
    ),
    write(
        "notice_issue",
        "second",
        "notice to the office's body",
        data=CONTENT,
        says="签发给办公室所在单位的督办：由复核人",
    ),
    write("notice_reject", "office", "notice proposed", data={"reason": "已办"}, says="不予督办"),
    write("notice_acknowledge", "lead", "notice issued", but=OTHERS_NOTICE, says="签收督办"),
    write(
        "notice_answer",
        "lead",
        "notice acknowledged",
        data={"text": "正在办理。", "revision": "0", "action": "save"},
        but=OTHERS_NOTICE,
        says="起草反馈",
    ),
    write(
        "notice_answer",
        "lead.approver",
        "notice acknowledged",
        data={"text": "已办理。", "revision": "0", "action": "send"},
        but=OTHERS_NOTICE,
        says="签批反馈",
    ),
    page(
        "notice_answer_file",
        "lead overseers",
        "answer file",
        but={"co other home": 404},
        says="督办反馈的佐证材料：随反馈报送的",
    ),
    page(
        "notice_answer_file",
        "lead",
        "answer draft file",
        but={"co other home overseers": 404},
        says="督办反馈的佐证材料：草稿的",
    ),
    write(
        "notice_decide",
        "office",
        "notice answered",
        data={"answer": "{answer}", "action": "accept"},
        says="办结督办、退回反馈",
    ),
    write(
        "notice_take_back",
        "lead.approver",
        "notice answered",
        data={"reason": "数字有误"},
        but={"co other home": 404},
        says="撤回督办反馈：审核以前",
    ),
    write("notice_withdraw", "office", "notice issued", data={"reason": "发错"}, says="撤销督办"),
    write(
        "notice_reopen",
        "",
        "notice issued",
        data={"reopen-reason": "未办完", "reopen-due_on": "2017-05-20"},
        but={"office": 302, "second": 403},
        says="重开督办：没有办结的不用重开",
    ),
    write(
        "notice_issue_several",
        "office second",
        data={"action": "check", "notices": "999999"},
        writes=False,
        says="签发所选督办建议：先逐件核对",
    ),
    write("notice_document", "office", "notice acknowledged", says="重新生成督办文件"),
    page("supervision_rules", "overseers", says="督办规则"),
    write(
        "supervision_rules",
        "office",
        data={"action": "add", "stage": "answer", "after_days": "3", "to": "head"},
        says="更改督办规则",
    ),
    # -- instructions
    page("instruction_list", "filers overseers", says="批示列表"),
    page("instruction", "overseers", "instruction waiting", no=404, but=NO_NOTICES, says="批示：待交办"),
    page(
        "instruction",
        "lead overseers",
        "instruction assigned",
        no=404,
        but=NO_NOTICES,
        says="批示：已交办牵头单位",
    ),
    page("instruction_new", "office leadership", "on a task", says="写批示、登记批示"),
    write("instruction_new", "office leadership", "on a task", data=WORDS, says="写批示、登记批示"),
    write(
        "instruction_assign",
        "office",
        "instruction waiting",
        data={"key": NOTICE_KEY, "agency": "{lead}", **CONTENT},
        but={"second": 422},
        says="交办批示：复核人只对办公室所在单位",
    ),
    write(
        "instruction_seen",
        "lead office second",
        "instruction assigned",
        no=404,
        but={"leadership": 403},
        says="确认已阅一条批示：批示人以外办理的人",
    ),
    write(
        "version_seen",
        "co",
        "co returned",
        no=404,
        but={"lead office second": 403},
        says="确认已阅退回：被退回的单位",
    ),
    write("instruction_aside", "office", "instruction waiting", data={"reason": "阅知"}, says="批示不交办"),
    write(
        "instruction_new",
        "office leadership",
        "on a return",
        data=WORDS,
        says="写批示、登记批示：针对一份填报",
    ),
    page(
        "instruction_file",
        "lead overseers",
        "scan of an instruction",
        no=404,
        but={"expert viewer admins nobody": 403},
        says="批示扫描件：已交办牵头单位",
    ),
    page("resolutions", "office", "on a task", says="登记会议议定事项"),
    write(
        "resolutions",
        "office",
        "on a task",
        data={"key": NOTICE_KEY, "meeting": "领导小组会议", "held_on": "2017-04-10", "row0-words": "同意。"},
        says="登记会议议定事项",
    ),
    page("focus", "overseers", "of the plan", says="重点关注"),
    # -- requests for coordination
    page("coordination_document", "office", "of chosen requests", says="议题清单、汇报稿"),
    page("coordination_list", "filers overseers", says="提请协调事项列表"),
    page(
        "coordination",
        "lead co overseers",
        "request raised",
        no=404,
        but=NO_NOTICES,
        says="提请协调事项：配合单位提出",
    ),
    page("coordination_new", "office", says="登记提请协调事项"),
    write(
        "coordination_new",
        "office",
        "on a task",
        data={"key": NOTICE_KEY, "task": "{commented}", "agency": "{lead}", "text": "请协调用地。"},
        says="登记提请协调事项",
    ),
    *(
        write(
            "coordination_act",
            who,
            at,
            data={"action": action, **data},
            but={"home": 404} if at == "request assigned" else {"other home": 404},
            says=f"提请协调事项：{words}",
        )
        for action, at, who, data, words in (
            ("opine", "request raised", "office", {"words": "建议研究。"}, "登记拟办意见"),
            (
                "meet",
                "request raised",
                "office",
                {"words": "同意。", "meeting": "领导小组会议", "held_on": "2017-04-10"},
                "登记会议研究",
            ),
            (
                "assign",
                "request raised",
                "office",
                {"words": "请办理。", "agency": "{lead}", "due_on": "2017-04-28"},
                "交办",
            ),
            ("answer", "request assigned", "office other.approver", {"words": "已解决。"}, "登记办理结果"),
            ("settle", "request answered", "co.approver", {}, "确认已解决"),
            ("unsettle", "request answered", "co.approver", {"words": "还差资金。"}, "未解决，重新办理"),
            ("withdraw", "request added", "office", {"words": "重复。"}, "撤回办公室登记的"),
        )
    ),
    page(
        "coordination_file",
        "lead co other overseers",
        "file of a request",
        no=404,
        but={"expert viewer admins nobody": 403},
        says="提请协调事项的附件：交办给另一单位",
    ),
    # -- news
    page("news", "business", says="最新动态：各人所能看的"),
    write("news_read", "business", data={"until": "2017-04-11T10:00:00+08:00"}, says="最新动态：标为已读"),
    # -- experts' comments
    page("comment_list", "filers briefed", says="专家意见列表"),
    page("comments_about", "business", "comments on a task", says="对一项任务的专家意见"),
    page(
        "comments_about",
        "briefed",
        "comments on a brief",
        no=404,
        but={"admins nobody": 403},
        says="对一份简报的专家意见",
    ),
    write(
        "comments_about",
        "expert",
        "comments on a task",
        data={"key": COMMENT_KEY, "text": "指标口径宜与统计年鉴一致。"},
        says="提出专家意见",
    ),
    page("comment", "briefed", "comment kept", no=404, but=NO_COMMENTS, says="一条专家意见：未转送"),
    page("comment", "lead briefed", "comment released", no=404, but=NO_COMMENTS, says="一条专家意见：已转送"),
    write("comment_release", "office", "comment kept", data={"agencies": ["{lead}"]}, says="转送专家意见"),
    write("comment_withdraw", "expert", "comment kept", data={"reason": "看错了数"}, says="撤回专家意见"),
    # -- jobs
    page("job", "office", "of the system", no=404, says="作业进度：系统的"),
    page("job", "lead.reporter office", "of a reporter", no=404, says="作业进度：本人的"),
    # -- the API: signing in
    Row(
        "api_token",
        "",
        method="POST",
        api=True,
        no=422,
        stranger=422,
        says="接口：取得令牌（没有用户名和密码）",
    ),
    Row("api_token", "known", method="DELETE", api=True, ok=204, stranger=401, says="接口：注销令牌"),
    api("api_schema", "business", says="接口：说明"),
    api("api_unknown", "", "of nothing", no=404, but={"admins nobody": 403}, says="接口：没有的地址"),
    # -- the API: the plan and its figures
    api("api_plan_list", "business", says="接口：方案列表"),
    api("api_plan", "business", "of the plan", says="接口：方案"),
    api("api_text", "business", "of the plan", says="接口：方案原文"),
    api("api_passage_list", "business", "of the plan", says="接口：原文段落"),
    api("api_structure", "business", "of the plan", says="接口：方案结构"),
    api("api_group_list", "business", "of the plan", says="接口：任务组"),
    api("api_sector_list", "business", "of the plan", says="接口：重点领域"),
    api("api_indicator_list", "business", "of the plan", says="接口：指标"),
    api("api_target_list", "business", "of the plan", says="接口：目标"),
    api("api_project_list", "business", "of the plan", says="接口：重大项目"),
    api("api_evaluation", "business", "of a plan that has ended", says="接口：总结评估"),
    api("api_assessment_list", "business", "of a target in words", says="接口：目标评估"),
    api_write(
        "api_assessment_list",
        "office",
        "of a target in words",
        data={"key": CHASE_KEY, "quarter": "2017Q1", "verdict": "mostly", "note": "据年报"},
        says="接口：评估文字目标",
    ),
    api(
        "api_target_standing_list",
        "business",
        "of the plan",
        sees="lead office second",
        says="接口：目标的实际、序时目标与来源",
    ),
    api("api_adjustment_list", "business", "of the plan", says="接口：调整"),
    api(
        "api_adjustment",
        "business",
        "approved",
        no=404,
        but={"admins nobody": 403},
        says="接口：已批准的调整",
    ),
    api(
        "api_adjustment",
        "office leadership",
        "proposed",
        no=404,
        but={"admins nobody": 403},
        says="接口：待批准的调整",
    ),
    api("api_agency_list", "business", says="接口：单位列表"),
    api("api_agency", "business", "of the body itself", says="接口：单位"),
    api("api_cycle_list", "business", "of the plan", says="接口：填报周期"),
    api("api_levels", "business", "of the plan", sees="", says="接口：汇总"),
    api("api_behind", "business", "of a number", sees="", says="接口：数据来源"),
    api("api_all_levels", "business", sees="", says="接口：汇总，跨方案"),
    api("api_search", "business", data={"words": "征地 补偿"}, says="接口：搜索"),
    api("api_figures", "business", "of the plan", sees="", says="接口：季度数据（不含文字）"),
    api("api_history", "business", "of the plan", says="接口：历季灯和报送率"),
    api("api_task_list", "business", "of the plan", sees="", says="接口：任务列表"),
    api("api_task", "business", "of a task reported", sees="", says="接口：任务"),
    api("api_responsibility_list", "business", "of the plan", says="接口：责任矩阵"),
    api("api_body_list", "business", "of the plan", says="接口：单位本季情况列表"),
    api("api_body", "business", "of a body", says="接口：单位本季情况"),
    # -- the API: returns
    api("api_desk", "filers", "of the plan", says="接口：工作台"),
    api("api_review", "filers office second", "of the plan", says="接口：审核队列"),
    api("api_return_list", "business", says="接口：填报列表", sees=f"lead co home {SEES_PROBLEMS}"),
    api("api_version_list", "business", says="接口：版本列表", sees=f"lead co home {SEES_PROBLEMS}"),
    api("api_draft", "", "nothing yet", but={"filers": 404}, says="接口：填报，尚未填"),
    api("api_draft", "lead co", "draft", but={"filers": 404}, says="接口：填报，草稿"),
    api_write("api_draft", "lead co", "nothing yet", method="PUT", data=FILED, says="接口：保存草稿"),
    api_write(
        "api_draft",
        "",
        "submitted",
        method="PUT",
        data={**FILED, "revision": 1},
        but={"lead co": 409},
        says="接口：保存已提交的：不许",
    ),
    *(
        api(
            "api_return",
            who,
            at,
            no=404,
            but={"admins nobody": 403},
            sees=sees,
            says=f"接口：填报（{words}）",
        )
        for at, words, who, sees in (
            ("co draft", "配合，草稿", "co", "co"),
            ("co handed", "配合，待签批", "co", "co"),
            ("co submitted", "配合，已提交", "co lead office second", "co lead office second"),
            ("co returned", "配合，已退回", "co lead office second", "co lead office second"),
            ("co accepted", "配合，已采纳", "business", f"co lead {SEES_PROBLEMS}"),
            ("lead draft", "牵头，草稿", "lead", "lead"),
            ("lead submitted", "牵头，已提交", "lead office second", "lead office second"),
            ("lead returned", "牵头，已退回", "lead office second", "lead office second"),
            ("lead accepted", "牵头，已核定", "business", f"lead {SEES_PROBLEMS}"),
            ("home submitted", "办公室所在单位，已提交", "home office second", "home office second"),
        )
    ),
    *(
        api(
            "api_version",
            who,
            at,
            no=404,
            but={"admins nobody": 403},
            sees=sees,
            says=f"接口：版本（{words}）",
        )
        for at, words, who, sees in (
            ("co submitted", "配合，已提交", "co lead office second", "co lead office second"),
            ("co accepted", "配合，已采纳", "business", f"co lead {SEES_PROBLEMS}"),
            ("lead submitted", "牵头，已提交", "lead office second", "lead office second"),
            ("lead accepted", "牵头，已核定", "business", f"lead {SEES_PROBLEMS}"),
        )
    ),
    api_write(
        "api_save",
        "lead co",
        "lead draft",
        data=[{**PLACE, **FILED, "revision": 1}],
        says="接口：保存草稿（成批）",
    ),
    api_write("api_hand", "co", "co draft", data={"returns": ["{return}"]}, says="接口：交签批"),
    api_write(
        "api_take_back",
        "co",
        "co handed",
        data={"returns": ["{return}"], "note": "补数字"},
        says="接口：取回修改；签批人退回填报员",
    ),
    api_write(
        "api_submit", "co.approver", "co handed", data={"returns": ["{return}"]}, says="接口：签批提交"
    ),
    api_write(
        "api_withdraw",
        "co.approver",
        "co submitted",
        data={"returns": ["{return}"], "reason": "数字抄错"},
        says="接口：撤回",
    ),
    api_write(
        "api_undo",
        "",
        "lead accepted",
        data={"versions": ["{version}"]},
        says="接口：撤销决定，只由作出决定的人",
    ),
    api_write(
        "api_correct",
        "office",
        "lead accepted",
        data={
            "reason": "误核",
            "decisions": [
                {"version": "{version}", "accept": True, "verified_light": "red", "verification": "true"}
            ],
        },
        says="接口：更正核定",
    ),
    api_write(
        "api_decide",
        "lead office",
        "co submitted",
        data=[{"version": "{version}", "accept": True, "note": "核对过"}],
        says="接口：采纳、退回配合填报",
    ),
    api_write("api_decide", "office", "lead submitted", data=[ACCEPT], says="接口：核定、退回牵头汇总"),
    api_write(
        "api_decide", "second", "home submitted", data=[ACCEPT], says="接口：核定办公室所在单位的牵头汇总"
    ),
    api_write(
        "api_decide", "", "lead accepted", data=[ACCEPT], but={"office": 409}, says="接口：再次决定：不许"
    ),
    api_write(
        "api_supplement",
        "office",
        "lead accepted",
        data=[{"version": "{version}", "reason": "补佐证", "answer_by": "2017-04-20T17:00:00+08:00"}],
        says="接口：要求补充报告",
    ),
    api_write(
        "api_supplement_undo",
        "",
        "lead accepted",
        data={"versions": ["{version}"]},
        says="接口：撤销补充要求，没有这项要求",
    ),
    api("api_extension_list", "filers office second", "of the plan", says="接口：报送延期"),
    api_write(
        "api_extension_list",
        "",
        "of the plan",
        data={"quarter": "2017Q1", "until": "2016-04-20T17:00:00+08:00", "reason": "搬迁"},
        but={APPROVERS: 422},
        says="接口：申请报送延期，期限已过",
    ),
    api_write(
        "api_extension_act",
        "",
        data={"action": "grant", "extensions": [999999]},
        says="接口：办理报送延期，没有这项申请",
    ),
    api("api_progress", "office second", "of the plan", says="接口：报送进度"),
    # -- the API: evidence
    api(
        "api_return_evidence",
        "co",
        "co draft",
        but={"filers": 404},
        says="接口：草稿的佐证材料",
    ),
    api_write(
        "api_return_evidence",
        "co",
        "co draft",
        ok=201,
        data={"files": "{file}"},
        but={"filers": 404},
        upload=True,
        says="接口：添加佐证材料",
    ),
    api_write(
        "api_return_evidence",
        "",
        "co submitted",
        data={"files": "{file}"},
        but={"co": 409, "filers": 404},
        upload=True,
        says="接口：给已提交的添加佐证材料：不许",
    ),
    api_write(
        "api_return_evidence_file",
        "co",
        "evidence co draft",
        method="DELETE",
        ok=204,
        but={"filers": 404},
        says="接口：删除佐证材料",
    ),
    *(
        api(
            "api_evidence",
            who,
            f"evidence {at}",
            no=404,
            but={"admins nobody": 403},
            says=f"接口：下载佐证材料（{words}）",
        )
        for at, words, who in (
            ("co draft", "配合，草稿", "co"),
            ("co submitted", "配合，已提交", "co lead office second"),
            ("co accepted", "配合，已采纳", f"co lead {SEES_PROBLEMS}"),
            ("lead accepted", "牵头，已核定", f"lead {SEES_PROBLEMS}"),
        )
    ),
    # -- the API: work plans
    api("api_workplan_list", "business", says="接口：实施方案列表"),
    *(
        api("api_workplan", who, at, no=404, but={"admins nobody": 403}, says=f"接口：实施方案（{words}）")
        for at, words, who in (
            ("plan draft", "草稿", "lead"),
            ("plan submitted", "待确认", "lead office second"),
            ("plan returned", "已退回", "lead office second"),
            ("plan confirmed", "已确认", "business"),
        )
    ),
    api("api_schedule", "business", "of the plan", says="接口：序时进度"),
    api("api_milestone_report_list", "business", says="接口：节点完成报告列表"),
    api("api_milestone_report", "business", "node reached", says="接口：节点完成报告"),
    api(
        "api_workplan_section", "lead", "plan draft section", but={"filers": 404}, says="接口：一项任务的草稿"
    ),
    api_write(
        "api_workplan_section",
        "lead",
        "plan draft section",
        method="PUT",
        data=SECTION_JSON,
        but={"co": 409, "other home": 403},
        says="接口：保存一项任务的草稿",
    ),
    api_write(
        "api_workplan_save",
        "lead",
        "plan draft",
        data={"plan": "{plan}", "period": "2017", "sections": [{"task": "{ref}", **SECTION_JSON}]},
        but={"co": 409},
        says="接口：保存草稿（成批）",
    ),
    api_write("api_workplan_hand", "lead", "plan draft", data=THESE, says="接口：实施方案交签批"),
    api_write(
        "api_workplan_take_back",
        "lead",
        "plan handed",
        data={**THESE, "note": "请补充节点"},
        says="接口：取回实施方案",
    ),
    api_write(
        "api_workplan_withdraw",
        "lead.approver",
        "plan submitted",
        data={**THESE, "note": "数字有误"},
        says="接口：撤回实施方案",
    ),
    api_write("api_workplan_submit", "lead.approver", "plan handed", data=THESE, says="接口：提交实施方案"),
    api_write(
        "api_workplan_revise",
        "lead",
        "plan confirmed",
        data={**THESE, "note": "改"},
        says="接口：修改已确认的",
    ),
    api_write(
        "api_workplan_drop",
        "",
        "plan draft",
        data=THESE,
        but={"lead": 409},
        says="接口：放弃修改，没有可恢复的",
    ),
    api_write("api_workplan_drop", "lead", "plan revised", data=THESE, says="接口：放弃修改"),
    api_write(
        "api_workplan_decide",
        "office",
        "plan submitted",
        data=[{"version": "{version}", "confirm": True}],
        says="接口：确认、退回实施方案",
    ),
    api_write(
        "api_workplan_decide",
        "second",
        "plan home submitted",
        data=[{"version": "{version}", "confirm": True}],
        says="接口：确认办公室所在单位的",
    ),
    api_write(
        "api_workplan_undo",
        "",
        "plan confirmed",
        data={"versions": ["{version}"]},
        but={"office": 409},
        says="接口：撤销对实施方案的决定，节点已报告的不再撤销",
    ),
    api_write(
        "api_workplan_correct",
        "",
        "plan confirmed",
        data={"reason": "误核", "decisions": [{"version": "{version}", "confirm": False}]},
        says="接口：更正对实施方案的决定，不是作出决定的人",
    ),
    api_write(
        "api_milestone_report_new",
        "lead",
        "node open",
        data=[{"milestone": "{node}", "reached_on": "2017-04-10", "words": "办结"}],
        says="接口：报告节点完成",
    ),
    api_write(
        "api_milestone_undo",
        "lead",
        "node reached",
        data={"reports": ["{report}"], "reason": "错"},
        says="接口：撤销节点完成报告",
    ),
    api_write(
        "api_milestone_refute",
        "office",
        "node reached",
        data={"reports": ["{report}"], "reason": "不实"},
        says="接口：不予认定节点完成",
    ),
    # -- the API: briefs and jobs
    api("api_brief_list", "briefed", says="接口：简报列表"),
    api("api_brief", "office", "brief draft", but={"second leadership expert": 404}, says="接口：简报，草稿"),
    api("api_brief", "briefed", "brief issued", says="接口：简报，已印发"),
    api(
        "api_brief",
        "office",
        "brief discarded",
        but={"second leadership expert": 404},
        says="接口：简报，已作废",
    ),
    api(
        "api_brief_pdf",
        "office",
        "brief draft",
        but={"second leadership expert": 404},
        logs=True,
        says="接口：PDF，草稿",
    ),
    api("api_brief_pdf", "briefed", "brief issued", logs=True, says="接口：PDF，已印发"),
    api("api_brief_pdf", "office", "brief withdrawn", logs=True, says="接口：PDF，已撤回"),
    api(
        "api_brief_figures",
        "office",
        "brief draft",
        but={"second leadership expert": 404},
        says="接口：简报数据，草稿",
    ),
    api("api_brief_figures", "briefed", "brief issued", says="接口：简报数据，已印发"),
    api("api_brief_figures", "office", "brief withdrawn", says="接口：简报数据，已撤回"),
    api_write(
        "api_brief_list",
        "office",
        ok=201,
        data={"plan": "{plan}", "quarter": "2017Q1"},
        says="接口：申请简报",
    ),
    api_write("api_brief_issue", "office", "brief draft", ok=202, says="接口：印发简报"),
    api_write("api_brief_withdraw", "office", "brief issued", data={"reason": "有误"}, says="接口：撤回简报"),
    api_write("api_brief_discard", "office", "brief draft", data={"reason": "放弃"}, says="接口：作废简报"),
    api_write("api_brief_retry", "office", "brief failed", ok=202, says="接口：重新制作简报"),
    # -- the API: supervision and instructions
    api("api_notice_list", "filers overseers", says="接口：督办列表"),
    api("api_notice", "office second", "notice proposed", no=404, but=NO_NOTICES, says="接口：督办，建议"),
    api("api_notice", "lead overseers", "notice issued", no=404, but=NO_NOTICES, says="接口：督办，已签发"),
    api("api_notice_pdf", "lead overseers", "notice issued", no=404, but=NO_NOTICES, says="接口：督办单 PDF"),
    api_write(
        "api_notice_list",
        "office",
        ok=201,
        data={"plan": "{plan}", "agency": "{lead.slug}", "ground": "hand", **CONTENT},
        says="接口：发督办单",
    ),
    api_write("api_notice_issue", "office", "notice proposed", data=CONTENT, says="接口：签发督办建议"),
    api_write(
        "api_notice_issue",
        "second",
        "notice to the office's body",
        data=CONTENT,
        says="接口：签发给办公室所在单位的督办",
    ),
    api_write(
        "api_notice_reject", "office", "notice proposed", data={"reason": "已办"}, says="接口：不予督办"
    ),
    api_write("api_notice_acknowledge", "lead", "notice issued", but=OTHERS_NOTICE, says="接口：签收督办"),
    api_write(
        "api_notice_answer",
        "lead.approver",
        "notice acknowledged",
        data={"text": "已办理。"},
        but=OTHERS_NOTICE,
        says="接口：签批反馈",
    ),
    api_write(
        "api_notice_decide",
        "office",
        "notice answered",
        data={"answer": "{answer}", "accept": True},
        says="接口：办结督办、退回反馈",
    ),
    api_write(
        "api_notice_withdraw", "office", "notice issued", data={"reason": "发错"}, says="接口：撤销督办"
    ),
    api("api_instruction_list", "filers overseers", says="接口：批示列表"),
    api(
        "api_instruction",
        "overseers",
        "instruction waiting",
        no=404,
        but=NO_NOTICES,
        says="接口：批示，待交办",
    ),
    api(
        "api_instruction",
        "lead overseers",
        "instruction assigned",
        no=404,
        but=NO_NOTICES,
        says="接口：批示，已交办牵头单位",
    ),
    api_write(
        "api_instruction_list",
        "office leadership",
        ok=201,
        data={
            "plan": "{plan}",
            "task": "{commented.ref}",
            "words": "请抓紧。",
            "leader": "某组长",
            "given_on": "2017-04-11",
        },
        says="接口：写批示、登记批示",
    ),
    api_write(
        "api_instruction_assign",
        "office",
        "instruction waiting",
        ok=201,
        data={"agency": "{lead.slug}", **CONTENT},
        says="接口：交办批示",
    ),
    api_write(
        "api_instruction_aside",
        "office",
        "instruction waiting",
        data={"reason": "阅知"},
        says="接口：批示不交办",
    ),
    api(
        "api_instruction_receipts",
        "lead overseers",
        "instruction assigned",
        no=404,
        but={"admins nobody": 403},
        says="接口：批示的已阅",
    ),
    api_write(
        "api_instruction_receipts",
        "lead office second",
        "instruction assigned",
        ok=201,
        no=404,
        but={"admins nobody leadership": 403},
        says="接口：确认已阅一条批示",
    ),
    api(
        "api_version_receipts",
        "co lead office second",
        "co returned",
        no=404,
        but={"admins nobody": 403},
        says="接口：退回的已阅",
    ),
    api_write(
        "api_version_receipts",
        "co",
        "co returned",
        ok=201,
        no=404,
        but={"admins nobody lead office second": 403},
        says="接口：确认已阅退回",
    ),
    # -- the API: requests for coordination
    api("api_coordination_list", "filers overseers", says="接口：提请协调事项列表"),
    api(
        "api_coordination",
        "lead co overseers",
        "request raised",
        no=404,
        but=NO_NOTICES,
        says="接口：提请协调事项，配合单位提出",
    ),
    api_write(
        "api_coordination_list",
        "office",
        ok=201,
        data={"plan": "{plan}", "task": "{commented.ref}", "agency": "{lead.slug}", "text": "请协调用地。"},
        says="接口：登记提请协调事项",
    ),
    api_write(
        "api_coordination_act",
        "office",
        "request raised",
        data={"action": "opine", "words": "建议研究。"},
        but={"other home": 404},
        says="接口：提请协调事项的办理，如拟办意见",
    ),
    api("api_scores", "filers overseers", "of scores, announced", says="接口：考核得分，各单位只有本单位的"),
    api("api_schemes", "filers overseers", "of scores, announced", says="接口：考核办法"),
    # -- the API: experts' comments
    api("api_comment_list", "filers briefed", says="接口：专家意见列表"),
    api("api_comment", "briefed", "comment kept", no=404, but=NO_COMMENTS, says="接口：专家意见，未转送"),
    api(
        "api_comment",
        "lead briefed",
        "comment released",
        no=404,
        but=NO_COMMENTS,
        says="接口：专家意见，已转送",
    ),
    api_write(
        "api_comment_list",
        "expert",
        ok=201,
        data={"kind": "task", "subject_id": "{commented}", "text": "指标口径宜与统计年鉴一致。"},
        says="接口：提出专家意见",
    ),
    api_write(
        "api_comment_release",
        "office",
        "comment kept",
        data={"agencies": ["{lead.slug}"]},
        says="接口：转送专家意见",
    ),
    api_write(
        "api_comment_withdraw",
        "expert",
        "comment kept",
        data={"reason": "看错了数"},
        says="接口：撤回专家意见",
    ),
    api("api_job_list", "business", says="接口：作业列表"),
    api("api_job", "office", "of the system", no=404, but={"admins nobody": 403}, says="接口：作业，系统的"),
    api(
        "api_job",
        "lead.reporter office",
        "of a reporter",
        no=404,
        but={"admins nobody": 403},
        says="接口：作业，本人的",
    ),
)


# -- in words -----------------------------------------------------------------------------------------------

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
_WORDS = {
    "lead": "牵头单位",
    "co": "配合单位",
    "other": "其他单位",
    "home": "办公室所在单位",
    "filers": "各单位填报员、签批人",
    "lead.reporter": "牵头单位填报员",
    "lead.approver": "牵头单位签批人",
    "co.approver": "配合单位签批人",
    "office": "办公室",
    "second": "复核人",
    "leadership": "领导小组",
    "expert": "专家",
    "viewer": "查阅",
    "overseers": "办公室、复核人、领导小组",
    "briefed": "办公室、复核人、领导小组、专家",
    "business": "各业务角色",
    "accounts": "系统管理员",
    "rights": "安全保密管理员",
    "audit": "安全审计员",
    "admins": "三员",
    "nobody": "无角色账号",
    "known": "已登录者",
    "stranger": "未登录者",
    "all": "任何人",
    "": "无人",
}


def _named(words: str) -> str:
    return "、".join(_WORDS.get(word, word) for word in words.split(" "))


def as_lines() -> Iterator[str]:
    """The table in Markdown."""
    yield "| 地址 Address | 方法 | 情形 State | 说明 What | 谁可以 Who may | 见问题 Sees problems |"
    yield "|---|---|---|---|---|---|"
    for row in ROWS:
        sees = "" if row.sees is None else _named(row.sees)
        yield f"| `{row.name}` | {row.method} | {row.at} | {row.says} | {_named(row.who)} | {sees} |"


def document(text: str) -> str:
    """The document with the table as it is now."""
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return before + BEGIN + "".join(f"{line}\n" for line in as_lines()) + END + after


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
