"""Reads deadlines: the words with which a plan says until when a task is done, and the day that they mean."""

import re
from calendar import monthrange
from datetime import date

from tasks.plans.reading.labels import TIME

LABEL = re.compile(rf"【?{TIME}(?:[：:丨｜]|】[：:]?|——|为(?=\d|[今明本每年即长持]))")
# Outside a list, 时间：, 工作时间：, 节点： say of anything when it is. They are deadlines where their words say an end; the labels
# that name one (时限, 期限, 完成时间) are whatever follows.
_ANY_TIME = re.compile(r"【?(?:(?:实施|工作|推进)?(?:时间|节点)(?:安排)?)(?:[：:】丨｜]|——|为)")
_END = re.compile(r"前|底|末|止|完成|以内|年内|月内|[—–－~～至到]")
_LONGEST = 30
_YEAR = r"(?:(?P<year>\d{4})年(?:度)?|(?P<said>今年|本年度?|当年|明年))"
_WHEN = re.compile(
    rf"^(?:力争|争取|确保|于|在|到|至)*(?:{_YEAR})?"
    r"(?:第?(?P<quarter>[一二三四1-4])季度|(?P<half>上|下)半年|(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|(?P<third>上|中|下)旬)?份?)?"
    r"(?P<edge>年?[底末]|初|内)?(?:[之以]?前)?(?:全面|全部|基本|率先)?(?:(?:完成|落实|到位|实现|取得|见效|启动|建成|出台|印发|制定|形成|建立|编制|开展|推出|发布|上线|投用|竣工)[^，；]{0,12})?$"
)
_YEARS = re.compile(
    r"^(?P<from>\d{4})(?:年)?[—–－~～至到-]+(?P<year>\d{4})年(?:底|末)?(?:前)?(?:(?:持续|长期|分步|分批|分年度?|逐年|全面)?(?:完成|推进|实施|落实|开展))?$"
)
# 2022年6月—2023年12月: the end counts.
_UNTIL = re.compile(
    r"^(?:即日起|自?(?:文件)?(?:印发|发布)之日起|\d{4}年\d{1,2}月(?:\d{1,2}日)?)[—–－~～至到-]+(?=\d)"
)
_ALWAYS = re.compile(
    r"^(?:并|要|需|按|此后|之后|其后|再|每)*(?:长期|持续|常态化?|全年|年度|季度|月度|年|季|月|定期|逐年|分年度|立即|即时|实时|随时|适时|按期|按时间节点)(?:地)?"
    r"(?:坚持|推进|实施|开展|落实|任务|推动|执行|工作|有效|进行|完成|化|加强|进行中|整改|更新|调度|通报|发布|至少|不少于|[\d一二两三四]次)*$"
)
# 2024年秋季学期开学前完成, 汛期前: words of time of any other kind, with an end.
_LOOSE = re.compile(
    r"^(?:力争|争取|确保|于|在|到|至|自)*(?:\d{4}年|\d{1,2}月|今年|明年|年内|年底|本年|当年|每年|春节|汛期|学期|开学|国庆|采暖季|供暖期|自印发|印发之日|文件印发)[^、，；]{0,20}?"
    r"(?:前|底|末|内|止|起|期间|(?:完成|启动|推进|建成|到位|取得[^、，；]{0,10}|见效|落实|开展|实施|出台|印发|投用|开工|竣工))$"
)
_ORDER = re.compile(r"^按.{2,12}(?:要求|部署|安排|节点|进度)(?:完成|推进|落实)$")
_SAYING = ("year", "said", "quarter", "half", "month", "edge")
_QUARTERS = {char: value for value, char in enumerate("一二三四", 1)} | {str(n): n for n in range(1, 5)}


def is_deadline(words: str) -> bool:
    """Whether words in a list are a deadline and no agency: 6月底前完成, 2025年底前, 长期坚持."""
    if _ALWAYS.match(words) or _YEARS.match(words) or _ORDER.match(words) or _LOOSE.match(words):
        return True
    match = _WHEN.match(_UNTIL.sub("", words))
    return match is not None and any(match[name] for name in _SAYING)


def is_deadline_line(line: str) -> bool:
    """Whether a line of text, or a sentence, with a label before its colon says until when."""
    label = LABEL.match(line)
    if label is None:
        return False
    words = line[label.end() :].strip("（）〔〕 。，；")
    if _ANY_TIME.match(line):
        return is_deadline(words) and bool(_END.search(words))
    return is_deadline(words) or (0 < len(words) <= _LONGEST and "。" not in words)


def last_day(words: str, issued: date | None) -> tuple[date | None, str]:
    """The last day that the words allow, and `year` if the year is that of the day of issue; None without a day."""
    words = _UNTIL.sub("", words.strip("（）〔〕 。，；"))
    years = _YEARS.match(words)
    match = years or _WHEN.match(words)
    if match is None:
        return None, ""
    groups = match.groupdict()
    if not any(groups.get(name) for name in _SAYING):
        return None, ""
    if not groups["year"] and issued is None:
        return None, ""
    said = groups.get("said")
    year = int(groups["year"]) if groups["year"] else issued.year + (said == "明年") if issued else 0
    month, day = _month_and_day(groups)
    try:
        found = date(year, month, min(day, monthrange(year, month)[1]))
        if not groups["year"] and not said and issued and found < issued:
            found = date(year + 1, month, min(day, monthrange(year + 1, month)[1]))
    except ValueError:
        return None, ""
    return found, "" if groups["year"] else "year"


def _month_and_day(groups: dict[str, str | None]) -> tuple[int, int]:
    if quarter := groups.get("quarter"):
        return 3 * _QUARTERS[quarter], 31
    if half := groups.get("half"):
        return (6, 30) if half == "上" else (12, 31)
    if month := groups.get("month"):
        third = {"上": 10, "中": 20}.get(groups.get("third") or "", 31)
        return int(month), int(groups.get("day") or third)
    return (1, 31) if groups.get("edge") == "初" else (12, 31)
