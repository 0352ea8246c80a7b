"""Drives a Jupyter Server that uses a gateway for its kernels (jupyter-server --gateway-url): python3 jupyter_server.py CASE

JUPYTER_URL and JUPYTER_TOKEN belong to the Jupyter Server, GATEWAY_URL and GATEWAY_TOKEN to the gateway.
"""
import contextlib
import os
import sys
import uuid

import requests

from jupyter_api import Server, run_case

server = Server()
gateway = Server(os.environ["GATEWAY_URL"], os.environ.get("GATEWAY_TOKEN", ""))


@contextlib.contextmanager
def started_kernel():
    kernel = server.start_kernel()
    try:
        yield kernel
    finally:
        if kernel in gateway.kernel_ids():
            server.delete_kernel(kernel)


def kernelspecs():
    specs = server.request("GET", "api/kernelspecs", 200)
    there = gateway.request("GET", "api/kernelspecs", 200)
    assert specs["default"] == there["default"]
    assert specs["kernelspecs"].keys() == there["kernelspecs"].keys()
    python = specs["kernelspecs"]["python3"]
    assert python["spec"] == there["kernelspecs"]["python3"]["spec"]
    assert server.request("GET", "api/kernelspecs/python3", 200)["name"] == "python3"
    logo = requests.get(server.url + python["resources"]["logo-64x64"].lstrip("/"), params={"token": server.token}, timeout=60)
    assert logo.status_code == 200 and logo.content[1:4] == b"PNG", logo.status_code


def start_list_execute_delete():
    kernel = server.start_kernel()
    assert kernel in server.kernel_ids()
    assert kernel in gateway.kernel_ids(), "the kernel lives in the gateway"
    with server.channels(kernel) as channels:
        outcome = channels.execute("print('out')\n6 * 7")
        assert (outcome.stdout, outcome.text) == ("out\n", "42")
        assert outcome.reply["status"] == "ok" and outcome.reply["execution_count"] == 1
        assert channels.execute("1/0").reply["ename"] == "ZeroDivisionError"
        assert gateway.kernel(kernel)["connections"] == 1
    assert kernel in server.kernel_ids()   # a Jupyter Server asks its gateway about kernels when it lists them
    model = server.kernel(kernel)
    assert model["name"] == "python3" and model["execution_state"] == "idle", model
    server.delete_kernel(kernel)
    assert kernel not in gateway.kernel_ids()
    assert kernel not in server.kernel_ids()


def state_is_shared_with_the_gateway():
    with started_kernel() as kernel:
        with server.channels(kernel) as through, gateway.channels(kernel) as direct:
            through.execute("x = 'through the server'")
            assert direct.execute("x").text == "'through the server'"
            direct.execute("y = 5")
            assert through.execute("y").text == "5"


def working_directory():
    """A kernel runs in the directory of its notebook. The server passes it to the gateway as KERNEL_WORKING_DIR."""
    session = server.request(
        "POST", "api/sessions", 201,
        {"path": f"{uuid.uuid4().hex}.ipynb", "type": "notebook", "name": "n", "kernel": {"name": "python3"}})
    with server.channels(session["kernel"]["id"]) as channels:
        assert channels.execute("import os\nos.getcwd() == os.environ['KERNEL_WORKING_DIR']").text == "True"
    server.request("DELETE", f"api/sessions/{session['id']}", 204)


def interrupt():
    with started_kernel() as kernel, server.channels(kernel) as channels:
        channels.execute("kept = 1")
        cell = channels.begin("import time\nprint('begun', flush=True)\ntime.sleep(600)")
        for message in channels.messages_of(cell):
            if message["content"].get("text") == "begun\n":
                server.interrupt(kernel)
            if message["header"]["msg_type"] == "execute_reply":
                assert message["content"]["ename"] == "KeyboardInterrupt"
        assert channels.execute("kept").text == "1"


def restart():
    with started_kernel() as kernel:
        with server.channels(kernel) as channels:
            channels.execute("gone = 1")
        assert server.restart(kernel)["id"] == kernel
        with server.channels(kernel) as channels:
            assert channels.execute("'gone' in dir()").text == "False"


def stdin():
    with started_kernel() as kernel, server.channels(kernel) as channels:
        cell = channels.begin("input('Name? ')", allow_stdin=True)
        text = None
        for message in channels.messages_of(cell):
            if message["header"]["msg_type"] == "input_request":
                assert message["content"]["prompt"] == "Name? "
                channels.send("input_reply", {"value": "Ann"}, "stdin", message["header"])
            elif message["header"]["msg_type"] == "execute_result":
                text = message["content"]["data"]["text/plain"]
        assert text == "'Ann'"


def sessions():
    path = f"notebook-{uuid.uuid4().hex}.ipynb"
    body = {"path": path, "type": "notebook", "name": "n", "kernel": {"name": "python3"}}
    session = server.request("POST", "api/sessions", 201, body)
    kernel = session["kernel"]["id"]
    assert kernel in gateway.kernel_ids()
    with server.channels(kernel) as channels:
        assert channels.execute("6 * 7").text == "42"
    assert session["id"] in [one["id"] for one in server.request("GET", "api/sessions", 200)]
    server.request("DELETE", f"api/sessions/{session['id']}", 204)
    assert kernel not in gateway.kernel_ids()


def kernel_deleted_in_the_gateway():
    kernel = server.start_kernel()
    gateway.delete_kernel(kernel)
    assert kernel not in server.kernel_ids()


run_case(
    [
        kernelspecs, start_list_execute_delete, state_is_shared_with_the_gateway, working_directory, interrupt, restart, stdin,
        sessions, kernel_deleted_in_the_gateway,
    ],
    sys.argv)
