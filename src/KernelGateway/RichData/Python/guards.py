"""Keeps a kernel answering where the user's code takes away what its own code stands on.

Each guard is installed by itself: one that an IPython or ipykernel of another version has no place for is left out, and
the others work. What a guard replaces belongs to the kernel; names and modules of the user stay as they are.
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
        guard_forks,
        guard_history,
    )
    for guard in guards:
        try:
            guard(shell, kernel, streams)
        except Exception:
            pass


def guard_queue(shell, kernel, streams):
    """Lets more output wait for a slow reader: of more than 1000 messages, a twentieth of a second's, ipykernel's socket drops the newest."""
    thread, limit = kernel.iopub_thread, sys.modules["zmq"].SNDHWM
    thread.schedule(lambda: thread.socket.setsockopt(limit, 100000))


def guard_dates(shell, kernel, streams):
    """Reads the dates in messages of clients with a decimal context of its own: the user's may have a precision of one digit."""
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
    """Has SIGINT cancel a cell that awaits at once: ipykernel does it by a callback behind all that is due, for which nothing wakes the loop."""
    import contextlib

    watch, current_task, signals = kernel._cancel_on_sigint, sys.modules["asyncio"].current_task, sys.modules["signal"]

    @contextlib.contextmanager
    def cancel_at_once(cell):
        loop = cell.get_loop()

        def interrupt(number, frame):
            # Between two awaits the cell raises as any other. In run_code only, which catches that: elsewhere it would end the event loop.
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
    """Sends text that UTF-8 cannot say, such as half of a surrogate pair, with U+FFFD in its place."""
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
            # A warning that the user has made an error says that a number is not JSON: it is cleaned as without that.
            return json.dumps(clean(repair(value)), default=default, ensure_ascii=False, allow_nan=False).encode()

    session.pack = pack_any


def repair(value):
    if isinstance(value, str):
        # By way of UTF-16, so that two halves that stand side by side become the character they mean.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {repair(key): repair(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [repair(item) for item in value]
    return value


def guard_xeus(shell, kernel, streams):
    """Does the same for xeus-python, whose C++ refuses such text."""
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
    """Answers where describing the user's exception fails, or an interrupt comes behind the code's end."""
    execute = kernel.do_execute

    @functools.wraps(execute)
    async def do_execute(*arguments, **options):
        try:
            reply = execute(*arguments, **options)
            return await reply if hasattr(reply, "__await__") else reply
        except (Exception, KeyboardInterrupt) as error:
            return describe_failure(shell, error)

    kernel.do_execute = do_execute


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
    """Ends a forked copy of the kernel when its cell is over: as a second kernel it would answer on the same sockets."""
    parent = os.getpid()

    def leave_child(result=None):
        if os.getpid() == parent:
            return
        status = 0 if getattr(result, "success", True) else 1
        try:
            # The child's error is not the cell's.
            if status:
                sys.stderr.write("".join(line + "\n" for line in getattr(shell, "_last_traceback", None) or []))
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        finally:
            os._exit(status)

    def enter_child():
        import threading

        # Written before the fork: it is the parent's to send. The thread that held the lock may not be here.
        for stream in streams:
            if hasattr(stream, "_buffer") and hasattr(stream, "_buffer_lock"):
                stream._buffer_lock = threading.RLock()
                stream._rotate_buffer()

    os.register_at_fork(after_in_child=enter_child)
    shell.events.register("post_run_cell", leave_child)


def guard_history(shell, kernel, streams):
    """Keeps history in memory where no argument could say so: the file is shared by all kernels of the user."""
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
