"""What the running texts of a brief are called where they are edited or compared."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs.composition import Composed
from reports.briefs.kinds import KINDS, Kind, read_snapshot
from tasks.wording import worded

# What a text is called: by the first part of its key, or, where that is a task, by the last. The texts of one kind
# of briefs alone have their labels in its module (Kind.text_labels).
TEXT_LABELS: dict[str, str | Promise] = {
    "overall": gettext_lazy("总体情况"),
    "groups": gettext_lazy("各任务组状态"),
    "changes": gettext_lazy("与上季度相比"),
    "targets": gettext_lazy("目标指标"),
    "reporting": gettext_lazy("报送情况"),
    "problems": gettext_lazy("主要问题"),
    "coordination": worded(lambda words: words.request),
    "notices": gettext_lazy("督办事项"),
    "scores": gettext_lazy("考核得分"),
    "instructions": gettext_lazy("批示办理"),
    "group": gettext_lazy("任务组小结"),
    "next": gettext_lazy("下一步工作"),
}
TASK_TEXT_LABELS = {
    "done": gettext_lazy("进展情况"),
    "problems": gettext_lazy("存在问题"),
    "next": gettext_lazy("下步打算"),
    "note": gettext_lazy("核定意见"),
    "silence": gettext_lazy("未报说明"),
    "coordination": worded(lambda words: words.request),
}


def _text_label(key: str, codes: Mapping[str, str], kind: Kind[Any]) -> str:
    """总体情况 for overall/1, 三(一)1 进展情况 for 3-1-1/done. `codes` are the tasks' codes by their references."""
    first, _slash, rest = key.partition("/")
    if first in codes:
        return f"{codes[first]} {TASK_TEXT_LABELS.get(rest, '')}".strip()
    return str(kind.text_labels.get(first) or TEXT_LABELS.get(first, first))


def labels_of(made: Composed, figures_json: str) -> dict[str, str]:
    """{key: name}, each name once: what the section prints before the text, or the name of its section. Texts of one name
    are numbered: 总体情况（1）, 总体情况（2）."""
    figures = read_snapshot(figures_json)
    codes = {task.ref: task.code for task in figures.tasks}
    labels = {key: made.leads.get(key) or _text_label(key, codes, KINDS[figures.kind]) for key in made.words}
    many = {label for label, count in Counter(labels.values()).items() if count > 1}
    met: Counter[str] = Counter()
    for key, label in labels.items():
        met[label] += 1
        if label in many:
            labels[key] = _("%(label)s（%(n)d）") % {"label": label, "n": met[label]}
    return labels
