// The command sudo in sandboxes, with the unmodified packages e2b and @e2b/code-interpreter. Each case gets a sandbox of its own.
import assert from 'node:assert/strict'
import { Sandbox as Interpreter } from '@e2b/code-interpreter'
import { CommandExitError, Sandbox } from 'e2b'
import { until } from './common.mjs'

/** Runs a command to its end and returns its output, whatever its exit code is. */
async function run(sandbox, command, options) {
  try {
    return await sandbox.commands.run(command, options)
  } catch (error) {
    if (error instanceof CommandExitError) return error
    throw error
  }
}

/** Opens a terminal and waits for texts in what it shows. */
async function terminalOf(sandbox) {
  let screen = ''
  const terminal = await sandbox.pty.create({ cols: 80, rows: 24, timeoutMs: 0, onData: data => { screen += Buffer.from(data) } })
  return {
    pid: terminal.pid,
    type: text => sandbox.pty.sendInput(terminal.pid, new TextEncoder().encode(text)),
    resize: (cols, rows) => sandbox.pty.resize(terminal.pid, { cols, rows }),

    /** Waits for a text that was not shown before, and returns what came until then. */
    async until(text) {
      await until(() => screen.includes(text)).catch(error => { throw new Error(`'${text}' is not in ${JSON.stringify(screen)}`, { cause: error }) })
      const end = screen.indexOf(text) + text.length
      const shown = screen.slice(0, end)
      screen = screen.slice(end)
      return shown
    },
  }
}

const lines = text => text.trimEnd().split('\n')

const cases = {
  async sudo_runs_commands_as_other_users(sandbox) {
    const stdout = async command => (await sandbox.commands.run(command)).stdout
    assert.equal(await stdout('id -un; sudo id -un; sudo -n -u www-data id -un; sudo -u "#1000" id -un'), 'user\nroot\nwww-data\nuser\n')
    assert.equal(await stdout('cd /var/tmp && sudo pwd'), '/var/tmp\n')
    assert.equal(await stdout('sudo sudo id -un; sudo -u user sudo id -un'), 'root\nroot\n')
    assert.equal(await stdout('sudo -i pwd; sudo -s echo "a  b"; sudo -- echo -n c; sudo -k; sudo -v'), '/root\na  b\nc')
    assert.match(await stdout('sudo -l'), /NOPASSWD: ALL/)
    assert.match(await stdout('sudo -V'), /^sudo of kernel-gateway /)

    // The command is where and with what a command of root is.
    const place = 'for n in mnt pid net ipc uts user cgroup; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup;'
      + ' grep -E "^(Cap|NoNewPrivs|Seccomp:|Uid|Gid|Groups)" /proc/self/status'
    assert.equal(await stdout(`sudo sh -c '${place}'`), (await sandbox.commands.run(place, { user: 'root' })).stdout)
    assert.deepEqual((await sandbox.commands.list()).length, 0)
  },

  async sudo_has_an_environment_of_its_own(sandbox) {
    const variables = async command => Object.fromEntries(
      lines((await sandbox.commands.run(command, { envs: { MINE: '1', LANG: 'C.UTF-8' } })).stdout).map(line => line.split(/=(.*)/s)))
    const reset = await variables('sudo env')
    assert.deepEqual(Object.keys(reset).sort(), [
      'HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'SUDO_COMMAND', 'SUDO_GID', 'SUDO_UID', 'SUDO_USER', 'TERM', 'USER',
    ])
    assert.equal(reset.HOME, '/root')
    assert.equal(reset.USER, 'root')
    assert.equal(reset.SUDO_USER, 'user')
    assert.equal(reset.SUDO_UID, '1000')
    assert.match(reset.SUDO_COMMAND, /\/env$/)
    const kept = await variables('sudo -E OTHER="a b" env')
    assert.equal(kept.MINE, '1')
    assert.equal(kept.OTHER, 'a b')
    assert.equal(kept.HOME, '/home/user')
    assert.equal(kept.DOTNET_EnableDiagnostics, undefined)
    assert.equal((await variables('sudo --preserve-env=MINE -H env')).MINE, '1')
  },

  async sudo_passes_streams_and_ends_on(sandbox) {
    const both = await sandbox.commands.run('printf "one\\ntwo\\n" | sudo tr a-z A-Z | cat; sudo sh -c "echo problem >&2"')
    assert.equal(both.stdout, 'ONE\nTWO\n')
    assert.equal(both.stderr, 'problem\n')
    assert.equal((await sandbox.commands.run('seq 300000 | sudo cat | tail -1')).stdout, '300000\n')
    assert.equal((await sandbox.commands.run('yes | sudo head -1; sudo yes | head -1')).stdout, 'y\ny\n')
    await sandbox.commands.run('echo from a file > in; sudo cat < in > out; sudo echo more >> out')
    assert.equal(await sandbox.files.read('out'), 'from a file\nmore\n')
    assert.equal((await sandbox.commands.run('sudo cat <&- 2>&1; echo $?')).stdout, '0\n')

    assert.equal((await run(sandbox, 'sudo sh -c "exit 3"')).exitCode, 3)
    assert.equal((await sandbox.commands.run('sudo sh -c "kill -TERM \\$\\$"; echo $?; sudo sh -c "kill -KILL \\$\\$"; echo $?')).stdout, '143\n137\n')
    const missing = await run(sandbox, 'sudo no-such-command')
    assert.equal(missing.exitCode, 1)
    assert.equal(missing.stderr, 'sudo: no-such-command: command not found\n')
    const unknown = await run(sandbox, 'sudo -b ls')
    assert.equal(unknown.exitCode, 1)
    assert.match(unknown.stderr, /^sudo: the option '-b' is not supported in a sandbox\. Supported are .*-u USER/)
    assert.match((await run(sandbox, 'sudo -u nobody-here id')).stderr, /^sudo: unknown user nobody-here\n$/)
  },

  async sudo_commands_get_signals_and_end_with_their_caller(sandbox) {
    const isGone = async pid => (await run(sandbox, `test ! -e /proc/${pid}`)).exitCode === 0
    const start = async script => {
      let output = ''
      const handle = await sandbox.commands.run(`exec sudo sh -c '${script}'`, { background: true, timeoutMs: 0, onStdout: text => { output += text } })
      handle.wait().catch(() => {})
      await until(() => output.includes('\n'))
      const end = () => handle.wait().then(result => result.exitCode, error => error.exitCode)
      return { pid: handle.pid, child: lines(output)[0], end }
    }

    const caught = await start('trap "exit 9" TERM; echo $$; while :; do sleep 0.05; done')
    await sandbox.commands.run(`kill -TERM ${caught.pid}`)
    assert.equal(await caught.end(), 9)

    const interrupted = await start('echo $$; exec sleep 1000000')
    await sandbox.commands.run(`kill -INT ${interrupted.pid}`)
    await interrupted.end()
    await until(() => isGone(interrupted.child))

    // Nobody but the service is told of it.
    const killed = await start('echo $$; exec sleep 1000000')
    assert.equal(await sandbox.commands.kill(killed.pid), true)
    await until(() => isGone(killed.child))
  },

  async sudo_works_in_a_terminal(sandbox) {
    const terminal = await terminalOf(sandbox)

    // Keys that are typed before the end of a command go to the command: each line waits for the prompt.
    const prompt = 'outer$ '
    const enter = line => terminal.type(`${line}\n`)
    await enter(`PS1='${prompt}'; stty -echo; echo begin-$((1+1))`)
    await terminal.until('begin-2')
    await terminal.until(prompt)

    // A terminal of its own, of the same size, which is the controlling one.
    await enter("sudo sh -c 'test -t 0 && test -t 1 && tty </dev/tty && stty size; stat -c %U $(tty)'")
    assert.match(await terminal.until(prompt), /\/dev\/tty\r\n24 80\r\nroot\r\n/)

    await enter("sudo sh -c 'trap \"stty size; exit\" WINCH; echo wait-$((1+1)); while :; do sleep 0.05; done'")
    await terminal.until('wait-2')
    await terminal.resize(100, 30)
    await terminal.until('30 100')
    await terminal.until(prompt)

    // Keys that send signals.
    await enter("sudo sh -c 'echo sleep-$((1+1)); exec sleep 1000000'")
    await terminal.until('sleep-2')
    await terminal.type('\x03')
    await terminal.until(prompt)
    await enter('echo code-$?')
    await terminal.until('code-130')
    await terminal.until(prompt)
    await enter("sudo sh -c 'echo stop-$((1+1)); exec sleep 1000000'")
    await terminal.until('stop-2')
    await terminal.type('\x1a')
    await terminal.until('Stopped')
    await terminal.until(prompt)
    await enter('fg')
    await terminal.until('sudo sh')
    await terminal.type('\x03')
    await terminal.until(prompt)

    // A shell of root has job control of its own.
    await enter('sudo bash --norc')
    const inner = 'inner# '
    await enter(`PS1='${inner}'; stty -echo; echo shell-$(id -un)`)
    await terminal.until('shell-root')
    await terminal.until(inner)
    await enter("sh -c 'echo again-$((1+1)); exec sleep 1000000'")
    await terminal.until('again-2')
    await terminal.type('\x1a')
    await terminal.until('Stopped')
    await terminal.until(inner)
    await enter('fg')
    await terminal.until('sleep')
    await terminal.type('\x03')
    await terminal.until(inner)
    await enter('exit 5')
    await terminal.until(prompt)
    await enter('echo after-$?-$(id -un)')
    await terminal.until('after-5-user')
    await terminal.until(prompt)

    // Input from elsewhere stays what it is, and the settings of the terminal are those of before.
    await enter("echo piped | sudo cat | sed 's/^/got /'; stty -a | grep -c ' icanon'")
    assert.match(await terminal.until(prompt), /got piped\r\n1\r\n/)
    await sandbox.pty.kill(terminal.pid)
  },

  async sudo_writes_and_installs_where_root_may(sandbox) {
    assert.equal((await run(sandbox, 'echo x > /etc/mine.conf')).exitCode, 1)
    assert.equal((await sandbox.commands.run('echo x | sudo tee /etc/mine.conf; stat -c %U /etc/mine.conf')).stdout, 'x\nroot\n')
    await sandbox.commands.run('sudo chown user /etc/mine.conf && echo y > /etc/mine.conf && sudo rm /etc/mine.conf')
    const install = await run(sandbox, `
      set -e
      mkdir -p package/DEBIAN package/opt/sample
      printf 'Package: sample\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: sample\\n' > package/DEBIAN/control
      printf '#!/bin/sh\\nid -un > /etc/sample.installed\\n' > package/DEBIAN/postinst
      chmod 755 package/DEBIAN/postinst
      printf '#!/bin/sh\\necho hello from a package\\n' > package/opt/sample/hello
      chmod 755 package/opt/sample/hello
      dpkg-deb --root-owner-group --build package sample.deb
      sudo mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates
      sudo touch /var/lib/dpkg/status
      sudo dpkg -i sample.deb
      /opt/sample/hello
      cat /etc/sample.installed`)
    assert.equal(install.exitCode, 0, install.stderr)
    assert.match(install.stdout, /hello from a package\nroot\n$/)
  },

  async sudo_refuses_other_users_and_floods(sandbox) {
    const asOther = 'setpriv --reuid www-data --regid www-data --clear-groups --inh-caps=-all --'
    const refused = await run(sandbox, `${asOther} sudo id`, { user: 'root' })
    assert.equal(refused.exitCode, 1)
    assert.equal(refused.stderr, 'sudo: only root and the default user of this sandbox may use sudo\n')
    assert.equal((await sandbox.commands.run('stat -c "%a %U" /run/kernel-gateway/sudo.sock')).stdout, '600 user\n')

    // Connections that send nothing, and garbage; the sidecar goes on meanwhile and afterwards.
    const script = `
import socket, sys
held = []
for i in range(2000):
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(5)
    try:
        one.connect("/run/kernel-gateway/sudo.sock")
        if i % 2: one.send(b"garbage" * 100)
    except OSError as error:
        continue
    if i < 900: held.append(one)
print("flooded", flush=True)
sys.stdin.read()
`
    await sandbox.files.write('flood.py', script)
    let output = ''
    const flood = await sandbox.commands.run('python3 flood.py', { background: true, stdin: true, timeoutMs: 0, onStdout: text => { output += text } })
    flood.wait().catch(() => {})
    await until(() => output.includes('flooded'))
    assert.equal((await sandbox.commands.run('echo alive')).stdout, 'alive\n')
    await sandbox.commands.kill(flood.pid)
    await until(async () => (await run(sandbox, 'sudo id -un')).stdout === 'root\n')
  },
}

export const sudo = {
  ...Object.fromEntries(Object.entries(cases).map(([name, test]) => [name, async () => {
    const sandbox = await Sandbox.create()
    await test(sandbox)
    await sandbox.kill()
  }])),

  // IPython runs the first in a terminal, the second has pipes.
  async sudo_works_in_cells() {
    const sandbox = await Interpreter.create()
    const terminal = await sandbox.runCode('!sudo id -un')
    assert.equal(terminal.logs.stdout.join('').trim(), 'root')
    const pipes = await sandbox.runCode(
      'import subprocess\nresult = subprocess.run(["sudo", "sh", "-c", "cat; exit 4"], input=b"typed", capture_output=True)\n(result.stdout, result.returncode)')
    assert.equal(pipes.text, "(b'typed', 4)")
    await sandbox.kill()
  },

  // A pause without memory starts the sandbox anew from its files.
  async sudo_outlives_pauses_and_copies() {
    const sandbox = await Sandbox.create()
    await sandbox.commands.run('sudo touch /etc/of-root')
    await sandbox.pause({ keepMemory: false })
    const again = await Sandbox.connect(sandbox.sandboxId)
    assert.equal((await again.commands.run('sudo stat -c %U /etc/of-root')).stdout, 'root\n')
    const [fork] = await again.fork({ count: 1 })
    assert.equal((await fork.commands.run('sudo stat -c %U /etc/of-root')).stdout, 'root\n')
    await fork.kill()
    await again.kill()
  },

  async sudo_is_switched_off_by_the_template() {
    const sandbox = await Sandbox.create('without-sudo')
    const refused = await run(sandbox, 'sudo id')
    assert.equal(refused.exitCode, 1)
    assert.equal(refused.stderr, 'sudo: it is switched off in this sandbox: its template has "sudo": false\n')
    assert.equal((await run(sandbox, 'test -e /run/kernel-gateway/sudo.sock')).exitCode, 1)
    assert.equal((await sandbox.commands.run('id -un', { user: 'root' })).stdout, 'root\n')
    await sandbox.kill()
  },
}
