"""Texts of messages about requests. They say what is due and where to go, never what a return says."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def assigned(code: str, due_on: date) -> tuple[str, str]:
    words = {"code": code, "day": date_format(due_on, "Y年n月j日")}
    return (
        _("交办：%(code)s 的提请协调事项") % words,
        _("领导小组办公室交办一件提请协调事项（任务 %(code)s），请于%(day)s前办理并登记结果。") % words,
    )


def answered(code: str) -> tuple[str, str]:
    words = {"code": code}
    return (
        _("%(code)s 的提请协调事项有了办理结果") % words,
        _("本单位在任务 %(code)s 下提请协调的事项已登记办理结果，请确认是否解决。") % words,
    )


def unsettled(code: str) -> tuple[str, str]:
    words = {"code": code}
    return (
        _("%(code)s 的提请协调事项未解决") % words,
        _("提出单位认为任务 %(code)s 的提请协调事项尚未解决，请重新拟办。") % words,
    )
