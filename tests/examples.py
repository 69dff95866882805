"""How many examples Hypothesis tries: all of them in `make test-all`, a fifth in `make test`."""

import os
from typing import Any

from hypothesis import HealthCheck, settings


def examples(most: int, **more: Any) -> settings:
    """Settings for a property over a database, whose fixture is the same for all examples of a test."""
    return settings(
        max_examples=most if os.environ.get("QHPLAN_FRESH") else max(most // 5, 4),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        **more,
    )
