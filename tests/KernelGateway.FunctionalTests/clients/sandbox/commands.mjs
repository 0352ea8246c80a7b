// Every method of the SDK's commands.
import assert from 'node:assert/strict'
import { isAlive } from './machine.mjs'
import { output } from './output.mjs'
import { CommandExitError, InvalidArgumentError, NotFoundError, TimeoutError } from 'e2b'

export const commands = {
  async run_gives_output_and_exit_code(sandbox) {
    const text = 'zażółć 日本語 🙂 "quoted" $HOME\\n'
    const result = await sandbox.commands.run(`echo '${text}'; echo err >&2`)
    assert.deepEqual({ ...result }, { exitCode: 0, error: undefined, stdout: `${text}\n`, stderr: 'err\n' })
    await assert.rejects(sandbox.commands.run('echo out; exit 3'), error => error instanceof CommandExitError
      && error.exitCode === 3 && error.stdout === 'out\n' && error.message === 'exit status 3')
    await assert.rejects(sandbox.commands.run('kill -TERM $$'), error => error instanceof CommandExitError
      && error.exitCode === -1 && error.message === 'signal: terminated')
  },

  async output_is_streamed(sandbox) {
    const stdout = output(), stderr = output()
    const handle = await sandbox.commands.run('echo first; read line; echo "$line"; echo err >&2', {
      background: true, stdin: true, onStdout: chunk => stdout.take(chunk), onStderr: chunk => stderr.take(chunk),
    })
    await stdout.until('first')
    await handle.sendStdin('second\n')
    await handle.wait()
    assert.equal(stdout.text, 'first\nsecond\n')
    assert.equal(stderr.text, 'err\n')
  },

  async long_output_is_whole(sandbox) {
    const { stdout } = await sandbox.commands.run('seq 1 500000')
    assert.equal(stdout.length, 3_388_895)
    assert.ok(stdout.endsWith('499999\n500000\n'))
  },

  async characters_that_are_cut_arrive_whole(sandbox) {
    const { stdout } = await sandbox.commands.run(`printf '\\360\\237'; sleep 0.2; printf '\\231\\202\\377'`)
    assert.equal(stdout, '🙂\ufffd')
  },

  async stdin_is_sent_and_closed(sandbox) {
    const handle = await sandbox.commands.run('cat', { background: true, stdin: true })
    await sandbox.commands.sendStdin(handle.pid, 'one\n')
    await sandbox.commands.sendStdin(handle.pid, '')
    await handle.sendStdin(new TextEncoder().encode('two 🙂\n'))
    await sandbox.commands.closeStdin(handle.pid)
    assert.equal((await handle.wait()).stdout, 'one\ntwo 🙂\n')
  },

  async stdin_is_empty_unless_asked_for(sandbox) {
    assert.equal((await sandbox.commands.run('cat; echo end')).stdout, 'end\n')
    const handle = await sandbox.commands.run('sleep 60', { background: true })
    await assert.rejects(sandbox.commands.sendStdin(handle.pid, 'x'))
    await handle.kill()
  },

  async environment_and_directory(sandbox, directory) {
    const { stdout } = await sandbox.commands.run('echo "$GIVEN|$E2B_SANDBOX|$OWN|$(pwd)"', { envs: { OWN: "it's" }, cwd: directory })
    assert.equal(stdout, `by the operator|true|it's|${directory}\n`)
    assert.equal((await sandbox.commands.run('echo "$OWN"')).stdout, '\n')
    assert.equal((await sandbox.commands.run('echo $GIVEN', { envs: { GIVEN: 'by the command' } })).stdout, 'by the command\n')
    await assert.rejects(sandbox.commands.run('pwd', { cwd: `${directory}/none` }), error => error instanceof InvalidArgumentError
      && error.message.includes(`cwd '${directory}/none' does not exist`))
  },

  async list_and_kill(sandbox, directory) {
    const handle = await sandbox.commands.run('sleep 600', { background: true, envs: { A: 'b' }, cwd: directory })
    const listed = (await sandbox.commands.list()).find(one => one.pid === handle.pid)
    assert.deepEqual(listed, { pid: handle.pid, cmd: '/bin/bash', args: ['-l', '-c', 'sleep 600'], envs: { A: 'b' }, cwd: directory })
    assert.equal(await sandbox.commands.kill(handle.pid), true)
    await assert.rejects(handle.wait(), CommandExitError)
    assert.equal(isAlive(handle.pid), false)
    assert.equal(await sandbox.commands.kill(handle.pid), false)
    assert.equal((await sandbox.commands.list()).some(one => one.pid === handle.pid), false)
  },

  async kill_ends_the_whole_group_at_once(sandbox) {
    const seen = output()
    const handle = await sandbox.commands.run(`trap '' TERM; sleep 600 & echo "child $!"; while :; do echo more; done`, {
      background: true, onStdout: chunk => seen.take(chunk),
    })
    await seen.until('more')
    const started = Date.now()
    assert.equal(await handle.kill(), true)
    await assert.rejects(handle.wait(), error => error.message === 'signal: killed')
    assert.ok(Date.now() - started < 20_000)
    const child = Number(/child (\d+)/.exec(seen.text)[1])
    while (isAlive(child)) await new Promise(resolve => setTimeout(resolve, 50))
  },

  async time_limit_kills_the_command(sandbox) {
    const handle = await sandbox.commands.run('echo $$; exec sleep 600', { background: true, timeoutMs: 3_000 })
    await assert.rejects(handle.wait(), TimeoutError)
    while (isAlive(handle.pid)) await new Promise(resolve => setTimeout(resolve, 50))
  },

  async command_without_a_limit_outlives_its_stream(sandbox) {
    const handle = await sandbox.commands.run('echo started; read line; echo "got $line"', {
      background: true, stdin: true, timeoutMs: 0,
    })
    await handle.disconnect()
    const again = await sandbox.commands.connect(handle.pid)
    await sandbox.commands.sendStdin(handle.pid, 'it\n')
    const { stdout } = await again.wait()
    assert.ok(stdout.endsWith('got it\n'), stdout)
  },

  async output_between_two_streams_is_not_lost(sandbox, directory) {
    const handle = await sandbox.commands.run(`read line; seq 1 1000; touch ${directory}/done; read line`, {
      background: true, stdin: true, timeoutMs: 0,
    })
    await handle.disconnect()
    await sandbox.commands.sendStdin(handle.pid, '\n')
    while (!await sandbox.files.exists(`${directory}/done`)) await new Promise(resolve => setTimeout(resolve, 50))
    const again = await sandbox.commands.connect(handle.pid)
    await sandbox.commands.sendStdin(handle.pid, '\n')
    assert.equal((await again.wait()).stdout.split('\n').length, 1001)
  },

  async dropped_output_is_told(sandbox, directory) {
    const handle = await sandbox.commands.run(`read line; head -c 5000000 /dev/zero | tr '\\0' x; touch ${directory}/done; read line`, {
      background: true, stdin: true, timeoutMs: 0,
    })
    await handle.disconnect()
    await sandbox.commands.sendStdin(handle.pid, '\n')
    while (!await sandbox.files.exists(`${directory}/done`)) await new Promise(resolve => setTimeout(resolve, 50))
    const again = await sandbox.commands.connect(handle.pid)
    await sandbox.commands.sendStdin(handle.pid, '\n')
    const { stdout, stderr } = await again.wait()
    const dropped = Number(/^\[kernel-gateway: (\d+) bytes of output were dropped/.exec(stderr)[1])
    assert.equal(stdout.length + dropped, 5_000_000)
    assert.ok(stdout.length > 500_000)
  },

  async end_can_be_read_after_the_end(sandbox) {
    const handle = await sandbox.commands.run('read line; echo last; exit 4', { background: true, stdin: true, timeoutMs: 0 })
    await handle.disconnect()
    await sandbox.commands.sendStdin(handle.pid, '\n')
    while ((await sandbox.commands.list()).some(one => one.pid === handle.pid)) await new Promise(resolve => setTimeout(resolve, 50))
    const again = await sandbox.commands.connect(handle.pid)
    await assert.rejects(again.wait(), error => error.exitCode === 4 && error.stdout === 'last\n')
  },

  async child_that_holds_the_output_does_not_delay_the_end(sandbox) {
    const { stdout } = await sandbox.commands.run('(sleep 600; echo late) & echo early', { timeoutMs: 60_000 })
    assert.equal(stdout, 'early\n')
  },

  async unknown_processes_are_not_found(sandbox) {
    const none = 4_000_000
    assert.equal(await sandbox.commands.kill(none), false)
    await assert.rejects(sandbox.commands.connect(none), error => error instanceof NotFoundError
      && error.message.includes(`process with pid ${none} not found`))
    await assert.rejects(sandbox.commands.sendStdin(none, 'x'), NotFoundError)
  },

  async terminal_has_a_size_and_input(sandbox) {
    const seen = output(), decoder = new TextDecoder()
    const terminal = await sandbox.pty.create({
      cols: 80, rows: 24, envs: { OWN: 'own' }, timeoutMs: 0, onData: data => seen.take(decoder.decode(data, { stream: true })),
    })
    const type = line => sandbox.pty.sendInput(terminal.pid, new TextEncoder().encode(`${line}\n`))
    await type('stty size; echo "$OWN $TERM" 🙂')
    await seen.until('24 80')
    await seen.until('own xterm-256color 🙂')
    await sandbox.pty.resize(terminal.pid, { cols: 100, rows: 30 })
    await type('stty size')
    await seen.until('30 100')
    await type('exit 0')
    assert.equal((await terminal.wait()).exitCode, 0)
  },

  async terminal_is_interrupted_connected_and_killed(sandbox) {
    const first = output(), second = output()
    const terminal = await sandbox.pty.create({
      cols: 80, rows: 24, timeoutMs: 0, onData: data => first.take(Buffer.from(data).toString()),
    })
    const type = text => sandbox.pty.sendInput(terminal.pid, new TextEncoder().encode(text))
    await type('echo up; sleep 600\n')
    await first.until('up\r\n')
    await type('\x03')
    await type('echo "after $((6 * 7))"\n')
    await first.until('after 42')
    await terminal.disconnect()
    const again = await sandbox.pty.connect(terminal.pid, { onData: data => second.take(Buffer.from(data).toString()) })
    await type('echo "again $((6 * 7))"\n')
    await second.until('again 42')
    assert.equal(await sandbox.pty.kill(terminal.pid), true)
    await assert.rejects(again.wait(), CommandExitError)
    assert.equal(await sandbox.pty.kill(terminal.pid), false)
    assert.equal(isAlive(terminal.pid), false)
  },
}
