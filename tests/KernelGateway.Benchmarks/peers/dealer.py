"""A pyzmq DEALER that sends a message and waits for its echo."""

import gc
from time import perf_counter_ns

import zmq

from peer import serve

context = zmq.Context()
dealer = context.socket(zmq.DEALER)
dealer.setsockopt(zmq.LINGER, 0)


def connect(endpoint):
    dealer.connect(endpoint)
    gc.disable()
    return {}


def round_trips(frames, frame_bytes, count):
    message = [b"x" * frame_bytes] * frames
    # The faster way for pyzmq: small frames are copied, large ones are not.
    copy = frame_bytes < 16 * 1024
    times = []
    for _ in range(count):
        start = perf_counter_ns()
        dealer.send_multipart(message, copy=copy)
        echoed = dealer.recv_multipart(copy=copy)
        times.append(perf_counter_ns() - start)
        assert len(echoed) == frames
    return {"nanoseconds": times}


serve({"connect": connect, "round_trips": round_trips}, cleanup=lambda: context.destroy(linger=0))
