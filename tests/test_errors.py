"""What the database promises is checked with a message, also where asserts are switched off."""

import pytest

from tasks.errors import Inconsistent, present


def test_present() -> None:
    assert present(0, "a number") == 0
    with pytest.raises(Inconsistent, match="missing: the edition"):
        present(None, "the edition")
