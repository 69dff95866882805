"""How a light looks wherever it is drawn or printed: shape, colour and word, never colour alone. Words and colours may be
those of a jurisdiction."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasks.wording import USUAL_COLOURS, current, light_name, light_word


@dataclass(frozen=True)
class LightStyle:
    """`word` stands alone in a sentence (“3项滞后”), `name` with the colour's name; `mark` is the shape as a character.

    `colour` reaches 4.5 : 1 against white paper, so that it can be a word's colour as well as a shape's.
    """

    key: str
    name: str | Promise
    word: str | Promise
    mark: str
    usual_colour: str
    on_colour: str  # what is written upon it; a colour of a jurisdiction's own takes the same

    @property
    def colour(self) -> str:
        words = current().lights.get(self.key)
        return words.colour if words and words.colour else self.usual_colour


_INK, _WHITE = "#1B1A17", "#FFFFFF"
STYLES = tuple(
    LightStyle(
        key,
        light_name(key),
        light_word(key),
        mark,
        USUAL_COLOURS[key].upper(),
        _INK if key == "grey" else _WHITE,
    )
    for key, mark in {"green": "●", "yellow": "▲", "red": "■", "blue": "✓", "grey": "○"}.items()
)
# Of a task that nobody leads; it has no place in the counts of lights, and is named beside them.
UNLED_STYLE = LightStyle("unled", gettext_lazy("无牵头"), gettext_lazy("无牵头"), "◌", "#5F5A52", "#1B1A17")
STYLE = {style.key: style for style in (*STYLES, UNLED_STYLE)}
