"""Changes the words of a jurisdiction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qhplan import clock
from tasks import typed
from tasks.agencies.models import Agency
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.models import IMPRINT, WORDS, Jurisdiction
from tasks.jurisdictions.own_words import checked_own
from tasks.jurisdictions.permissions import may_change_jurisdiction
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.people.models import User

LONGEST = {"name": 40, "abbreviation": 10, "leading_group": 120, "office": 120, "notice_mark": 20} | {
    **dict.fromkeys(("report_to", "send_to", "distribute_to", "copy_to"), 110),
    **dict.fromkeys(("printed_by", "second_reviewer"), 60),
}
_REQUIRED = {
    "name": gettext_lazy("请写地区的名称，如“甲省”“乙市”。"),
    "office": gettext_lazy("请写办公室的全称，简报版头和督办单署名都印它。"),
}


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The words as they are stored; `own_words` only where they are among the values. Raises Problems, each on its
    field. No query."""
    cleaned: dict[str, Any] = {name: typed.line(str(values.get(name) or "")) for name in WORDS}
    # Whoever does not name one of these, as an import, leaves it as it is.
    cleaned |= {name: typed.line(str(values[name] or "")) for name in IMPRINT if name in values}
    problems = [Problem(name, str(words)) for name, words in _REQUIRED.items() if not cleaned[name]]
    if cleaned["level"] not in JurisdictionLevel.values:
        problems.append(Problem("level", _("请选层级。")))
    for name in cleaned:
        if len(cleaned[name]) > LONGEST.get(name, 0) > 0:
            problems.append(Problem(name, _("最多 %(n)d 字。") % {"n": LONGEST[name]}))
    if "own_words" in values:
        try:
            cleaned["own_words"] = checked_own(values["own_words"], Jurisdiction(**cleaned).wording)
        except Problems as found:
            problems += found.problems
    if problems:
        raise Problems(problems)
    return cleaned


def save_words(
    *, by: User, jurisdiction: Jurisdiction, values: Mapping[str, Any], now: datetime | None = None
) -> bool:
    """Change what is printed from now on; what was issued keeps its words. False where nothing differs.

    `jurisdiction.revision` is the one that the person has read. Raises Problems on the fields, and Conflict where somebody
    else changed it since.
    """
    if not may_change_jurisdiction(by, jurisdiction.pk):
        raise PermissionDenied(_("地区的用语由这个地区的领导小组办公室更改。"))
    cleaned = checked(values)
    try:
        with transaction.atomic():
            return _save(by, jurisdiction, cleaned, now or clock.now())
    except IntegrityError as error:
        raise Problems([Problem("name", _("已有同名的地区，请换一个名称。"))]) from error


def _save(by: User, jurisdiction: Jurisdiction, cleaned: dict[str, Any], moment: datetime) -> bool:
    stored = Jurisdiction.objects.select_for_update().get(pk=jurisdiction.pk)
    if stored.revision != jurisdiction.revision:
        raise Conflict(_("这个地区刚刚已由他人更改，请刷新后再改。"))
    _check_kinds_in_use(stored, cleaned)
    changed = {
        name: [getattr(stored, name), words]
        for name, words in cleaned.items()
        if getattr(stored, name) != words
    }
    if not changed:
        return False
    Jurisdiction.objects.filter(pk=stored.pk).update(**cleaned, revision=stored.revision + 1)
    record(by=by, verb="jurisdiction.change", subject=stored, data=changed, at=moment)
    return True


def _check_kinds_in_use(stored: Jurisdiction, cleaned: dict[str, Any]) -> None:
    """Raises Problems where a kind goes that some agency has. One query where one goes."""
    if "own_words" not in cleaned:
        return
    gone = set(stored.wording.kinds) - set(Jurisdiction(**cleaned).wording.kinds)
    used = Agency.objects.filter(jurisdiction=stored, kind__in=gone) if gone else Agency.objects.none()
    counted = used.order_by("kind").values_list("kind").annotate(count=Count("pk"))
    problems = [
        Problem(f"kind_{kind}_label", _("还有%(n)d个单位属于这一类，不能删去。") % {"n": count})
        for kind, count in counted
    ]
    if problems:
        raise Problems(problems)
