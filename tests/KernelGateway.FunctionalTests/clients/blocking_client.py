"""jupyter_client's blocking client on the kernel of a context that is in use at the same time: python3 blocking_client.py CASE

JUPYTER_URL and JUPYTER_TOKEN are the address and the token of the gateway. For tests with other clients, `python3 blocking_client.py serve
CONNECTION_FILE` reads cells from standard input as JSON lines, {"code": …}, and answers each with a line with its outcome.
"""
import json
import sys
import threading

from jupyter_client import BlockingKernelClient

from jupyter_api import Outcome, Server, run_case

ROUNDS = 25


class Peer:
    """A client of jupyter_client that has only the connection file of the kernel."""

    def __init__(self, connection_file):
        self.client = BlockingKernelClient(connection_file=connection_file)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def close(self):
        self.client.stop_channels()

    def execute(self, code, **options):
        outcome = Outcome()
        options.setdefault("allow_stdin", False)
        reply = self.client.execute_interactive(code, timeout=100, output_hook=lambda message: outcome.add({**message, "channel": "iopub"}), **options)
        outcome.reply = reply["content"]
        return outcome


class Context:
    """A context of the gateway, and a second client of its kernel."""

    def __init__(self):
        self.server = Server()
        self.id = self.server.request("POST", "contexts", 200, {"language": "python"})["id"]
        self.connection_file = self.server.request("GET", f"contexts/{self.id}", 200)["connection_file"]
        self.peer = Peer(self.connection_file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()
        self.server.request("DELETE", f"contexts/{self.id}", 200)

    def execute(self, code):
        """Executes a cell through POST /execute."""
        outcome = Outcome()
        for line in self.server.stream("execute", {"code": code, "context_id": self.id}):
            if line["type"] == "stdout":
                outcome.stdout += line["text"]
            elif line["type"] == "result":
                outcome.text = line["text"]
            elif line["type"] == "error":
                outcome.error = line["name"]
            elif line["type"] == "end_of_execution":
                outcome.reason = line["reason"]
        return outcome

    def at_once(self, *works):
        """Runs the given functions at the same time, and raises the first of their exceptions."""
        failures = []

        def run(work):
            try:
                work()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


def state_is_shared():
    with Context() as context:
        assert context.execute("x = 1; x").text == "1"
        assert context.peer.execute("x += 1; x").text == "2"
        assert context.execute("x").text == "2"


def each_side_gets_its_own_results():
    with Context() as context:
        context.execute("seen = []")

        def run(name, execute):
            for i in range(ROUNDS):
                outcome = execute(f"seen.append('{name}')\nprint('{name}', {i})\n('{name}', {i})")
                assert (outcome.stdout, outcome.text) == (f"{name} {i}\n", f"('{name}', {i})"), (name, i, vars(outcome))

        context.at_once(lambda: run("context", context.execute), lambda: run("client", context.peer.execute))
        assert context.execute("(seen.count('context'), seen.count('client'))").text == f"({ROUNDS}, {ROUNDS})"


def an_error_of_the_client_does_not_abort_the_context():
    with Context() as context:
        def fail():
            for _ in range(ROUNDS):
                # ipykernel aborts requests that arrive just after an error. Here that may be the client's own next cell.
                reply = context.peer.execute("1/0").reply
                assert reply["status"] == "aborted" or reply["ename"] == "ZeroDivisionError", reply

        def work():
            for i in range(ROUNDS):
                outcome = context.execute(f"{i}")
                assert (outcome.text, outcome.reason) == (f"{i}", "completed"), (i, vars(outcome))

        context.at_once(fail, work)


def an_error_of_the_context_does_not_abort_the_client():
    with Context() as context:
        def fail():
            for _ in range(ROUNDS):
                assert context.execute("1/0").error == "ZeroDivisionError"

        def work():
            for i in range(ROUNDS):
                outcome = context.peer.execute(f"{i}")
                assert (outcome.text, outcome.reply["status"]) == (f"{i}", "ok"), (i, vars(outcome))

        context.at_once(fail, work)


def the_context_waits_while_the_client_computes():
    with Context() as context:
        begun = threading.Event()

        def compute():
            def hook(message):
                if message["header"]["msg_type"] == "stream":
                    begun.set()

            context.peer.client.execute_interactive(
                "import time\nprint('begun', flush=True)\nfor _ in range(100): time.sleep(0.01)\ndone = True", timeout=100, output_hook=hook)

        def wait():
            assert begun.wait(100)
            assert context.execute("done").text == "True"

        context.at_once(compute, wait)


def output_of_both_at_once():
    with Context() as context:
        lines = 2000
        code = "for i in range({lines}): print('{name}', i, flush=i % 10 == 0)"

        def run(name, execute):
            outcome = execute(code.format(lines=lines, name=name))
            assert outcome.stdout == "".join(f"{name} {i}\n" for i in range(lines)), (name, len(outcome.stdout))

        context.at_once(lambda: run("context", context.execute), lambda: run("client", context.peer.execute))


def input_reaches_who_is_asked():
    with Context() as context:
        client = context.peer.client
        reply = client.execute_interactive(
            "name = input('Name? ')", allow_stdin=True, timeout=100, output_hook=lambda _: None, stdin_hook=lambda _: client.input("Ann"))
        assert reply["content"]["status"] == "ok", reply["content"]
        assert context.execute("name").text == "Ann"


def the_context_is_restarted():
    with Context() as context:
        context.peer.execute("x = 1")
        context.server.request("POST", f"contexts/{context.id}/restart", 200)
        connection_file = context.server.request("GET", f"contexts/{context.id}", 200)["connection_file"]
        peer = Peer(connection_file)
        try:
            assert peer.execute("'x' in dir()").text == "False"
        finally:
            peer.close()


def serve(connection_file):
    peer = Peer(connection_file)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        outcome = peer.execute(json.loads(line)["code"])
        print(json.dumps({"stdout": outcome.stdout, "text": outcome.text, "error": outcome.reply.get("ename")}), flush=True)
    peer.close()


if len(sys.argv) == 3 and sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    run_case(
        [
            state_is_shared, each_side_gets_its_own_results, an_error_of_the_client_does_not_abort_the_context,
            an_error_of_the_context_does_not_abort_the_client, the_context_waits_while_the_client_computes, output_of_both_at_once,
            input_reaches_who_is_asked, the_context_is_restarted,
        ],
        sys.argv)
