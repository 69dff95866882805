"""No sentence of the frameworks is left in what a form, the API or a password rule refuses."""

from typing import Any

import pytest
from django import forms
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.exceptions import ValidationError
from rest_framework import exceptions, serializers

from tasks.models import User

FOREIGN = ("字段", "必填项", "变量", "你的", "确保", "该值", "有效的")


class Everything(forms.Form):
    text = forms.CharField(max_length=2)
    tick = forms.BooleanField()
    choice = forms.ChoiceField(choices=[("a", "甲")])
    several = forms.MultipleChoiceField(choices=[("a", "甲")])
    user = forms.ModelChoiceField(User.objects.none())
    whole = forms.IntegerField(min_value=1)
    number = forms.DecimalField(max_digits=3, decimal_places=1)
    day = forms.DateField()
    moment = forms.DateTimeField()
    file = forms.FileField()
    link = forms.URLField(assume_scheme="https")
    key = forms.UUIDField()


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "x y\x01", "９９９９"])
def test_forms_refuse_in_our_words(typed: str) -> None:
    form = Everything(dict.fromkeys(Everything.base_fields, typed))
    said = [message for messages in form.errors.values() for message in messages]
    assert len(said) > 6
    assert [one for one in said if any(word in one for word in FOREIGN)] == []
    assert [one for one in said if one.isascii()] == []


def test_the_api_refuses_in_our_words() -> None:
    class Item(serializers.Serializer[object]):
        text = serializers.CharField(max_length=2)
        whole = serializers.IntegerField(min_value=1)
        day = serializers.DateField()
        choice = serializers.ChoiceField(choices=["a"])

    for typed in ({}, {"text": "", "whole": "x", "day": "x", "choice": "b"}, {"text": None, "whole": 0}):
        item = Item(data=typed)
        item.is_valid()
        said = [str(message) for messages in item.errors.values() for message in messages]
        assert said
        assert [one for one in said if any(word in one for word in FOREIGN)] == []


def test_rules_of_passwords_speak_to_您() -> None:
    user = User(username="zhang.san", display_name="张三")
    # A rule that is switched off says nothing.
    said = [text for rule in get_default_password_validators() if (text := rule.get_help_text())]
    for password in ("zhang.san", "password", "12345678901", "short"):
        for rule in get_default_password_validators():
            try:
                rule.validate(password, user)
            except ValidationError as error:
                said += error.messages
    assert len(said) > 7
    assert [one for one in said if "你" in one or one.isascii()] == []


def _foreign(messages: Any) -> list[str]:
    """Of lazy texts those whose msgid is not ours: ours are Chinese."""
    return [str(one) for one in messages if str(getattr(one, "_proxy____args", [one])[0]).isascii()]


def test_no_field_that_is_used_has_a_sentence_of_its_framework() -> None:
    """Every class of field in any form or serializer of ours, whatever of its messages can be said."""
    used = {
        type(field)
        for form in _all_below(forms.BaseForm)
        for field in (getattr(form, "base_fields", None) or {}).values()
    }
    used |= {
        type(field)
        for serializer in _all_below(serializers.Serializer)
        for field in getattr(serializer, "_declared_fields", {}).values()
    }
    assert len(used) > 15
    named = {kind.__name__: _foreign(kind().error_messages.values()) for kind in used if _is_plain(kind)}
    assert {name: said for name, said in named.items() if said} == {}


def _all_below(kind: Any) -> set[Any]:
    return {one for below in kind.__subclasses__() for one in {below, *_all_below(below)}}


def _is_plain(kind: Any) -> bool:
    try:
        kind()
    except (TypeError, AssertionError):
        return False
    return True


def test_what_the_api_says_of_a_request_is_ours() -> None:
    kinds = [
        kind for kind in _all_below(exceptions.APIException) if kind.__module__.startswith("rest_framework")
    ]
    assert len(kinds) > 8
    assert _foreign([exceptions.APIException.default_detail, *(kind.default_detail for kind in kinds)]) == []
    assert str(exceptions.Throttled(wait=30).detail) == "请求过于频繁，请稍后再试。 约 30 秒后可用。"
