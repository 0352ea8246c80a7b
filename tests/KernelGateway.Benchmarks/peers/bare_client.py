"""The minimum: a bare pyzmq client of its own ipykernel. Its argument is the directory for its files."""

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
    # The minimum must not contain pauses of the garbage collector. This code creates no cycles.
    gc.disable()
    return {}


def run(code, count, large=False):
    """Runs a cell several times. Each run ends when its reply and its idle status have arrived."""
    requests = [client.execute_request(code) for _ in range(count)]
    shell, iopub = client.shell, client.iopub
    # Large frames stay in libzmq's memory. For small frames a copy is cheaper.
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
