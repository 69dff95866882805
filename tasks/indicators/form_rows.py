"""Prepares the figure fields of a submission form: one dict per field (templates/_parts/figures.html)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from qhplan import clock
from tasks.indicators.reading import figure_words, floor_of, read_figures, read_stage
from tasks.indicators.requested_figures import RequestedFigure, is_published, published_from, surprises, usual
from tasks.indicators.values import IndicatorKind, Stage, period_label

_CHOSEN = (Stage.FINAL, Stage.FLASH, Stage.PRELIMINARY, Stage.AUDITED)
Errors = Mapping[str, Sequence[str]]


def figure_rows(
    requested: Iterable[RequestedFigure],
    typed: Mapping[str, Mapping[str, Any]],
    errors: Errors,
    targets: Mapping[int, str],
) -> list[dict[str, Any]]:
    """One dict for each field with its typed text; a ratio has two fields and a computed row.

    `errors`: `{field name: messages}`, `targets`: `{indicator id: text of the target}`.
    """
    rows: list[dict[str, Any]] = []
    for one in requested:
        texts = {part: str(text) for part, text in typed.get(one.key, {}).items()}
        added = (
            _ratio_rows(one, texts, errors, targets)
            if one.indicator.is_ratio
            else [_row(one, texts, errors, targets)]
        )
        rows += [row | {"audit": one.is_audit} for row in added]
    return rows


def _row(
    one: RequestedFigure, texts: Mapping[str, str], errors: Errors, targets: Mapping[int, str]
) -> dict[str, Any]:
    indicator = one.indicator
    name = f"figures.{one.key}"
    last = one.beside
    note = [indicator.shown_unit, *_timing(one), targets.get(indicator.pk, "")]
    if indicator.kind == IndicatorKind.QUALITATIVE:
        row = _field(f"{name}.text", one.name, note, errors)
        row |= {"type": "text", "value": texts.get("text", ""), "last_words": last.text if last else ""}
    elif indicator.kind == IndicatorKind.YES_NO:
        row = _field(f"{name}.value", one.name, note, errors)
        row |= {"type": "yes_no", "value": _yes_no(texts.get("value", ""))}
        row["last_words"] = figure_words(indicator, last) if last else ""
    else:
        row = _field(f"{name}.value", one.name, note, errors)
        row |= {"value": texts.get("value", ""), "last": last.value if last else None}
        row |= _warned(one, "value", texts)
    return row | _about(one) | _marked(one, texts) | _reason(one, texts, errors)


def _ratio_rows(
    one: RequestedFigure, texts: Mapping[str, str], errors: Errors, targets: Mapping[int, str]
) -> list[dict[str, Any]]:
    indicator = one.indicator
    name = f"figures.{one.key}"
    last = one.beside
    ends = [
        ("numerator", indicator.numerator_name, indicator.parts_unit),
        ("denominator", indicator.denominator_name, indicator.denominator_unit or indicator.parts_unit),
    ]
    rows = []
    for part, words, unit in ends:
        words = (
            _("%(name)s（%(period)s）") % {"name": words, "period": one.period} if one.is_earlier else words
        )
        row = _field(f"{name}.{part}", words, [unit], errors)
        row |= {"value": texts.get(part, ""), "last": getattr(last, part) if last else None}
        rows.append(row | _warned(one, part, texts))
    derived = {
        "name": one.name,
        "note": _joined([_("自动计算，不填"), *_timing(one), targets.get(indicator.pk, "")]),
        "derived": _quotient_words(one, texts),
        "unit": indicator.shown_unit,
        "scale": indicator.scale,
        "last": None,
        "parts": {"numerator_id": f"{name}.numerator", "denominator_id": f"{name}.denominator"},
    }
    rows.append(derived | _about(one) | _marked(one, texts) | _reason(one, texts, errors))
    return rows


def _field(field: str, name: str, note: Iterable[str], errors: Errors) -> dict[str, Any]:
    return {
        "name": name,
        "note": _joined(note),
        "type": "number",
        "last": None,
        "field_name": field,
        "field_id": field,
        "error": " ".join(errors.get(field, [])),
        "error_id": field,
        "difference": None,
    }


def _joined(words: Iterable[str]) -> str:
    return " · ".join(filter(None, map(str, words)))


def _timing(one: RequestedFigure) -> list[str]:
    """Notes on the period of the figure, on the figure that it replaces, and on the day of its publication."""
    has_no_flow = one.indicator.kind in {IndicatorKind.YES_NO, IndicatorKind.QUALITATIVE}
    words: list[str] = [] if has_no_flow else [period_label(one.indicator.flow, one.quarter)]
    if one.is_audit:
        words.append(_("已报正式数；年报核定数不同的填新数，没有变化空着"))
    elif one.was is not None:
        words.append(_("上次报的是%(stage)s，请填新的数") % {"stage": one.was.stage.label})
    elif clock.today() <= one.quarter.last_day:
        words.append(_("本期尚未结束，报送的是预计数；下期填报时填正式数"))
    elif not is_published(one.quarter, one.definition, clock.today()):
        day = published_from(one.quarter, one.definition)
        words.append(
            _("%(year)d年%(month)d月起发布；尚未发布可空着，下次填报时补")
            % {"year": day.year, "month": day.month}
        )
    if one.computed is not None:
        words.append(_("由配合单位的数汇总"))
    return words


def _about(one: RequestedFigure) -> dict[str, Any]:
    """Definition and source, and for a lead the figure computed from the co submissions."""
    about = []
    if one.definition and one.definition.definition and not one.is_earlier:
        about.append(_("口径：%s") % one.definition.definition)
    if one.definition and one.definition.source and not one.is_earlier:
        about.append(_("来源：%s") % one.definition.source)
    row: dict[str, Any] = {"about": "；".join(about)}
    if one.computed is not None:
        row["computed"] = computed_words(one)
        if not one.computed.is_blank:
            row["computed"] += _("；空着即以汇总数为准")
    return row


def computed_words(one: RequestedFigure) -> str:
    """What the co submissions of a lead's figure give by now, and how many of them have one; "" where there are none."""
    if one.computed is None:
        return ""
    if one.computed.is_blank:
        return _("%(owed)d 家配合单位都还没有报来") % {"owed": one.computed.owed}
    return _("汇总 %(figure)s，%(owed)d 家中 %(given)d 家已报") % {
        "figure": figure_words(one.indicator, one.computed),
        "owed": one.computed.owed,
        "given": len(one.computed.members),
    }


def _marked(one: RequestedFigure, texts: Mapping[str, str]) -> dict[str, Any]:
    name = f"figures.{one.key}.preliminary"
    if one.is_audit:
        return {}
    stage = read_stage(texts.get("preliminary", ""))
    # 预计 is what a figure is before its period has ended, whatever is chosen; nobody chooses it afterwards.
    return {
        "mark_name": name,
        "mark_id": name,
        "mark": stage.value,
        "marks": [(one.value, one.label) for one in _CHOSEN],
    }


def _reason(one: RequestedFigure, texts: Mapping[str, str], errors: Errors) -> dict[str, Any]:
    """The field for the reason, if one may be required. It is visible if the reason is required now; otherwise the
    page's script shows it while the user types."""
    name = f"figures.{one.key}.reason"
    messages = errors.get(name, [])
    floor, computed = floor_of(one), None
    if one.computed is not None and not one.computed.is_blank and not one.indicator.is_ratio:
        computed = one.computed.value
    if not messages and not texts.get("reason") and floor is None and computed is None:
        return {}
    _read, problems = read_figures({one.key: dict(texts)}, [one], "")
    is_required = any(problem.field == name for problem in problems)
    row: dict[str, Any] = {
        "why_name": name,
        "why_id": name,
        "why": texts.get("reason", ""),
        "why_hidden": not (messages or texts.get("reason") or is_required),
        "why_hint": _("累计数比上次少，请写明原因") if floor is not None else _("与汇总数不同，请写明理由"),
        "floor": floor,
        "sum": computed,
    }
    if messages:
        row |= {"error": " ".join(messages), "error_id": name}
    return row


def _warned(one: RequestedFigure, part: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """The usual range of the field, and the warning about the typed value."""
    span = usual(one).get(part)
    if span is None:
        return {}
    figures, _problems = read_figures({one.key: dict(texts)}, [one], "")
    words = surprises(one, figures[0].figure).get(part, "") if figures else ""
    return {"low": span.low, "high": span.high, "warning": words}


def _yes_no(text: str) -> str:
    """`yes`, `no`, "" or the typed text if it is neither."""
    plain = text.strip()
    return {_("是"): "yes", "1": "yes", _("否"): "no", "0": "no"}.get(plain, plain.lower())


def _quotient_words(one: RequestedFigure, texts: Mapping[str, str]) -> str:
    read, _problems = read_figures({one.key: dict(texts)}, [one], "")
    value = read[0].figure.quotient if read else None
    if value is None:
        return "—"
    return f"{value * one.indicator.scale:.2f}{one.indicator.shown_unit}"


def warnings_of(requested: Iterable[RequestedFigure], typed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Warnings about unusual figures, one sentence each, for a check before the submission is handed on."""
    requested = list(requested)
    read, _problems = read_figures(typed, requested, "")
    return [
        f"{one.requested.name}：{words}"
        for one in read
        for words in surprises(one.requested, one.figure).values()
    ]
