"""Words of a jurisdiction: what its plans call lights, kinds of agencies, the places below it, requests to a higher level.

They are spoken as a language is: whoever answers for a plan says once whose words hold (`speaking`), and labels that were
made with `worded` are asked for when they are shown. Without anybody's words they are those that are right anywhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext as _

LEADS = "leads"  # the first group of agencies, whatever their kind
OTHERS = "others"
# The kinds that the program knows: it tells collectives, governments of places, zones and review bodies from the others.
BUILT_IN = (
    "department", "party", "central", "government", "zone", "enterprise", "collective", "review",
)  # fmt: skip
_GROUP_OF = {"government": "governments", "zone": "zones"}
LIGHTS = ("green", "yellow", "red", "blue", "grey")
# Of documents; those of the screen, in tokens.css, are close to these. Words in them stand on white, and white on them.
USUAL_COLOURS = {
    "green": "#1a6b54", "yellow": "#8f6300", "red": "#ab1f33", "blue": "#2b5b95", "grey": "#5f5a52",
}  # fmt: skip
COORDINATION = re.compile(r"需(?:要)?[\u4e00-\u9fa5]{0,6}协调(?:解决)?(?:的)?事项")


@dataclass(frozen=True)
class LightWords:
    """A light's colour as a word (绿), what it says (正常), and the colour itself as #1f7a62, "" for the usual one."""

    mark: str
    word: str
    colour: str = ""

    @property
    def name(self) -> str:
        return f"{self.mark} {self.word}"


@dataclass(frozen=True)
class Kind:
    """A kind of agencies: its code, its name, and the name of the group in which lists and the matrix show it."""

    code: str
    label: str
    group: str


@dataclass(frozen=True)
class Wording:
    """The words of one jurisdiction. `own` is what people said (`tasks.jurisdictions.own_words` checks it), everything
    else follows from its name, level and abbreviation. `key` is (id, revision) of a stored one."""

    unit: str = ""  # 省, 自治区, 市, 县; "" for no jurisdiction in particular
    place: str = ""  # what the places below it are called: 市州, 县区, 乡镇
    abbreviation: str = ""  # 青, of 中央驻青单位
    own: Mapping[str, Any] = field(default_factory=dict)
    key: tuple[int, int] | None = None

    def frozen(self) -> dict[str, Any]:
        """What a document keeps of the words it was issued in: `Wording(**frozen)` is the same again."""
        return {
            "unit": self.unit,
            "place": self.place,
            "abbreviation": self.abbreviation,
            "own": dict(self.own),
        }

    @cached_property
    def level(self) -> str:
        """省级; 自治区 has no 级."""
        return _("%(unit)s级") % {"unit": self.unit} if len(self.unit) == 1 else self.unit

    @cached_property
    def coordination(self) -> str:
        """What is asked of the level above the agencies: 需省级协调事项."""
        return self.own.get("coordination") or _("需%(level)s协调事项") % {"level": self.level or _("上级")}

    @cached_property
    def request(self) -> str:
        """The same within a sentence: 需省级协调."""
        return self.coordination.removesuffix(_("事项")).removesuffix(_("的"))

    @cached_property
    def places(self) -> str:
        """市州, in 所在市州 and 8市州."""
        return self.own.get("place") or self.place or _("地区")

    @cached_property
    def lights(self) -> Mapping[str, LightWords]:
        usual = {
            "green": LightWords(_("绿"), _("正常")),
            "yellow": LightWords(_("黄"), _("有风险")),
            "red": LightWords(_("红"), _("滞后")),
            "blue": LightWords(_("蓝"), _("已完成")),
            "grey": LightWords(_("灰"), _("未报")),
        }
        said = self.own.get("lights", {})
        return {
            key: LightWords(
                **{**vars(words), **{name: one for name, one in said.get(key, {}).items() if one}}
            )
            for key, words in usual.items()
        }

    @cached_property
    def has_colours(self) -> bool:
        """Whether a light has a colour of its own."""
        return any(light.colour for light in self.lights.values())

    @cached_property
    def light_marks(self) -> str:
        """绿、黄、红、蓝: those that are filed."""
        return "、".join(self.lights[key].mark for key in LIGHTS[:-1])

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """{code: kind} in the order of lists: the built-in ones, then those that people added."""
        labels = {
            "department": _("%(unit)s政府部门") % {"unit": self.unit},
            "party": _("党委部门"),
            "central": _("中央驻%(place)s单位") % {"place": self.abbreviation or _("地方")},
            "government": _("%(places)s人民政府") % {"places": self.places if self.unit else _("下级")},
            "zone": _("园区管委会"),
            "enterprise": _("企业"),
            "collective": _("集合单位"),
            "review": _("督查机构"),
        }
        others = _("其他%(level)s配合单位") % {"level": self.level}
        found = {
            code: Kind(code, label, label if code in _GROUP_OF else others) for code, label in labels.items()
        }
        for row in self.own.get("kinds", ()):
            code = row["code"]
            usual = found.get(code) or Kind(code, row["label"], others)
            found[code] = Kind(code, row.get("label") or usual.label, row.get("group") or usual.group)
        return found

    @cached_property
    def single_kinds(self) -> Sequence[tuple[str, str]]:
        """(code, name) of the kinds of single agencies, as choices."""
        return [(kind.code, kind.label) for kind in self.kinds.values() if kind.code != "collective"]

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """{code: name} of the groups, the leads first. A group has the code of the first kind in it."""
        codes: dict[str, str] = {}
        for kind in self.kinds.values():
            code = _GROUP_OF.get(kind.code, OTHERS if OTHERS not in codes.values() else kind.code)
            codes.setdefault(kind.group, code)
        return {LEADS: _("牵头单位"), **{code: name for name, code in codes.items()}}

    def group_of(self, kind: str, *, is_lead: bool) -> str:
        """The code of the group of an agency of this kind. That it leads at least one task comes before its kind."""
        if is_lead:
            return LEADS
        name = self.kinds[self.known_kind(kind)].group
        return next((code for code, one in self.groups.items() if one == name), OTHERS)

    def known_kind(self, code: str) -> str:
        """The kind as these words know it: one that another jurisdiction has added is listed with the departments."""
        return code if code in self.kinds else BUILT_IN[0]

    def kind_rank(self, code: str) -> int:
        """The place of the kind in lists."""
        return list(self.kinds).index(self.known_kind(code))

    def kind_name(self, code: str) -> str:
        return self.kinds[self.known_kind(code)].label

    @cached_property
    def layout(self) -> Mapping[str, tuple[int, int]]:
        """{place: (row, column)} of a rough picture of the places, both from 1; empty without one."""
        rows: Sequence[Sequence[str]] = self.own.get("layout", ())
        return {place: (n, m) for n, row in enumerate(rows, 1) for m, place in enumerate(row, 1) if place}


_NOBODYS = Wording()
_now: ContextVar[Callable[[], Wording]] = ContextVar("wording", default=lambda: _NOBODYS)


def current() -> Wording:
    """The words that hold here."""
    return _now.get()()


@contextmanager
def speaking(words: Wording | Callable[[], Wording]) -> Iterator[None]:
    """In these words, or in those that the function finds when the first of them is needed."""
    if isinstance(words, Wording):
        asked: Callable[[], Wording] = lambda: words  # noqa: E731
    else:
        asked = _once(words)
    token = _now.set(asked)
    try:
        yield
    finally:
        _now.reset(token)


def _once(find: Callable[[], Wording]) -> Callable[[], Wording]:
    found: list[Wording] = []

    def asked() -> Wording:
        if not found:
            found.append(find())
        return found[0]

    return asked


def _said(say: Callable[[Wording], str]) -> str:
    return say(current())


_lazily = lazy(_said, str)


def worded(say: Callable[[Wording], str]) -> Any:
    """A label that is asked for in the words that hold when it is shown, as gettext_lazy does with languages."""
    return _lazily(say)


def coordination_words() -> Any:
    return worded(lambda words: words.coordination)


def light_name(key: str) -> Any:
    """绿 正常."""
    return worded(lambda words: words.lights[key].name)


def light_word(key: str) -> Any:
    """正常."""
    return worded(lambda words: words.lights[key].word)


def with_lights(sentence: str) -> Any:
    """A sentence with lights in it, lazily: %(red)s is 红, %(red_word)s 滞后, %(all)s 绿、黄、红、蓝."""
    return worded(lambda words: gettext(sentence) % light_parts(words))


def light_parts(words: Wording | None = None) -> dict[str, str]:
    """What sentences with lights in them take."""
    words = words or current()
    marks = {key: one.mark for key, one in words.lights.items()}
    return marks | {f"{key}_word": one.word for key, one in words.lights.items()} | {"all": words.light_marks}


def kind_label(code: str) -> Any:
    return worded(lambda words: words.kind_name(code))
