"""The floor: a bare pyzmq client of an ipykernel of its own. Started with the directory for its files."""

import gc
import sys
from time import perf_counter_ns

from kernel import BareClient, Kernel
from peer import serve

IDLE = b'{"execution_state": "idle"}'

kernel = Kernel(sys.argv[1])
client = None


def ready():
    global client
    client = BareClient(kernel)
    # The floor has no pauses of the collector in it; nothing here makes cycles.
    gc.disable()
    return {}


def run(code, count, large=False):
    """Runs a cell several times; each ends when its reply and its idle status are there."""
    requests = [client.execute_request(code) for _ in range(count)]
    shell, iopub = client.shell, client.iopub
    # Large frames are left where libzmq received them; for small ones a copy is cheaper.
    receive = (lambda: iopub.recv_multipart(copy=False)) if large else iopub.recv_multipart
    times = []
    size = 0
    for request in requests:
        start = perf_counter_ns()
        shell.send_multipart(request)
        while True:
            frames = receive()
            content = frames[-1]
            size += len(content)
            if len(content) == len(IDLE) and bytes(content) == IDLE:
                break
        shell.recv_multipart()
        times.append(perf_counter_ns() - start)
    return {"nanoseconds": times, "bytes": size}


def stop():
    if client is not None:
        client.close()
    kernel.stop()


serve({"ready": ready, "run": run}, cleanup=stop)
