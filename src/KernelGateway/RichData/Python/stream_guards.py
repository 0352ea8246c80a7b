"""The guards of standard output and standard error: what code and the programs it starts write goes on to arrive."""

import os
import sys


def guard_flushing(shell, kernel, streams):
    """Has the kernel flush sys.stdout and sys.stderr without failing, whatever the user has put in their place."""
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
    """What is in a stream's place at the moment, and the kernel's own stream with it."""

    def __init__(self, name, own):
        self.name = name
        self.own = own

    def each(self, method, *arguments):
        present = getattr(sys, self.name, None)
        for stream in (present,) if present is self.own else (present, self.own):
            try:
                getattr(stream, method)(*arguments)
            except BaseException:
                # A stream that is closed, None, or a class of the user's. An interrupt at this point comes too late for the code.
                pass

    def flush(self):
        self.each("flush")

    def set_parent(self, parent):
        # Also when another object passes on to the kernel's stream what is written: it belongs to the present cell.
        self.each("set_parent", parent)

    def __getattr__(self, name):
        return getattr(getattr(sys, self.name), name)


def guard_closing(shell, kernel, streams):
    """Keeps the kernel's own streams open: closing one waits for ever for the thread that reads its descriptor."""
    for stream in streams:
        stream.close = stream.flush


def guard_descriptors(shell, kernel, streams):
    """Reads what programs write to descriptors 1 and 2 by a thread that no byte can end."""
    for stream, descriptor in zip(streams, (1, 2)):
        # Both ends of a pipe are one inode: this stream reads that descriptor.
        if hasattr(stream, "_fid") and os.fstat(stream._fid).st_ino == os.fstat(descriptor).st_ino:
            read_descriptor(stream, descriptor)


def read_descriptor(stream, descriptor):
    import _thread

    # A pipe of our own. ipykernel's thread goes on to read the old one for processes that have it, and ends with the last of them.
    source, sink = os.pipe()
    os.dup2(sink, descriptor)
    os.close(sink)

    # No threading.Thread: ipykernel takes those for the user's, whose output belongs to the cell that started them.
    _thread.start_new_thread(forward, (stream, source, stream._original_stdstream_copy))


def forward(stream, source, copy):
    import codecs
    import select

    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    waiting = select.poll()
    waiting.register(source, select.POLLIN)
    unflushed = 0
    while True:
        # The first bytes of a character wait for the others, but not for long: they may never come.
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
                # Whoever writes faster than it can be sent has to wait.
                stream.flush()
                unflushed = 0
            if data:
                os.write(copy, data)
        except Exception:
            pass
