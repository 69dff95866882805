"""两步验证: a one-time code beside the password (TOTP, RFC 6238), and recovery codes for whoever has lost the device.

What the codes are made from is encrypted with a key derived from SECRET_KEY, of a recovery code only a digest is kept. A
code is accepted once: its time step, or the row of the recovery code, is taken by one conditional UPDATE. Real time, as of
all sign-ins.
"""

import base64
import re
import secrets
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from typing import TypeAlias

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from rest_framework.request import Request

from qhplan import clock
from tasks.accounts import tokens
from tasks.accounts.limits import Limit
from tasks.accounts.models import RecoveryCode, SecondFactor
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.models import User
from tasks.values import ADMIN_ROLES

# In the session: it was opened with a code as well as the password.
PASSED = "second_factor"
# Tries of one account, from whatever addresses; those from one address lock its name as wrong passwords do.
CODES = Limit("second-factor", 10, 15 * 60)
RECOVERY_CODES = 10
_SALT = "tasks.accounts.second_factor"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are easily confused on paper
_STEPS = (-1, 0, 1)  # a clock may be half a minute off

# Called with the person, whether the factor was removed, and who did it, in the transaction of the action.
Receiver: TypeAlias = Callable[[User, bool, User | None], None]
_receivers: list[Receiver] = []


def on_change(function: Receiver) -> Receiver:
    """Register a function that tells a person that their second factor was added or removed."""
    _receivers.append(function)
    return function


# -- who has it, and who must -------------------------------------------------------------------------------


def is_required(user: User) -> bool:
    """Whether one of the person's roles asks for it. No query."""
    return bool(settings.SECOND_FACTOR_ROLES) and any(
        one.role in settings.SECOND_FACTOR_ROLES for one in user.holdings
    )


def is_set_up(user: User) -> bool:
    return SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).exists()


def is_missing(request: HttpRequest | Request, user: User, *, by_token: bool = False) -> bool:
    """Whether the person has to set it up before anything else. A query for tokens alone: a session knows."""
    if not is_required(user):
        return False
    return not is_set_up(user) if by_token else not request.session.get(PASSED)


# -- setting up ---------------------------------------------------------------------------------------------


def begin(*, by: User) -> None:
    """A new secret, which counts for nothing until a first code confirms it."""
    secret = _cipher().encrypt(pyotp.random_base32().encode()).decode()
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)
        if is_set_up(by):
            raise Conflict(_("两步验证已经启用。要换设备，请先停用。"))
        SecondFactor.objects.update_or_create(user_id=by.pk, defaults={"secret": secret, "last_step": 0})


def unconfirmed(user: User) -> str | None:
    """The secret that waits for its first code."""
    row = SecondFactor.objects.filter(user=user.pk, confirmed_at=None).first()
    return _secret(row) if row else None


def confirm(*, by: User, code: str) -> list[str]:
    """Confirm the secret by a first code, and return the recovery codes, which are shown this once. The token that was made
    without a code ends; the caller ends the other sessions."""
    with transaction.atomic():
        row = SecondFactor.objects.select_for_update().filter(user=by.pk, confirmed_at=None).first()
        if row is None:
            raise Conflict(_("两步验证已经启用，或者还没有开始设置。"))
        if not _take_step(row, _plain(code)):
            raise Problems([Problem("code", _("验证码不正确。请核对手机的时间，输入现在显示的六位数字。"))])
        SecondFactor.objects.filter(pk=row.pk).update(confirmed_at=timezone.now())
        codes = [_new_code() for _number in range(RECOVERY_CODES)]
        RecoveryCode.objects.bulk_create(RecoveryCode(factor=row, digest=_digest(by, one)) for one in codes)
        tokens.drop_token(by)
        _note(by, "account.factor_add", by=by)
    return codes


def as_qr(user: User, secret: str) -> SafeString:
    """What an authenticator scans, as SVG."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=_("行动方案"))
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(scale=4, border=4, light="#fff", title=_("设置两步验证的二维码"))
    return mark_safe(svg)  # noqa: S308  (segno's own markup; the address is drawn as modules)


# -- codes --------------------------------------------------------------------------------------------------


def take(user: User, code: str) -> bool:
    """Whether the code is right; it is used up then. The caller counts the wrong ones."""
    row = SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).first()
    if row is None:
        return False
    typed = _plain(code)
    if _take_step(row, typed):
        return True
    used = RecoveryCode.objects.filter(factor=row, used_at=None, digest=_digest(user, typed))
    if not used.update(used_at=timezone.now()):
        return False
    record(
        by=user, verb="account.recovery_code", subject=user, data={"left": codes_left(user)}, at=clock.now()
    )
    return True


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(factor__user=user.pk, used_at=None).count()


# -- removing -----------------------------------------------------------------------------------------------


def remove(*, by: User | None, user: User, note: str = "") -> None:
    """Remove it: oneself, after the caller has taken a code; the accounts administrator with a reason; an administrator's
    only on the server (`by=None`), as with passwords."""
    if by is not None and by.pk != user.pk:
        if not permissions.may_manage_accounts(by):
            raise PermissionDenied(_("只有本人和系统管理员可以停用两步验证。"))
        if {one.role for one in user.holdings} & ADMIN_ROLES:
            raise PermissionDenied(_("管理员的两步验证只能在服务器上用命令停用，以免一人掌握三员的权限。"))
        if not note.strip():
            raise Problems([Problem("note", _("请写明理由。"))])
    with transaction.atomic():
        removed, _kinds = SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).delete()
        if not removed:
            raise Conflict(_("“%(user)s”没有启用两步验证。") % {"user": user.username})
        tokens.drop_token(user)
        _note(user, "account.factor_remove", by=by, note=note.strip())


# -- inside -------------------------------------------------------------------------------------------------


def _note(user: User, verb: str, *, by: User | None, note: str = "") -> None:
    record(by=by, verb=verb, subject=user, note=note, at=clock.now())
    for function in _receivers:
        function(user, verb == "account.factor_remove", by)


def _take_step(row: SecondFactor, code: str) -> bool:
    secret = _secret(row)
    if secret is None or not re.fullmatch(r"[0-9]{6}", code):
        return False
    totp = pyotp.TOTP(secret)
    now = totp.timecode(timezone.now())
    for step in (now + off for off in _STEPS):
        if constant_time_compare(totp.generate_otp(step), code):
            free = SecondFactor.objects.filter(pk=row.pk, secret=row.secret, last_step__lt=step)
            return bool(free.update(last_step=step))
    return False


def _secret(row: SecondFactor) -> str | None:
    """None where SECRET_KEY is not the one with which it was encrypted: no code is right then."""
    try:
        return _cipher().decrypt(row.secret.encode()).decode()
    except InvalidToken:
        return None


def _cipher() -> Fernet:
    key = sha256(f"{_SALT}:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _i in range(5)) for _group in range(2))


def _plain(code: str) -> str:
    """As typed on a phone or copied from paper: full-width digits, spaces, hyphens, capitals."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code[:40])).lower()


def _digest(user: User, code: str) -> str:
    text = f"{user.pk}:{code.replace('-', '')}"
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()
