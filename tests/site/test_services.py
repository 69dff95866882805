"""The embedded services: first one in starts them, last one out stops them, and a crash is survived."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from qhplan import services
from qhplan.services import Embedded, ServiceError

pytestmark = pytest.mark.full  # nearly each makes a cluster of its own, and what they hold changes rarely

HOLD = """
import sys
from pathlib import Path
from qhplan.services import Embedded
with Embedded(Path(sys.argv[1]), durable=False).running():
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder for services of this test's own; whatever still runs in it afterwards is ended."""
    folder = tmp_path / "services"
    yield folder
    made = Embedded(folder, durable=False)
    if folder.exists():
        made._stop()
        if made.account.uid is not None:
            shutil.rmtree(made.cluster.parent, ignore_errors=True)
    shutil.rmtree(made.sockets, ignore_errors=True)


def server_pid(made: Embedded) -> int:
    pid = made._postmaster()
    assert pid is not None
    return pid


def count(made: Embedded, table: str) -> int:
    connection = made.connect(role="qhplan_owner", name="qhplan")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        (number,) = cursor.fetchone()
    connection.close()
    return int(number)


def write(made: Embedded, statement: str) -> None:
    connection = made.connect(role="qhplan_owner", name="qhplan")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def hold(root: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def test_last_one_out_stops_them(root: Path) -> None:
    here = Embedded(root, durable=False)
    other = hold(root)
    pid = server_pid(here)
    with here.running():
        assert server_pid(here) == pid  # joined, not started again
        other.communicate("")
        assert (here._database_answers(), here._broker_answers()) == (True, True)
    assert (here._database_answers(), here._broker_answers(), here._postmaster()) == (False, False, None)
    assert not here.sockets.exists()


def test_a_killed_user_counts_as_gone(root: Path) -> None:
    here = Embedded(root)
    first = hold(root)
    first.kill()
    first.wait()
    assert here._database_answers()  # nobody was left to stop it
    with here.running():
        assert here._database_answers()
    assert not here._database_answers()


def test_data_survives_a_power_cut(root: Path) -> None:
    made = Embedded(root)
    with made.running():
        write(made, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)")
        pid = server_pid(made)
        os.killpg(pid, signal.SIGKILL)
        for broker in made._started:
            broker.kill()
            broker.wait()
        made._started.clear()
        time.sleep(0.2)
    again = Embedded(root)
    with again.running():
        assert count(again, "kept") == 2
        assert again._broker_answers()


def test_a_pid_file_that_names_a_stranger_is_dropped(root: Path) -> None:
    made = Embedded(root)
    with made.running():
        pass
    (made.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{made.cluster}\n")
    with made.running():
        assert made._database_answers()


def test_a_half_made_cluster_is_made_again(root: Path) -> None:
    made = Embedded(root)
    root.mkdir(parents=True)
    if made.account.uid is not None:
        made._make_foreign_folder()
    half = made.cluster.parent / "making-1"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with made.running():
        assert made._database_answers()
    assert not half.exists()


def test_tests_begin_with_an_empty_cluster(root: Path) -> None:
    made = Embedded(root, durable=False)
    with made.running():
        write(made, "CREATE TABLE left_over (n int)")
    with made.running():
        connection = made.connect(name="qhplan")
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('left_over')")
            assert cursor.fetchone() == (None,)
        connection.close()


def test_collation_is_the_same_everywhere(root: Path) -> None:
    made = Embedded(root, durable=False)
    with made.running():
        connection = made.connect(name="qhplan")
        with connection.cursor() as cursor:
            cursor.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'qhplan'")
            assert cursor.fetchone() == ("b", "C.UTF-8")
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("",)
        connection.close()


def test_socket_path_is_short_wherever_the_checkout_lies(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["很深的文件夹"] * 12)
    assert len(os.fsencode(Embedded(deep).sockets / ".s.PGSQL.5432")) < 100


def test_a_socket_folder_open_to_others_is_refused(root: Path) -> None:
    made = Embedded(root)
    made.sockets.mkdir(mode=0o755)
    made.sockets.chmod(0o755)
    with pytest.raises(ServiceError, match=r"open to others: remove it and run this again\."), made.running():
        pass


def test_a_full_disk_is_one_sentence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(services.shutil, "disk_usage", lambda folder: usage(10**9, 10**9, 2**20))
    with (
        pytest.raises(ServiceError, match=r"^Only 1 MB are free under .*: free at least 300 MB"),
        Embedded(root).running(),
    ):
        pass


def test_a_missing_library_is_one_sentence(root: Path) -> None:
    output = "postgres: error while loading shared libraries: libxyz.so.1: cannot open shared object file\n"
    assert Embedded(root)._explain("PostgreSQL", output) == (
        "PostgreSQL cannot load libxyz.so.1: install the system package that holds it and run this again."
    )


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ServiceError, match=r"cannot be made \(Not a directory\)"),
        Embedded(tmp_path / "file/x").running(),
    ):
        pass


def test_another_build_that_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(root))
    with (
        pytest.raises(ServiceError, match=r"PG_BINDIR is .* put PostgreSQL's bin folder"),
        Embedded(root).running(),
    ):
        pass
