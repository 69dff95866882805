"""Labels before lists of responsible agencies (牵头单位：, 责任部门：, 责任分工：), before persons (责任领导：) and deadlines."""

import re

# Brackets of every form, and what closes each.
OPENING, CLOSING = "（〔【[［｛{〖「", "）〕】]］｝}〗」"
# What the agencies after a label do.
_DUTY = "牵头责任|落实责任|配合责任|责任落实|牵头|责任|主责|主办|负责|配合|协办|协同|协助|参与|参加|落实|承办|实施|执行|指导|支持|督导|监督|组织|推进|建设|主管"
_BODY = "单位|部门|主体|地区|市州|县区|处室|科室|机构|乡镇|街道"
_LEVEL = "(?:省级|省直|市级|市直|县级|县直|区级|区直|市县|区县|县区|地方|属地|国家|中央)"
_RANK = "(?:第一|主要|其他|其余|具体|共同)"
_PERSONS = (
    r"(?:牵头|责任|分管|主管|包保|包联|包抓|联系|挂联|挂钩|挂包|督办|督导|主要|具体|总)(?:省|市|州|盟|县|区|旗|镇|乡|厅|局|厂|部门|单位)?(?:级)?(?:负责|责任)?(?:领导|人|同志)(?:及?电话)?"
    r"|联系(?:方式|电话)|电话"
)
WORD = rf"{_RANK}?{_LEVEL}?{_RANK}?(?:{_DUTY})(?:{_BODY})"
# 牵头：甲厅, without a word for the agencies.
SHORT = "牵头|主办|主责|责任|配合|协办|落实|承办|参与|指导"
# After these each clause says for itself who does what.
DIVISION = "(?:责任|任务|职责|工作|部门)?分工|责任落实|落实分工"
# The word before the colon: at the beginning of a list, a line or a clause.
LABEL = re.compile(
    rf"【?(?:(?P<person>{_PERSONS})(?=[：:】])|(?P<division>{DIVISION})(?=[：:】])|(?P<word>{WORD})(?=[：:】丨｜]|——|为(?!主|本|牵头)|[省市州区县各])|(?P<short>{SHORT})(?=[：:】丨｜]))"
    r"(?:[：:丨｜]|】[：:]?|——|为)?"
)
# The same inside a list, where no punctuation stands before it: a label must have its colon there.
TIME = (
    "(?:(?:计划|要求)?(?:完成|办结|实施|工作|推进|整改|落实|截止|达标))?(?:时限|时间|期限|时间节点|节点|时限要求|时间要求|进度要求)(?:要求|安排)?"
    "|(?:计划|要求)?(?:完成|办结|整改|截止)日期"
)
TIME = f"(?:{TIME})"
NEXT_LABEL = re.compile(rf"【?(?:{_PERSONS}|{WORD}|{TIME})(?:[：:】丨｜]|——)|【(?:{SHORT})】")
# Lines that begin a paragraph of their own.
OWN_LINE = re.compile(
    rf"【?(?:{_PERSONS}|{DIVISION}|{WORD}|{SHORT}|{TIME})(?:[：:丨｜]|】|——)|附件(?:\d{{1,2}}|[一二三四五六七八九十])?(?:[：:]|$)|专栏"
)
# Signs before the label of a line.
BULLETS = re.compile(r"[—–―\-*▲△◆◇■□●○★☆▪•·]+")
# 以上任务由甲厅牵头: for the items above, under the same heading.
SUMMARY = re.compile(
    r"(?:以上|上述|本(?:部分|节|章|条|项))(?:各|几|全部|所有)?[一二三四五六七八九十\d]{0,3}(?:项|条)?(?:重点)?(?:任务|工作|措施|事项|内容|举措|行动)?[，：]?(?:均|都|全部)?(?:由|的?(?=(?:牵头|责任)单位[为：]))"
)
