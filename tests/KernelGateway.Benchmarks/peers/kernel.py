"""An ipykernel started as the gateway starts one, and a bare ZeroMQ client that does only what is necessary."""

import datetime
import hashlib
import hmac
import json
import os
import subprocess
import uuid

import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager

SECONDS_TO_START = 60
SECONDS_TO_STOP = 10


class Kernel:
    def __init__(self, directory):
        self.path = os.path.join(directory, f"{uuid.uuid4().hex}.json")
        _, self.info = write_connection_file(self.path, key=uuid.uuid4().hex.encode() + uuid.uuid4().hex.encode())
        spec = KernelSpecManager().get_kernel_spec("python3")
        # As the gateway does: its own session, no input, no inherited pipes.
        self.process = subprocess.Popen(
            [part.replace("{connection_file}", self.path) for part in spec.argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            start_new_session=True,
        )

    def stop(self):
        # The kernel has no state to save, so it is killed without a shutdown request.
        self.process.kill()
        self.process.wait(SECONDS_TO_STOP)
        if os.path.exists(self.path):
            os.remove(self.path)


class BareClient:
    """Sends requests that were signed in advance, and reads frames without checking signatures or parsing."""

    def __init__(self, kernel):
        self.key = kernel.info["key"].encode() if isinstance(kernel.info["key"], str) else kernel.info["key"]
        self.session = uuid.uuid4().hex
        self.count = 0
        self.context = zmq.Context()
        self.iopub = self.connect(kernel, zmq.SUB, "iopub_port")
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.shell = self.connect(kernel, zmq.DEALER, "shell_port")
        self.wait_until_ready()

    def connect(self, kernel, kind, port):
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        # Without a limit, a reader that is briefly slower than the kernel loses no message.
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.connect(f"tcp://{kernel.info['ip']}:{kernel.info[port]}")
        return socket

    def close(self):
        self.context.destroy(linger=0)

    def request(self, kind, content):
        self.count += 1
        header = {
            "msg_id": f"{self.session}_{self.count}",
            "session": self.session,
            "username": "bare",
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "msg_type": kind,
            "version": "5.3",
        }
        parts = [json.dumps(header).encode(), b"{}", b"{}", json.dumps(content).encode()]
        signature = hmac.new(self.key, b"".join(parts), hashlib.sha256).hexdigest().encode()
        return [b"<IDS|MSG>", signature, *parts]

    def execute_request(self, code):
        return self.request(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": False,
            },
        )

    def wait_until_ready(self):
        deadline = SECONDS_TO_START * 1000
        while True:
            self.shell.send_multipart(self.request("kernel_info_request", {}))
            if not self.shell.poll(deadline):
                raise TimeoutError("The kernel did not answer.")
            self.shell.recv_multipart()
            # The idle status arrives only after the subscription has reached the kernel.
            if self.iopub.poll(1000):
                while self.iopub.poll(200):
                    self.iopub.recv_multipart()
                return
