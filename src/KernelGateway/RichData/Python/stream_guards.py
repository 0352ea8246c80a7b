"""Guards of standard output and standard error: output of code and of its child processes arrives whatever user code does to the streams."""

import os
import sys


def guard_flushing(shell, kernel, streams):
    """Makes the kernel's flushes of sys.stdout and sys.stderr never fail, whatever objects user code has assigned to them."""
    guarded = GuardedSys({name: GuardedStream(name, getattr(sys, name)) for name in ("stdout", "stderr")})
    for name in ("ipykernel.kernelbase", "ipykernel.zmqshell", "ipykernel.displayhook", "xeus_python_shell.shell", "xeus_python_shell.display"):
        module = sys.modules.get(name)
        if getattr(module, "sys", None) is sys:
            module.sys = guarded


class GuardedSys:
    """The module sys as the kernel's own modules see it."""

    def __init__(self, streams):
        self.__dict__.update(streams)

    def __getattr__(self, name):
        return getattr(sys, name)


class GuardedStream:
    """Passes calls to the object that is sys.stdout or sys.stderr now, and to the kernel's own stream."""

    def __init__(self, name, own):
        self.name = name
        self.own = own

    def each(self, method, *arguments):
        present = getattr(sys, self.name, None)
        for stream in (present,) if present is self.own else (present, self.own):
            try:
                getattr(stream, method)(*arguments)
            except BaseException:
                # The stream may be closed, None, or an object of the user. The code has ended, so an interrupt here is ignored.
                pass

    def flush(self):
        self.each("flush")

    def set_parent(self, parent):
        # The kernel's own stream too: a user's object may write to it, and that output belongs to the current cell.
        self.each("set_parent", parent)

    def __getattr__(self, name):
        return getattr(getattr(sys, self.name), name)


def guard_closing(shell, kernel, streams):
    """Makes close() of the kernel's own streams only flush. A real close would wait for ever for the thread that reads the descriptor."""
    for stream in streams:
        stream.close = stream.flush


def guard_descriptors(shell, kernel, streams):
    """Reads the output of child processes from descriptors 1 and 2 in a thread that no input can end."""
    for stream, descriptor in zip(streams, (1, 2)):
        # Both ends of a pipe have the same inode number, so equal numbers mean that this stream reads this descriptor.
        if hasattr(stream, "_fid") and os.fstat(stream._fid).st_ino == os.fstat(descriptor).st_ino:
            read_descriptor(stream, descriptor)


def read_descriptor(stream, descriptor):
    import _thread

    # A new pipe. ipykernel's thread continues to read the old one for the processes that have it, and ends with the last of them.
    source, sink = os.pipe()
    os.dup2(sink, descriptor)
    os.close(sink)

    # Not a threading.Thread: ipykernel assigns the output of such a thread to the cell that started it.
    _thread.start_new_thread(forward, (stream, source, stream._original_stdstream_copy))


def forward(stream, source, copy):
    import codecs
    import select

    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    waiting = select.poll()
    waiting.register(source, select.POLLIN)
    unflushed = 0
    while True:
        # The first bytes of a character wait at most 100 ms for the rest, which may never come.
        held = decoder.getstate()[0]
        ready = waiting.poll(100 if held else None)
        data = os.read(source, 1 << 16) if ready else b""
        if ready and not data:
            return
        text = decoder.decode(data, final=not ready)
        try:
            if text:
                stream.write(text)
            unflushed = unflushed + len(text) if ready else 0
            if unflushed > 1 << 20:
                # A writer that is faster than the sending has to wait.
                stream.flush()
                unflushed = 0
            if data:
                os.write(copy, data)
        except Exception:
            pass
