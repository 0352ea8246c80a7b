"""jupyter_client, Jupyter's own client library. Its argument is the directory for its files."""

import sys
from time import perf_counter_ns

from jupyter_client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from kernel import Kernel
from peer import serve

kernel = None
client = None


def ready():
    """Connects to an ipykernel that is started as those of the other contenders."""
    global kernel, client
    kernel = Kernel(sys.argv[1])
    client = BlockingKernelClient(connection_file=kernel.path)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return {}


def run(code, count):
    """Runs a cell several times. Each run ends when its reply and its idle status have arrived."""
    times = []
    for _ in range(count):
        start = perf_counter_ns()
        message_id = client.execute(code, allow_stdin=False, stop_on_error=False)
        while True:
            message = client.get_iopub_msg(timeout=60)
            if (
                message["parent_header"].get("msg_id") == message_id
                and message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
            ):
                break
        reply = client.get_shell_msg(timeout=60)
        assert reply["parent_header"]["msg_id"] == message_id
        times.append(perf_counter_ns() - start)
    return {"nanoseconds": times}


def create():
    """Starts a kernel with the library's functions, waits for it, runs the first cell, and shuts it down (not timed)."""
    start = perf_counter_ns()
    manager, created = start_new_kernel(kernel_name="python3", cwd=sys.argv[1])
    usable = perf_counter_ns()
    try:
        created.execute("1+1")
        while created.get_iopub_msg(timeout=60)["msg_type"] != "execute_result":
            pass
        first = perf_counter_ns()
    finally:
        created.stop_channels()
        manager.shutdown_kernel(now=True)
    return {"usable": usable - start, "first_result": first - start}


def stop():
    if client is not None:
        client.stop_channels()
    if kernel is not None:
        kernel.stop()


serve({"ready": ready, "run": run, "create": create}, cleanup=stop)
