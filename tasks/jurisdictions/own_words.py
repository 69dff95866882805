"""A jurisdiction's own words for lights, kinds of agencies, places and requests: checked, and with what is usual left out.

They are one JSON object: `coordination` and `place` texts, `lights` {key: {mark, word, colour}}, `kinds` [{code, label,
group}], `layout` rows of place names, "" for an empty cell. Problems stand on the fields of the form:
`light_green_colour`, `kind_central_label`, `layout`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _

from tasks import typed
from tasks.agencies.proposals import slug_of
from tasks.errors import Problem, Problems
from tasks.wording import BUILT_IN, COORDINATION, LIGHTS, USUAL_COLOURS, Wording

LONGEST_COORDINATION, LONGEST_PLACE, LONGEST_MARK, LONGEST_WORD, LONGEST_LABEL = 20, 10, 4, 8, 20
MOST_KINDS = 20
SIDE = 8  # of the picture of places, in cells: the style sheet has as many
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
# WCAG 2.2: a word in the colour on white, and white upon the colour. Distance in RGB at which two lights look alike.
CONTRAST, ALIKE = 4.5, 60
_EMPTY_CELL = frozenset({"", "·", "-", "—", "－", "〇", "○"})


def checked_own(said: Mapping[str, Any], usual: Wording) -> dict[str, Any]:
    """What differs from `usual`, the words that follow from name and level. Raises Problems."""
    problems: list[Problem] = []
    plain = Wording(usual.unit, usual.place, usual.abbreviation)
    own: dict[str, Any] = {
        "coordination": _coordination(_line(said.get("coordination")), plain, problems),
        "place": _text("place", said.get("place"), LONGEST_PLACE, plain.places, problems),
        "lights": _lights(_mapping(said.get("lights")), plain, problems),
        "layout": _layout(said.get("layout") or (), problems),
    }
    # Kinds are called after the places, so these come first.
    named = Wording(usual.unit, usual.place, usual.abbreviation, {"place": own["place"]})
    own["kinds"] = _kinds(said.get("kinds") or (), named, problems)
    if problems:
        raise Problems(problems)
    return {name: value for name, value in own.items() if value}


def _line(value: Any) -> str:
    return typed.line(str(value or ""))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(name: str, value: Any, most: int, usual: str, problems: list[Problem]) -> str:
    """The text, "" where it says what is usual."""
    text = _line(value)
    if len(text) > most:
        problems.append(Problem(name, _("最多 %(n)d 字。") % {"n": most}))
    return "" if text == usual else text


def _coordination(text: str, plain: Wording, problems: list[Problem]) -> str:
    if text and not COORDINATION.fullmatch(text):
        problems.append(Problem("coordination", _("请写成“需……协调事项”，如“需市级协调事项”。")))
    return _text("coordination", text, LONGEST_COORDINATION, plain.coordination, problems)


def _lights(said: Mapping[str, Any], plain: Wording, problems: list[Problem]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for key in LIGHTS:
        row, usual = _mapping(said.get(key)), plain.lights[key]
        words = {
            "mark": _text(f"light_{key}_mark", row.get("mark"), LONGEST_MARK, usual.mark, problems),
            "word": _text(f"light_{key}_word", row.get("word"), LONGEST_WORD, usual.word, problems),
            "colour": _line(row.get("colour")).lower(),
        }
        if words["colour"] and (why := _refused_colour(words["colour"])):
            problems.append(Problem(f"light_{key}_colour", why))
        found[key] = {name: text for name, text in words.items() if text}
    shown = Wording(own={"lights": found}).lights
    for name, text in (("mark", _("字")), ("word", _("含义"))):
        for one, other in combinations(LIGHTS, 2):
            if getattr(shown[one], name) == getattr(shown[other], name):
                problems.append(
                    Problem(f"light_{other}_{name}", _("与另一盏灯的%(what)s相同。") % {"what": text})
                )
    problems += _alike({key: row["colour"] for key, row in found.items() if "colour" in row})
    return {key: row for key, row in found.items() if row}


def _refused_colour(colour: str) -> str:
    if not _COLOUR.fullmatch(colour):
        return _("颜色请写成 #1f7a62 这样的六位十六进制数。")
    if (reached := contrast(colour)) < CONTRAST:
        return _("颜色太浅：与白底的对比度是 %(reached).1f，至少要 4.5，请选深一些的。") % {
            "reached": reached
        }
    return ""


def contrast(colour: str) -> float:
    """The contrast ratio of the colour against white, by WCAG."""

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(one) for one in _parts(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _alike(own: Mapping[str, str]) -> list[Problem]:
    if not own or not all(_COLOUR.fullmatch(colour) for colour in own.values()):
        return []
    colours = {**USUAL_COLOURS, **own}
    return [
        Problem(f"light_{other if other in own else one}_colour", _("与另一盏灯的颜色太接近，分不清。"))
        for one, other in combinations(LIGHTS, 2)
        if (one in own or other in own)
        and sum((a - b) ** 2 for a, b in zip(_parts(colours[one]), _parts(colours[other]), strict=True))
        < ALIKE**2
    ]


def _kinds(said: Iterable[Any], plain: Wording, problems: list[Problem]) -> list[dict[str, str]]:
    """The kinds that differ from the built-in ones. A kind without a code is new; one without a name goes, and a
    built-in one is then called as usual again."""
    rows = [_mapping(row) for row in said]
    if len(rows) > MOST_KINDS:
        problems.append(Problem("kinds", _("单位类别最多 %(n)d 种。") % {"n": MOST_KINDS}))
    taken = {*BUILT_IN, *(_line(row.get("code")) for row in rows)}
    found: list[tuple[str, dict[str, str]]] = []  # beside the field of its name
    for row in rows[:MOST_KINDS]:
        code = _line(row.get("code"))
        usual = plain.kinds.get(code)
        place = f"kind_{code}" if code else f"new_kind_{row.get('row', 1)}"
        label, group = (
            _text(f"{place}_{part}", row.get(part), LONGEST_LABEL, getattr(usual, part, ""), problems)
            for part in ("label", "group")
        )
        if usual is None and label and not _CODE.fullmatch(code):
            code = slug_of(label, taken, longest=20)
            taken.add(code)
        if label or (group and usual):
            words = {"code": code, "label": label, "group": group}
            found.append((f"{place}_label", {name: text for name, text in words.items() if text}))
    changed = {row["code"] for _place, row in found if "label" in row}
    names = [row["label"] for _place, row in found if "label" in row]
    names += [kind.label for code, kind in plain.kinds.items() if code not in changed]
    for place, row in found:
        if names.count(row.get("label", "")) > 1:
            problems.append(Problem(place, _("已有同名的类别“%(name)s”。") % {"name": row["label"]}))
    return [row for _place, row in found]


def _layout(said: Any, problems: list[Problem]) -> list[list[str]]:
    """Rows of places. As a text: a line is a row, with spaces between the places and · for an empty cell."""
    lines: Sequence[Any] = said.splitlines() if isinstance(said, str) else said
    rows = [line.split() if isinstance(line, str) else [_line(cell) for cell in line] for line in lines]
    rows = [["" if cell in _EMPTY_CELL else typed.line(cell) for cell in row] for row in rows if row]
    while rows and not any(rows[-1]):
        rows.pop()
    places = [cell for row in rows for cell in row if cell]
    if len(rows) > SIDE or max(map(len, rows), default=0) > SIDE:
        problems.append(Problem("layout", _("示意图最多 %(n)d 行、%(n)d 列。") % {"n": SIDE}))
    elif twice := next((place for place in places if places.count(place) > 1), ""):
        problems.append(Problem("layout", _("“%(place)s”排了两次。") % {"place": twice}))
    elif any(len(place) > LONGEST_LABEL for place in places):
        problems.append(Problem("layout", _("每处名称最多 %(n)d 字。") % {"n": LONGEST_LABEL}))
    return rows if places else []


def layout_text(own: Mapping[str, Any]) -> str:
    """The layout as it is typed."""
    return "\n".join(" ".join(cell or "·" for cell in row) for row in own.get("layout", ()))


def from_form(data: Mapping[str, Any], codes: Iterable[str]) -> dict[str, Any]:
    """The words of a form's fields; `codes` are the kinds that it lists."""

    def of(name: str) -> str:
        return str(data.get(name) or "")

    known = [
        {"code": code, "label": of(f"kind_{code}_label"), "group": of(f"kind_{code}_group")} for code in codes
    ]
    new = [
        {"code": "", "row": n, "label": of(f"new_kind_{n}_label"), "group": of(f"new_kind_{n}_group")}
        for n in NEW_KINDS
    ]
    return {
        "coordination": of("coordination"),
        "place": of("place"),
        "layout": of("layout"),
        "lights": {
            key: {part: of(f"light_{key}_{part}") for part in ("mark", "word", "colour")} for key in LIGHTS
        },
        "kinds": [*known, *new],
    }


NEW_KINDS = (1, 2)  # empty rows of the form
