"""What fields and password rules say of a value that they refuse, in our words: those of the frameworks speak of fields
and variables, and address readers as 你."""

from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import password_validation as passwords
from django.core import validators
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers

_CHOOSE, _AT_LEAST_ONE = _("请选择。"), _("请至少选择一项。")
_GONE = _("所选的已不存在，请刷新页面后重新选择。")
_NUMBER, _WHOLE = _("请填数字。"), _("请填整数。")
_DAY, _MOMENT = _("请填写日期，如 2017-07-20。"), _("请填写日期和时间，如 2017-07-20 17:00。")
_ADDRESS = _("请填写完整网址，以 http:// 或 https:// 开头。")
_LIST, _OBJECT = _("请填写列表。"), _("请填写对象，即名称和值。")
_LONG = _("数字太长，请核对。")
_RANGE = {
    "max_value": _("请填不大于 {max_value} 的数。"),
    "min_value": _("请填不小于 {min_value} 的数。"),
    "max_string_length": _LONG,
}

_OF_FORMS: dict[Any, dict[str, Any]] = {
    forms.Field: {"required": _("请填写此项。")},
    forms.BooleanField: {"required": _("请勾选此项。")},
    forms.ChoiceField: {
        "required": _CHOOSE,
        "invalid_choice": _("“%(value)s”不在可选范围内，请重新选择。"),
    },
    forms.MultipleChoiceField: {
        "required": _AT_LEAST_ONE,
        "invalid_choice": _("“%(value)s”不在可选范围内，请重新选择。"),
        "invalid_list": _AT_LEAST_ONE,
    },
    forms.ModelChoiceField: {"required": _CHOOSE, "invalid_choice": _GONE},
    forms.ModelMultipleChoiceField: {
        "required": _AT_LEAST_ONE,
        "invalid_choice": _GONE,
        "invalid_list": _AT_LEAST_ONE,
        "invalid_pk_value": _GONE,
    },
    forms.IntegerField: {"invalid": _WHOLE},
    forms.FloatField: {"invalid": _NUMBER},
    forms.DecimalField: {"invalid": _NUMBER},
    forms.DateField: {"invalid": _DAY},
    forms.DateTimeField: {"invalid": _MOMENT},
    forms.FileField: {
        "required": _("请选择文件。"),
        "invalid": _("没有收到文件，请重新选择。"),
        "missing": _("没有收到文件，请重新选择。"),
        "empty": _("文件是空的，请重新选择。"),
        "max_length": _("文件名有 %(length)d 字，最多 %(max)d 字，请改短后再上传。"),
        "contradiction": _("不能既上传文件又删除原文件，请选其一。"),
    },
    forms.TimeField: {"invalid": _("请填写时间，如 17:00。")},
    forms.JSONField: {"invalid": _("内容不是有效的 JSON，请核对。")},
    forms.URLField: {"invalid": _ADDRESS},
    forms.UUIDField: {"invalid": _("表单编号有误，请刷新页面后重试。")},
    models.Field: {
        "blank": _("请填写此项。"),
        "null": _("请填写此项。"),
        "invalid_choice": _("“%(value)s”不在可选范围内，请重新选择。"),
        "unique": _("已有相同的%(field_label)s，请换一个。"),
    },
}
_OF_API: dict[Any, dict[str, Any]] = {
    serializers.Field: {"required": _("请填写此项。"), "null": _("此项不能为空。")},
    serializers.BooleanField: {"invalid": _("请填 true 或 false。")},
    serializers.CharField: {
        "blank": _("请填写此项。"),
        "invalid": _("请填写文字。"),
        "max_length": _("最多 {max_length} 字，请删减。"),
        "min_length": _("至少 {min_length} 字。"),
    },
    serializers.IntegerField: {"invalid": _WHOLE, **_RANGE},
    serializers.FloatField: {"invalid": _NUMBER, **_RANGE, "overflow": _LONG},
    serializers.DecimalField: {
        "invalid": _NUMBER,
        **_RANGE,
        "max_digits": _("数字太长，最多 {max_digits} 位。"),
        "max_decimal_places": _("最多 {max_decimal_places} 位小数。"),
        "max_whole_digits": _("小数点前最多 {max_whole_digits} 位。"),
    },
    serializers.DateField: {"invalid": _DAY, "datetime": _DAY},
    serializers.DateTimeField: {
        "invalid": _MOMENT,
        "date": _MOMENT,
        "make_aware": _MOMENT,
        "overflow": _("日期要在 1900 年到 2999 年之间。"),
    },
    serializers.TimeField: {"invalid": _("请填写时间，如 17:00。")},
    serializers.ChoiceField: {"invalid_choice": _("“{input}”不在可选范围内，请重新选择。")},
    serializers.MultipleChoiceField: {
        "invalid_choice": _("“{input}”不在可选范围内，请重新选择。"),
        "not_a_list": _LIST,
        "empty": _AT_LEAST_ONE,
    },
    serializers.ListField: {
        "not_a_list": _LIST,
        "empty": _("请至少填写一项。"),
        "min_length": _("至少 {min_length} 项。"),
        "max_length": _("最多 {max_length} 项。"),
    },
    serializers.DictField: {"not_a_dict": _OBJECT, "empty": _("请至少填写一项。")},
    serializers.JSONField: {"invalid": _("内容不是有效的 JSON，请核对。")},
    serializers.UUIDField: {"invalid": _("“{value}”不是有效的编号。")},
    serializers.EmailField: {"invalid": _("请填写有效的电子邮箱。")},
    serializers.URLField: {"invalid": _ADDRESS},
    serializers.RegexField: {"invalid": _("格式有误，请核对。")},
    serializers.SlugField: {
        "invalid": _("只能用字母、数字、下划线和连字符。"),
        "invalid_unicode": _("只能用文字、数字、下划线和连字符。"),
    },
    serializers.FileField: {
        "required": _("请选择文件。"),
        "invalid": _("没有收到文件，请重新选择。"),
        "no_name": _("文件没有名字，请改名后再上传。"),
        "empty": _("文件是空的，请重新选择。"),
        "max_length": _("文件名有 {length} 字，最多 {max_length} 字，请改短后再上传。"),
    },
    serializers.PrimaryKeyRelatedField: {
        "required": _("请填写此项。"),
        "does_not_exist": _("没有编号为“{pk_value}”的对象。"),
        "incorrect_type": _("请填编号。"),
    },
    serializers.SlugRelatedField: {
        "does_not_exist": _("没有“{value}”。"),
        "invalid": _("填写有误，请核对。"),
    },
    serializers.ManyRelatedField: {"not_a_list": _LIST, "empty": _("请至少填写一项。")},
    serializers.Serializer: {"invalid": _OBJECT},
    serializers.ListSerializer: {
        "not_a_list": _LIST,
        "empty": _("请至少填写一项。"),
        "min_length": _("至少 {min_length} 项。"),
        "max_length": _("最多 {max_length} 项。"),
    },
}
# What the API says where no rule of ours has spoken before.
_OF_REQUESTS: dict[Any, Any] = {
    exceptions.APIException: _("系统处理时出错，请稍后重试；仍不行请联系系统管理员。"),
    exceptions.ValidationError: _("填写有误，请核对。"),
    exceptions.ParseError: _("请求的内容不合格式。"),
    exceptions.AuthenticationFailed: _("令牌或登录无效，请重新登录或更换令牌。"),
    exceptions.NotAuthenticated: _("请先登录，或在请求中附上令牌。"),
    exceptions.PermissionDenied: _("您没有此项权限。"),
    exceptions.NotFound: _("没有这一项，或您不能看。"),
    exceptions.MethodNotAllowed: _("这个地址不接受“{method}”请求。"),
    exceptions.NotAcceptable: _("只能以 JSON 答复。"),
    exceptions.UnsupportedMediaType: _("不接受“{media_type}”，请发送 JSON。"),
    exceptions.Throttled: _("请求过于频繁，请稍后再试。"),
}
# {rule of passwords: (what it asks for, what it says of one that it refuses)}
_OF_PASSWORDS: dict[Any, tuple[Any, Any]] = {
    passwords.UserAttributeSimilarityValidator: (
        _("密码不能与您的姓名、用户名相近。"),
        _("密码与您的%(verbose_name)s过于相近，请换一个。"),
    ),
    passwords.CommonPasswordValidator: (
        _("密码不能是常用的简单密码。"),
        _("这个密码过于常见，请换一个。"),
    ),
    passwords.NumericPasswordValidator: (
        _("密码不能全是数字。"),
        _("密码不能全是数字，请加上字母或符号。"),
    ),
    passwords.MinimumLengthValidator: (
        _("密码至少 %(min_length)d 个字符。"),
        _("密码至少 %(min_length)d 个字符，请加长。"),
    ),
}


def install() -> None:
    """Put our words in the place of theirs, for every field of forms, models and the API."""
    for field, words in (_OF_FORMS | _OF_API).items():
        field.default_error_messages = {**field.default_error_messages, **words}
    for refusal, sentence in _OF_REQUESTS.items():
        refusal.default_detail = sentence
    throttled: Any = exceptions.Throttled
    throttled.extra_detail_singular = throttled.extra_detail_plural = _("约 {wait} 秒后可用。")
    validators.FileExtensionValidator.message = _(
        "不接受“%(extension)s”文件，可以上传：%(allowed_extensions)s。"
    )
    validators.MaxLengthValidator.message = _("有 %(show_value)s 字，最多 %(limit_value)s 字，请删减。")
    validators.MinLengthValidator.message = _("只有 %(show_value)s 字，至少 %(limit_value)s 字，请补充。")
    validators.MinValueValidator.message = _("请填不小于 %(limit_value)s 的数。")
    validators.MaxValueValidator.message = _("请填不大于 %(limit_value)s 的数。")
    validators.RegexValidator.message = _("格式有误，请核对。")
    validators.EmailValidator.message = _("请填写有效的电子邮箱。")
    validators.URLValidator.message = _ADDRESS
    validators.ProhibitNullCharactersValidator.message = _("含有不能保存的字符，请删去。")
    said: dict[str, Any] = {
        **validators.DecimalValidator.messages,
        "invalid": _NUMBER,
        "max_digits": _("数字太长，最多 %(max)s 位。"),
        "max_decimal_places": _("最多 %(max)s 位小数。"),
        "max_whole_digits": _("小数点前最多 %(max)s 位。"),
    }
    validators.DecimalValidator.messages = said
    for rule, (asked, refused) in _OF_PASSWORDS.items():
        rule.get_help_text = _method(asked)
        rule.get_error_message = _method(refused)
    auth_forms.SetPasswordForm.error_messages = {
        **auth_forms.SetPasswordForm.error_messages,
        "password_mismatch": _("两次输入的新密码不一致，请重新输入。"),
    }
    auth_forms.PasswordChangeForm.error_messages = {
        **auth_forms.SetPasswordForm.error_messages,
        "password_incorrect": _("原密码不正确，请重新输入。"),
    }


def _method(words: Any) -> Any:
    """A method of a rule that says the words, with the rule's own length where they name it."""

    def said(rule: Any) -> str:
        if "%(min_length)d" in str(words):
            return str(words) % {"min_length": rule.min_length}
        return str(words)

    return said
