"""Rules of passwords beside Django's: no words of the site or the person, never the present one, and, where the site sets
it, none of the last ones, several kinds of characters, and an age."""

import re
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from tasks.accounts.models import OldPassword
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.people.models import User

# What everybody here thinks of first.
_SITE = ("qinghai", "xining", "xinghan", "qhplan", "policy", "tracker", "plan", "admin", "password", "passw0rd", "welcome",
         "mima", "zhengfu", "bangongshi", "jianbao", "xingdong", "fangan", "china", "zhongguo", "qwerty", "asdf", "zxcv")  # fmt: skip
# So many letters must be left that no such word and no row of digits explains.
_OF_ONES_OWN = 6
_LOOK_ALIKES = str.maketrans("01l!345@$", "oiiieasas")
# The acts after which a password is new.
_SET_BY = ("account.change_password", "account.accept", "account.reset_password", "account.create")


class OwnWordsValidator:
    """Refuses passwords made of the site's name, the person's names or their agency's, with digits and signs around."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where hardly a letter remains when these words are taken out."""
        words = _words(user)
        if any(_is_only(re.sub(r"[\W_]", "", text), words) for text in _spellings(password)):
            raise ValidationError(
                _("密码里除了系统、单位或本人的名称和数字，几乎没有别的，很容易被猜到。"),
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        return _("不能只用系统、单位或本人的名称加数字。")


def _spellings(text: str) -> tuple[str, str]:
    """As it is typed, and with the digits and signs read as the letters that they stand for."""
    return text.lower(), text.lower().translate(_LOOK_ALIKES)


def _is_only(text: str, words: list[str]) -> bool:
    """Whether some of the words are in the text, and hardly a letter besides."""
    rest = text
    for word in words:
        rest = rest.replace(word, "")
    return rest != text and len(re.sub(r"\d", "", rest)) < _OF_ONES_OWN


def _words(user: Any) -> list[str]:
    """The words, the longest first; names in Chinese as they are, in pinyin and as its initials."""
    words = set(_SITE)
    if isinstance(user, User):
        words |= {part for part in re.split(r"[\W_\d]+", user.username.lower()) if len(part) > 2}
        names = [user.display_name]
        if user.agency_id is not None and user.agency is not None:
            names += user.agency.names.values_list("short", flat=True)
        for name in names:
            words |= _readings(name)
    return sorted({spelt for word in words for spelt in _spellings(word)}, key=len, reverse=True)


@cache
def _readings(name: str) -> frozenset[str]:
    parts = lazy_pinyin(name)
    found = {name.lower(), "".join(parts), "".join(part[:1] for part in parts), *parts[:1]}
    return frozenset(word for word in found if len(word) > 2 or (not word.isascii() and len(word) > 1))


class NotBeforeValidator:
    """Refuses the present password, and those before it as far as PASSWORD_HISTORY goes."""

    def validate(self, password: str, user: Any = None) -> None:
        """Each that is kept costs a hash."""
        if not isinstance(user, User) or user.pk is None:
            return
        present = user.password
        if present and check_password(password, present):
            raise ValidationError(_("新密码不能与现在的密码相同。"), code="password_present")
        kept = settings.PASSWORD_HISTORY
        old = OldPassword.objects.filter(user=user).order_by("-id").values_list("password", flat=True)[:kept]
        if kept and any(check_password(password, one) for one in old):
            raise ValidationError(
                _("最近 %(n)d 次用过的密码不能再用。") % {"n": kept}, code="password_history"
            )

    def get_help_text(self) -> str:
        if settings.PASSWORD_HISTORY:
            return _("不能与现在的密码或最近 %(n)d 次用过的相同。") % {"n": settings.PASSWORD_HISTORY}
        return _("不能与现在的密码相同。")


class KindsValidator:
    """Where PASSWORD_KINDS is set: so many of small letters, capitals, digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for too few kinds."""
        kinds = [r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]"]
        if sum(bool(re.search(kind, password)) for kind in kinds) < settings.PASSWORD_KINDS:
            raise ValidationError(self.get_help_text(), code="password_kinds")

    def get_help_text(self) -> str:
        if not settings.PASSWORD_KINDS:
            return ""
        return _("小写字母、大写字母、数字、符号中至少有 %(n)d 种。") % {"n": settings.PASSWORD_KINDS}


def keep_old(user: User) -> None:
    """Keep the hash of the password that is about to be replaced, where the site compares with earlier ones."""
    if not settings.PASSWORD_HISTORY or not user.password:
        return
    OldPassword.objects.create(user=user, password=user.password)
    kept = OldPassword.objects.filter(user=user).order_by("-id").values("pk")[: settings.PASSWORD_HISTORY]
    OldPassword.objects.filter(user=user).exclude(pk__in=kept).delete()


def is_too_old(user: User) -> bool:
    """Whether the password is older than PASSWORD_DAYS, where the site sets an age. One query then."""
    if not settings.PASSWORD_DAYS:
        return False
    since = timezone.now() - timedelta(days=settings.PASSWORD_DAYS)
    changes = Event.objects.filter(subject=subject_of(user), verb__in=_SET_BY)
    return not changes.filter(recorded_at__gt=since).exists()
