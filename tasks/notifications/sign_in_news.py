"""Tells a person of a sign-in to their account from a browser that is new for it."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tasks.accounts.models import SignIn
from tasks.accounts.second_factor import on_change
from tasks.accounts.sessions import on_new_place
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User


@on_new_place
def notify_of_new_place(sign_in: SignIn) -> None:
    """One message; real time, as of all sign-ins."""
    at = timezone.localtime(sign_in.began_at, timezone.get_default_timezone())
    words = {"at": date_format(at, _("Y年n月j日 H:i")), "address": sign_in.address}
    notify(
        topic=Topic.RIGHTS,
        users=[sign_in.user],
        subject=_("您的账号在新的设备上登录"),
        body=_(
            "%(at)s，从网络地址 %(address)s 登录。不是本人的，请结束这处登录，修改密码，并告知系统管理员。"
        )
        % words,
        place=reverse("session_list"),
    )


@on_change
def notify_of_second_factor(user: User, removed: bool, by: User | None) -> None:
    """One message, whoever did it: it may not have been the person."""
    if not removed:
        subject = _("您的账号启用了两步验证")
    elif by is not None and by.pk == user.pk:
        subject = _("您的账号停用了两步验证")
    else:
        subject = _("系统管理员停用了您账号的两步验证")
    notify(
        topic=Topic.RIGHTS,
        users=[user],
        subject=subject,
        body=_("与您的意思不符的，请修改密码，并告知系统管理员。"),
        place=reverse("second_factor"),
    )
