"""Frozen values as one canonical JSON text: what is hashed, stored and printed from.

Canonical means: keys sorted, no spaces, UTF-8, quarters as 2017Q1, moments in the plan's own time zone, decimal
numbers as strings. The same values are the same bytes, wherever they were read from.
"""

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from tasks.values import Quarter


def canonical(content: Any) -> bytes:
    """The canonical text."""
    text = json.dumps(
        plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def sha256(content: bytes) -> str:
    """The checksum as it is printed: 64 small hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def plain(value: Any) -> Any:
    """The value in JSON's own types. Anything unforeseen is an error, never a guess."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Quarter):
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
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in frozen figures")
