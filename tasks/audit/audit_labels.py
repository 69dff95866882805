"""Labels of what is read and refused, in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "access.refuse": _("访问被拒绝"),
        "file.leave": _("取走文件"),
        "api.bulk": _("由接口批量读取"),
        "audit.read": _("查阅留痕"),
        "audit.export": _("导出留痕"),
        "audit.verify": _("核对封存"),
    },
    subjects={"page": _("地址")},
)
