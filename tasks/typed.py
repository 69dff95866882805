"""Reads what people and programs type: texts, numbers, percentages, days, quarters. Every form, autosave, workbook, API
request and import reads through it, so that the same keys mean the same at each of them.

Nothing here knows a field. What cannot be read raises ValueError with a message for users, in which characters that
nobody can see are made visible. docs/decisions/typed-text.md says why each rule is so.
"""

import calendar
import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

# -- texts --------------------------------------------------------------------------------------------------

# What ends a line in one program or another: Windows, old Macs, a manual line break or page break of Word, and the
# separators of Unicode. Each counts as one character.
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Characters in scripts whose letters change their shape beside others (Arabic to Tibetan, Mongolian) and pictographs.
# Between two of them a joiner is part of the spelling; everywhere else it is only invisible.
_JOINS = "\u0600-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefe\ufe0f\u2600-\u27bf\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?<=[{_JOINS}])[\u200c\u200d\u180e](?=[{_JOINS}])")
# Format characters (Cf) that are seen: signs of Arabic and Syriac numbers.
_SEEN_FORMATS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# Without a shape, although Unicode counts them as letters or symbols: fillers, a picture's place, noncharacters.
_SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc\ufffe\uffff")
_SHAPELESS_LETTER = re.compile(f"[{''.join(sorted(_SHAPELESS))}\u2800]")
# Spaces of other widths. The ideographic space stays: it indents paragraphs and parts names. So does the narrow
# one beside Mongolian, where it is spelling.
_WIDE_SPACE = re.compile(
    "[\u00a0\u1680\u2000-\u200a\u205f\u2800]|(?<![\u1800-\u18af])\u202f(?![\u1800-\u18af])"
)
# Word hands out Symbol and Wingdings as private characters U+F020–F0FF. A box that is ticked or crossed says something,
# and so do the signs of Symbol in a line; any other of them is a bullet.
_WORD_SYMBOL = re.compile("(?m)(^[ \t\u3000]*)([\uf020-\uf0ff])([ \t\u3000]*)|[\uf020-\uf0ff]")
_BOXES = {"\uf0fe": "☑", "\uf052": "☑", "\uf0fd": "☒", "\uf054": "☒"}
_EMPTY_BOXES = frozenset("\uf0a8\uf06f")
_SIGNS = {
    "\uf0b0": "°",
    "\uf0b1": "±",
    "\uf0b4": "×",
    "\uf0b8": "÷",
    "\uf0a3": "≤",
    "\uf0b3": "≥",
    "\uf0b9": "≠",
    "\uf0bb": "≈",
    "\uf0a5": "∞",
    "\uf0b7": "·",
    "\uf06d": "μ",
    "\uf057": "Ω",
    "\uf044": "Δ",
    "\uf061": "α",
    "\uf062": "β",
    "\uf067": "γ",
    "\uf0e0": "→",
    "\uf0fc": "√",
}
BULLET = "·"
# Hanzi that GBK programs still write as private characters, with the places that Unicode gave them (GB 18030—2022).
_GB18030 = str.maketrans(
    "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7\ue7c8"
    "\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue864",
    "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f\u01f9"
    "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u9fbb",
)


def clean(text: str) -> str:
    """The text as it is kept: line ends as \\n, other widths of space as spaces, Word's private bullets as ·, without
    controls, marks of direction and other characters that nobody sees. Neither stripped nor shortened."""
    if text.isprintable() and _SHAPELESS_LETTER.search(text) is None:
        return text
    text = _LINE_END.sub("\n", text)
    text = _WIDE_SPACE.sub(" ", without_unseen(text)).translate(_GB18030)
    if _WORD_SYMBOL.search(text):
        text = _without_word_symbols(text)
    return text


def prose(text: str) -> str:
    """A text of several lines: cleaned and stripped."""
    return clean(text).strip()


def line(text: str) -> str:
    """A text of one line, such as a name: cleaned, line ends and tabs as single spaces, stripped."""
    return re.sub(r"\s*[\n\t]\s*", " ", clean(text)).strip()


def without_unseen(text: str) -> str:
    """The text without controls (but tab and line end), surrogates and what has no shape; private and newly assigned
    characters stay, and joiners where they are spelling."""
    spelled = {match.start() for match in _JOINER.finditer(text)}
    return "".join(
        character for place, character in enumerate(text) if place in spelled or not _is_unseen(character)
    )


@cache
def _is_unseen(character: str) -> bool:
    if character in "\t\n":
        return False
    category = unicodedata.category(character)
    return (
        character in _SHAPELESS
        or category in {"Cc", "Cs"}
        or (category == "Cf" and character not in _SEEN_FORMATS)
    )


def _without_word_symbols(text: str) -> str:
    has_ticks = any(character in text for character in _BOXES)

    def plain(match: re.Match[str]) -> str:
        indent, first, _after = match.groups()
        symbol = first or match[0]
        box = _BOXES.get(symbol) or ("□" if has_ticks and symbol in _EMPTY_BOXES else "")
        if first:
            return f"{indent}{box or BULLET}"
        return box or _SIGNS.get(symbol, "")

    return _WORD_SYMBOL.sub(plain, text)


def cleaned(value: Any) -> Any:
    """`clean` for every text in lists and dicts, as JSON has them; a password stays as it is typed."""
    match value:
        case str():
            return clean(value)
        case list():
            return [cleaned(item) for item in value]
        case dict():
            return {name: value[name] if is_secret(name) else cleaned(value[name]) for name in value}
    return value


def is_secret(name: Any) -> bool:
    """Whether the field of that name holds a password: one that the person cannot see and that must not change."""
    return "password" in str(name)


def visible(text: str, most: int = 20) -> str:
    """A text to quote in a message: at most so many characters, and those that cannot be seen as ␣U+202C."""
    quoted = text.strip(" \t\r\n")
    shown = "".join(
        character if character.isprintable() and character not in _SHAPELESS else f"␣U+{ord(character):04X}"
        for character in quoted[:most]
    )
    return shown + "…" if len(quoted) > most else shown


_NO_WORDS = re.compile(
    r"(?:[本这此](?:季度?|期|月|年度?|单位|项)|目前|当前|现|暂时?|尚|均)*"
    r"(?:无|没有?|不存在|未发现|未发生|未出现|[未没]遇到|未涉及|不涉及|无需|无须|毋需|不需要?)"
    r"(?:需要?|须|什么|存在|其[他它]|[省市州县区上]级?|重大|突出|明显|提请|请|上述|此类?|该类|这类|类似|的|任何)*"
    r"(?:问题|困难|异常|事项|事|协调|解决|数据|数|内容|情况|统计|项|和|与|及|或|、|的)*"
    r"|(?:一切|均|都)?正常"
)
_NO_SIGNS = re.compile(r"[-‐‑‒–—―−_/\\|·.…*~×✕✗╳]+|x|nil|none|null|n/?\.?a\.?", re.IGNORECASE)
_AROUND = " \t\n\u3000。.,;!、()[]“”\"'【】〔〕「」『』《》~-"


def is_nothing(text: str) -> bool:
    """Whether the text says that there is nothing: 无, 暂无。, 没有, 无问题, /, —. A blank says so too."""
    if len(text) > 40:
        return False
    plain = unicodedata.normalize("NFKC", clean(text)).strip()
    bare = plain.strip(_AROUND)
    return not bare or _NO_SIGNS.fullmatch(plain) is not None or _NO_WORDS.fullmatch(bare) is not None


_NO_REASON = re.compile(
    r"(?:(?:无|没有?|暂无|尚无)(?:任何|其[他它]|特别|特殊|具体|什么|啥)*(?:理由|原因)?|略|省略|空|不填|不写)+"
)
_MISSING = re.compile("数|统计|内容|情况|涉及|发生")  # 没有数据 is why something is sent back


def is_no_reason(text: str) -> bool:
    """Whether what stands where a reason is asked for gives none: 无, 无理由, 略, or signs and blanks, however many."""
    plain = unicodedata.normalize("NFKC", clean(text))
    if not any(character.isalnum() for character in plain):
        return True
    bare = "".join(plain.strip().strip(_AROUND).split())
    return _NO_REASON.fullmatch(bare) is not None or (is_nothing(text) and not _MISSING.search(plain))


def asks_for_a_reason(name: str) -> bool:
    """Whether the field of that name holds why something is done."""
    return name in {"reason", "note", "why"} or name.endswith("_reason")


def reason(text: str) -> str:
    """A reason as it is kept: cleaned and stripped; "" where it gives none, so that whoever asks for one refuses it."""
    return "" if is_no_reason(text) else prose(text)


def is_dash(text: str) -> bool:
    """Whether the text is blank or only a dash or slash, as people strike out a box."""
    plain = unicodedata.normalize("NFKC", clean(text)).strip()
    return not plain or _NO_SIGNS.fullmatch(plain) is not None


def optional(text: str) -> str:
    """The text of an optional field, cleaned and stripped; "" where its words mean nothing."""
    return "" if is_nothing(text) else clean(text).strip()


# -- numbers ------------------------------------------------------------------------------------------------

# How a number is read, here and, while it is typed, by figures.js: characters that stand for others, those that count
# as nothing, digits in groups, a number in powers of ten, and what is a number then. The patterns mean the same in
# Python (ASCII) and in JavaScript (with the flag u).
NUMBER_RULES = {
    "full_width": "０１２３４５６７８９．－＋，％﹣﹢﹪﹒﹐−–—‒‐‑―’＇。",
    "ascii": "0123456789.-+,%-+%.,-------''.",
    "space": r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+",
    "unseen": r"[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]+",
    "nothing": r"(?:-+|/|\\|×|无|暂无|没有|无数据|n/?a)?",
    "grouped": r"[+-]?\d{1,3}([, '])\d{3}(\1\d{3})*(\.\d+)?",
    "powers": r"[+-]?\d(\.\d+)?[eE][+-]?\d{1,2}",
    "loose": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "number": r"[+-]?\d{1,14}(\.\d{1,4})?",
}
_NUMBER = re.compile(NUMBER_RULES["number"], re.ASCII)
_LOOSE = re.compile(NUMBER_RULES["loose"], re.ASCII)
_GROUPED = re.compile(NUMBER_RULES["grouped"], re.ASCII)
_POWERS = re.compile(NUMBER_RULES["powers"], re.ASCII)
# A number with its unit behind it. What 1.2亿 is in a column of 万元, a person knows better than we do.
_WITH_UNIT = re.compile(r"[+-]?\d[\d,' ]*(?:\.\d+)?\s*([\u4e00-\u9fff]+|[kMG]?W|km|kg|t)")
_ABOUT = re.compile(
    r"(?:大?约|近|接?近|超过?|逾|上|不足|不到|至少).*\d.*|.*\d(?:左右|上下|多|余|以上|以下|以内)[\u4e00-\u9fff]*"
)
_SPACE = re.compile(NUMBER_RULES["space"])
_UNSEEN = re.compile(NUMBER_RULES["unseen"])
_ASCII = str.maketrans(NUMBER_RULES["full_width"], NUMBER_RULES["ascii"])
SIGNIFICANT = 15  # decimal digits that a binary fraction of 64 bits keeps, and that Excel shows


def number(text: str, *, percent: bool = False) -> Decimal | None:
    """A number as people and programs write it: full-width digits, thousands in groups, any minus sign, the tail of a
    binary fraction; None for blank and for what says that there is none. With `percent` a sign % may follow.

    At most 14 digits before and 4 after the point. Raises ValueError with a message for users.
    """
    if is_nothing(text):
        return None
    plain = ascii_number(text)
    if plain.endswith("%"):
        if not percent:
            raise ValueError(_("不要填百分比，请分别填分子和分母，或去掉百分号。"))
        plain = plain[:-1].rstrip()
    plain = tidy_number(plain)
    if not _NUMBER.fullmatch(plain):
        if _ABOUT.fullmatch(plain):
            message = _("“%(text)s”是约数，请填确切的数字；没有确切数的留空，在文字里说明。")
            raise ValueError(message % {"text": visible(text)})
        if with_unit := _WITH_UNIT.fullmatch(plain):
            message = _("“%(text)s”后面带了“%(unit)s”，请按这一栏的计量单位换算后只填数字。")
            raise ValueError(message % {"text": visible(text), "unit": visible(with_unit[1])})
        raise ValueError(_("“%(text)s”不是数，请只填数字，小数最多 4 位。") % {"text": visible(text)})
    return Decimal(plain) + 0  # a zero has no sign


def ascii_number(text: str) -> str:
    """The number in ASCII, without what cannot be seen and without spaces around."""
    plain = _SPACE.sub(" ", _UNSEEN.sub("", without_unseen(text)).translate(_ASCII)).strip()
    return re.sub(r"^([+-]) ", r"\1", plain)


def tidy_number(plain: str) -> str:
    """An ASCII number without groups, powers of ten, trailing zeros and the tail of a binary fraction; as it is where it
    is none."""
    if _GROUPED.fullmatch(plain):
        plain = re.sub("[, ']", "", plain)
    if _POWERS.fullmatch(plain):
        plain = f"{Decimal(plain):f}"
    if not _LOOSE.fullmatch(plain):
        return plain
    read = Decimal(plain)
    digits = len(read.as_tuple().digits)
    if "." in plain and digits > SIGNIFICANT:
        read = _rounded(read)
    return f"{read:f}".rstrip("0").rstrip(".") if "." in plain else plain


def _rounded(number: Decimal) -> Decimal:
    """To 15 significant digits."""
    return number.quantize(Decimal(1).scaleb(number.adjusted() - SIGNIFICANT + 1))


def number_text(value: float | int | Decimal) -> str:
    """A number of a spreadsheet or of JSON as its program shows it: 12 for 12.0, 68.4 for 68.39999999999999."""
    if isinstance(value, float):
        if value != value or value in {float("inf"), float("-inf")}:
            return str(value)
        value = Decimal(f"{value:.{SIGNIFICANT}g}")
    number = Decimal(value)
    if not number.is_finite():
        return str(value)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(text: str) -> int | None:
    """A percentage from 0 to 100 without decimals: 35, ３５％; None for blank. Raises ValueError without a message."""
    if is_nothing(text):
        return None
    plain = tidy_number(ascii_number(text).removesuffix("%").rstrip())
    if not re.fullmatch(r"\+?\d{1,3}", plain, re.ASCII) or int(plain) > 100:
        raise ValueError
    return int(plain)


# -- days and periods ---------------------------------------------------------------------------------------

_DIGIT = {character: str(value) for value, character in enumerate("〇一二三四五六七八九")} | {
    **dict.fromkeys("零○0OoＯοО", "0"),  # the letters, too: 二O一七年
}
_CHINESE_YEAR = re.compile("[〇零○0OoοО一二三四五六七八九]{4}(?=年)")
_CHINESE_PART = re.compile(
    "(?:[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九])(?=[月日号])"
)
_SHORT_YEAR = re.compile(r"^([0-4]\d)(?=年)", re.ASCII)  # 17年3月5日
_COMPACT_MONTH = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])", re.ASCII)
_COMPACT_DAY = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)", re.ASCII)
# A day as a spreadsheet counts it, where a cell was formatted as a number: those of the years 2000 to 2099.
_SERIAL = re.compile(r"\d{5}", re.ASCII)
_SERIALS = range(date(2000, 1, 1).toordinal(), date(2100, 1, 1).toordinal())
_SERIAL_ZERO = date(1899, 12, 30).toordinal()
_SEP = r"\s*[-/.、\\年]\s*"
_DAY = re.compile(rf"(\d{{4}}){_SEP}(\d{{1,2}})\s*[-/.、\\月]\s*(\d{{1,2}})\s*[日号]?", re.ASCII)
_MONTH = re.compile(rf"(\d{{4}}){_SEP}(\d{{1,2}})\s*月?份?\s*([上中下]旬)?[底末]?", re.ASCII)
_YEAR = re.compile(r"(\d{4})\s*年度?(?:年?[底末])?", re.ASCII)
_QUARTER = re.compile(r"(\d{4})\s*(?:年度?)?\s*(?:[Qq]([1-4])|第?0?([一二三四1-4])季度?)[底末]?", re.ASCII)
_PART_OF_YEAR = re.compile(r"(\d{4})\s*年?\s*([Hh][12]|上半年|前三季度?|下半年|全年)[底末]?", re.ASCII)
_CHINESE_MONTH = re.compile(
    "(?:十[一二]?|[一二三四五六七八九])(?=(?:月|[至到-](?:十[一二]?|[一二三四五六七八九])月))"
)
_MONTHS = re.compile(
    r"(\d{4})\s*(?:[Mm年]\s*|年度\s*)(\d{1,2})\s*月?\s*[-~至到]\s*(\d{1,2})\s*(?:月份?)?", re.ASCII
)
_ONE_MONTH = re.compile(r"(\d{4})\s*(?:[Mm]|[-/.]\s*|年度?\s*(?=\d+\s*月))(\d{1,2})\s*(?:月份?)?", re.ASCII)
_HALF = re.compile(r"(\d{4})\s*(?:[Hh]([12])|(?:年度?)?\s*(上半年|下半年))", re.ASCII)
_WHOLE_YEAR = re.compile(r"(\d{4})\s*(?:年度?|全年|年全年)?", re.ASCII)
_DAY_OF_YEAR = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]", re.ASCII)
_MONTH_OF_YEAR = re.compile(r"(\d{1,2})\s*月份?\s*([上中下]旬)?[底末]?", re.ASCII)
_ENDS = {"h1": 6, "h2": 12, "上半年": 6, "前三季": 9, "前三季度": 9, "下半年": 12, "全年": 12}
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}
_WEEKDAY = re.compile(r"\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?")
_MIDNIGHT = re.compile(r"(\d)[ T]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+0[08]:?00)?$")
_BEFORE = re.compile(r"(?:之前|以前|前|之内|以内|内|止)+$")


def day(text: str, year: int | None = None, *, exact: bool = False) -> date | None:
    """A day as people write it: 2017-06-30, 2017年6月30日, 二〇一七年六月三十日; None for blank.

    What says no day means the last of it: 2017年6月底前, 2017-06, 2017年二季度, 2017年上半年, 2017年底; `exact` refuses
    that. With a `year` also 6月30日, 6月底, 年底, 上半年. Raises ValueError with a message for users.
    """
    if is_nothing(text):
        return None
    plain = _day_text(text)
    if match := _DAY.fullmatch(plain):
        if read := _on(int(match[1]), int(match[2]), int(match[3])):
            return read
    elif year is not None and (match := _DAY_OF_YEAR.fullmatch(plain)):
        if read := _on(year, int(match[1]), int(match[2])):
            return read
    elif read := _last_of(plain, year):
        if exact:
            raise ValueError(_("“%(value)s”没有写到日，请写成 2017-06-30 这样。") % {"value": visible(text)})
        return read
    if year is None and (_DAY_OF_YEAR.fullmatch(plain) or _last_of(plain, 2000)):
        raise ValueError(_("“%(value)s”没有写年份，请写成 2017-06-30 这样。") % {"value": visible(text)})
    if exact:
        raise ValueError(_("“%(value)s”不是日期，请写成 2017-06-30 这样。") % {"value": visible(text)})
    raise ValueError(
        _("“%(value)s”不是日期，请写成 2017-06-30；只写到月的，按月底算。") % {"value": visible(text)}
    )


def _day_text(text: str) -> str:
    """The day in ASCII digits and separators, without weekday, midnight and 前."""
    plain = unicodedata.normalize("NFKC", clean(text)).translate(_DASHES).strip()
    plain = _year_in_digits(plain)
    plain = _CHINESE_PART.sub(lambda match: str(_chinese(match[0])), plain)
    plain = _MIDNIGHT.sub(r"\1", _WEEKDAY.sub("", plain))
    plain = _BEFORE.sub("", plain).strip()
    if _SERIAL.fullmatch(plain) and int(plain) + _SERIAL_ZERO in _SERIALS:
        return date.fromordinal(int(plain) + _SERIAL_ZERO).isoformat()
    if match := _COMPACT_MONTH.fullmatch(plain):
        return match.expand(r"\1-\2")
    return _COMPACT_DAY.sub(r"\1-\2-\3", plain) if _COMPACT_DAY.fullmatch(plain) else plain


def _year_in_digits(plain: str) -> str:
    """二〇一七年 as 2017年, and 17年 too."""
    plain = _CHINESE_YEAR.sub(lambda match: "".join(_DIGIT[digit] for digit in match[0]), plain)
    return _SHORT_YEAR.sub(r"20\g<1>", plain)


_DASHES = str.maketrans("–—‒‐‑―−。．", "-------..")


def _chinese(text: str) -> int:
    """A numeral up to 39: 六, 十二, 三十一, 廿五."""
    tens, ten, ones = text.replace("廿", "二十").partition("十")
    if not ten:
        return int(_DIGIT[tens])
    return int(_DIGIT[tens] if tens else 1) * 10 + int(_DIGIT[ones] if ones else 0)


def _last_of(plain: str, year: int | None) -> date | None:
    """The last day of a month, quarter, half or year that is written; None for anything else."""
    if found := quarter_parts(plain):
        return last_of_month(found[0], found[1] * 3)
    if match := _MONTH.fullmatch(plain):
        return _last_of_third(int(match[1]), int(match[2]), match[3])
    if match := _YEAR.fullmatch(plain):
        return date(int(match[1]), 12, 31) if int(match[1]) else None
    if match := _PART_OF_YEAR.fullmatch(plain):
        return last_of_month(int(match[1]), _ENDS[match[2].lower()])
    if year is None:
        return None
    if plain.removeprefix("本").removeprefix("今") in {"年底", "年末", "年内", "年"}:
        return date(year, 12, 31)
    if match := _MONTH_OF_YEAR.fullmatch(plain):
        return _last_of_third(year, int(match[1]), match[2])
    if quarter_parts(f"{year}年{plain}") or _PART_OF_YEAR.fullmatch(f"{year}年{plain}"):
        return _last_of(f"{year}年{plain}", None)
    return None


def _last_of_third(year: int, month: int, third: str | None) -> date | None:
    if third in {"上旬", "中旬"}:
        return _on(year, month, 10 if third == "上旬" else 20)
    return last_of_month(year, month)


def last_of_month(year: int, month: int) -> date | None:
    """The month's last day; None for a month that does not exist."""
    if not 1 <= month <= 12 or not 1 <= year <= 9999:
        return None
    return date(year, month, calendar.monthrange(year, month)[1])


def _on(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def quarter_parts(text: str) -> tuple[int, int] | None:
    """(year, number) of 2017Q1, ２０１７Ｑ１, 2017年第一季度, 2017年一季度, 二〇一七年一季度; None for anything else."""
    match = _QUARTER.fullmatch(_year_text(text))
    if match is None:
        return None
    named = match[2] or match[3]
    return int(match[1]), _NUMERALS.get(named) or int(named)


def period_parts(text: str) -> tuple[str, int, int] | None:
    """(kind, year, number) of a quarter, of 2017M03, 2017-03, 2017年3月, of 2017M01-02, 2017年1—2月, of 2017H1,
    2017年上半年, of 2017, 2017年度; None for anything else. The kind is the value of a Rhythm."""
    if quarter := quarter_parts(text):
        return "quarter", *quarter
    plain = _year_text(text).translate(_DASHES)
    plain = _CHINESE_MONTH.sub(lambda match: str(_chinese(match[0])), plain)
    if match := _MONTHS.fullmatch(plain):
        first, last = int(match[2]), int(match[3])
        if (first, last) == (1, 2) or 3 <= first == last <= 12:
            return "joined", int(match[1]), last - 1
    elif match := _ONE_MONTH.fullmatch(plain):
        if 1 <= int(match[2]) <= 12:
            return "month", int(match[1]), int(match[2])
    elif match := _HALF.fullmatch(plain):
        return "half", int(match[1]), 1 if (match[2] or match[3]) in {"1", "上半年"} else 2
    elif match := _WHOLE_YEAR.fullmatch(plain):
        return "year", int(match[1]), 1
    return None


def _year_text(text: str) -> str:
    return _year_in_digits(unicodedata.normalize("NFKC", clean(text)).strip())


_MOMENT = re.compile(
    r"(?P<day>.*\S)(?:\s+|(?<=[日号])|T)(?P<half>凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?|[时点](?P<rest>\d{1,2}分?|半|整)?)",
    re.ASCII,
)


def moment(text: str) -> str | None:
    """A day and a time, 2017年4月20日17时 or 2017/4/20 下午5:00, as 2017-04-20 17:00; None for what is none."""
    plain = unicodedata.normalize("NFKC", clean(text)).translate(_DASHES).strip()
    match = _MOMENT.fullmatch(plain)
    if match is None:
        return None
    try:
        on = day(match["day"], exact=True)
    except ValueError:
        return None
    rest = (match["rest"] or "").removesuffix("分")
    minute = int(match["minute"] or {"": 0, "半": 30, "整": 0}.get(rest) or (rest if rest.isdecimal() else 0))
    hour = int(match["hour"])
    if (match["half"] in {"下午", "傍晚", "晚上"} and hour < 12) or (match["half"] == "中午" and hour < 3):
        hour += 12
    if (hour, minute) == (24, 0):  # 24时: the day's last minute, which still counts
        hour, minute = 23, 59
    return f"{on.isoformat()} {hour:02}:{minute:02}" if on and hour < 24 and minute < 60 else None
