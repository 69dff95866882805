"""Writing the workbook: one row for each submission, drop-downs, guidance, the last quarter beside this one."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tasks import typed
from tasks.indicators.reading import figure_words, read_stage, read_yes_no
from tasks.indicators.requested_figures import RequestedFigure
from tasks.indicators.values import Stage, stage_note
from tasks.submissions.fields import FIELDS, PROBLEMS_LIMIT, TEXT_LIMIT, Kind, SubmissionField, category_label
from tasks.submissions.models import Content, ProblemCategory
from tasks.submissions.workbook.rows import BookRow, last_light, shape_of, state_word
from tasks.submissions.workbook.values import (
    FORMAT,
    PROBLEM_PAIRS,
    Shape,
    fields_by_column,
    figure_columns,
    fingerprint,
    main_columns,
    shapes_text,
)
from tasks.values import Duty, Light, Period
from tasks.wording import light_parts
from tasks.workbooks import writing
from tasks.workbooks.manifest import Key, Manifest, dumped
from tasks.workbooks.values import letters, plain
from tasks.workbooks.writing import GENERAL, HEAD_ROW, TableWriter

_NUMBERS = frozenset({Shape.NUMBER, Shape.RATIO})


def build(
    *,
    plan_slug: str,
    plan_title: str,
    quarter: Period,
    agency_slug: str,
    agency_name: str,
    rows: Sequence[BookRow],
) -> bytes:
    """The workbook of one agency; with agency_slug "" the workbook of all agencies, which cannot be uploaded."""
    book, (main_sheet, figure_sheet, guide) = writing.new_book(_("填报"), _("数据"), _("说明"))
    most = max((len(row.content.problems) for row in rows if row.content), default=0)
    about = {"plan": plan_title, "quarter": quarter.label, "agency": agency_name or _("各单位")}
    warning = _("严禁填报涉密信息。白底的格子可填，灰底的不必改；不要改编号。")
    styles = writing.Styles()
    main = TableWriter(
        main_sheet,
        main_columns(min(PROBLEMS_LIMIT, max(PROBLEM_PAIRS, most + 1))),
        _("%(plan)s %(quarter)s填报表：%(agency)s") % about,
        warning,
        styles,
    )
    figures = TableWriter(
        figure_sheet,
        figure_columns(),
        _("%(plan)s %(quarter)s数据：%(agency)s") % about,
        warning,
        styles,
    )
    fields = fields_by_column(PROBLEMS_LIMIT)
    keys = _fill(main, figures, rows, fields)
    for table in (main, figures):
        writing.finish(table.sheet, table.columns)
    rules = {name: rule for name, field in fields.items() if (rule := _rule(name, field.kind))}
    main.restrict(rules, HEAD_ROW + max(len(rows), 1))
    _guide(guide, read_only=not agency_slug)
    entries = {
        "plan": plan_slug,
        "quarter": str(quarter),
        "agency": agency_slug,
        "agency_name": agency_name,
        "sheets": dumped({"main": main_sheet.title, "figures": figure_sheet.title}),
        "main": dumped(main.headings),
        "figures": dumped(figures.headings),
    }
    return writing.packed(book, Manifest(entries, keys if agency_slug else ()), FORMAT)


# -- rows ---------------------------------------------------------------------------------------------------


def _fill(
    main: TableWriter,
    figures: TableWriter,
    rows: Sequence[BookRow],
    fields: Mapping[str, SubmissionField],
) -> list[Key]:
    """Write all rows of both sheets; returns the manifest's keys."""
    keys = []
    shapes: list[tuple[int, Shape]] = []  # (row on the sheet of figures, shape)
    main_formats = {name: GENERAL for name, field in fields.items() if field.kind is Kind.PERCENT}
    unlocked_by_duty = {
        duty: {name for name, field in fields.items() if duty in field.filled_by} for duty in Duty
    }
    for row in rows:
        texts = main.row(
            _values(row),
            unlocked=unlocked_by_duty[Duty(row.duty)] if row.editable else (),
            formats=main_formats,
        )
        figure_texts = []
        for asked in row.asked:
            shape = shape_of(asked)
            values = _about(row, asked) | _figure(row.typed.get(asked.key, {}), shape)
            unlocked = (*shape.parts, "preliminary", "reason")
            figure_texts.append(
                (
                    asked.key,
                    figures.row(
                        values,
                        unlocked=unlocked if row.editable else (),
                        formats=dict.fromkeys(shape.parts, GENERAL) if shape in _NUMBERS else {},
                    ),
                )
            )
            shapes.append((figures.last, shape))
        handed_out = shapes_text({asked.key: shape_of(asked) for asked in row.asked})
        touched = fingerprint(texts, figure_texts)
        keys.append(Key(row.ref, row.code, row.revision, touched, (handed_out,)))
    _restrict_figures(figures, shapes)
    return keys


def _about(row: BookRow, asked: RequestedFigure) -> dict[str, Any]:
    """{column: value} of the columns that describe a figure."""
    indicator = asked.indicator
    name = asked.name
    if indicator.is_ratio:
        name = f"{name}（{indicator.numerator_name} ÷ {indicator.denominator_name}）"
    if asked.computed is not None:
        name = _("%(name)s（配合单位汇总 %(figure)s，空着即以此为准）") % {
            "name": name,
            "figure": figure_words(indicator, asked.computed),
        }
    if asked.is_audit:
        name = _("%(name)s：年报核定数，与已报正式数不同的才填") % {"name": name}
    last = asked.beside
    return {
        "code": row.code,
        "indicator": asked.key,
        "agency": row.agency,
        "task": row.heading,
        "name": name,
        "unit": indicator.parts_unit if indicator.is_ratio else indicator.shown_unit,
        "flow": indicator.get_flow_display(),
        "last": figure_words(indicator, last) if last else "",
    }


def _values(row: BookRow) -> dict[str, Any]:
    previous = row.previous
    values: dict[str, Any] = {
        "code": row.code,
        "task": row.heading,
        "agency": row.agency,
        "duty": Duty(row.role).label,
        "lead": row.lead,
        "state": "，".join([state_word(row.state), *row.marks]),
        "last_quarter": str(previous.quarter) if previous else "",
        "last_light": last_light(previous),
        "last_done": (previous.done or previous.no_progress_reason) if previous else "",
        "last_next_steps": previous.next_steps if previous else "",
    }
    return values | (_content(row.content, row.withheld) if row.content else {})


def _content(content: Content, withheld: Collection[str]) -> dict[str, Any]:
    """{column: value} of the fields that are not withheld from the reader."""
    values: dict[str, Any] = {}
    for field in FIELDS:
        value = getattr(content, field.name)
        if field.name in withheld:
            continue
        if field.kind is Kind.PROBLEMS:
            for number, problem in enumerate(value, 1):
                values[f"problem_category_{number}"] = category_label(problem)
                values[f"problem_text_{number}"] = problem.get("text", "")
        elif field.kind in {Kind.TEXT, Kind.PERCENT}:
            values[field.name] = value
        else:
            values[field.name] = field.shown(value)
    return values


def _figure(typed: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """{column: value} of a figure. A draft's figures are texts; those that are numbers become numbers."""
    values: dict[str, Any] = {}
    for part, value in typed.items():
        if value is None or value == "":
            continue
        if part == "reason":
            values[part] = value
        elif part == "preliminary":
            values[part] = stage_note(read_stage(str(value)))
        elif part == "text":
            values["value"] = value
        else:
            values[part] = _yes_no(value) if shape is Shape.YES_NO else _number(value)
    return values


def _yes_no(value: Any) -> Any:
    try:
        read = read_yes_no(plain(value))
    except ValueError:
        return value
    return "" if read is None else _("是") if read else _("否")


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = typed.number(value)
    except ValueError:
        return value
    # A number that a spreadsheet cannot hold exactly stays text.
    return number if number is not None and len(number.as_tuple().digits) <= 15 else value


# -- the sheets ---------------------------------------------------------------------------------------------


def _rule(name: str, kind: Kind) -> DataValidation | None:
    """What a spreadsheet program accepts in the cells of a column."""
    if kind is Kind.DAY:
        return None
    if kind is Kind.LIGHT:
        return writing.choice([str(label) for label in Light.labels])
    if name.startswith("problem_category"):
        return writing.choice([str(label) for label in ProblemCategory.labels])
    if kind is Kind.YES_NO:
        return writing.choice([_("是")])
    if kind is Kind.PERCENT:
        rule = DataValidation(type="decimal", operator="between", formula1="0", formula2="100")
        rule.error = _("请填 0 到 100 的整数。")
        return rule
    return writing.text_within(TEXT_LIMIT)


def _restrict_figures(figures: TableWriter, shapes: Sequence[tuple[int, Shape]]) -> None:
    """Set what a spreadsheet program accepts in the cells of figures: each row by its shape."""
    number = DataValidation(
        type="decimal", operator="between", formula1="-99999999999999", formula2="99999999999999"
    )
    number.error = _("请只填数字，小数最多 4 位。")
    yes_no = writing.choice([_("是"), _("否")])
    preliminary = writing.choice([str(stage.label) for stage in Stage])
    for shape, run in groupby(shapes, key=lambda each: each[1]):
        rows = [row for row, _shape in run]
        for place, column in enumerate(figures.columns, 1):
            cells = f"{letters(place)}{rows[0]}:{letters(place)}{rows[-1]}"
            if column.field == "preliminary":
                preliminary.add(cells)
            elif column.field in shape.parts and shape in _NUMBERS:
                number.add(cells)
            elif column.field in shape.parts and shape is Shape.YES_NO:
                yes_no.add(cells)
    for rule in (number, yes_no, preliminary):
        if rule.sqref:
            writing.add_rule(figures.sheet, rule)


def _guide(sheet: Worksheet, *, read_only: bool) -> None:
    lines = [_("严禁填报涉密信息。涉密内容在“另渠道报送”填“是”，其余各格清空。")]
    if read_only:
        lines.append(_("这是各单位总表，只供查阅，不能上传；草稿不在其中。"))
    else:
        lines += [
            _("填好后在工作台“上传填报表”。系统先逐格列出改动，您确认后才写入草稿；有一处不对，全部不写。"),
            _("没有改动的行不会写入。空着的行不必删；只想改几行，其余的不动即可。"),
            _("可以排序（先撤销工作表保护，没有密码）、隐藏行、调列宽；不要改编号、合并单元格、写公式。"),
            _("灯为%(yellow)s或%(red)s，要写下步打算。本季度无进展填“是”并写原因。") % light_parts(),
            _("自评进度写 12、12%、0.12 都读作 12%；1 读作 1%，写 100 或 100% 才是完成。"),
            _("“数据”页：0 是数值，空白是没有统计；比率分别填分子、分母，不填百分比；累计数减少要写说明。"),
            _("状态为待签批、已提交、已核定的行是灰的，不能在表里改。"),
            _("上传只存为草稿，还要在工作台检查、签批后才算提交。"),
        ]
    writing.guide(sheet, lines)
