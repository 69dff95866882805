"""A client of ClamAV's daemon: a file goes to it as a stream (INSTREAM), over a unix or a TCP socket.

The libraries for this are under the GPL or no longer kept, and the protocol is four lines: the command, chunks that
each begin with their length, an empty one, and the answer.
"""

import re
import socket
import struct
from typing import IO

from django.utils.translation import gettext as _

_CHUNK = 64 * 1024  # below any StreamMaxLength
_CONNECT, _ANSWER = 5, 120  # seconds
_FOUND = re.compile(r"[^:]*: (.+) FOUND")


class Unreachable(Exception):
    """There is no daemon, or it did not answer: nothing was scanned, and other files would not be either."""


class NotScanned(Exception):
    """The daemon would not scan this file; the message says why."""


def scan(file: IO[bytes], address: str) -> str:
    """The name of the virus in the file, "" when there is none. `address` is `unix:/path` or `tcp:host:port`."""
    try:
        answer = _ask(file, address)
    except OSError as error:
        raise Unreachable(_("连不上杀毒程序：%(error)s") % {"error": error}) from error
    if answer == "stream: OK":
        return ""
    if answer and (match := _FOUND.fullmatch(answer)):
        return match[1]
    if answer is None or "size limit exceeded" in answer:
        raise NotScanned(_("文件超过杀毒程序的 StreamMaxLength，请管理员调大"))
    if not answer:
        raise Unreachable(_("杀毒程序没有回答"))
    raise NotScanned(_("杀毒程序回答：%(answer)s") % {"answer": answer[:200]})


def _ask(file: IO[bytes], address: str) -> str | None:
    """What the daemon says; None when it hung up in the middle of the file without a word that reached us."""
    with _connect(address) as door:
        door.settimeout(_ANSWER)
        cut = False
        try:
            door.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                door.sendall(struct.pack("!L", len(chunk)) + chunk)
            door.sendall(struct.pack("!L", 0))
        except (BrokenPipeError, ConnectionResetError):
            cut = True  # it has had enough, and has mostly said why before it hung up
        try:
            answer = _receive(door)
        except ConnectionResetError:
            if not cut:
                raise
            answer = ""
    return None if cut and not answer else answer


def _receive(door: socket.socket) -> str:
    answer = b""
    while chunk := door.recv(4096):
        answer += chunk
        if b"\0" in chunk or len(answer) > 4096:
            break
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _connect(address: str) -> socket.socket:
    family, _colon, place = address.partition(":")
    if family == "tcp":
        host, _colon, port = place.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT)
    door = socket.socket(socket.AF_UNIX)
    try:
        door.settimeout(_CONNECT)
        door.connect(place)
    except OSError:
        door.close()
        raise
    return door
