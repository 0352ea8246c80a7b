// Pauses, resumes and ends of sandboxes, with the unmodified packages e2b and @e2b/code-interpreter.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Sandbox as Interpreter } from '@e2b/code-interpreter'
import { Sandbox, SandboxNotFoundError, TimeoutError } from 'e2b'
import { all, directoryOf, serverIn, toPort, until } from './common.mjs'

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

export const lifecycle = {
  async defaults() {
    const sandbox = await Sandbox.create()
    const info = await sandbox.getInfo()
    assert.deepEqual(info.lifecycle, { onTimeout: 'kill', autoResume: false })
    assert.equal(Math.round((info.endAt - info.startedAt) / 1000), 300)
    assert.equal(info.templateId, 'base')
    const port = await serverIn(sandbox)
    assert.equal((await toPort(sandbox, port)).status, 200)
    await sandbox.pause()
    assert.equal((await toPort(sandbox, port)).status, 502, 'nothing resumes it that was not asked to')
    assert.equal((await sandbox.getInfo()).state, 'paused')
    await sandbox.kill()
  },

  async connect_to_a_killed_sandbox() {
    const sandbox = await Sandbox.create()
    await sandbox.pause()
    assert.equal(await sandbox.kill(), true)
    await assert.rejects(Sandbox.connect(sandbox.sandboxId), SandboxNotFoundError)
    await assert.rejects(sandbox.getInfo(), SandboxNotFoundError)
    await assert.rejects(sandbox.setTimeout(10_000), SandboxNotFoundError)
  },

  async auto_resume_by_the_router() {
    const sandbox = await Sandbox.create({ lifecycle: { onTimeout: 'pause', autoResume: true } })
    assert.deepEqual((await sandbox.getInfo()).lifecycle, { onTimeout: 'pause', autoResume: true })
    const port = await serverIn(sandbox)
    await sandbox.pause()
    const answers = await Promise.all(Array.from({ length: 5 }, () => toPort(sandbox, port)))
    assert.deepEqual(answers.map(answer => answer.status), [200, 200, 200, 200, 200])
    assert.equal((await sandbox.getInfo()).state, 'running')
    await sandbox.kill()
  },

  async auto_pause_without_auto_resume() {
    const sandbox = await Sandbox.create({ lifecycle: { onTimeout: 'pause' } })
    const port = await serverIn(sandbox)
    await sandbox.setTimeout(1_000)
    await until(async () => (await sandbox.getInfo()).state === 'paused')
    assert.equal((await toPort(sandbox, port)).status, 502)
    await Sandbox.connect(sandbox.sandboxId)
    assert.equal((await toPort(sandbox, port)).status, 200, 'the server of before the pause')
    await sandbox.kill()
  },

  // Each round changes a file and a variable, and finds those of the round before.
  async pause_and_resume_fifty_times() {
    let sandbox = await Interpreter.create()
    const { sandboxId } = sandbox
    const path = `${directoryOf()}/round`
    await sandbox.runCode('values = [0]')
    await sandbox.files.write(path, '0')
    for (let round = 1; round <= 50; round++) {
      assert.equal((await sandbox.runCode(`values.append(${round}); values[-2:]`)).text, `[${round - 1}, ${round}]`)
      assert.equal(await sandbox.files.read(path), `${round - 1}`)
      await sandbox.files.write(path, `${round}`)
      assert.equal(await sandbox.pause(), true)

      // Several clients may come back at once, and none of them fails.
      const back = await Promise.all([Interpreter.connect(sandboxId), Interpreter.connect(sandboxId)])
      sandbox = back[round % 2]
    }

    assert.equal((await sandbox.runCode('values == list(range(51))')).text, 'True')
    assert.equal(await sandbox.files.read(path), '50')
    await sandbox.files.remove(path)
    await sandbox.kill()
  },

  async time_paused_does_not_count() {
    const sandbox = await Sandbox.create()
    await sandbox.setTimeout(10_000)
    await sandbox.pause()
    await pause(11_000)
    assert.equal((await sandbox.getInfo()).state, 'paused')
    await Sandbox.connect(sandbox.sandboxId, { timeoutMs: 100_000 })
    const left = (await sandbox.getInfo()).endAt - Date.now()
    assert.ok(left > 90_000 && left <= 101_000, `${left} ms are left of the 100 seconds that the resume has set`)
    await sandbox.kill()
  },

  async what_runs_is_reattached_after_a_resume() {
    const sandbox = await Interpreter.create()
    const gone = promise => promise.catch(error => error)
    let before = ''
    const command = await sandbox.commands.run('while read -r line; do echo "got $line"; done', {
      background: true, stdin: true, timeoutMs: 0, onStdout: data => { before += data },
    })
    await sandbox.commands.sendStdin(command.pid, 'one\n')
    await until(() => before === 'got one\n')
    let screen = ''
    const terminal = await sandbox.pty.create({ cols: 80, rows: 24, timeoutMs: 0, onData: data => { screen += Buffer.from(data) } })
    await sandbox.pty.sendInput(terminal.pid, Buffer.from('value=kept; echo ready-$value\n'))
    await until(() => screen.includes('ready-kept\r\n'))
    const context = await sandbox.createCodeContext()
    await sandbox.runCode('value = "of the context"', { context })
    const ended = [gone(command.wait()), gone(terminal.wait())]

    await sandbox.pause()
    assert.ok((await Promise.all(ended)).every(error => error instanceof Error), 'a stream that is cut off is not an end')
    const same = await Interpreter.connect(sandbox.sandboxId)

    const pids = (await same.commands.list()).map(process => process.pid)
    assert.ok(pids.includes(command.pid) && pids.includes(terminal.pid))
    let after = ''
    const again = await same.commands.connect(command.pid, { timeoutMs: 0, onStdout: data => { after += data } })
    await same.commands.sendStdin(command.pid, 'two\n')
    await until(() => after === 'got two\n')
    await same.commands.closeStdin(command.pid)
    assert.equal((await again.wait()).exitCode, 0)
    screen = ''
    const shown = await same.pty.connect(terminal.pid, { timeoutMs: 0, onData: data => { screen += Buffer.from(data) } })
    await same.pty.sendInput(terminal.pid, Buffer.from('echo still-$value; exit 3\n'))
    assert.equal(await shown.wait().catch(error => error.exitCode), 3)
    assert.ok(screen.includes('still-kept\r\n'), screen)
    assert.ok((await same.listCodeContexts()).some(item => item.id === context.id))
    assert.equal((await same.runCode('value', { context })).text, 'of the context')
    await sandbox.kill()
  },

  async command_is_told_of_the_end_of_its_sandbox() {
    const sandbox = await Sandbox.create()
    const command = await sandbox.commands.run('sleep 300', { background: true, timeoutMs: 0 })
    const ended = assert.rejects(command.wait(), TimeoutError)
    await sandbox.kill()
    await ended
  },

  // Prints the metadata of the sandboxes of which the client does not know.
  async create_that_is_given_up() {
    const metadata = { attempt: randomUUID() }
    for (const delay of [1, 20, 80, 200]) {
      const controller = new AbortController()
      const create = Sandbox.create({ metadata, signal: controller.signal })
      setTimeout(() => controller.abort(), delay)
      await create.then(sandbox => sandbox.kill(), () => {})
    }

    // One whose answer was on its way is in the list; its metadata say whose it is.
    for (const item of await all(Sandbox.list({ query: { metadata } }))) await Sandbox.kill(item.sandboxId)
    await until(async () => (await all(Sandbox.list({ query: { metadata } }))).length === 0)
  },
}
