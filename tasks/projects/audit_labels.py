"""Labels of projects and their reports in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.projects.models import State

register(
    verbs={
        "projectreport.withdraw": _("撤回项目报告"),
        "project.add": _("补充重大项目"),
        "project.assign": _("指定项目填报单位"),
        "projectreport.hand": _("项目报告交签批人"),
        "projectreport.take_back": _("取回项目报告"),
        "projectreport.send_to_reporter": _("项目报告退回填报员"),
        "projectreport.submit": _("提交项目报告"),
        "projectreport.accept": _("核定项目报告"),
        "projectreport.return": _("退回项目报告"),
        "projectreport.undo": _("撤销对项目报告的决定"),
        "projectreport.correct_to_accepted": _("项目报告更正为核定"),
        "projectreport.correct_to_returned": _("项目报告更正为退回"),
    },
    subjects={"project": _("重大项目"), "projectreport": _("项目报告")},
    states={"projectreport": dict(State.choices)},
)
