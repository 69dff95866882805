"""How each address names its plan: the table behind tasks.people.plan_scope, for permissions and for the words of a page.
A test holds that it names every address that has no plan in its path."""

from collections.abc import Mapping
from typing import Any

from tasks.comments.models import Comment
from tasks.comments.values import KINDS
from tasks.people.models import User
from tasks.people.plan_scope import Routes, plan_path
from tasks.plans.queries import published_for


def _of_comment(arguments: Mapping[str, Any]) -> int | None:
    comment = Comment.objects.filter(pk=arguments["pk"]).first()
    return _of_subject({"kind": comment.kind, "pk": comment.subject_id}) if comment else None


def _of_subject(arguments: Mapping[str, Any]) -> int | None:
    kind = KINDS.get(arguments["kind"])
    if kind is None or arguments["pk"] >= 2**63:
        return None
    manager = kind.manager
    found: int | None = (
        manager.filter(pk=arguments["pk"]).values_list(plan_path(manager.model) or "pk", flat=True).first()
    )
    return found


def _first_plan(user: User) -> str | None:
    return published_for(user).values_list("slug", flat=True).first()


_SUBMISSION = (
    "return", "version", "decide", "withdraw", "undo_decision", "correct_decision", "supplement", "supplement_undo", "return_evidence_zip", "review_sheet", "return_docx",
    "api_return", "api_return_evidence", "api_return_evidence_file",
)  # fmt: skip
_LEDGER = (
    "ledger", "ledger_columns", "ledger_rows", "ledger_act", "ledger_file", "api_ledger", "api_ledger_columns", "api_ledger_rows",
    "api_ledger_act",
)  # fmt: skip
_BRIEF = (
    "brief", "brief_subscription", "brief_edit", "brief_docx", "brief_xlsx", "brief_pdf", "brief_read", "brief_figures", "brief_issue",
    "brief_withdraw", "brief_discard", "brief_retry", "api_brief", "api_brief_issue", "api_brief_retry",
    "api_brief_withdraw", "api_brief_discard", "api_brief_pdf", "api_brief_figures", "brief_hand_over",
)  # fmt: skip
_BRIEF_SET = (
    "brief_set", "brief_set_issue", "brief_set_zip", "brief_set_stop", "brief_set_retry", "brief_set_discard", "brief_set_print",
    "brief_set_hand_over",
)  # fmt: skip
_NOTICE = (
    "notice", "notice_issue", "notice_reject", "notice_acknowledge", "notice_answer", "notice_decide", "notice_withdraw", "notice_reopen", "notice_take_back",
    "notice_document", "notice_pdf", "api_notice", "api_notice_pdf", "api_notice_issue", "api_notice_reject",
    "api_notice_acknowledge", "api_notice_answer", "api_notice_decide", "api_notice_withdraw",
)  # fmt: skip
_INSTRUCTION = (
    "instruction", "instruction_assign", "instruction_aside", "api_instruction", "api_instruction_assign",
    "api_instruction_aside", "instruction_seen", "api_instruction_receipts",
)  # fmt: skip
_COORDINATION = ("coordination", "coordination_act", "api_coordination", "api_coordination_act")
_COMMENT = (
    "comment", "comment_release", "comment_withdraw", "api_comment", "api_comment_release", "api_comment_withdraw",
)  # fmt: skip

ROUTES = Routes(
    objects={
        **dict.fromkeys(_SUBMISSION, "tasks.Submission"),
        **dict.fromkeys(("version_seen", "api_version", "api_version_receipts"), "tasks.Version"),
        **dict.fromkeys(("workplan", "workplan_version", "workplan_decide", "api_workplan"), "tasks.WorkPlan"),
        "milestone": "tasks.Milestone",
        "api_milestone_report": "tasks.MilestoneReport",
        "project_decide": "tasks.ProjectReport",
        "sealed_sheet": "tasks.SealedSheet",
        **dict.fromkeys(("extensions", "extensions_decide", "reopening", "cycle", "cycle_undo", "trial_remove"), "tasks.Cycle"),
        "reopening_end": "tasks.Reopening",
        **dict.fromkeys(_LEDGER, "tasks.Ledger"),
        **dict.fromkeys(_BRIEF, "reports.Brief"),
        **dict.fromkeys(_BRIEF_SET, "reports.BriefSet"),
        **dict.fromkeys(("feedback_pdf", "feedback_sign"), "reports.Handover"),
        **dict.fromkeys(_NOTICE, "reports.Notice"),
        **dict.fromkeys(_INSTRUCTION, "reports.Instruction"),
        **dict.fromkeys(_COORDINATION, "reports.CoordinationRequest"),
        **dict.fromkeys(_COMMENT, _of_comment),
        "comments_about": _of_subject,
    },
    asked=frozenset({
        "desk", "package", "package_sheet", "assignments", "reassign", "reassign_back", "workbook", "workbook_upload", "workbook_apply",
        "evidence_zip", "workbook_all", "review", "decide_several", "arrangements", "filing_rules", "terms", "progress",
        "extension_ask", "cycles", "contacts", "handover", "handover_take", "papers", "papers_record", "paper_enter", "paper_leave", "chase_now", "sent", "workplan_desk",
        "brief_subscriptions", "brief_settings",
    }),
    across=frozenset({
        "plan_list", "behind_all", "work", "brief_list", "brief_ask", "brief_set_ask", "notice_list", "notice_new", "notice_issue_several",
        "instruction_list", "instruction_new", "coordination_list", "coordination_new", "coordination_file", "coordination_document", "resolutions", "comment_list", "feedback_list", "supervision_rules", "verify", "verify_code", "evidence", "paper_scan", "notice_answer_file", "instruction_file",
        "search", "search_suggestions", "api_search", "news", "news_read",
        "api_plan_list", "api_agency_list", "api_agency", "api_return_list", "api_version_list", "api_workplan_list",
        "api_milestone_report_list", "api_comment_list", "api_brief_list", "api_notice_list", "api_instruction_list", "api_coordination_list",
        "api_all_levels", "api_job_list", "api_job", "api_token", "api_schema", "api_evidence",
    }),
    batches=frozenset({
        "api_save", "api_hand", "api_take_back", "api_submit", "api_withdraw", "api_decide", "api_undo", "api_correct",
        "api_supplement", "api_supplement_undo", "api_extension_act", "api_workplan_save", "api_workplan_hand", "api_workplan_take_back", "api_workplan_withdraw", "api_workplan_submit",
        "api_workplan_revise", "api_workplan_drop", "api_workplan_decide", "api_workplan_undo", "api_workplan_correct", "api_milestone_report_new",
        "api_milestone_undo", "api_milestone_refute",
    }),
    first_plan=_first_plan,
)  # fmt: skip
# What belongs to the whole site: open to whoever holds the right for all plans, or to nobody's right but their own.
WHOLE_SITE = frozenset({
    "home", "health", "livez", "readyz", "status", "login", "logout", "password", "accounts", "account_create", "account", "account_active",
    "account_password", "account_unlock", "account_sessions_end", "session_list", "session_end", "second_factor", "login_code", "account_factor_end", "rights", "rights_bodies", "rights_edit", "appoint", "appointment_end", "deputies", "deputy_end", "audit", "audit_csv", "audit_jsonl", "audit_seals", "plan_imports",
    "plan_import", "plan_import_edit", "plan_import_panel", "plan_import_act", "plan_import_file", "plan_edition", "workdays",
    "workday_unset", "body_add", "body", "body_name", "edge_add", "edge", "jurisdictions", "jurisdiction", "notice_grades",
    "lights_css", "account_list", "account_list_template", "account_list_apply", "account_invite",
    "invitation", "rights_requests", "ledgers", "api_ledger_list", "api_import_list", "api_import", "api_import_edits",
    "api_import_answers", "api_import_act", "message_list", "messages_read", "saved_lists", "own_account", "api_message_preferences", "act_for", "delivery_retry", "job", "api_unknown",
    "text_size", "first_use", "help", "help_index", "handbook", "handbook_pdf",
})  # fmt: skip
