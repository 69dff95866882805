"""What the pages of work plans look up."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def at_key(found: Mapping[str, Any] | None, key: str) -> Any:
    """What stands in a mapping under a key; None where there is nothing."""
    return found.get(key) if found else None
