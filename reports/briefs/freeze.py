"""Figures as one canonical JSON text: the thing that is hashed, printed from, and attached to the PDF.

Canonical means: keys sorted, no spaces, UTF-8, quarters as 2017Q1, moments in the plan's own time zone, decimal
numbers as strings. The same figures are the same bytes, wherever they were read from.
"""

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from qhplan import __version__
from reports.rollup.values import PlanFigures
from tasks.values import Quarter


def figures_json(figures: PlanFigures, *, is_sample: bool) -> bytes:
    """The canonical text of a plan's figures; its form is docs/figures-schema.json."""
    content = {**_plain(figures), "is_sample": is_sample, "release": __version__}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256(content: bytes) -> str:
    """The checksum as it is printed: 64 small hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> Any:
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
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a brief's figures")
