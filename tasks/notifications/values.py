"""Values of messages: why somebody is reminded, how urgent it is, and the channels of a message."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """What a return waits for. The first four wait for the agency that owes it, the others for those who decide on it."""

    RETURNED = "returned", _("被退回，待修改后重报")
    NEVER = "never", _("尚未开始填报")
    DRAFT = "draft", _("已存草稿，尚未交签批")
    HANDED = "handed", _("已填好，待签批提交")
    ADOPT = "adopt", _("配合填报，待采纳或退回")
    DECIDE = "decide", _("牵头汇总，待核定")


UNFILED = frozenset({Reason.NEVER, Reason.DRAFT, Reason.RETURNED, Reason.HANDED})


class Stage(models.TextChoices):
    """How a day relates to a due date; the most urgent first."""

    LATE = "late", _("已逾期")
    WAITING = "waiting", _("已等候")  # began to wait only after the due date: sent back or submitted late
    TODAY = "today", _("当日截止")
    BEFORE = "before", _("临近截止")


@dataclass(frozen=True)
class Timing:
    """A day on which to remind; `workdays` are those left before, or gone since."""

    stage: Stage
    workdays: int

    @property
    def urgency(self) -> tuple[int, int]:
        """Sort key: the latest first."""
        late = self.stage in {Stage.LATE, Stage.WAITING}
        return list(Stage).index(self.stage), -self.workdays if late else self.workdays


class Kind(models.TextChoices):
    DIGEST = "digest", _("每日提醒")
    ROOM = "room", _("群内提醒")
    CHASE = "chase", _("催报")
    NEWS = "news", _("通知")


class Channel(models.TextChoices):
    """The channels by which messages leave the site; messages on the site itself need none."""

    MAIL = "mail", _("邮件")
    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")
    FEISHU = "feishu", _("飞书")
    WEBHOOK = "webhook", _("网络钩子")
    SMS = "sms", _("短信")


class Topic(models.TextChoices):
    """What a message is about, as a person chooses which to receive."""

    RETURNED = "returned", _("退回、补充和决定的更改")
    CHASE = "chase", _("催报")
    SUPERVISION = "supervision", _("督办、批示与提请协调")
    RIGHTS = "rights", _("任命、代签与登录")
    SITE = "site", _("系统运行")
    DIGEST = "digest", _("每日提醒")
    DECIDED = "decided", _("审核通过")
    WORK = "work", _("本单位的提交、转办和项目报告")
    ADJUSTMENT = "adjustment", _("动态调整")
    SCORE = "score", _("考核")
    BRIEF = "brief", _("简报与反馈单")


# What nobody can put off.
COMPULSORY = frozenset({Topic.RETURNED, Topic.CHASE, Topic.SUPERVISION, Topic.RIGHTS, Topic.SITE})


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")


class Means(models.TextChoices):
    """How an agency is chased."""

    MESSAGE = "message", _("发消息")
    TELEPHONE = "telephone", _("打电话")
