"""A daemon that speaks ClamAV's protocol, on a unix socket or a port, and finds one virus."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.files.samples import EICAR

FOUND = "Eicar-Signature"


class Clamd:
    """Answers one connection after the other. What `says` is set to, it answers instead of looking."""

    def __init__(self, door: socket.socket, address: str) -> None:
        self.address = address
        self.limit = 25 * 1024 * 1024
        self.says: bytes | None = None
        self.scanned: list[int] = []  # sizes
        self._door = door

    def serve(self) -> None:
        while True:
            try:
                caller, _address = self._door.accept()
            except OSError:  # closed: the test is over
                return
            with caller:
                self._answer(caller)

    def _answer(self, caller: socket.socket) -> None:
        stream = caller.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack("!L", stream.read(4))[0]:
            data += stream.read(length)
            if len(data) > self.limit:
                caller.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.scanned.append(len(data))
        word = f"{FOUND} FOUND" if EICAR in data else "OK"
        caller.sendall(f"stream: {word}\0".encode() if self.says is None else self.says)


@contextmanager
def clamd(folder: Path | None = None) -> Iterator[Clamd]:
    """One that listens in the folder, or on a port of this machine."""
    if folder is not None:
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(folder / "clamd.ctl"))
        address = f"unix:{folder / 'clamd.ctl'}"
    else:
        door = socket.create_server(("127.0.0.1", 0))
        address = f"tcp:127.0.0.1:{door.getsockname()[1]}"
    door.listen()
    daemon = Clamd(door, address)
    thread = threading.Thread(target=daemon.serve, daemon=True)
    thread.start()
    try:
        yield daemon
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(5)
