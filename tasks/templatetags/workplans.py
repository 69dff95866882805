"""Template filter of the pages of work plans."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at_key(found: Mapping[str, Any] | None, key: str) -> Any:
    """The value of a key in a mapping, or None."""
    return found.get(key) if found else None
