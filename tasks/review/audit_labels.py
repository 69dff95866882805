"""Labels of the review of tasks in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "plan.work_plan_roles": _("规定哪些单位报实施方案"),
        "plan.filing_rules": _("规定各类单位的填报要求"),
        "return.correct": _("更正核定"),
        "return.paper_review": _("录入线下审核"),
        "task.call": _("点名要配合单位填报"),
        "task.rhythm": _("规定任务的填报频次"),
        "task.arrange": _("安排无牵头任务的报送"),
        "task.close": _("任务销号"),
        "task.open_again": _("恢复填报"),
        "task.keep_up": _("定为长期坚持"),
        "task.review": _("年度复核"),
    },
)
