"""Reforms are tried in the world of the adjustments that they propose."""

from tests.adjustments.conftest import world as world
