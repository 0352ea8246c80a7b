# Attempts to leave a sandbox, each in a process of its own. Prints one line for each: number and name, a tab, what happened.
import ctypes, errno, fcntl, json, os, resource, shutil, signal, socket, struct, subprocess, sys

host = json.loads(sys.argv[1])            # pid, address, port, abstract, data: things of the host
libc = ctypes.CDLL(None, use_errno=True)
SYS = {'x86_64': dict(ptrace=101, mount=165, umount2=166, pivot_root=155, chroot=161, setns=308, unshare=272, clone=56, mknodat=259, keyctl=250,
                      add_key=248, bpf=321, perf_event_open=298, userfaultfd=323, name_to_handle_at=303, open_by_handle_at=304, init_module=175,
                      kexec_load=246, reboot=169, swapon=167, sethostname=170, settimeofday=164, syslog=103, capset=126, setgroups=116,
                      process_vm_readv=310, sched_setscheduler=144, mlock=149)}[os.uname().machine]
NEW = dict(pidfd_open=434, pidfd_getfd=438, fsopen=430, open_tree=428, mount_setattr=442, clone3=435, io_uring_setup=425, move_mount=429)
SYS.update(NEW)


def call(name, *arguments):
    libc.syscall.restype = ctypes.c_long
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if libc.syscall(ctypes.c_long(SYS[name]), *words) < 0:
        raise OSError(ctypes.get_errno(), name)
    return 'succeeds'


def opened(path, flags=os.O_RDONLY):
    os.close(os.open(path, flags))
    return 'succeeds'


def written(path, text):
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, text)
    return 'succeeds'


def attempt(action):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = str(action())
        except OSError as error:
            text = errno.errorcode.get(error.errno, str(error.errno))
        except MemoryError:
            text = 'MemoryError'
        except BaseException as error:
            text = type(error).__name__
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    text = os.read(reading, 4096).decode()
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return text if text else 'signal %d' % (status & 127)


def handle(path):
    buffer = ctypes.create_string_buffer(struct.pack('Ii', 128, 0) + bytes(128))
    mount = ctypes.c_int()
    return call('name_to_handle_at', -100, path.encode(), buffer, ctypes.byref(mount), 0)


def by_handle():
    return call('open_by_handle_at', 3, ctypes.create_string_buffer(struct.pack('Ii', 8, 1) + bytes(8)), 0)


def clone_user():
    result = libc.syscall(ctypes.c_long(SYS['clone']), ctypes.c_long(0x10000000 | signal.SIGCHLD), 0, 0, 0, 0)
    if result < 0:
        raise OSError(ctypes.get_errno(), 'clone')
    if result == 0:
        os._exit(0)
    return 'succeeds'


def terminal(request):
    master, slave = os.openpty()
    os.setsid()
    fcntl.ioctl(slave, 0x540E, 0)
    if libc.ioctl(slave, ctypes.c_ulong(request), ctypes.c_char_p(b'x')) < 0:
        raise OSError(ctypes.get_errno(), 'ioctl')
    return 'succeeds'


def sock(family, kind=socket.SOCK_STREAM, protocol=0):
    socket.socket(family, kind, protocol).close()
    return 'succeeds'


def bound(port):
    with socket.socket() as made:
        made.bind(('127.0.0.1', port))
    return 'succeeds'


def connected(address, family=socket.AF_INET):
    with socket.socket(family) as made:
        made.settimeout(3)
        made.connect(address)
    return 'succeeds'


def filled(path, count):
    with open(path, 'wb') as file:
        for _ in range(count):
            file.write(bytes(1 << 20))
            file.flush()
    return 'succeeds'


def killed(process, number=signal.SIGKILL):
    os.kill(process, number)
    return 'succeeds'


def killed_all():
    # From a process with a child: the child dies, and nobody else who matters.
    os.kill(-1, signal.SIGKILL)
    return 'succeeds'


def symbols():
    with open('/proc/kallsyms') as file:
        return 'zero' if all(int(line.split()[0], 16) == 0 for _, line in zip(range(100), file)) else 'addresses'


def environment(process):
    with open('/proc/%s/environ' % process, 'rb') as file:
        return 'variables' if file.read() else 'empty'


def set_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard + 1))
    return 'succeeds'


def nice():
    os.nice(-20)
    return 'succeeds'


def scheduled():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return 'succeeds'


def privileges():
    if libc.prctl(38, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), 'prctl')
    return 'succeeds'


def capabilities():
    header = ctypes.create_string_buffer(struct.pack('Ii', 0x20080522, 0))
    return call('capset', header, ctypes.create_string_buffer(struct.pack('6I', *[0xFFFFFFFF] * 6)))


def sysrq():
    # Kernels with it refuse the opening or the writing.
    try:
        return written('/proc/sysrq-trigger', b'h')
    except OSError as error:
        return 'refused' if error.errno in (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS) else errno.errorcode[error.errno]


def effective_user(program):
    return subprocess.run([program, '-u'], capture_output=True, text=True, check=True).stdout.strip()


def filled_disk(path):
    try:
        return filled(path, 100)
    finally:
        os.unlink(path)


def shared_link():
    os.symlink('/etc/shadow', '/run/gateway/link')
    return 'succeeds'


def shared_program():
    shutil.copy('/usr/bin/id', '/run/gateway/program')
    os.chmod('/run/gateway/program', 0o4755)
    return 'succeeds'


def link():
    os.link('/usr/bin/id', '/run/gateway/id')
    return 'succeeds'


pid = host['pid']
text = ctypes.create_string_buffer(b'none')
attempts = [
    ('1 ptrace of a host process', lambda: call('ptrace', 16, pid, 0, 0)),
    ('2 kill of a host process', lambda: killed(pid, 0)),
    ('2 pidfd of a host process', lambda: call('pidfd_open', pid, 0)),
    ('3 environment of a host process', lambda: environment(pid)),
    ('4 shadow by the root of process 1', lambda: opened('/proc/1/root' + host['data'])),
    ('5 memory of process 1', lambda: call('process_vm_readv', 1, 0, 0, 0, 0, 0)),
    ('6 descriptor of process 1', lambda: call('pidfd_getfd', os.pidfd_open(1), 0, 0)),
    ('7 mount', lambda: call('mount', b'none', b'/tmp', b'tmpfs', 0, 0)),
    ('7 remount', lambda: call('mount', b'none', b'/', b'', 32, 0)),
    ('7 unmount', lambda: call('umount2', b'/proc', 2)),
    ('7 pivot_root', lambda: call('pivot_root', b'/tmp', b'/tmp')),
    ('8 fsopen', lambda: call('fsopen', b'tmpfs', 0)),
    ('8 open_tree', lambda: call('open_tree', -100, b'/tmp', 1)),
    ('8 mount_setattr', lambda: call('mount_setattr', -100, b'/', 0, text, 32)),
    ('8 move_mount', lambda: call('move_mount', -100, b'/tmp', -100, b'/tmp', 0)),
    ('9 unshare of users', lambda: call('unshare', 0x10000000)),
    ('9 clone of users', clone_user),
    ('10 unshare of mounts', lambda: call('unshare', 0x20000)),
    ('10 setns', lambda: call('setns', os.open('/proc/self/ns/mnt', os.O_RDONLY), 0)),
    ('11 clone3', lambda: call('clone3', text, 64)),
    ('12 chroot', lambda: call('chroot', b'/tmp')),
    ('13 block device', lambda: call('mknodat', -100, b'/tmp/block', 0o60600, 0x800)),
    ('13 whiteout', lambda: call('mknodat', -100, b'/tmp/white', 0o20600, 0)),
    ('14 session keyring', lambda: call('keyctl', 1, 0)),
    ('14 key', lambda: call('add_key', b'user', b'k', b'v', 1, -3)),
    ('15 bpf', lambda: call('bpf', 5, text, 72)),
    ('16 perf', lambda: call('perf_event_open', text, 0, -1, -1, 0)),
    ('17 io_uring', lambda: call('io_uring_setup', 1, text)),
    ('18 userfaultfd', lambda: call('userfaultfd', 0)),
    ('18 userfaultfd of user mode', lambda: call('userfaultfd', 1)),
    ('19 open_by_handle_at', by_handle),
    ('19 name_to_handle_at', lambda: handle('/tmp')),
    ('20 module', lambda: call('init_module', text, 0, text)),
    ('20 kexec', lambda: call('kexec_load', 0, 0, 0, 0)),
    ('21 reboot', lambda: call('reboot', 0xfee1dead - (1 << 32), 672274793, 0, 0)),
    ('21 swap', lambda: call('swapon', b'/tmp', 0)),
    ('21 host name', lambda: call('sethostname', b'x', 1)),
    ('21 time', lambda: call('settimeofday', 0, 0)),
    ('21 kernel log', lambda: call('syslog', 3, text, 4)),
    ('22 TIOCSTI', lambda: terminal(0x5412)),
    ('22 TIOCSTI with upper bits', lambda: terminal(0x100005412)),
    ('23 TIOCLINUX', lambda: terminal(0x541C)),
    ('24 terminal', lambda: opened('/dev/tty')),
    ('24 memory device', lambda: opened('/dev/mem')),
    ('24 kernel messages', lambda: opened('/dev/kmsg')),
    ('24 disk', lambda: opened('/dev/vda')),
    ('24 kernel memory', lambda: opened('/proc/kcore')),
    ('25 sysrq', sysrq),
    ('26 core pattern', lambda: opened('/proc/sys/kernel/core_pattern', os.O_WRONLY)),
    ('27 last process id', lambda: written('/proc/sys/kernel/ns_last_pid', b'300')),
    ('27 map of users', lambda: written('/proc/self/uid_map', b'0 0 1')),
    ('28 memory score', lambda: written('/proc/self/oom_score_adj', b'-1000')),
    ('28 nice', nice),
    ('28 real-time', scheduled),
    ('29 kernel symbols', symbols),
    ('30 sys', lambda: os.listdir('/sys')),
    ('30 control groups', lambda: os.mkdir('/sys/fs/cgroup/x')),
    ('31 packet socket', lambda: sock(17, socket.SOCK_RAW)),
    ('31 vsock', lambda: sock(40)),
    ('31 alg socket', lambda: sock(38, socket.SOCK_SEQPACKET)),
    ('32 raw socket', lambda: sock(2, socket.SOCK_RAW, 1)),
    ('32 port 80', lambda: bound(80)),
    ('32 netlink', lambda: sock(16, socket.SOCK_RAW)),
    ('33 loopback of the host', lambda: connected(('127.0.0.1', host['port']))),
    ('33 address of the host', lambda: connected((host['address'], host['port']))),
    ('33 abstract socket of the host', lambda: connected('\0' + host['abstract'], socket.AF_UNIX)),
    ('34 socket of docker', lambda: opened('/run/docker.sock')),
    ('34 data directory', lambda: os.listdir(host['data'])),
    ('35 capabilities', capabilities),
    ('35 new privileges', privileges),
    ('36 set-user-id program of root', lambda: effective_user('/tmp/set-user-id')),
    ('37 programs', lambda: opened('/usr/x', os.O_WRONLY | os.O_CREAT)),
    ('37 limit', set_limit),
    ('38 shared memory', lambda: filled('/dev/shm/fill', 100)),
    ('41 disk', lambda: filled_disk('/var/tmp/fill')),
    ('42 kill of process 1', lambda: killed(1)),
    ('43 link in the shared directory', shared_link),
    ('44 set-user-id program in the shared directory', shared_program),
    ('45 hard link', link),
    ('environment of process 1', lambda: environment(1)),
    ('command line of process 1', lambda: host['data'] + '/sandboxes' in open('/proc/1/cmdline').read()),
    ('home of root', lambda: os.listdir('/root')),
    ('socket of the sidecar', lambda: sorted(os.listdir('/run/gateway'))),
    ('users of the range', lambda: os.setuid(33)),
    ('user outside of the range', lambda: os.setuid(70000)),
]
for name, action in attempts:
    print(name + '\t' + attempt(action), flush=True)
