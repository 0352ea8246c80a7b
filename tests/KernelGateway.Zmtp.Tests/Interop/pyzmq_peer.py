"""A libzmq socket that is controlled by JSON commands: one command per line, one answer per line.

pyzmq_peer.py TYPE bind|connect ENDPOINT [OPTION=VALUE ...]
"""
import json
import sys

import zmq


def main():
    kind, way, endpoint = sys.argv[1:4]
    context = zmq.Context()
    sock = context.socket(getattr(zmq, kind))
    sock.linger = 1000
    for option in sys.argv[4:]:
        name, value = option.split("=", 1)
        sock.setsockopt(getattr(zmq, name), int(value) if value.lstrip("-").isdigit() else value.encode())
    getattr(sock, way)(endpoint)
    answer({"endpoint": sock.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()})

    for line in sys.stdin:
        command = json.loads(line)
        op = command["op"]
        if op == "send":
            sock.send_multipart([bytes.fromhex(frame) for frame in command["frames"]])
            answer({})
        elif op == "flood":
            for number in range(command["count"]):
                sock.send_multipart([b"%d" % number, b"x" * command["size"]])
            answer({})
        elif op == "receive":
            answer({"frames": [frame.hex() for frame in sock.recv_multipart()]})
        elif op == "echo":
            for _ in range(command["count"]):
                sock.send_multipart(sock.recv_multipart())
            answer({})
        elif op == "poll":
            answer({"ready": sock.poll(command["milliseconds"]) != 0})
        elif op == "subscribe":
            sock.subscribe(bytes.fromhex(command["topic"]))
            answer({})
        elif op == "unsubscribe":
            sock.unsubscribe(bytes.fromhex(command["topic"]))
            answer({})
        elif op == "close":
            sock.close()
            context.term()
            answer({})
            return


def answer(value):
    print(json.dumps(value), flush=True)


main()
