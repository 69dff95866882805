"""Amendments of a draft's texts and imprint: what may be written, and that the figures in a text stay. The rules are those
of reports.briefs.actions."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs.composition_context import fixed_parts, plain
from reports.briefs.kinds import KINDS
from reports.briefs.models import Brief, BriefState, BriefText
from reports.briefs.queries import IMPRINT, Written, written
from reports.briefs.transitions import check_may, state_sentence
from reports.briefs.values import IMPRINT_FIELDS
from reports.typeset import fonts
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.typed import clean


@transaction.atomic
def amend(
    *,
    by: User,
    brief: Brief,
    texts: Mapping[str, str],
    composed: Mapping[str, str],
    seen: int,
    now: datetime | None = None,
) -> list[BriefText]:
    """Words of a draft, put anew: {key: text}, of which those that are not another text than holds now are passed
    over. `composed` are the words that the figures give; what in them is fixed must stand in the amended text as it
    was, all of it and in its order, unless the text is struck out. `seen` is the last change that the editor saw."""
    check_may(by)
    moment = now or clock.now()
    locked = Brief.objects.select_for_update().defer("figures").get(pk=brief.pk)
    if locked.state != BriefState.DRAFT:
        raise Conflict(state_sentence(brief))
    holding = written(brief)
    if holding.last != seen:
        other = BriefText.objects.filter(brief=brief).select_related("by").order_by("-pk")[0].by
        raise Conflict(_("%(who)s刚刚改过这份简报，您看到的不是最新文字；请对照后再改。") % {"who": other})
    problems, changed = [], []
    for key, typed in texts.items():
        text = clean(typed).strip()
        before = _holds(key, holding, composed)
        if before is None:
            problems.append(Problem(key, _("没有这一处文字，请刷新页面。")))
            continue
        if text == before:
            continue
        if key.startswith(IMPRINT) and key.removeprefix(IMPRINT) not in KINDS[brief.kind].imprint_fields:
            if text:
                problems.append(Problem(key, _("这种简报不印这一项，请清空。")))
                continue
        else:
            problems += _text_problems(key, text, composed.get(key, ""))
        changed.append(BriefText(brief=brief, key=key, before=before, text=text, by=by, at=moment))
    problems += _list_problems(holding, {one.key: one.text for one in changed})
    if problems:
        raise Problems(problems)
    made = BriefText.objects.bulk_create(changed)
    if made:
        data = {"keys": [one.key for one in made]}
        record(by=by, verb="brief.amend", subject=brief, data=data, at=moment)
    return made


def _holds(key: str, holding: Written, composed: Mapping[str, str]) -> str | None:
    if key.startswith(IMPRINT):
        name = key.removeprefix(IMPRINT)
        if name not in IMPRINT_FIELDS:
            return None
        found = getattr(holding.imprint, name)
        return str(found) if found else ""
    return holding.words.get(key, composed.get(key))


TEXT_LIMIT = 5000
# 报、送、发 together. With what it can be checked by they stand on one page, which has room for no more.
ONE_LINE = ("pointers/",)  # begin the keys of texts that stand in a line of the one-page brief
LISTS, LISTS_LIMIT = ("report_to", "send_to", "distribute_to"), 330
LIMITS = {
    "secrecy": 12,
    "copy_number": 8,
    "printed_by": 60,
    "drafted_by": 12,
    "checked_by": 12,
    "signed_by": 12,
}
_LIST_LIMIT = 200
# No 密级, and no ★, which belongs to one: the system holds nothing classified.
_MARKING = re.compile(r"内部资料(?:[ 　]?注意保存)?")
_COPY_NUMBER = re.compile(r"[0-9A-Za-z-]+")


def _text_problems(key: str, text: str, composed: str) -> list[Problem]:
    name = key.removeprefix(IMPRINT) if key.startswith(IMPRINT) else ""
    limit = LIMITS.get(name, _LIST_LIMIT) if name else TEXT_LIMIT
    if "\x00" in text:
        return [Problem(key, _("内容含有不能保存的字符。"))]
    if len(text) > limit:
        return [Problem(key, _("最多 %(limit)d 字，请删减。") % {"limit": limit})]
    if name == "secrecy" and text and not _MARKING.fullmatch(text):
        said = _("请填“内部资料”或“内部资料 注意保存”，或留空；本系统不处理涉密信息，不标密级。")
        return [Problem(key, said)]
    if name == "copy_number" and text and not _COPY_NUMBER.fullmatch(text):
        return [Problem(key, _("份号请填数字，例如“000012”。"))]
    missing = fonts.refusal(plain(text))
    if missing:
        return [Problem(key, missing)]
    if "\n" in text and (name or key.startswith(ONE_LINE)):
        return [Problem(key, _("这一处只排成一段，换行印不出来；请去掉换行，分句写在一段里。"))]
    if name == "copies":
        is_number = text.isascii() and text.isdecimal() and 0 < int(text) < 100_000
        return [] if not text or is_number else [Problem(key, _("印数请填数字。"))]
    if text and fixed_parts(text) != fixed_parts(composed):
        return [Problem(key, _("⟦ ⟧里的是数据，不能改动、增减或换位；文字可以改，整段可以删去。"))]
    return []


def _list_problems(holding: Written, changed: Mapping[str, str]) -> list[Problem]:
    """报、送、发 may each be long, but not all of them."""
    said = {name: changed.get(IMPRINT + name, getattr(holding.imprint, name)) for name in LISTS}
    total = sum(map(len, said.values()))
    touched = [name for name in LISTS if IMPRINT + name in changed]
    if total <= LISTS_LIMIT or not touched:
        return []
    longest = max(touched, key=lambda name: len(said[name]))
    words = _("报、送、发合计最多 %(limit)d 字，现有 %(total)d 字，末页排不下；请删减或用统称。")
    return [Problem(IMPRINT + longest, words % {"limit": LISTS_LIMIT, "total": total})]
