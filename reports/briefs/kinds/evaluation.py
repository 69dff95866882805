"""总结评估: the brief at the end of the plan, on what became of each target."""

from collections import Counter
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes, sections, view_models
from reports.briefs.composition_context import Context, Paragraphs, Section, fixed
from reports.briefs.formatting import counted, day
from reports.briefs.kinds.kind import Coverage, Heading, Kind
from reports.briefs.models import BriefKind
from reports.briefs.snapshot import ScopeRef, Snapshot, Source
from reports.briefs.tables import cell, table_section
from reports.evaluation.queries import evaluate
from reports.evaluation.values import EvaluatedTarget, Evaluation, Lack, Result
from reports.typeset.chinese_text import phrase, sentence
from tasks.plans.models import Plan
from tasks.values import Period


@dataclass(frozen=True)
class EvaluationSnapshot(Snapshot):
    """The evaluation, in the form of /plans/<plan>/evaluation.json."""

    evaluation: Evaluation | None = None


def _freeze(snapshot: EvaluationSnapshot, source: Source) -> EvaluationSnapshot:
    return replace(snapshot, evaluation=evaluate(source.plan, known_at=source.known_at))


def _scopes(plan: Plan, quarter: Period) -> list[ScopeRef]:
    return [ScopeRef()] if quarter == plan.last_quarter else []


def _title(heading: Heading) -> list[str]:
    return [heading.plan, _("实施情况总结评估")]


def results(context: Context[EvaluationSnapshot]) -> Section | None:
    """总体结论: how many targets have which result, and how many lack something."""
    evaluation = context.figures.evaluation
    if evaluation is None or not evaluation.targets:
        return None
    targets = evaluation.targets
    counts = Counter(target.result for target in targets)
    words = "、".join(
        _("%(word)s%(n)d项") % {"word": result.label, "n": counts[result]}
        for result in Result
        if counts[result]
    )
    text = _("方案有效期自%(first)s至%(last)s，共%(count)s目标和承诺：%(words)s。") % {
        "first": fixed(day(evaluation.in_force_from)),
        "last": fixed(day(evaluation.in_force_to)),
        "count": counted(len(targets)),
        "words": fixed(words),
    }
    if evaluation.open:
        lacks = Counter(str(Lack(lack).label) for target in evaluation.open for lack in target.lacks)
        text += _("仍有未定事项的%(count)s：%(lacks)s。") % {
            "count": counted(len(evaluation.open)),
            "lacks": fixed("、".join(_("%(word)s%(n)d项") % {"word": w, "n": n} for w, n in lacks.items())),
        }
    return Paragraphs(title=_("总体结论"), paragraphs=context.texts("results", [text]))


def evaluated(context: Context[EvaluationSnapshot]) -> Section | None:
    """逐项评估: each target with its final figure or the office's assessment."""
    evaluation = context.figures.evaluation
    if evaluation is None or not evaluation.targets:
        return None
    ordered = sorted(evaluation.targets, key=lambda target: (target.year or 9999, target.order))
    rows = [
        [
            cell(_("%(year)d年") % {"year": target.year} if target.year else "—"),
            cell(phrase(context.printable(target.text)), "text"),
            cell(_final(context, target)),
            cell(str(Result(target.result).label)),
            cell(_why(context, target), "text"),
        ]
        for target in ordered
    ]
    columns = [
        (_("年份"), "c-year"),
        (_("目标"), ""),
        (_("最终数"), "c-word"),
        (_("结果"), "c-state"),
        (_("依据与未定事项"), "c-why"),
    ]
    number = context.next_table()
    text = _("有数值的目标以该年年末的数为准，文字目标以办公室的评估为准，逐项见表%(table)d。")
    return table_section(
        context,
        "evaluated",
        title=_("逐项评估"),
        sentence=text % {"table": number},
        caption=_("各项目标和承诺的结果"),
        columns=columns,
        rows=rows,
        number=number,
    )


def _final(context: Context[Snapshot], target: EvaluatedTarget) -> str:
    number, parts = view_models.actual(target, context.printable(target.unit))
    return (f"{number}（{parts}）" if parts else number) or "—"


def _why(context: Context[Snapshot], target: EvaluatedTarget) -> str:
    """The office's reason, or whose figure it is; then what is still open."""
    behind = "、".join(context.printable(one.agency) for one in target.behind)
    reason = sentence(context.printable(target.note)) or (
        _("%(names)s填报。") % {"names": behind} if behind else ""
    )
    lacks = "、".join(str(Lack(lack).label) for lack in target.lacks)
    return reason + (_("未定：%(lacks)s。") % {"lacks": lacks} if lacks else "") or "—"


KIND = Kind(
    key=BriefKind.EVALUATION,
    series=gettext_lazy("总结评估"),
    title=_title,
    name=BriefKind.EVALUATION.label,
    period=Coverage.PLAN,
    scopes=_scopes,
    snapshot=EvaluationSnapshot,
    freeze=_freeze,
    sections=(results, evaluated, sections.overall, sections.groups),
    annexes=(annexes.tasks,),
    text_labels={"results": gettext_lazy("总体结论"), "evaluated": gettext_lazy("逐项评估")},
)
