"""The words of notices: title, what is known, what is asked, in the form that fits the agency; and of messages about them.

Made from the facts that were kept, so that page, document and message say the same, today and in years.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.supervision.models import Notice
from reports.supervision.values import Ground, Receiver, Series, Stage
from reports.typeset.chinese_text import inside_quotes
from tasks.cycles.workdays import workday_after
from tasks.errors import present
from tasks.plans.names import clean
from tasks.values import Duty, Period
from tasks.wording import light_parts

INLINE = 3  # so many missing returns stand in the sentence; more in an annex


def day(value: date) -> str:
    """2017年7月20日."""
    return date_format(value, "Y年n月j日")


def default_due(today: date, workdays: int) -> date:
    """By when an answer is asked for, unless whoever issues says otherwise."""
    return workday_after(today, workdays)


# -- what is proposed ---------------------------------------------------------------------------------------


def title(ground: str, facts: Mapping[str, Any], quarter: Period, series: Series) -> str:
    """The title that is offered; whoever issues may write another."""
    letter = series == Series.LETTER
    match ground:
        case Ground.RED:
            words = {"heading": _heading(facts["task"]["heading"])}
            text = _("关于商请推进“%(heading)s”的函") if letter else _("关于“%(heading)s”进展滞后的督办单")
        case Ground.MISSING:
            words = {"quarter": quarter.label}
            text = (
                _("关于商请报送%(quarter)s填报的函") if letter else _("关于%(quarter)s填报逾期未报的督办单")
            )
        case Ground.TARGET:
            words = {"name": _heading(facts["indicator"] or facts["text"])}
            if letter:
                text = _("关于商请推进“%(name)s”目标的函")
            elif facts.get("path"):
                text = _("关于“%(name)s”落后于序时目标的督办单")
            else:
                text = _("关于“%(name)s”未达目标的督办单")
        case Ground.INSTRUCTION:
            words = {}
            text = _("关于商请办理领导批示事项的函") if letter else _("关于办理领导批示事项的督办单")
        case _:
            return ""
    return (text % words)[:120]


def quoted(text: str) -> str:
    """The plan's or a person's words, to stand in quotes: the quotes within are single ones."""
    return inside_quotes(clean(text))


def _heading(text: str) -> str:
    return quoted(text)[:60]


def request(ground: str, series: Series, facts: Mapping[str, Any] | None = None) -> str:
    """What is asked, as it is offered; whoever issues may write something else."""
    letter = series == Series.LETTER
    match ground:
        case Ground.RED:
            return (
                _("商请贵单位研究推进措施，明确时限和联系人，并告知下一步安排。")
                if letter
                else _("请你单位查明滞后原因，提出赶上进度的措施，明确时限和责任人，抓紧落实。")
            )
        case Ground.MISSING:
            return (
                _("商请贵单位予以支持，尽快补报，并告知有关情况。")
                if letter
                else _("请你单位尽快补报，并说明未按时报送的原因。")
            )
        case Ground.TARGET:
            if letter:
                return _("商请贵单位分析有关情况，研究补救措施，并告知预计达到目标的时间。")
            if facts and facts.get("path"):
                return _("请你单位分析落后原因，提出赶上序时目标的措施和时限。")
            return _("请你单位分析未达目标的原因，提出补救措施和预计达到的时间。")
        case Ground.INSTRUCTION:
            return (
                _("商请贵单位按照批示要求研究办理，并告知办理结果。")
                if letter
                else _("请你单位按照批示要求认真研究办理，并报告办理结果。")
            )
    return ""


# -- what the document says ---------------------------------------------------------------------------------


def basis(notice: Notice) -> str:
    """What is known, as a paragraph; "" where the issuer writes everything."""
    facts, letter = notice.facts, notice.is_letter
    you = _("贵单位") if letter else _("你单位")
    match notice.ground:
        case Ground.RED:
            return _red(notice, facts, you)
        case Ground.MISSING:
            return _missing(notice, facts, you)
        case Ground.TARGET:
            words = {
                "plan": _plan(notice),
                "text": quoted(facts["text"]),
                "quarter": Period.parse(facts["quarter"]).label,
                "actual": _with_unit(facts["actual"], facts["unit"]),
                "parts": (
                    _("（%(numerator)s/%(denominator)s）") % facts
                    if facts["numerator"] and facts["denominator"]
                    else ""
                ),
                "found": "" if facts["verified"] else _("，未核"),
                "value": _with_unit(facts["value"], facts["unit"]),
                "year": _("%(year)s年") % facts if facts["year"] else "",
                "path": _with_unit(facts.get("path", ""), facts["unit"]),
            }
            if facts.get("path"):
                return (
                    _(
                        "%(plan)s提出“%(text)s”（%(year)s目标）。据填报，至%(quarter)s为%(actual)s%(parts)s%(found)s，序时目标为%(path)s，落后于序时目标。"
                    )
                    % words
                )
            return (
                _(
                    "%(plan)s提出“%(text)s”。据填报，至%(quarter)s为%(actual)s%(parts)s%(found)s，未达到%(year)s%(value)s的目标。"
                )
                % words
            )
        case Ground.INSTRUCTION:
            return _("%(day)s，%(said)s：“%(words)s”") % {
                "day": day(date.fromisoformat(facts["given_on"])),
                "said": instructed_by(facts),
                "words": inside_quotes(facts["words"]),
            }
    return ""


def instructed_by(facts: Mapping[str, Any]) -> str:
    """张省长在2017年第一季度简报上批示, 张省长就“省科技厅”批示, 张省长批示."""
    if facts.get("resolved"):
        return _("%(leader)s议定") % facts
    if facts.get("on"):
        return _("%(leader)s在%(on)s上批示") % facts
    if facts.get("about"):
        return _("%(leader)s就“%(about)s”批示") % facts
    return _("%(leader)s批示") % facts


def _plan(notice: Notice) -> str:
    number = _("（%(number)s）") % {"number": notice.plan.doc_number} if notice.plan.doc_number else ""
    return _("《%(title)s》%(number)s") % {"title": notice.plan.title, "number": number}


def _red(notice: Notice, facts: Mapping[str, Any], you: str) -> str:
    quarters = [Period.parse(one["quarter"]).label for one in facts["quarters"]]
    words = {
        "plan": _plan(notice),
        "code": facts["task"]["code"],
        "heading": quoted(facts["task"]["heading"]),
        "you": you,
        "said": _("经核定") if facts["verified"] else _("据自评"),
        "first": quarters[0],
        "last": quarters[-1],
        "n": len(quarters),
        **light_parts(),
    }
    if len(quarters) == 1:
        return (
            _(
                "%(plan)s任务%(code)s“%(heading)s”由%(you)s牵头。%(said)s，该任务%(last)s为%(red)s灯（%(red_word)s）。"
            )
            % words
        )
    return (
        _(
            "%(plan)s任务%(code)s“%(heading)s”由%(you)s牵头。%(said)s，该任务自%(first)s至%(last)s连续%(n)d季为%(red)s灯（%(red_word)s）。"
        )
        % words
    )


def _missing(notice: Notice, facts: Mapping[str, Any], you: str) -> str:
    returns = facts["returns"]
    words = {
        "plan": _plan(notice),
        "day": day(_local(notice)),
        "you": you,
        "quarter": notice.quarter.label,
        "owed": facts["owed"],
        "n": len(returns),
        "days": facts["workdays"],
    }
    said = (
        _(
            "截至%(day)s，%(you)s应报%(plan)s%(quarter)s填报%(owed)d件，其中%(n)d件未报，最长已逾期%(days)d个工作日"
        )
        % words
    )
    if len(returns) > INLINE:
        return said + _("，清单附后。")
    listed = _("、").join(return_words(one) for one in returns)
    return said + _("：%(listed)s。") % {"listed": listed}


def return_words(one: Mapping[str, Any]) -> str:
    """One missing return: 三(一)1“构建产业技术创新体系”（牵头）."""
    return _("%(code)s“%(heading)s”（%(duty)s）") % {
        "code": one["code"],
        "heading": quoted(one["heading"]),
        "duty": Duty(one["duty"]).label,
    }


def needs_annex(notice: Notice) -> bool:
    """Whether the missing returns stand in a list behind the text."""
    return notice.ground == Ground.MISSING and len(notice.facts.get("returns", ())) > INLINE


def closing(notice: Notice, due: date) -> str:
    """By when an answer is asked for, and the formula that ends such a document."""
    if notice.is_letter:
        return _("请于%(day)s前函复。") % {"day": day(due)}
    return _("请于%(day)s前将办理情况书面反馈。") % {"day": day(due)}


def formula(notice: Notice) -> str:
    """The last line before the signature."""
    said = notice.grade_words.get("formula")
    return str(said) if said else _("特此致函。") if notice.is_letter else _("特此督办。")


def _with_unit(number: str, unit: str) -> str:
    return (
        f"{number}{unit}" if not unit or not unit[0].isascii() or unit in {"%", "％"} else f"{number} {unit}"
    )


def _local(notice: Notice) -> date:
    return timezone.localdate(notice.known_at, timezone.get_default_timezone())


# -- messages -----------------------------------------------------------------------------------------------
# They say which notice, what is to be done and by when; what it says is read on the site.


def issued(notice: Notice) -> tuple[str, str]:
    due_on = present(notice.due_on, "the due date of an issued notice")
    return (
        _("%(number)s待签收") % {"number": notice.doc_number},
        _("收到%(form)s%(number)s，请签收，并于%(day)s前反馈。")
        % {"form": Series(notice.series).label, "number": notice.doc_number, "day": day(due_on)},
    )


def answered(notice: Notice, body: str) -> tuple[str, str]:
    return (
        _("%(number)s已反馈，待审核") % {"number": notice.doc_number},
        _("%(body)s已就%(number)s反馈，请审核：办结，或退回重报。")
        % {"body": body, "number": notice.doc_number},
    )


def taken_back(notice: Notice, body: str) -> tuple[str, str]:
    return (
        _("%(number)s的反馈已撤回") % {"number": notice.doc_number},
        _("%(body)s已撤回对%(number)s的反馈，不用再审核；重新反馈后另行告知。")
        % {"body": body, "number": notice.doc_number},
    )


def sent_back(notice: Notice) -> tuple[str, str]:
    due_on = present(notice.due_on, "the due date of an issued notice")
    return (
        _("%(number)s的反馈被退回") % {"number": notice.doc_number},
        _("请按审核意见补充后，于%(day)s前重新反馈。") % {"day": day(due_on)},
    )


def reopened(notice: Notice) -> tuple[str, str]:
    due_on = present(notice.due_on, "the due date of an issued notice")
    return (
        _("%(number)s已重开") % {"number": notice.doc_number},
        _("本件办结后重开，请于%(day)s前重新反馈；理由见页面。") % {"day": day(due_on)},
    )


def closed(notice: Notice) -> tuple[str, str]:
    return _("%(number)s已办结") % {"number": notice.doc_number}, _("反馈已审核通过，本件办结。")


def withdrawn(notice: Notice) -> tuple[str, str]:
    return (
        _("%(number)s已撤销") % {"number": notice.doc_number},
        _("本件已由签发单位撤销，不必再办理；理由见页面。"),
    )


def escalated(notice: Notice, body: str, stage: Stage, to: Receiver, workdays: int) -> tuple[str, str]:
    words = {"number": notice.doc_number, "body": body, "n": workdays}
    if stage == Stage.ACKNOWLEDGE:
        return (
            _("%(number)s签发%(n)d个工作日仍未签收") % words,
            _("%(body)s尚未签收%(number)s，请督促办理。") % words,
        )
    told = (
        _("%(number)s逾期%(n)d个工作日未反馈") % words,
        _("%(body)s对%(number)s已逾期%(n)d个工作日未反馈，请督促办理。") % words,
    )
    if to == Receiver.LEADERSHIP:
        return told[0], _("%(body)s对%(number)s已逾期%(n)d个工作日未反馈，按升级规则报领导小组。") % words
    return told


def proposed(count: int) -> tuple[str, str]:
    return (
        _("督办建议 %(n)d 件待定") % {"n": count},
        _("按提出规则，新提出督办建议 %(n)d 件，请逐件决定：签发，或不予督办。") % {"n": count},
    )


def instructed() -> tuple[str, str]:
    return _("新的领导批示待交办"), _("登记了一条领导批示，请交办有关单位，或注明不交办的理由。")
