"""The format of the workbook: its columns, and the entries of its manifest."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.submissions.fields import FIELDS, Kind, SubmissionField
from tasks.values import Period
from tasks.workbooks.manifest import Format, Key, fingerprint_of
from tasks.workbooks.values import Column

_OUTDATED = gettext_lazy("这是旧版模板的填报表，请重新下载再填。")
# The manifest's entries: plan, quarter, agency ("" for the office's workbook of all agencies), agency_name, sheets
# ({"main" | "figures": title}), and main and figures ({heading: field}). A key is a submission.
FORMAT = Format(
    salt="tasks.submissions.workbook",
    template=3,
    key_word="row",
    period="quarter",
    period_label=lambda text: Period.parse(text).label,
    outdated=_OUTDATED,
    foreign=_OUTDATED,
    other_agency=gettext_lazy("这是%(agency)s的填报表，您只能上传本单位的。"),
    other_plan=gettext_lazy("这是另一个方案的填报表，请下载本方案的再填。"),
    other_period=gettext_lazy(
        "这是%(theirs)s的填报表，您正在填%(ours)s。请换到那个季度上传，或下载本季的再填。"
    ),
    all_agencies=gettext_lazy("这是各单位总表，只供查阅；请下载本单位的填报表来填。"),
)
PROBLEM_PAIRS = 3  # pairs of columns for problems, at least

# -- columns ------------------------------------------------------------------------------------------------


def main_columns(pairs: int) -> list[Column]:
    """The columns of the main sheet; `pairs` is the number of problems for which a row has cells."""
    return [
        Column("code", _("编号"), 11),
        Column("task", _("任务"), 30),
        Column("agency", _("单位"), 16),
        Column("duty", _("身份"), 7),
        Column("lead", _("牵头单位"), 16),
        Column("state", _("状态"), 9),
        Column("last_quarter", _("上次季度"), 10),
        Column("last_light", _("上次灯"), 11),
        Column("last_done", _("上次进展"), 36),
        Column("last_next_steps", _("上次下步打算"), 26),
        *(column for field in FIELDS for column in columns_of(field, pairs)),
    ]


def columns_of(field: SubmissionField, pairs: int) -> list[Column]:
    """The columns in which one field is filled in: one, or for problems a category and a text, `pairs` times."""
    if field.kind is not Kind.PROBLEMS:
        return [
            Column(
                column.name or field.name,
                str(column.title or field.label),
                column.width,
                editable=True,
                hint=str(column.hint),
            )
            for column in field.columns
        ]
    return [
        Column(
            column.name.format(n=number),
            str(column.title) % {"n": number},
            column.width,
            editable=True,
            hint=str(column.hint) if number == 1 else "",
        )
        for number in range(1, pairs + 1)
        for column in field.columns
    ]


def fields_by_column(pairs: int) -> dict[str, SubmissionField]:
    """{name of an editable column: the field that it holds}."""
    return {column.field: field for field in FIELDS for column in columns_of(field, pairs)}


def figure_columns() -> list[Column]:
    """The columns of the sheet of figures: one row for each indicator of a task."""
    return [
        Column("code", _("编号"), 11),
        Column("indicator", _("指标代号"), 14),
        Column("agency", _("单位"), 16),
        Column("task", _("任务"), 30),
        Column("name", _("指标"), 30),
        Column("unit", _("计量单位"), 10),
        Column("flow", _("口径"), 8),
        Column("last", _("上次数值"), 16),
        Column("value", _("本季数值"), 14, True, _("只填数字；是否填“是”或“否”。0 是数值，空白是没有统计。")),
        Column("numerator", _("分子"), 14, True, _("比率填分子、分母，不填百分比。")),
        Column("denominator", _("分母"), 14, True),
        Column(
            "preliminary",
            _("数据版本"),
            10,
            True,
            _("正式数可不填；以后还要改的选快报数或初步数，据年报核定的选年报核定数。"),
        ),
        Column("reason", _("说明"), 30, True, _("累计数减少时必填。")),
    ]


# -- rows ---------------------------------------------------------------------------------------------------


def fingerprint(cells: Iterable[str], figures: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A digest of a row's editable cells and of its figures, each (key, its editable cells)."""
    return fingerprint_of(
        "\x1f".join(cells)
        + "".join(f"\x1e{slug}\x1f" + "\x1f".join(parts) for slug, parts in sorted(figures))
    )


class Shape(StrEnum):
    """How a figure is filled in: in one cell as a number, a yes or no or a text, or in two cells as a ratio. The value
    ends the figure's key in the manifest."""

    NUMBER = ""
    RATIO = "/"
    YES_NO = "?"
    TEXT = "~"

    @property
    def parts(self) -> tuple[str, ...]:
        """The cells in which the figure is filled in."""
        return ("numerator", "denominator") if self is Shape.RATIO else ("value",)


def shapes_text(shapes: Mapping[str, Shape]) -> str:
    """{key of a figure: its shape} as a manifest's key holds it."""
    return " ".join(f"{name}{shape}" for name, shape in shapes.items())


def shapes_of(key: Key) -> dict[str, Shape]:
    """{key of a figure: its shape} of the figures that were handed out with a submission."""
    words = key.more[0].split() if key.more else []
    endings = {shape.value for shape in Shape if shape.value}
    return {
        word[:-1] if word[-1] in endings else word: Shape(word[-1]) if word[-1] in endings else Shape.NUMBER
        for word in words
    }
