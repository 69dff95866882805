"""The client against a daemon that speaks the real protocol."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.files import clamav
from tasks.files.clamav import NotScanned, Unreachable
from tests.files.clamd import FOUND, Clamd, clamd
from tests.files.samples import EICAR, pdf


@pytest.fixture(params=["unix", "tcp"])
def daemon(request: pytest.FixtureRequest) -> Iterator[Clamd]:
    with (
        tempfile.TemporaryDirectory() as folder,  # a socket's path must be short
        clamd(Path(folder) if request.param == "unix" else None) as running,
    ):
        yield running


def scan(daemon: Clamd, data: bytes) -> str:
    return clamav.scan(io.BytesIO(data), daemon.address)


def test_a_clean_file(daemon: Clamd) -> None:
    data = pdf() + bytes(200_000)
    assert scan(daemon, data) == ""
    assert daemon.scanned == [len(data)]


def test_a_virus_is_named(daemon: Clamd) -> None:
    assert scan(daemon, pdf() + EICAR) == FOUND


def test_a_file_above_the_daemons_limit_is_not_scanned(daemon: Clamd) -> None:
    """It says so and hangs up while we are still sending."""
    daemon.limit = 100_000
    with pytest.raises(NotScanned, match="StreamMaxLength"):
        scan(daemon, bytes(20_000_000))


@pytest.mark.parametrize(
    ("says", "error", "words"),
    [
        (b"stream: lstat() failed ERROR\0", NotScanned, r"杀毒程序回答：stream: lstat\(\) failed ERROR"),
        (b"UNKNOWN COMMAND\0", NotScanned, "杀毒程序回答：UNKNOWN COMMAND"),
        (b"", Unreachable, "杀毒程序没有回答"),
    ],
)
def test_whatever_else_it_says_is_no_clean_file(
    daemon: Clamd, says: bytes, error: type[Exception], words: str
) -> None:
    daemon.says = says
    with pytest.raises(error, match=words):
        scan(daemon, pdf())


@pytest.mark.parametrize("address", ["unix:/nowhere/clamd.ctl", "tcp:127.0.0.1:1"])
def test_no_daemon(address: str) -> None:
    with pytest.raises(Unreachable, match="连不上杀毒程序"):
        clamav.scan(io.BytesIO(pdf()), address)
