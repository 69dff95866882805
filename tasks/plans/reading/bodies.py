"""The grammar of lists of agencies: where one name ends and the next begins, and which part of a name two share.

No agency is known by name. What ends a name is known (局, 委员会, 人民政府 …), and so are a few words that stand for
several agencies, and the short names of the provinces, which begin the names of branches (河南证监局).
"""

import re
from collections.abc import Iterable, Iterator

_ENDS = (
    "厅|局|委|委员会|办|办公室|办公厅|部|院|署|会|行|司|处|科|组|所|站|台|社|队|团|馆|网|校|学|关|厂|港|医院|机场|电视台"
    "|中心|公司|集团|银行|支行|分行|总部|政府|党委|党工委|工委|管委会|执委会|指挥部|专班|小组|联盟|基金|协会|学会|商会|妇联|残联|文联"
    "|科协|侨联|工商联|作协|记协|友协|企业|机构|单位|部门|高校|院校|街道|乡镇|城投|建投|交投|水投|文投|文旅投|产投|国投|金控|国控|农投|旅投|国企|央企|民企|信用社|商行|督查室|研究室|参事室|督导室|法院|检察院|军区|武警|电力|移动|联通|电信|铁塔|邮政|烟草|海事"
)
_PLACES = "省|市|州|盟|县|区|旗|镇|乡|园|兵团|市州|县区|县市|园区|开发区|新区|地区"
_BODY = re.compile(
    rf"(?:{_ENDS}|{_PLACES}|团中央|党中央|基地|实验室|研究所|人大|政协|党校|总局|参事|代表)(?:（[^（）]*）)?$"
)
_COMPLETE = re.compile(rf"(?:{_ENDS})(?:（[^（）]*）)?等?$|^(?:各|有关|相关).*(?:{_PLACES})等?$")
_CITY = re.compile(r"[\u4e00-\u9fff]{2,}[市州盟县旗]$")
_CITY_AFTER = re.compile(r"^[\u4e00-\u9fff]{2,}[市州盟县旗](?:人民)?(?:政府)?$")
_GOVERNMENT = re.compile("(?:人民)?政府(?![\u4e00-\u9fff])")
# 等 closes a list that goes on, unless it is part of a word (高等院校).
_AND_OTHERS = re.compile(r"(?<![高中初平同特])等(?!级)[^、，；]*$")
# 甲厅（牵头）、乙局: the bracket gives the agency before it a duty of its own.
OWN_DUTY = re.compile(r"（(牵头|主办|主责|配合|协办|落实|参与|指导)(?:单位|部门)?）$")
_JOINTS = re.compile("以及|会同|和|及|与|并")
_FRONT = re.compile(
    r"^(?:(?:此|该|本|这)(?:项|条)?(?:重点)?(?:工作|任务|措施|政策|行动|事项)由|并|和|及|与|由|以及|会同|同)(?=.{2})"
)
COLLECTIVE = re.compile(
    r"^各|^(?:有关|相关|全体)|(?:成员单位|有关单位|相关单位|有关部门|相关部门|部门单位|直属单位|主管部门|有关方面)$"
    r"|(?:有关|相关|各).{0,8}(?:单位|部门|企业|机构|政府|管委会|地区)$"
)
# Words for levels of places, which several agencies share (各市、县（市、区）政府).
_LEVEL = r"(?:省|自治区|直辖市|设区的?市|地级以上市|地级市|县级市|市州|州市|市地|市|自治州|州|地区|盟|县市区|县区|区县|县市|旗县市区|旗县区|旗县|县|自治县|旗|区|乡镇|镇|乡|街道|计划单列市)"
_LEVELS = re.compile(rf"^(?:由|并由|并|和|及)?(?:各有关|各相关|各|有关|相关|所有|全省各?|全市各?)?{_LEVEL}$")
_FROM_LEVEL = re.compile(
    rf"^{_LEVEL}(?:（[^（）]*）)?(?:级?人民政府|级?政府|党委|党委政府|管委会|有关部门|相关部门)?$"
)

# -- names that share a part ----------------------------------------------------------------------------------

_ZONE = re.compile("(?:新|开发|园|高新|经开|示范|保税|保护|景|林|矿|库|港|试验|管理|合作)区$")
_PLACE = re.compile("[市州盟县旗]$")
_ZONE_SUFFIX = re.compile(r"(?:管委会|管理委员会|人民政府|政府)$")
# The level that begins a name (省商务厅, 市市场监管局), not a word that happens to begin with the same character.
LEVEL_PREFIX = re.compile(
    r"(省委|市委|州委|区委|县委|旗委|盟委|自治区党委|自治区|省|市(?!场|容|民(?!政|族|宗|委)|政(?![府法务协])|直|级|属|区(?!域)|县)|州|盟|区(?!域|块|级|直)|县(?!级|直|域)|旗)"
    r"(?=.{2})"
)
# What departments deal with. A name that begins so, without a level or a place, is short for that of the level which
# the list names before it.
_MATTERS = (
    "发展|发改|教育|科技|科学|工信|工业|经信|经济|民委|民宗|民族|宗教|公安|国家安全|民政|司法|财政|人社|人力资源|自然资源|规划|国土|生态|环境|环保|住建"
    "|住房|城建|建设|城乡|交通|水利|水务|农业|农牧|农村|农委|畜牧|商务|文化|文旅|文广|文物|旅游|广电|广播|卫生|卫健|卫计|健康|退役|应急|安监|审计|外事|外办"
    "|国资|国有资产|市场监|市监|工商|质监|质量|药监|药品|食药|食品|体育|统计|信访|林业|林草|林水|园林|绿化|草原|能源|粮食|机关|医保|医疗保障|税务|国税|地税"
    "|气象|通信|邮政|地震|消防|大?数据|政务|政府|行政|审批|金融|地方金融|投资|招商|城管|城市|综合|乡村振兴|扶贫|供销|残联|妇联|工会|总工会|法院|检察|中级|高级"
    "|档案|史志|党校|科协|知识产权|烟草|盐业|海洋|渔业|港|口岸|房|公积金|公共资源|营商|区域|铁路|民航|侨|台办|贸促|编办|国动办|人防|国防动员|矿|煤|地矿|测绘|老龄"
    "|文明办|文联|社科|红十字|作协|记协|物流|中小企业|军民融合|互联网|网信|信息|移民|监狱|戒毒|仲裁|公路|海事|航空|机场|疾控|标准|计量|参事|研究室|法制|新闻|版权|电影"
)
_BARE = re.compile(
    rf"^(?:{_MATTERS})[\u4e00-\u9fff]{{0,14}}$(?<=厅|局|委|办|院|会|联|心|队|社|协|署|室|校)(?<!分局|支局)(?<!管委会)(?<!管理委员会)"
)
_BARE_PARTY = re.compile(
    r"^(?:组织部|宣传部|统战部|政法委|网信办|编办|改革办|党校|社会工作部|政研室|台办|外办|人才办|金融办|财办)$"
)
_GROUP = re.compile(r"[\u4e00-\u9fff]{2,3}集团")


def is_body(name: str) -> bool:
    """Whether a piece of a list ends like the name of an agency or a place."""
    return 2 <= len(name) <= 40 and bool(_BODY.search(name)) and "。" not in name and "：" not in name


def is_collective(name: str) -> bool:
    """Whether a name stands for several agencies."""
    return bool(COLLECTIVE.search(name))


def pieces(listed: str) -> list[str]:
    """The names in a list, as printed."""
    return [listed[start:end] for start, end, _open in split(listed, 0, len(listed))]


def split(flat: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """The places of the names in a list, `(start, end, is_open)`; `is_open` where 等 follows the name.

    Splits at 、，； and at 和, 及, 与, 以及, 会同 where a name is complete before them, but not inside a bracket.
    """
    for first, last in _levels_joined(flat, list(_at_points(flat, start, end))):
        for begin, stop in _at_joints(flat, first, last):
            others = _AND_OTHERS.search(flat[begin:stop])
            cut = begin + others.start() if others else stop
            front = _FRONT.match(flat[begin:cut])
            begin += front.end() if front else 0
            while begin < cut and flat[begin] in " \n":
                begin += 1
            if begin < cut:
                yield begin, cut, bool(others)


def _at_points(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    depth = 0
    begin = start
    for place in range(start, end):
        char = flat[place]
        depth += (char in "（〔《“") - (char in "）〕》”")
        if depth <= 0 and char in "、，；/\n":
            yield begin, place
            begin = place + 1
    yield begin, end


def _levels_joined(flat: str, places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """各市、县（市、区）政府 is one name: words for levels belong together."""
    index = 0
    while index < len(places):
        start, end = places[index]
        while (
            index + 1 < len(places)
            and _LEVELS.match(flat[start:end].rpartition("、")[2])
            and _FROM_LEVEL.match(_AND_OTHERS.sub("", OWN_DUTY.sub("", flat[slice(*places[index + 1])])))
        ):
            index += 1
            end = places[index][1]
        yield start, end
        index += 1


def _at_joints(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for joint in _JOINTS.finditer(flat, start, end):
        before, after = flat[begin : joint.start()], flat[joint.end() : min(end, joint.end() + 60)]
        if before.count("（") != before.count("）"):
            continue
        if (not (before.endswith("党委") and _GOVERNMENT.match(after))) and (
            (joint[0] in ("以及", "会同") and before and after)
            or (len(before) > 1 and _COMPLETE.search(before) and _begins_name(after))
            or (_CITY.search(before) and _CITY_AFTER.search(after))
        ):
            yield begin, joint.start()
            begin = joint.end()
    yield begin, end


def _begins_name(after: str) -> bool:
    first = re.split("[、，；]|和|及", after, maxsplit=1)[0]
    return len(first) >= 2 and (is_body(_AND_OTHERS.sub("", after)) or is_body(_AND_OTHERS.sub("", first)))


def lent_suffixes(names: list[str]) -> list[str]:
    """For each name of a list, the suffix that it shares with a later one: 甲开发区、乙园区管委会; 甲市、乙市政府."""
    suffixes = [""] * len(names)
    lent = kind = ""
    for index in range(len(names) - 1, -1, -1):
        name = names[index]
        own = _ZONE_SUFFIX.search(name)
        stem = name[: own.start()] if own else name
        is_place = stem.endswith("区") and not _ZONE.search(stem)
        if own and "政府" in own[0] and is_place and index and _PLACE.search(names[index - 1]):
            lent, kind = own[0], _PLACE.pattern  # 甲县、乙区政府
        elif own and re.search(r"[区园]$", stem):
            lent, kind = own[0], "[区园]$"
        elif own and _CITY.search(stem) and not is_collective(name):
            lent, kind = own[0], "[市州盟县旗]$"
        elif lent and not own and re.search(kind, name) and len(name) > 2 and not is_collective(name):
            suffixes[index] = lent
        else:
            lent = ""
    return suffixes


class Prefixes:
    """The levels (省, 市) and places that names of one plan share with a name before them in the list.

    `lists` are all lists of the plan, each as the printed names. A plan that prints the level before every name may
    have forgotten it once; names are completed only in a plan that leaves it out as a rule.
    """

    def __init__(self, lists: Iterable[list[str]]) -> None:
        self._printed: set[str] = set()
        bare = whole = 0
        for names in lists:
            self._printed.update(names)
            levels = sum(bool(LEVEL_PREFIX.match(name)) for name in names)
            if levels:
                whole += levels - 1
                bare += sum(bool(_BARE.match(name)) for name in names)
        self._shared = bare * 50 > bare + whole

    def full_names(self, names: list[str]) -> list[str]:
        """The whole names of one list."""
        level = next((_level(match[1]) for match in map(LEVEL_PREFIX.match, names) if match), "")
        if not self._shared or not level:
            return names
        whole: list[str] = []
        before = ""
        for name in names:
            own = LEVEL_PREFIX.match(name)
            if own:
                level = _level(own[1])
            elif level + name in self._printed:
                name = level + name
            elif place := self._place(before, name):
                name = place + name
            elif _BARE_PARTY.match(name):
                name = f"{level}党委{name}" if level == "自治区" else f"{level}委{name}"
            elif _BARE.match(name) or (
                _GROUP.fullmatch(name) and before.startswith(level) and before.endswith("集团")
            ):
                name = level + name
            before = name
            whole.append(name)
        return whole

    def _place(self, before: str, name: str) -> str:
        """河南 for 证监局 after 河南银保监局, if the plan prints 河南证监局 elsewhere."""
        return next(
            (before[:n] for n in (2, 3, 4) if len(before) > n and before[:n] + name in self._printed), ""
        )


def _level(prefix: str) -> str:
    return prefix.removesuffix("党委").removesuffix("委")
