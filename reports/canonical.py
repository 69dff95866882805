"""Frozen values as one canonical JSON text, which is hashed, stored and printed from; and the text as values again.

Canonical means: keys sorted, no spaces, UTF-8, quarters as 2017Q1, moments in the plan's own time zone, decimal
numbers as strings. The same values give the same bytes, and values that were read back give the bytes they came from.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from cattrs import Converter
from django.utils import timezone

from tasks.values import Period

Form = TypeVar("Form")
# Metadata of a dataclass field that the canonical text leaves out while it has its default: one that came later than the
# first frozen texts, so that figures without it keep their bytes.
OPTIONAL = {"optional": True}


def canonical(content: Any) -> bytes:
    """The canonical text."""
    text = json.dumps(
        plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def sha256(content: bytes) -> str:
    """The checksum as it is printed: 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def plain(value: Any) -> Any:
    """The value in JSON's own types. Raises TypeError for a type without an exact form: nothing is guessed."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Period):
        return str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")  # 12, 12.0 and 12.00 are one number
    if isinstance(value, datetime):
        return timezone.localtime(value, timezone.get_default_timezone()).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {
            one.name: plain(content)
            for one in fields(value)
            if not _is_left_out(one, content := getattr(value, one.name))
        }
    raise TypeError(f"{type(value).__name__} has no place in frozen figures")


def _is_left_out(one: "Field[Any]", content: Any) -> bool:
    return bool(one.metadata.get("optional")) and content == one.default


def read_text(text: str | bytes, form: type[Form]) -> Form:
    """`read` of a canonical text."""
    return read(json.loads(text), form)


def read(content: Any, form: type[Form]) -> Form:
    """What json.loads gives for a canonical text, as the dataclass `form`.

    A key that the text lacks takes the field's default, so that texts of earlier releases can be read; a key without
    a field is left out. Raises cattrs.BaseValidationError when a field without a default is missing or has another type.
    """
    return _CONVERTER.structure(content, form)


def _exactly(kind: type[Form]) -> Callable[[Any, Any], Form]:
    """A hook that takes values of this type alone: cattrs would turn null into "None", and true into 1."""

    def take(value: Any, _type: Any) -> Form:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is not {kind.__name__}")
        taken: Form = value
        return taken

    return take


def _from_text(parse: Callable[[str], Form]) -> Callable[[Any, Any], Form]:
    """A hook that parses a string, and refuses anything else."""

    def take(value: Any, _type: Any) -> Form:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is not text")
        return parse(value)

    return take


def _converter() -> Converter:
    made = Converter()
    made.register_structure_hook(bool, _exactly(bool))
    made.register_structure_hook(int, _exactly(int))
    made.register_structure_hook(str, _exactly(str))
    made.register_structure_hook(Period, _from_text(Period.parse))
    made.register_structure_hook(Decimal, _from_text(Decimal))
    made.register_structure_hook(datetime, _from_text(datetime.fromisoformat))
    made.register_structure_hook(date, _from_text(date.fromisoformat))
    return made


_CONVERTER = _converter()
