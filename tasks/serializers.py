"""Serializer fields for the value types, as tasks/fields.py has model fields for them, and serializers of dataclasses."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tasks.values import Period


@extend_schema_field(
    {
        "type": "string",
        "pattern": "^[0-9]{4}(Q[1-4]|H[12]|M(0[1-9]|1[0-2])|M01-02|M(0[3-9]-0[3-9]|1[0-2]-1[0-2]))?$",
        "example": "2017Q1",
    }
)
class PeriodField(serializers.Field[Period, str, str, Any]):
    """2017Q1; of a plan with another rhythm 2017M03, 2017H1 or 2017."""

    def to_internal_value(self, data: object) -> Period:
        try:
            return Period.parse(str(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: Period) -> str:
        return str(value)


class MomentField(serializers.DateTimeField):
    """A moment as sent. The framework's own field falls over the first hours of the year 1, which have no name in UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")


class SpanField(serializers.Field[Any, Any, dict[str, int], Any]):
    """A passage: start and end in the plan's text, counted in code points."""

    def to_representation(self, value: Any) -> dict[str, int]:
        return {"start": value.start, "end": value.end}


extend_schema_field(
    {
        "type": "object",
        "properties": {"start": {"type": "integer"}, "end": {"type": "integer"}},
        "required": ["start", "end"],
    }
)(SpanField)

_PLAIN: dict[type, Any] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    bool: serializers.BooleanField,
    float: serializers.FloatField,
    date: serializers.DateField,
    datetime: serializers.DateTimeField,
    Period: PeriodField,
}


def serializer_of(
    value_type: type, *, without: frozenset[str] = frozenset()
) -> type[serializers.Serializer[Any]]:
    """The serializer that shows every field of a frozen dataclass, nested ones too; anything unforeseen is an error.

    So the figures cannot drift from their schema: there is one definition, the dataclass. `without` are fields left
    out, wherever they stand; what has none of them is one serializer for all who ask.
    """
    return _serializer(value_type, without & _names(value_type))


@cache
def _names(value_type: type) -> frozenset[str]:
    """The fields of the dataclass and of those within it."""
    hints = get_type_hints(value_type)
    found = {item.name for item in fields(value_type)}
    for name in tuple(found):
        for part in (hints[name], *get_args(hints[name])):
            if isinstance(part, type) and is_dataclass(part) and part is not value_type:
                found |= _names(part)
    return frozenset(found)


@cache
def _serializer(value_type: type, without: frozenset[str]) -> type[serializers.Serializer[Any]]:
    hints = get_type_hints(value_type)
    shown = {
        item.name: _field(hints[item.name], without)
        for item in fields(value_type)
        if item.name not in without
    }
    return type(f"{value_type.__name__}Serializer", (serializers.Serializer,), shown)


def _field(hint: Any, without: frozenset[str], **options: Any) -> serializers.Field[Any, Any, Any, Any]:
    options = {"read_only": True, **options}
    origin, args = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType} and len(args) == 2 and args[1] is type(None):
        return _field(args[0], without, allow_null=True)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        if isinstance(args[0], type) and is_dataclass(args[0]):
            return serializer_of(args[0], without=without)(many=True, **options)
        return serializers.ListField(child=_field(args[0], without), **options)
    if isinstance(hint, type) and is_dataclass(hint) and hint not in _PLAIN:
        return serializer_of(hint, without=without)(**options)
    if hint is Decimal:
        return serializers.DecimalField(max_digits=None, decimal_places=None, **options)
    made: serializers.Field[Any, Any, Any, Any] = _PLAIN[hint](**options)
    return made
