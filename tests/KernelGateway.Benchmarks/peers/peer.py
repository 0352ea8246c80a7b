"""The protocol between the benchmark command and a peer: one JSON object per line, on standard input and output."""

import json
import os
import signal
import sys
import traceback


def serve(handlers, cleanup=lambda: None):
    """Answers commands until standard input ends. The peer therefore never outlives the command that started it."""
    # Ctrl-C reaches the whole process group. The command that started the peer decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Output of libraries must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        for line in sys.stdin:
            command = json.loads(line)
            try:
                answer = handlers[command.pop("do")](**command)
            except Exception:
                answer = {"error": traceback.format_exc()}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    finally:
        cleanup()
