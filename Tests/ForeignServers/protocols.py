"""The two protocols and the five commands, for the three servers beside this file.

decode(buffer) takes one request from the start of a bytearray: a list of bytes, or None while it is not whole.
encode(reply) makes the bytes of a reply: None, an int, bytes, a Status or an Error.
"""

import struct
import sys


class Status(bytes):
    """OK and PONG, which RESP writes in another way than the values of keys."""


class Error(bytes):
    """What a request gets that cannot be executed."""


class Malformed(Exception):
    """These bytes are no request, so nobody knows where the next one starts."""


class Binary:
    """Length, count, and then each argument with its length; integers are little-endian."""

    LONGEST = 32 << 20

    @classmethod
    def decode(cls, buffer):
        if len(buffer) < 4:
            return None
        length, = struct.unpack_from("<I", buffer)
        if length > cls.LONGEST:
            raise Malformed
        if len(buffer) < 4 + length:
            return None
        frame = bytes(buffer[4:4 + length])
        del buffer[:4 + length]
        try:
            count, = struct.unpack_from("<I", frame)
            arguments, position = [], 4
            for _ in range(count):
                size, = struct.unpack_from("<I", frame, position)
                arguments.append(frame[position + 4:position + 4 + size])
                position += 4 + size
        except struct.error:
            raise Malformed
        if position != length or not arguments:
            raise Malformed
        return arguments

    @staticmethod
    def encode(reply):
        if reply is None:
            body = b"\0"
        elif isinstance(reply, int):
            body = b"\3" + struct.pack("<q", reply)
        else:
            tag = b"\1" if isinstance(reply, Error) else b"\2"
            body = tag + struct.pack("<I", len(reply)) + reply
        return struct.pack("<I", len(body)) + body


class RESP:
    """Redis's: *count, and then $length before each argument, in lines."""

    @staticmethod
    def decode(buffer):
        position = 0

        def header(sign):
            nonlocal position
            end = buffer.find(b"\r\n", position)
            if end < 0:
                return None
            line, position = buffer[position:end], end + 2
            if line[:1] != sign or not line[1:].isdigit():
                raise Malformed
            return int(line[1:])

        count = header(b"*")
        if count is None:
            return None
        arguments = []
        for _ in range(count):
            size = header(b"$")
            if size is None or len(buffer) < position + size + 2:
                return None
            arguments.append(bytes(buffer[position:position + size]))
            position += size + 2
        del buffer[:position]
        return arguments

    @staticmethod
    def encode(reply):
        if reply is None:
            return b"$-1\r\n"
        if isinstance(reply, int):
            return b":%d\r\n" % reply
        if isinstance(reply, Status):
            return b"+%b\r\n" % reply
        if isinstance(reply, Error):
            return b"-%b\r\n" % reply
        return b"$%d\r\n%b\r\n" % (len(reply), reply)


store = {}


def execute(arguments):
    """Runs one command. Not safe to be called by two threads at once."""
    match arguments[0].upper(), *arguments[1:]:
        case [b"PING"]:
            return Status(b"PONG")
        case [b"ECHO", text]:
            return text
        case [b"SET", key, value]:
            store[key] = value
            return Status(b"OK")
        case [b"GET", key]:
            return store.get(key)
        case [b"INCR", key]:
            try:
                value = int(store.get(key, b"0")) + 1
            except ValueError:
                return Error(b"ERR value is not an integer or out of range")
            store[key] = b"%d" % value
            return value
        case _:
            return Error(b"ERR unknown command, or wrong number of arguments")


def options():
    """The port and the protocol that the command line names: PORT [binary | resp]."""
    return int(sys.argv[1]), RESP if sys.argv[2:] == ["resp"] else Binary
