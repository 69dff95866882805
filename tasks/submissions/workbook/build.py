"""Writing the workbook: one row for each submission, drop-downs, guidance, the last quarter beside this one."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tasks.indicators.reading import figure_words, is_marked, read_number, read_yes_no
from tasks.indicators.requested_figures import RequestedFigure
from tasks.submissions.fields import FIELDS, PROBLEMS_LIMIT, TEXT_LIMIT, Kind, category_label
from tasks.submissions.models import Content, ProblemCategory
from tasks.submissions.workbook.rows import BookRow, last_light, shape_of, state_word
from tasks.submissions.workbook.values import (
    PROBLEM_PAIRS,
    Key,
    Manifest,
    Shape,
    fields_by_column,
    figure_columns,
    fingerprint,
    main_columns,
)
from tasks.values import Duty, Light, Quarter
from tasks.workbooks import writing
from tasks.workbooks.values import Column, letters, plain
from tasks.workbooks.writing import HEAD_ROW, Styles, cell_at

_GENERAL = "General"
_NUMBERS = frozenset({Shape.NUMBER, Shape.RATIO})


def build(
    *,
    plan_slug: str,
    plan_title: str,
    quarter: Quarter,
    agency_slug: str,
    agency_name: str,
    rows: Sequence[BookRow],
) -> bytes:
    """The workbook of one agency, or with agency_slug "" that of all agencies, which is to be read only."""
    book = Workbook()
    main = book.active
    assert isinstance(main, Worksheet)
    main.title = _("填报")
    figures = book.create_sheet(_("数据"))
    guide = book.create_sheet(_("说明"))

    most = max((len(row.content.problems) for row in rows if row.content), default=0)
    columns = main_columns(min(PROBLEMS_LIMIT, max(PROBLEM_PAIRS, most + 1)))
    asked = figure_columns()
    about = {"plan": plan_title, "quarter": quarter.label, "agency": agency_name or _("各单位")}
    guidance = _("严禁填报涉密信息。白底的格子可填，灰底的不必改；不要改编号。")
    writing.head(main, columns, _("%(plan)s %(quarter)s填报表：%(agency)s") % about, guidance)
    writing.head(figures, asked, _("%(plan)s %(quarter)s数据：%(agency)s") % about, guidance)
    keys = _fill(main, figures, columns, asked, rows)
    for sheet, heads in ((main, columns), (figures, asked)):
        writing.finish(sheet, heads)
    _drop_downs(main, columns, len(rows))
    _guide(guide, read_only=not agency_slug)
    manifest = Manifest(
        plan=plan_slug,
        quarter=str(quarter),
        agency=agency_slug,
        agency_name=agency_name,
        sheets={"main": main.title, "figures": figures.title},
        heads={
            "main": {column.label: column.field for column in columns},
            "figures": {column.label: column.field for column in asked},
        },
        keys=tuple(keys) if agency_slug else (),
    )
    return writing.packed(book, manifest.rows())


# -- rows ---------------------------------------------------------------------------------------------------


def _fill(
    main: Worksheet,
    figures: Worksheet,
    columns: Sequence[Column],
    asked: Sequence[Column],
    rows: Sequence[BookRow],
) -> list[Key]:
    styles = Styles()
    fields = fields_by_column(PROBLEMS_LIMIT)
    keys = []
    shapes: list[tuple[int, Shape]] = []
    line = HEAD_ROW
    for number, row in enumerate(rows, HEAD_ROW + 1):
        values = _values(row)
        said = []
        for place, column in enumerate(columns, 1):
            value = values.get(column.field, "")
            field = fields.get(column.field)
            others = field is not None and row.duty not in field.filled_by
            locked = not (column.editable and row.editable) or others
            numeric = field is not None and field.kind is Kind.PERCENT
            styles.put(
                cell_at(main, number, place), value, locked=locked, shown_as=_GENERAL if numeric else "@"
            )
            if column.editable:
                said.append(plain(value))
        told = []
        for one in row.asked:
            line += 1
            shape = shape_of(one)
            about = _about(row, one) | _figure(row.typed.get(one.key, {}), shape)
            for place, column in enumerate(asked, 1):
                free = column.field in (*shape.parts, "preliminary", "reason")
                numeric = column.field in shape.parts and shape in _NUMBERS
                styles.put(
                    cell_at(figures, line, place),
                    about.get(column.field, ""),
                    locked=not (column.editable and row.editable and free),
                    shown_as=_GENERAL if numeric else "@",
                )
            told.append(
                (one.key, [plain(about.get(column.field, "")) for column in asked if column.editable])
            )
            shapes.append((line, shape))
        keys.append(
            Key(
                ref=row.ref,
                code=row.code,
                revision=row.revision,
                touched=fingerprint(said, told),
                figures=tuple((one.key, shape_of(one)) for one in row.asked),
            )
        )
    _checked(figures, asked, shapes)
    return keys


def _about(row: BookRow, one: RequestedFigure) -> dict[str, Any]:
    """What the sheet of figures shows of a figure beside its cells."""
    indicator = one.indicator
    name = one.name
    if indicator.is_ratio:
        name = f"{name}（{indicator.numerator_name} ÷ {indicator.denominator_name}）"
    if one.computed is not None:
        name = _("%(name)s（配合单位汇总 %(figure)s，空着即以此为准）") % {
            "name": name,
            "figure": figure_words(indicator, one.computed),
        }
    last = one.beside
    return {
        "code": row.code,
        "indicator": one.key,
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
        "duty": Duty(row.duty).label,
        "lead": row.lead,
        "state": state_word(row.state),
        "last_quarter": str(previous.quarter) if previous else "",
        "last_light": last_light(previous),
        "last_done": (previous.done or previous.no_progress_reason) if previous else "",
        "last_next_steps": previous.next_steps if previous else "",
    }
    return values | (_content(row.content, row.withheld) if row.content else {})


def _content(content: Content, withheld: Collection[str]) -> dict[str, Any]:
    """{column: what its cell holds} of the fields that are not withheld from the reader."""
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
    """A draft's figures are texts as typed: as numbers where they are numbers, otherwise unchanged."""
    told: dict[str, Any] = {}
    for part, value in typed.items():
        if value is None or value == "":
            continue
        if part == "reason":
            told[part] = value
        elif part == "preliminary":
            told[part] = _("是") if is_marked(str(value)) else ""
        elif part == "text":
            told["value"] = value
        else:
            told[part] = _yes_no(value) if shape is Shape.YES_NO else _number(value)
    return told


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
        number = read_number(value)
    except ValueError:
        return value
    # What a spreadsheet cannot hold exactly stays text.
    return number if number is not None and len(number.as_tuple().digits) <= 15 else value


# -- the sheet around them ----------------------------------------------------------------------------------


def _drop_downs(sheet: Worksheet, columns: Sequence[Column], count: int) -> None:
    lights = [str(label) for label in Light.labels]
    categories = [str(label) for label in ProblemCategory.labels]
    fields = fields_by_column(PROBLEMS_LIMIT)
    for place, column in enumerate(columns, 1):
        kind = fields[column.field].kind if column.field in fields else None
        if kind is None or kind is Kind.DAY:
            continue
        if kind is Kind.LIGHT:
            rule = writing.choice(lights)
        elif column.field.startswith("problem_category"):
            rule = writing.choice(categories)
        elif kind is Kind.YES_NO:
            rule = writing.choice([_("是")])
        elif kind is Kind.PERCENT:
            rule = DataValidation(type="decimal", operator="between", formula1="0", formula2="100")
            rule.error = _("请填 0 到 100 的整数。")
        else:
            rule = writing.text_within(TEXT_LIMIT)
        writing.apply(sheet, rule, place, HEAD_ROW + max(count, 1))


def _checked(sheet: Worksheet, columns: Sequence[Column], shapes: Sequence[tuple[int, Shape]]) -> None:
    """What a spreadsheet program itself refuses in the cells of figures: each row by its shape."""
    number = DataValidation(
        type="decimal", operator="between", formula1="-99999999999999", formula2="99999999999999"
    )
    number.error = _("请只填数字，小数最多 4 位。")
    yes_no = writing.choice([_("是"), _("否")])
    marked = writing.choice([_("是")])
    for shape, run in groupby(shapes, key=lambda each: each[1]):
        lines = [line for line, _shape in run]
        for place, column in enumerate(columns, 1):
            cells = f"{letters(place)}{lines[0]}:{letters(place)}{lines[-1]}"
            if column.field == "preliminary":
                marked.add(cells)
            elif column.field in shape.parts and shape in _NUMBERS:
                number.add(cells)
            elif column.field in shape.parts and shape is Shape.YES_NO:
                yes_no.add(cells)
    for rule in (number, yes_no, marked):
        if rule.sqref:
            writing.admit(sheet, rule)


def _guide(sheet: Worksheet, *, read_only: bool) -> None:
    lines = [_("严禁填报涉密信息。涉密内容在“另渠道报送”填“是”，其余各格清空。")]
    if read_only:
        lines.append(_("这是各单位总表，只供查阅，不能上传；草稿不在其中。"))
    else:
        lines += [
            _(
                "填好后在工作台“上传填报表”。系统先逐格列出会改什么，您确认后才写入草稿；有一处不对，全部不写。"
            ),
            _("没有改动的行不会写入。空着的行不必删；只想改几行，其余的不动即可。"),
            _("可以排序（先撤销工作表保护，没有密码）、隐藏行、调列宽；不要改编号、合并单元格、写公式。"),
            _("灯为黄或红，要写下步打算。本季度无进展填“是”并写原因。"),
            _("自评进度写 12、12%、0.12 都读作 12%；1 读作 1%，写 100 或 100% 才是完成。"),
            _("“数据”页：0 是数值，空白是没有统计；比率分别填分子、分母，不填百分比；累计数减少要写说明。"),
            _("状态为待签批、已提交、已核定的行是灰的，不能在表里改。"),
            _("上传只存为草稿，还要在工作台检查、签批后才算提交。"),
        ]
    writing.guide(sheet, lines)
