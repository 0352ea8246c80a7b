"""Shared by the Python scripts of this directory: a Jupyter server's REST and WebSocket API over requests and websocket-client."""
import json
import os
import uuid
from urllib.parse import urljoin

import requests
import websocket

TIMEOUT = 100


class Server:
    """A server with the Jupyter API: the gateway, or Jupyter Server."""

    def __init__(self, url=None, token=None):
        self.url = (url or os.environ["JUPYTER_URL"]).rstrip("/") + "/"
        self.token = os.environ.get("JUPYTER_TOKEN", "") if token is None else token
        self._http = requests.Session()
        if self.token:
            self._http.headers["Authorization"] = f"token {self.token}"

    def request(self, method, path, expected, body=None):
        response = self._http.request(method, urljoin(self.url, path), json=body, timeout=TIMEOUT)
        assert response.status_code == expected, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def stream(self, path, body):
        """Yields the lines of a streamed JSON response."""
        with self._http.post(urljoin(self.url, path), json=body, timeout=TIMEOUT, stream=True) as response:
            assert response.status_code == 200, f"{path}: {response.status_code} {response.text}"
            for line in response.iter_lines():
                yield json.loads(line)

    def start_kernel(self, name="python3"):
        return self.request("POST", "api/kernels", 201, {"name": name})["id"]

    def kernel(self, kernel_id):
        return self.request("GET", f"api/kernels/{kernel_id}", 200)

    def kernel_ids(self):
        return [kernel["id"] for kernel in self.request("GET", "api/kernels", 200)]

    def interrupt(self, kernel_id):
        self.request("POST", f"api/kernels/{kernel_id}/interrupt", 204, {})

    def restart(self, kernel_id):
        return self.request("POST", f"api/kernels/{kernel_id}/restart", 200, {})

    def delete_kernel(self, kernel_id):
        self.request("DELETE", f"api/kernels/{kernel_id}", 204)

    def channels(self, kernel_id, session=None):
        channels = Channels(self, kernel_id, session or uuid.uuid4().hex)
        channels.greet()
        return channels


class Channels:
    """The WebSocket of a kernel, in the legacy protocol."""

    def __init__(self, server, kernel_id, session):
        self.session = session
        url = urljoin(server.url.replace("http", "ws", 1), f"api/kernels/{kernel_id}/channels?session_id={session}")
        header = [f"Authorization: token {server.token}"] if server.token else []
        self._socket = websocket.create_connection(url, header=header, timeout=TIMEOUT)

    def greet(self):
        """Repeats kernel_info_request until it is answered: a Jupyter Server loses messages that arrive before it is connected to its gateway."""
        self._socket.settimeout(3)
        while True:
            try:
                for message in self.messages_of(self.send("kernel_info_request", {})):
                    if message["header"]["msg_type"] == "kernel_info_reply":
                        info = message["content"]
                self._socket.settimeout(TIMEOUT)
                return info
            except websocket.WebSocketTimeoutException:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, message_type, content, channel="shell", parent=None):
        header = {
            "msg_id": uuid.uuid4().hex, "session": self.session, "username": "someone",
            "date": "2026-01-01T00:00:00.000000Z", "msg_type": message_type, "version": "5.3",
        }
        self._socket.send(json.dumps(
            {"channel": channel, "header": header, "parent_header": parent or {}, "metadata": {}, "content": content, "buffers": []}))
        return header["msg_id"]

    def receive(self):
        return json.loads(self._socket.recv())

    def messages_of(self, message_id, reply=True):
        """Yields the answers to a request until both its reply and its idle status have arrived."""
        idle, replied = False, not reply
        while not (idle and replied):
            message = self.receive()
            if message["parent_header"].get("msg_id") != message_id:
                continue
            replied |= message["channel"] in ("shell", "control")
            idle |= message["header"]["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            yield message

    def begin(self, code, **fields):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        return self.send("execute_request", {**content, **fields})

    def execute(self, code, **fields):
        outcome = Outcome()
        for message in self.messages_of(self.begin(code, **fields)):
            outcome.add(message)
        return outcome


class Outcome:
    """The outcome of a cell."""

    def __init__(self):
        self.stdout, self.text, self.reply, self.error, self.reason = "", None, None, None, None

    def add(self, message):
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            self.stdout += content["text"]
        elif kind == "execute_result":
            self.text = content["data"]["text/plain"]
        elif kind == "execute_reply":
            self.reply = content


def run_case(cases, arguments):
    """Runs the case that the command line names."""
    known = {case.__name__: case for case in cases}
    if len(arguments) != 2 or arguments[1] not in known:
        raise SystemExit(f"one of these is to be named: {', '.join(known)}")
    known[arguments[1]]()
