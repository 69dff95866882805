"""Labels of briefs in the audit log."""

from django.utils.translation import gettext_lazy as _

from reports.briefs.models import BriefState
from tasks.audit.labels import register

register(
    verbs={
        "brief.ask": _("申请简报"),
        "brief.amend": _("修改简报文字"),
        "brief.copy": _("取简报工作稿"),
        "brief.set": _("申请整套简报"),
        "brief.set_kinds": _("设定整套简报的种类"),
        "brief.series": _("设定简报起始期号"),
        "brief.set_issue": _("印发整套简报"),
        "brief.set_stop": _("停止整套简报"),
        "brief.freeze": _("简报数据定稿"),
        "brief.fail": _("简报制作失败"),
        "brief.retry": _("重新制作简报"),
        "brief.render_failed": _("简报排版失败"),
        "brief.hand_over": _("送达反馈单"),
        "brief.sign_for": _("签收反馈单"),
        "brief.publish": _("简报生成"),
        "brief.issue": _("印发简报"),
        "brief.supersede": _("简报被新版替代"),
        "brief.withdraw": _("撤回简报"),
        "brief.discard": _("作废简报草稿"),
        "brief.set_discard": _("作废整套简报的草稿"),
    },
    subjects={
        "brief": _("简报"),
        "briefset": _("整套简报"),
        "setcontent": _("整套简报的种类"),
        "seriesstart": _("简报期号"),
    },
    states={"brief": dict(BriefState.choices)},
)
