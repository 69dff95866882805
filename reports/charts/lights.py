"""How a light looks wherever it is drawn or printed: shape, colour and word, never colour alone."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class LightStyle:
    """`word` stands alone in a sentence (“3项滞后”), `name` with the colour's name; `mark` is the shape as a character.

    `colour` reaches 4.5 : 1 against white paper, so that it can be a word's colour as well as a shape's.
    """

    key: str
    name: str | Promise
    word: str | Promise
    mark: str
    colour: str
    on_colour: str  # what is written upon it


STYLES = (
    LightStyle("green", gettext_lazy("绿 正常"), gettext_lazy("正常"), "●", "#1A6B54", "#FFFFFF"),
    LightStyle("yellow", gettext_lazy("黄 有风险"), gettext_lazy("有风险"), "▲", "#8F6300", "#FFFFFF"),
    LightStyle("red", gettext_lazy("红 滞后"), gettext_lazy("滞后"), "■", "#AB1F33", "#FFFFFF"),
    LightStyle("blue", gettext_lazy("蓝 已完成"), gettext_lazy("已完成"), "✓", "#2B5B95", "#FFFFFF"),
    LightStyle("grey", gettext_lazy("灰 未报"), gettext_lazy("未报"), "○", "#5F5A52", "#1B1A17"),
)
# Of a task that nobody leads; it has no place in the counts of lights, and is named beside them.
UNLED_STYLE = LightStyle("unled", gettext_lazy("无牵头"), gettext_lazy("无牵头"), "◌", "#5F5A52", "#1B1A17")
STYLE = {style.key: style for style in (*STYLES, UNLED_STYLE)}
