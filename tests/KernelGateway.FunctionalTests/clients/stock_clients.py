"""Clients with their default settings on one kernel: python3 stock_clients.py CASE

JUPYTER_URL and JUPYTER_TOKEN are the address and the token of the gateway. The Python library `websockets` limits a message to 1 MiB and closes
on a longer one.
"""
import asyncio
import base64
import json
import os
import socket
import struct
import sys
import time
import uuid
from urllib.parse import urlsplit

import websockets

from jupyter_api import Server, run_case

TOKEN = os.environ["JUPYTER_TOKEN"]

# These take a few seconds for each client. They would take minutes if a client got a window of a few messages every 40 ms.
MESSAGES = 20_000


class Kernel:
    """A kernel that runs for one case."""

    def __enter__(self):
        self.server = Server()
        self.id = self.server.start_kernel()
        return self

    def __exit__(self, *_):
        self.server.delete_kernel(self.id)

    def url(self, session):
        return f"{self.server.url.replace('http', 'ws', 1)}api/kernels/{self.id}/channels?session_id={session}&token={TOKEN}"


def execute_request(code):
    header = {
        "msg_id": uuid.uuid4().hex, "session": uuid.uuid4().hex, "username": "someone",
        "date": "2026-01-01T00:00:00.000000Z", "msg_type": "execute_request", "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    return header["msg_id"], json.dumps(
        {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []})


class Output:
    """The output of one request, until it is idle."""

    def __init__(self, request):
        self.request, self.texts, self.is_idle = request, [], False

    def add(self, message):
        if message["parent_header"].get("msg_id") != self.request:
            return
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            self.texts.append(content["text"])
        self.is_idle |= kind == "status" and content["execution_state"] == "idle"


async def run_with_websockets(kernel, code):
    async with websockets.connect(kernel.url(uuid.uuid4().hex)) as client:
        request, text = execute_request(code)
        await client.send(text)
        output = Output(request)
        while not output.is_idle:
            output.add(json.loads(await client.recv()))
        return output.texts


class PlainClient:
    """A WebSocket client on a plain socket whose options the test chooses."""

    def __init__(self, kernel, no_delay, answers_pings):
        self._answers_pings = answers_pings
        url = urlsplit(kernel.url(uuid.uuid4().hex))
        self._socket = socket.create_connection((url.hostname, url.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, no_delay)
        self._buffer = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall((
            f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        assert b" 101 " in self._buffer.readline()
        while self._buffer.readline() != b"\r\n":
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._buffer.close()
        self._socket.close()

    def send(self, opcode, payload):
        length = len(payload)
        header = struct.pack("!BB", 0x80 | opcode, 0x80 | length) if length < 126 else struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        self._socket.sendall(header + b"\0\0\0\0" + payload)

    def receive(self):
        """Returns the next message, and answers pings before it."""
        while True:
            first, length = self._buffer.read(2)
            if length == 126:
                length, = struct.unpack("!H", self._buffer.read(2))
            elif length == 127:
                length, = struct.unpack("!Q", self._buffer.read(8))
            payload = self._buffer.read(length)
            opcode = first & 15
            if opcode == 9 and self._answers_pings:
                self.send(10, payload)
            assert opcode != 8, f"closed: {payload}"
            if opcode == 1:
                return json.loads(payload)

    def run(self, code):
        request, text = execute_request(code)
        self.send(1, text.encode())
        output = Output(request)
        while not output.is_idle:
            output.add(self.receive())
        return output.texts


def flood(kernel, no_delay, answers_pings):
    """Prints many lines with one message per line, and reads them."""
    code = (
        "from ipykernel.kernelapp import IPKernelApp\n"
        "shell = IPKernelApp.instance().kernel\n"
        f"for i in range({MESSAGES}):\n"
        "    shell.session.send(shell.iopub_socket, 'stream', {'name': 'stdout', 'text': f'{i}\\n'}, parent=shell.get_parent('shell'))\n")
    with PlainClient(kernel, no_delay, answers_pings) as client:
        client.run("1")
        start = time.monotonic()
        texts = client.run(code)
        elapsed = time.monotonic() - start
    lines = "".join(texts).split()
    assert lines == [str(number) for number in range(MESSAGES)], f"{len(lines)} of {MESSAGES} lines"
    print(f"no_delay={no_delay} answers_pings={answers_pings}: {MESSAGES / elapsed:.0f} messages/s")


def websockets_with_its_defaults():
    """One write of ten times the message limit of the library, with characters of every UTF-8 length."""
    with Kernel() as kernel:
        texts = asyncio.run(run_with_websockets(kernel, "print('ab\\n\\té€😀\"\\\\' * 800_000)"))
    assert len(texts) > 10, len(texts)
    assert "".join(texts) == "ab\n\té€😀\"\\" * 800_000 + "\n"


def without_nodelay():
    with Kernel() as kernel:
        flood(kernel, no_delay=True, answers_pings=True)
        flood(kernel, no_delay=False, answers_pings=True)


def without_pongs():
    with Kernel() as kernel:
        flood(kernel, no_delay=True, answers_pings=False)


if __name__ == "__main__":
    run_case([websockets_with_its_defaults, without_nodelay, without_pongs], sys.argv)
