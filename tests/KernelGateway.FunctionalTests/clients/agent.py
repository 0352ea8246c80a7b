"""Runs code as agent frameworks do with a kernel gateway: python3 agent.py CASE

Starts a kernel by POST, opens a WebSocket without session_id, sends one execute_request and reads messages until idle.
JUPYTER_URL and JUPYTER_TOKEN are the address and the token of the gateway.
"""
import json
import os
import sys
import time
import uuid

import requests
import websocket

from jupyter_api import run_case

URL = os.environ["JUPYTER_URL"].rstrip("/")
WS_URL = URL.replace("http", "ws", 1)
TOKEN = os.environ.get("JUPYTER_TOKEN", "")
HEADERS = {"Authorization": f"token {TOKEN}"} if TOKEN else {}


class Agent:
    """The plainest form of every request. Each case below changes one thing."""

    def __init__(self, headers=HEADERS, query="", encode=json.dumps):
        self.headers, self.query, self.encode = headers, query, encode

    def __enter__(self):
        response = requests.post(f"{URL}/api/kernels{self.query}", headers=self.headers, json={"name": "python3"}, timeout=100)
        assert response.status_code == 201, response.text
        self.kernel = response.json()["id"]
        assert response.headers["Location"].endswith(f"/api/kernels/{self.kernel}"), response.headers
        self.socket = websocket.create_connection(
            f"{WS_URL}/api/kernels/{self.kernel}/channels{self.query}", header=self.headers, timeout=100)
        return self

    def __exit__(self, *_):
        self.socket.close()
        response = requests.delete(f"{URL}/api/kernels/{self.kernel}{self.query}", headers=self.headers, timeout=100)
        assert response.status_code == 204, response.text

    def message(self, code):
        return {
            "header": {
                "msg_id": uuid.uuid4().hex, "username": "agent", "session": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3",
                "date": "2026-01-01T00:00:00.000000Z",
            },
            "parent_header": {},
            "channel": "shell",
            "content": {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False},
            "metadata": {},
            "buffers": [],
        }

    def run(self, code):
        request = self.message(code)
        self.socket.send(self.encode(request))
        output = []
        while True:
            message = json.loads(self.socket.recv())
            # The server repeats id and type outside the header, because clients of the older gateways read them there.
            assert message["msg_id"] == message["header"]["msg_id"] and message["msg_type"] == message["header"]["msg_type"], message
            assert message["channel"] in ("shell", "iopub", "stdin", "control"), message
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                output.append(content["text"])
            elif kind in ("execute_result", "display_data"):
                output.append(content["data"]["text/plain"])
            elif kind == "error":
                output.append(content["ename"])
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(output)


def run_code():
    with Agent() as agent:
        assert agent.run("x = 6\nprint('hello')\nx * 7") == "hello\n42"
        assert agent.run("x") == "6"
        assert agent.run("1/0") == "ZeroDivisionError"
        for number in range(100):
            assert agent.run("1/0") == "ZeroDivisionError"
            assert agent.run(f"{number}") == f"{number}", "a cell just behind a failed one was aborted"
        assert agent.run("'zażółć 日本 🙂 </script>'") == "'zażółć 日本 🙂 </script>'"
        assert agent.run("print('x' * 3_000_000, end='')") == "x" * 3_000_000


def token_in_the_query():
    with Agent(headers={}, query=f"?token={TOKEN}") as agent:
        assert agent.run("6 * 7") == "42"


def bearer_token():
    with Agent(headers={"Authorization": f"Bearer {TOKEN}"}) as agent:
        assert agent.run("6 * 7") == "42"


def wrong_token():
    for headers in ({}, {"Authorization": "token wrong"}):
        assert requests.post(f"{URL}/api/kernels", headers=headers, json={}, timeout=100).status_code in (401, 403)
    with Agent() as agent:
        for headers in ({}, {"Authorization": "token wrong"}):
            try:
                websocket.create_connection(f"{WS_URL}/api/kernels/{agent.kernel}/channels", header=headers, timeout=100)
                raise AssertionError("connected without the token")
            except websocket.WebSocketBadStatusException as error:
                assert error.status_code in (401, 403), error


def unknown_kernel():
    try:
        websocket.create_connection(f"{WS_URL}/api/kernels/{uuid.uuid4()}/channels", header=HEADERS, timeout=100)
        raise AssertionError("connected to a kernel that is not there")
    except websocket.WebSocketBadStatusException as error:
        assert error.status_code == 404, error


def gateway_client_of_jupyter_server():
    """Messages without a channel, with a number as date, with copies of id and type, and with `</` written as `<\\/`."""

    class Client(Agent):
        def message(self, code):
            message = super().message(code)
            del message["channel"]
            message["header"]["date"] = time.time()
            return {"msg_id": message["header"]["msg_id"], "msg_type": "execute_request", **message}

    with Client(encode=lambda message: json.dumps(message).replace("</", "<\\/")) as client:
        assert client.run("'</a>'") == "'</a>'"
        assert client.run("6 * 7") == "42"


def enterprise_gateway_client():
    """Version 5.0, an empty session, no date, and an object in place of the list of buffers."""

    class Client(Agent):
        def message(self, code):
            return {
                "header": {"username": "", "version": "5.0", "session": "", "msg_id": uuid.uuid4().hex, "msg_type": "execute_request"},
                "parent_header": {},
                "channel": "shell",
                "content": {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False},
                "metadata": {},
                "buffers": {},
            }

    with Client() as client:
        assert client.run("print('out')\n6 * 7") == "out\n42"


def bare_message():
    """A message without metadata and without buffers."""

    class Client(Agent):
        def message(self, code):
            message = super().message(code)
            del message["metadata"], message["buffers"]
            return message

    with Client() as client:
        assert client.run("6 * 7") == "42"


run_case(
    [
        run_code, token_in_the_query, bearer_token, wrong_token, unknown_kernel, gateway_client_of_jupyter_server, enterprise_gateway_client,
        bare_message,
    ],
    sys.argv)
