"""Client of the ClamAV daemon: sends a file as a stream (INSTREAM) over a unix or a TCP socket.

The libraries for this are under the GPL or unmaintained, and the protocol is simple: the command, chunks that each
begin with their length, an empty chunk, and the response.
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
    """The daemon does not exist or does not respond: nothing was scanned, and a scan of other files would fail too."""


class NotScanned(Exception):
    """The daemon refused to scan this file; the message has its reason."""


def scan(file: IO[bytes], address: str) -> str:
    """The name of the virus in the file, or "" if it is clean. `address` is `unix:/path` or `tcp:host:port`.

    Raises Unreachable or NotScanned.
    """
    try:
        answer = _send(file, address)
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


def _send(file: IO[bytes], address: str) -> str | None:
    """The response of the daemon; None if it closed the connection during the file without a response."""
    with _connect(address) as connection:
        connection.settimeout(_ANSWER)
        cut = False
        try:
            connection.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK):
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
        except (BrokenPipeError, ConnectionResetError):
            cut = True  # the daemon stops reading at its limit, and has usually sent the reason before it closes
        try:
            answer = _receive(connection)
        except ConnectionResetError:
            if not cut:
                raise
            answer = ""
    return None if cut and not answer else answer


def _receive(connection: socket.socket) -> str:
    answer = b""
    while chunk := connection.recv(4096):
        answer += chunk
        if b"\0" in chunk or len(answer) > 4096:
            break
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _connect(address: str) -> socket.socket:
    family, _colon, place = address.partition(":")
    if family == "tcp":
        host, _colon, port = place.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_CONNECT)
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection
