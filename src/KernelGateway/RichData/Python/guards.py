"""Protects the kernel's own code from user code that changes what it depends on: streams, decimal context, event loop.

Each guard is installed separately. A guard that does not fit the installed version of IPython or ipykernel is skipped, and
the others still work. Guards replace attributes of the kernel only. Names and modules of the user do not change.
"""

import functools
import os
import sys


def install(shell):
    if getattr(shell, "_kernelgateway_guards", False):
        return
    shell._kernelgateway_guards = True
    kernel = getattr(shell, "kernel", None)
    streams = [stream for stream in (sys.stdout, sys.stderr) if hasattr(stream, "pub_thread")]
    of_streams = part("stream_guards")
    guards = (
        guard_queue,
        guard_dates,
        of_streams.guard_flushing,
        guard_awaits,
        of_streams.guard_closing,
        guard_messages,
        guard_xeus,
        of_streams.guard_descriptors,
        guard_reply,
        guard_requests,
        guard_forks,
        guard_history,
    )
    for guard in guards:
        try:
            guard(shell, kernel, streams)
        except Exception:
            pass


def guard_queue(shell, kernel, streams):
    """Raises the send high-water mark of the iopub socket. With ipykernel's 1000, which is 50 ms of output, a slow reader loses messages."""
    thread, limit = kernel.iopub_thread, sys.modules["zmq"].SNDHWM
    thread.schedule(lambda: thread.socket.setsockopt(limit, 100000))


def guard_dates(shell, kernel, streams):
    """Parses dates of message headers in a separate decimal context. The context of user code may have a precision of one digit."""
    import decimal

    jsonutil = sys.modules["jupyter_client.jsonutil"]
    parse = jsonutil._dateutil_parse
    traps = [decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
    context = decimal.Context(28, decimal.ROUND_HALF_EVEN, -999999, 999999, 1, 0, [], traps)

    @functools.wraps(parse)
    def parse_in_context(*arguments, **options):
        with decimal.localcontext(context):
            return parse(*arguments, **options)

    jsonutil._dateutil_parse = parse_in_context


def guard_awaits(shell, kernel, streams):
    """Makes SIGINT cancel an awaiting cell at once. ipykernel schedules a callback for that and does not wake the event loop."""
    import contextlib

    watch, current_task, signals = kernel._cancel_on_sigint, sys.modules["asyncio"].current_task, sys.modules["signal"]

    @contextlib.contextmanager
    def cancel_at_once(cell):
        loop = cell.get_loop()

        def interrupt(number, frame):
            # Between two awaits KeyboardInterrupt is raised in the cell. Only run_code catches it; elsewhere it would end the event loop.
            while frame and frame.f_code.co_name != "run_code":
                frame = frame.f_back
            if frame and current_task(loop) is cell:
                raise KeyboardInterrupt
            cell.cancel()
            loop.call_soon_threadsafe(lambda: None)

        with watch(cell):
            signals.signal(signals.SIGINT, interrupt)
            yield

    kernel._cancel_on_sigint = cancel_at_once


def guard_messages(shell, kernel, streams):
    """Replaces text that UTF-8 cannot encode, such as half of a surrogate pair, by U+FFFD when a message is sent."""
    import json

    jsonutil = sys.modules["jupyter_client.jsonutil"]
    clean, default = jsonutil.json_clean, jsonutil.json_default
    session = kernel.session
    pack = session.pack

    @functools.wraps(pack)
    def pack_any(value):
        try:
            return pack(value)
        except (UnicodeEncodeError, Warning):
            # User code can turn warnings into errors. The warning is about numbers that are not JSON; json_clean replaces them.
            return json.dumps(clean(repair(value)), default=default, ensure_ascii=False, allow_nan=False).encode()

    session.pack = pack_any


def repair(value):
    if isinstance(value, str):
        # Encoded as UTF-16, so that two adjacent halves of a surrogate pair become one character.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {repair(key): repair(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [repair(item) for item in value]
    return value


def guard_xeus(shell, kernel, streams):
    """Does the same as guard_messages for xeus-python, whose C++ code rejects such text."""
    kind = type(sys.stdout)
    if kind.__module__ == "stream":
        kind.write = repairing(kind.write)
        shell.display_pub.publish_display_data = repairing(shell.display_pub.publish_display_data)
        shell.displayhook.publish_execution_result = repairing(shell.displayhook.publish_execution_result)
        show = shell._showtraceback
        shell._showtraceback = lambda kind, value, lines: show(kind, repair(printed(value)), repair(lines))


def repairing(send):
    def send_repaired(*arguments):
        try:
            return send(*arguments)
        except (RuntimeError, TypeError, UnicodeEncodeError):
            return send(*[repair(argument) for argument in arguments])

    return send_repaired


def guard_reply(shell, kernel, streams):
    """Sends a reply also when formatting the user's exception fails, or when an interrupt arrives after the end of the code."""
    execute = kernel.do_execute

    @functools.wraps(execute)
    async def do_execute(*arguments, **options):
        try:
            reply = execute(*arguments, **options)
            return await reply if hasattr(reply, "__await__") else reply
        except (Exception, KeyboardInterrupt) as error:
            return describe_failure(shell, error)

    kernel.do_execute = do_execute


def guard_requests(shell, kernel, streams):
    """Sends a reply when an interrupt hits the handling of a request outside its code. ipykernel then sends only the idle status."""
    execute, send = kernel.shell_handlers["execute_request"], kernel.session.send
    replies = []

    @functools.wraps(send)
    def send_and_note(stream, message, *arguments, **options):
        sent = send(stream, message, *arguments, **options)
        if message == "execute_reply":
            replies.append(True)
        return sent

    @functools.wraps(execute)
    async def execute_request(stream, ident, parent, *arguments):
        replies.clear()
        try:
            result = execute(stream, ident, parent, *arguments)
            if hasattr(result, "__await__"):
                await result
        except KeyboardInterrupt as error:
            if not replies:
                send(stream, "execute_reply", describe_failure(shell, error), parent, ident=ident)

    kernel.session.send = send_and_note
    kernel.shell_handlers["execute_request"] = execute_request


def describe_failure(shell, error):
    shell.payload_manager.clear_payload()
    return {
        "status": "error",
        "ename": type(error).__name__,
        "evalue": printed(error),
        "traceback": getattr(shell, "_last_traceback", None) or [],
        "execution_count": shell.execution_count - 1,
        "user_expressions": {},
        "payload": [],
    }


def printed(error):
    try:
        return str(error)
    except Exception:
        return "<unprintable %s object>" % type(error).__name__


def guard_forks(shell, kernel, streams):
    """Ends a forked child of the kernel when its cell has ended. Otherwise two processes would answer on the same sockets."""
    parent = os.getpid()

    def leave_child(result=None):
        if os.getpid() == parent:
            return
        status = 0 if getattr(result, "success", True) else 1
        try:
            # An error in the child is not an error of the cell: it is written to stderr.
            if status:
                sys.stderr.write("".join(line + "\n" for line in getattr(shell, "_last_traceback", None) or []))
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        finally:
            os._exit(status)

    def enter_child():
        import threading

        # Text that was written before the fork is sent by the parent. The thread that held the lock may not exist in the child.
        for stream in streams:
            if hasattr(stream, "_buffer") and hasattr(stream, "_buffer_lock"):
                stream._buffer_lock = threading.RLock()
                stream._rotate_buffer()

    os.register_at_fork(after_in_child=enter_child)
    shell.events.register("post_run_cell", leave_child)


def guard_history(shell, kernel, streams):
    """Keeps the history in memory for kernels that cannot be told so by an argument. The history file is shared by all kernels of the user."""
    history = shell.history_manager
    configured = "hist_file" in getattr(shell.config, "HistoryManager", {})
    if not settings["own_history"] or configured or str(history.hist_file) == ":memory:" or not history.enabled:
        return
    if history.save_thread is not None:
        history.save_thread.stop()
        history.save_thread = None
    history.db.close()
    history.hist_file = ":memory:"
    history.init_db()
    history.new_session()
