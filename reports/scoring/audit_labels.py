"""Labels of scores in the audit log."""

from django.utils.translation import gettext_lazy as _

from reports.scoring.models import CorrectionState, SchemeState, SheetState
from tasks.audit.labels import register

register(
    verbs={
        "scheme.write": _("起草考核办法"),
        "scheme.adopt": _("施行考核办法"),
        "scheme.drop": _("不采用考核办法"),
        "evidence.grade": _("评定佐证质量"),
        "score.correct": _("提出考核调整"),
        "score.approve": _("批准考核调整"),
        "score.reject": _("不批准考核调整"),
        "score.propose": _("提请公布考核结果"),
        "score.announce": _("公布考核结果"),
        "score.drop": _("不公布考核结果"),
        "appeal.make": _("提出考核申诉"),
        "appeal.answer": _("答复考核申诉"),
    },
    subjects={
        "scheme": _("考核办法"),
        "evidencegrade": _("佐证质量评定"),
        "scorecorrection": _("考核人工调整"),
        "scoresheet": _("考核结果"),
        "appeal": _("考核申诉"),
    },
    states={
        "scheme": dict(SchemeState.choices),
        "scorecorrection": dict(CorrectionState.choices),
        "scoresheet": dict(SheetState.choices),
        "appeal": {"made": _("待答复"), "upheld": _("申诉成立"), "refused": _("申诉不成立")},
    },
)
