"""Label and page address of each kind of object taken from the plan, for links in the text and the API."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.plans.annotations import Quoted, kind_of
from tasks.plans.models import Part, Plan
from tasks.values import Duty, Origin


@lru_cache(maxsize=4096)
def _address(name: str, *args: str) -> str:
    """A page's address, cached because a plan's text links to the same few hundred pages many times."""
    return reverse(name, args=args)


@dataclass(frozen=True)
class ObjectLink:
    """Label of an object: `kind` is its Chinese type name; `address` is "" for an object without a page."""

    kind: str
    name: str
    note: str = ""
    address: str = ""


def object_link(quoted: Quoted, plan: Plan, names: dict[int, str]) -> ObjectLink:
    """The label and address of a quoted object; `names`: `{agency id: name}`."""
    build = _BUILDERS.get(kind_of(quoted.obj), _other)
    link = build(quoted.obj, plan, names)
    if quoted.is_body:
        return ObjectLink(link.kind, link.name, _("全文"), link.address)
    origin = getattr(quoted.obj, "origin", Origin.PLAN)
    if origin == Origin.INFERRED and kind_of(quoted.obj) == "tasksector":
        return link  # the link's own note already says that it is inferred from the task's wording
    if origin != Origin.PLAN:
        why = getattr(quoted.obj, "origin_note", "")
        note = "：".join(part for part in (str(Origin(origin).label), why) if part)
        return ObjectLink(
            link.kind, link.name, " · ".join(part for part in (link.note, note) if part), link.address
        )
    return link


def _task(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    kind = _("保障措施") if obj.part == Part.SAFEGUARD else _("任务")
    return ObjectLink(kind, f"{obj.code} {obj.heading}", "", _task_page(obj, plan))


def _group(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(_("任务组"), obj.name, "", f"{_address('task_list', plan.slug)}?group={obj.number}")


def _sector(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(_("重点领域"), obj.name, "", f"{_address('task_list', plan.slug)}?sector={obj.number}")


def _direction(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    home = _sector(obj.sector, plan, names)
    return ObjectLink(_("方向"), obj.name, obj.sector.name, home.address)


def _mention(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    if obj.duty == Duty.LEAD:
        kind, note = _("责任·牵头"), _("推断：括号内排序第一")
    else:
        kind, note = _("责任·配合"), ""
    name = names.get(obj.agency_id) or obj.printed
    if obj.agency.is_collective:
        note = _("集合单位，成员待定") if obj.agency.is_open else _("集合单位，成员各自填报")
    return ObjectLink(kind, name, note, _address("agency", plan.slug, obj.agency.slug))


def _member(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(
        _("集合单位成员"),
        names.get(obj.member_id, obj.member.slug),
        names.get(obj.collective_id, ""),
        _address("agency", plan.slug, obj.member.slug),
    )


def _link(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    name = obj.sector.name if obj.direction is None else f"{obj.sector.name} · {obj.direction.name}"
    return ObjectLink(_("联系"), name, _("推断：据任务的用词"), _sector(obj.sector, plan, names).address)


def _target(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    kind = _("%(year)d年目标") % {"year": obj.year} if obj.year else _("目标（未定年份）")
    note = (
        ""
        if obj.value is None
        else f"{obj.get_comparison_display()} {obj.value.normalize():f} {obj.unit}".strip()
    )
    home = (
        f"{_task_page(obj.task, plan)}#figures" if obj.task else f"{_address('overview', plan.slug)}#targets"
    )
    return ObjectLink(kind, obj.text, note or _("方案未给数值"), home)


def _goal(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    kind = _("年度目标") if obj.is_of_year else _("节点")
    year = _("%(year)d年") % {"year": obj.year} if obj.year else ""
    return ObjectLink(kind, obj.text, year, f"{_task_page(obj.task, plan)}#goals")


def _indicator(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    unit = _("计量单位：%s") % obj.unit if obj.unit else ""
    return ObjectLink(_("指标"), obj.name, unit, f"{_address('overview', plan.slug)}#targets")


def _project(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(_("重大项目"), obj.name, obj.sector.name if obj.sector else "")


def _base(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(_("产业基地"), obj.name, f"{obj.city} · {obj.level}")


def _cluster(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(_("产业集群"), obj.name, obj.level)


def _principle(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(_("基本原则"), obj.name)


def _head(obj: Any, plan: Plan, names: dict[int, str]) -> ObjectLink:
    word = {
        "title": _("标题"),
        "notice_title": _("通知标题"),
        "doc_number": _("发文字号"),
        "issuer": _("发布机构"),
        "interpreter": _("解释机构"),
        "passed_on": _("审议通过"),
        "issued_on": _("成文日期"),
        "in_force_from": _("施行日期"),
        "in_force_to": _("有效期至"),
        "lead_rule": _("牵头规则"),
    }.get(obj.field, obj.field)
    value = getattr(plan, obj.field, "")
    if obj.field == "lead_rule":
        value = _("括号内第一单位牵头")
    return ObjectLink(_("文件头"), word, f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value or ""))


def _other(obj: Model, plan: Plan, names: dict[int, str]) -> ObjectLink:
    return ObjectLink(str(obj._meta.verbose_name), str(obj))


def _task_page(task: Any, plan: Plan) -> str:
    return _address("task", plan.slug, task.ref)


_BUILDERS = {
    "base": _base,
    "cluster": _cluster,
    "direction": _direction,
    "headfield": _head,
    "indicator": _indicator,
    "membership": _member,
    "mention": _mention,
    "principle": _principle,
    "project": _project,
    "sector": _sector,
    "target": _target,
    "task": _task,
    "taskgoal": _goal,
    "taskgroup": _group,
    "tasksector": _link,
}
