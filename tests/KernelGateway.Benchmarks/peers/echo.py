"""A ROUTER that sends every message back."""

import threading

import zmq

from peer import serve

context = zmq.Context()
router = context.socket(zmq.ROUTER)
router.setsockopt(zmq.LINGER, 0)
port = router.bind_to_random_port("tcp://127.0.0.1")


def echo():
    try:
        while True:
            router.send_multipart(router.recv_multipart())
    except zmq.ZMQError:
        # The context was terminated, which ends the echo.
        pass


threading.Thread(target=echo, daemon=True).start()
serve({"endpoint": lambda: {"endpoint": f"tcp://127.0.0.1:{port}"}})
