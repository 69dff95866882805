"""The archive: a tar file, encrypted with age. Knows nothing of what is inside, and nothing of Django.

Its last member, `manifest.json`, has the size and the SHA-256 of every other member, so an archive that was cut short or
changed is found out. Nothing is ever held in memory as a whole.
"""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyrage

MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024


class BackupError(Exception):
    """One sentence for the person at the terminal: the fault and the remedy."""


@dataclass(frozen=True)
class Member:
    """One file of the archive."""

    name: str
    size: int  # bytes
    sha256: str


class Writer:
    """Adds members, then the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: list[Member] = []

    def add(self, name: str, path: Path) -> None:
        """Adds a file. Raises FileNotFoundError; a file that shrinks while it is read raises OSError."""
        with path.open("rb") as content:
            info = tarfile.TarInfo(name)
            info.size = os.fstat(content.fileno()).st_size
            info.mode = 0o600
            summed = _Summed(content)
            self._tar.addfile(info, summed)
        self.members.append(Member(name, info.size, summed.hexdigest()))

    def close(self, facts: dict[str, Any]) -> None:
        """Adds the manifest: these facts, and the members."""
        text = json.dumps(
            facts | {"members": [vars(member) for member in self.members]}, ensure_ascii=False, indent=1
        ).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(text), 0o600
        self._tar.addfile(info, io.BytesIO(text))


class _Summed(io.RawIOBase):
    """A file that sums what is read of it."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self._sum = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._content.read(size)
        self._sum.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        return self._sum.hexdigest()


def write(path: Path, recipients: list[str], fill: Callable[[Writer], None]) -> None:
    """Writes the archive that `fill` fills, encrypted for these public keys, and reads it back: what cannot be
    decrypted and found whole is no backup. The file is complete under its name or does not exist.

    Raises BackupError, and whatever `fill` raises.
    """
    # The site has no secret key. With one that lives as long as this call, the archive can be read back here.
    own = pyrage.x25519.Identity.generate()
    keys = [*map(_recipient, recipients), own.to_public()]
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            with _fed(fill) as plain:
                pyrage.encrypt_io(plain, target, keys)
            target.flush()
            os.fsync(target.fileno())
        read(part, own, None)
        part.rename(path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _fed(fill: Callable[[Writer], None]) -> Iterator[IO[bytes]]:
    """The plain tar as a stream, which a thread of its own fills."""
    reading, writing = os.pipe()
    failure: list[BaseException] = []

    def run() -> None:
        try:
            with (
                os.fdopen(writing, "wb") as sink,
                tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                fill(Writer(tar))
        except BaseException as error:  # told to the caller, whose stream just ends
            failure.append(error)

    thread = threading.Thread(target=run, name="archive")
    thread.start()
    try:
        with os.fdopen(reading, "rb") as source:
            yield source
    finally:
        thread.join()
        # The broken pipe of a reader that stopped is that reader's story.
        if failure and not isinstance(failure[0], BrokenPipeError):
            raise failure[0]


def read(path: Path, key: Any, folder: Path | None) -> dict[str, Any]:
    """Decrypts the archive, extracts it into the folder (None: only reads it) and compares every member with the manifest.
    Returns the manifest. Raises BackupError."""
    found: dict[str, Member] = {}
    facts: dict[str, Any] | None = None
    with path.open("rb") as source, _decrypted(source, key) as plain:
        try:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for info in tar:
                    content = tar.extractfile(info)
                    if content is None:
                        raise BackupError(f"{path.name} holds {info.name}, which is no file.")
                    if info.name == MANIFEST:
                        facts = json.loads(content.read())
                    else:
                        found[info.name] = _keep(info.name, content, folder)
        except tarfile.TarError as error:
            raise BackupError(f"{path.name} is cut short or damaged: take another archive.") from error
    if facts is None:
        raise BackupError(f"{path.name} is cut short: take another archive.")
    told = {member["name"]: Member(**member) for member in facts["members"]}
    if wrong := sorted(name for name in told.keys() | found.keys() if told.get(name) != found.get(name)):
        raise BackupError(f"{path.name} is damaged at {', '.join(wrong[:3])}: take another archive.")
    return facts


def _keep(name: str, content: IO[bytes], folder: Path | None) -> Member:
    target = None
    if folder is not None:
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise BackupError(f"the archive names a file outside its folder ({name}): it was not made by us.")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    summed, size = hashlib.sha256(), 0
    with target.open("xb") if target else io.BytesIO() as kept:
        while chunk := content.read(_CHUNK):
            summed.update(chunk)
            size += len(chunk)
            if target:
                kept.write(chunk)
        if target:
            kept.flush()
            os.fchmod(kept.fileno(), 0o600)
            os.fsync(kept.fileno())
    return Member(name, size, summed.hexdigest())


@contextmanager
def _decrypted(source: IO[bytes], key: Any) -> Iterator[IO[bytes]]:
    """The plain tar as a stream, which a thread of its own decrypts."""
    reading, writing = os.pipe()
    failure: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as sink:
                pyrage.decrypt_io(source, sink, [key])
        except BaseException as error:  # told to the caller, whose stream just ends
            failure.append(error)

    thread = threading.Thread(target=run, name="decrypt")
    thread.start()
    try:
        with os.fdopen(reading, "rb") as plain:
            yield plain
            while plain.read(_CHUNK):
                pass
    except BaseException:
        thread.join()
        if failure and isinstance(failure[0], pyrage.DecryptError):
            raise _undecryptable(failure[0]) from failure[0]
        raise
    thread.join()
    if failure:
        raise _undecryptable(failure[0]) from failure[0]


def _undecryptable(error: BaseException) -> BackupError:
    return BackupError(
        f"The archive cannot be decrypted ({error}): it is damaged, or the key belongs to another site."
    )


def _recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupError(
            f"BACKUP_RECIPIENT is {text!r}: put the public key that `manage.py backup_key` prints, age1…."
        ) from error


def identity(text: str) -> Any:
    """The secret key as it was printed: spaces, line breaks and small letters are allowed. Raises BackupError."""
    try:
        return pyrage.x25519.Identity.from_str("".join(text.split()).upper())
    except pyrage.IdentityError as error:
        raise BackupError(
            "This is no key of a backup: type AGE-SECRET-KEY-1 and all letters after it from the sheet."
        ) from error


def new_key() -> tuple[str, str]:
    """A new (public key, secret key)."""
    key = pyrage.x25519.Identity.generate()
    return str(key.to_public()), str(key)


def sha256(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
