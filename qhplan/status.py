"""What is wrong with the site: one list of checks, for the probes, the page 系统状态, `manage.py doctor` and the
administrator's messages. No check reads what a plan or a submission says."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import schema
from qhplan.backups.actions import archives
from qhplan.jobs import Job, JobState
from qhplan.models import Fault
from reports.typeset import signing
from reports.typeset.fonts import fonts_ready
from tasks.audit.sealing import is_behind
from tasks.notifications.actions import notify
from tasks.notifications.models import Delivery
from tasks.notifications.values import DeliveryState, Topic
from tasks.people.queries import serving
from tasks.values import Role

_MB = 2**20
LOW_DISK, FULL_DISK = 1024 * _MB, 100 * _MB
BEAT_LATE = timedelta(minutes=2)
JOB_LATE = timedelta(minutes=15)
MAIL_LATE = timedelta(hours=1)
BACKUP_LATE = timedelta(hours=26)
CERTIFICATE_SOON = timedelta(days=30)
CLOCK_OFF = timedelta(seconds=30)
_BEAT = "qhplan:beat"


@dataclass(frozen=True)
class Check:
    """One part of the site. `wrong` is a sentence without names, paths and figures, "" if all is well; `detail` is for the
    administrator; `grave` if no page can be served."""

    name: str
    label: str
    wrong: str = ""
    detail: str = ""
    grave: bool = False


# -- the checks ---------------------------------------------------------------------------------------------


def all_checks() -> list[Check]:
    """All parts of the site. If the database does not answer, those that ask it are left out."""
    found = [database(), broker(), _disk()]
    if not found[0].wrong:
        found += [_migrations(), _clock(), _jobs_waiting(), _jobs_failed(), _mail(), _seals()]
    return [*found, _beat(), _fonts(), _backup(), _certificate()]


def database() -> Check:
    """Whether the database answers. One query."""
    label = _("数据库")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
    except DatabaseError as error:
        return Check("database", label, _("数据库没有应答。"), str(error).splitlines()[0], grave=True)
    return Check("database", label, detail=f"PostgreSQL {version}")


def _redis() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def broker() -> Check:
    """Whether the broker answers, within a second or two."""
    label, client = _("消息中间件"), _redis()
    try:
        client.ping()
    except redis.RedisError as error:
        return Check("broker", label, _("消息中间件没有应答；作业排队，恢复后自动继续。"), str(error))
    finally:
        client.close()
    return Check("broker", label)


def _disk() -> Check:
    label = _("存放文件的磁盘")
    folder = settings.MEDIA_ROOT if settings.MEDIA_ROOT.exists() else settings.DATA_DIR
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(
            "disk", label, _("存放上传文件的目录打不开。"), f"{folder}: {error.strerror}", grave=True
        )
    detail = _("%(folder)s 还有 %(free)s MB") % {"folder": folder, "free": f"{free // _MB:,}"}
    if not os.access(folder, os.W_OK):
        return Check("disk", label, _("存放上传文件的目录不能写入。"), detail, grave=True)
    if free < LOW_DISK:
        return Check("disk", label, _("存放上传文件的磁盘快满了。"), detail, grave=free < FULL_DISK)
    return Check("disk", label, detail=detail)


def _migrations() -> Check:
    label = _("数据库结构")
    if missing := sorted(schema.known() - schema.applied()):
        said = _("数据库结构还没有升级到这个版本，请运行 migrate。")
        return Check("migrations", label, said, missing[0], grave=True)
    return Check("migrations", label)


def _clock() -> Check:
    label = _("时钟")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    apart = abs(timezone.now() - theirs)
    detail = _("与数据库相差 %(seconds).1f 秒") % {"seconds": apart.total_seconds()}
    return Check("clock", label, _("网站与数据库的时钟不一致，请对时。") if apart > CLOCK_OFF else "", detail)


def _jobs_waiting() -> Check:
    label = _("排队的作业")
    due = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING], not_before__lte=timezone.now())
    found = due.aggregate(n=models.Count("pk"), oldest=models.Min("not_before"))
    detail = _("%(n)d 个") % found
    if found["oldest"] and timezone.now() - found["oldest"] > JOB_LATE:
        return Check(
            "jobs",
            label,
            _("有作业排队超过一刻钟，请看工作进程是否在运行。"),
            f"{detail}，{_ago(found['oldest'])}",
        )
    return Check("jobs", label, detail=detail)


def failed_jobs() -> "models.QuerySet[Job]":
    """Jobs that failed within a day, the latest first."""
    return Job.objects.filter(
        state=JobState.FAILED, ended_at__gt=timezone.now() - timedelta(days=1)
    ).order_by("-ended_at")


def _jobs_failed() -> Check:
    n = failed_jobs().count()
    return Check(
        "failed", _("失败的作业"), _("近一天有作业失败。") if n else "", _("近一天 %(n)d 个") % {"n": n}
    )


def _mail() -> Check:
    label = _("邮件和短信")
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED).aggregate(
        n=models.Count("pk"), oldest=models.Min("message__created_at")
    )
    failed = Delivery.objects.filter(
        state=DeliveryState.FAILED, message__created_at__gt=timezone.now() - timedelta(days=1)
    ).count()
    detail = _("待发 %(n)d 件，近一天失败 %(failed)d 件") % {"n": waiting["n"], "failed": failed}
    # On a trial site the moments of messages are those of its fixed clock, and say nothing of how long they wait.
    late = settings.PRODUCTION and waiting["oldest"] and timezone.now() - waiting["oldest"] > MAIL_LATE
    return Check("mail", label, _("有消息没有发出去，请看邮件服务器。") if late or failed else "", detail)


def _seals() -> Check:
    # A trial site has no sealer.
    label = _("留痕封存")
    if not settings.PRODUCTION:
        return Check("seals", label, detail=_("没有设置"))
    return Check("seals", label, _("封存程序停了，新的操作记录没有封存。") if is_behind() else "")


def _beat() -> Check:
    label, client = _("定时程序与工作进程"), _redis()
    try:
        found = client.get(_BEAT)
    except redis.RedisError:
        found = None
    finally:
        client.close()
    if found is None:
        return Check("beat", label, _("定时程序或工作进程没有运行：提醒、督办、查毒和备份都停了。"))
    last = datetime.fromtimestamp(float(found), tz=timezone.get_default_timezone())
    wrong = (
        _("定时程序或工作进程停了：提醒、督办、查毒和备份都停了。")
        if timezone.now() - last > BEAT_LATE
        else ""
    )
    return Check("beat", label, wrong, _ago(last))


def _fonts() -> Check:
    wrong = "" if fonts_ready() else _("字体还没有备好，不能生成简报：请运行 prepare_fonts。")
    return Check("fonts", _("字体"), wrong)


def _backup() -> Check:
    label = _("备份")
    if not settings.BACKUP_RECIPIENTS:
        if settings.PRODUCTION:
            return Check("backup", label, _("没有设置备份（BACKUP_RECIPIENT）。"))
        return Check("backup", label, detail=_("没有设置"))
    newest = next(iter(archives()), None)
    if newest is None:
        return Check("backup", label, _("还没有一份备份。"))
    made = datetime.fromtimestamp(newest.stat().st_mtime, tz=timezone.get_default_timezone())
    late = timezone.now() - made > BACKUP_LATE
    return Check("backup", label, _("最近的备份超过一天。") if late else "", f"{newest.name}，{_ago(made)}")


def _certificate() -> Check:
    label = _("签名证书")
    if not signing.is_on():
        return Check("certificate", label, detail=_("没有设置"))
    try:
        until = signing.certificate().not_after
    except signing.SigningError as error:
        return Check("certificate", label, _("签名证书不能用。"), str(error))
    detail = _("有效期至 %(day)s") % {"day": until.date()}
    if until < timezone.now():
        return Check("certificate", label, _("签名证书已过期，不能印发简报。"), detail)
    soon = until < timezone.now() + CERTIFICATE_SOON
    return Check("certificate", label, _("签名证书一个月内到期。") if soon else "", detail)


def _ago(moment: datetime) -> str:
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    if seconds < 120:
        return _("%(n)d 秒前") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d 分钟前") % {"n": seconds // 60}
    return _("%(n)d 小时前") % {"n": seconds // 3600}


# -- watching -----------------------------------------------------------------------------------------------


@shared_task(name="qhplan.status.watch", ignore_result=True)
def watch() -> None:
    """Called by beat every minute: leaves the sign of life that `_beat` reads, and tells the administrator once when
    something turns bad, and once when it is well again. What is bad at one look only is not told."""
    client = _redis()
    try:
        client.set(_BEAT, timezone.now().timestamp())
    finally:
        client.close()
    tell_of(all_checks())


@transaction.atomic
def tell_of(checks: list[Check]) -> None:
    """Compares the checks with the faults that are known, and tells of what has changed."""
    # A failed job is told by its own page or message; counts of them would ring each day.
    watched = {check.name: check for check in checks if check.name != "failed"}
    known = {fault.name: fault for fault in Fault.objects.select_for_update()}
    for name, check in watched.items():
        fault = known.get(name)
        if check.wrong and fault is None:
            Fault.objects.create(name=name)
        elif check.wrong and fault is not None and not fault.told:
            Fault.objects.filter(pk=name).update(told=True)
            _tell(_("系统故障：%(what)s") % {"what": check.label}, check.wrong)
        elif not check.wrong and fault is not None:
            if fault.told:
                _tell(_("恢复正常：%(what)s") % {"what": check.label}, _("故障已经排除。"))
            fault.delete()


def _tell(subject: str, body: str) -> None:
    notify(topic=Topic.SITE, users=serving(Role.ACCOUNTS_ADMIN), subject=subject, body=body, place="/status/")
