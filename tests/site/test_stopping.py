"""A trial site that is told to stop stops, even when Python swallowed the first word."""

import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from qhplan.management.commands.run_trial import Command, Stopped


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The command takes the signals of this process; give them back."""
    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {sign: signal.getsignal(sign) for sign in signs}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


def test_a_stop_lost_in_a_finaliser_is_seen_in_the_next_round() -> None:
    command = Command()
    command.processes, command.stopping = {}, False
    command._check_alive()
    with suppress(Stopped):
        command._on_signal(signal.SIGTERM, None)
    with pytest.raises(Stopped):
        command._check_alive()
