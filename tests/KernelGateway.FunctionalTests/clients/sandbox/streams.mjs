// Streams of commands that are cut, left and attached again.
import assert from 'node:assert/strict'
import { TimeoutError } from 'e2b'
import { isAlive } from './machine.mjs'
import { output } from './output.mjs'

const rounds = 1000
const attachments = 20

// Two, three and four bytes; a byte that no character has; the first byte of a character that does not follow.
const cut = Buffer.from([...Buffer.from('ż€🙂'), 0xff, ...Buffer.from('é'), 0xc3])
const shown = 'ż€🙂\ufffdé\ufffd'
const escaped = [...cut].map(byte => `\\\\x${byte.toString(16)}`).join(' ')

const until = async condition => {
  while (!await condition()) await new Promise(resolve => setTimeout(resolve, 50))
}

export const streams = {
  // As a client of a language server or of an MCP server does it.
  async stdio_server_is_reattached_twenty_times(sandbox) {
    const server = 'while IFS= read -r line; do printf "answer %s 🙂\\n" "$line"; done'
    let handle = await sandbox.commands.run(server, { background: true, stdin: true, timeoutMs: 0 })
    const { pid } = handle
    let answers
    for (let round = 0; round < rounds; round++) {
      if (round % (rounds / attachments) === 0) {
        await handle.disconnect()
        answers = output()
        const seen = answers
        handle = await sandbox.commands.connect(pid, { timeoutMs: 0, onStdout: chunk => seen.take(chunk) })
      }
      await sandbox.commands.sendStdin(pid, `${round}\n`)
      await answers.until(`answer ${round} 🙂\n`)
      if (round % (rounds / attachments) === rounds / attachments - 1) {
        const first = round + 1 - rounds / attachments
        const expected = Array.from({ length: rounds / attachments }, (_, index) => `answer ${first + index} 🙂\n`).join('')
        assert.equal(answers.text, expected, 'each answer came once and in its order')
      }
    }
    await sandbox.commands.closeStdin(pid)
    assert.equal((await handle.wait()).exitCode, 0)
  },

  async characters_are_cut_at_every_byte(sandbox) {
    for (const stream of ['stdout', 'stderr']) {
      // The next byte is written when the client has answered the one before.
      const command = `{ for byte in ${escaped}; do printf "$byte"; read -r; done; } >/dev/${stream}`
      const handle = await sandbox.commands.run(command, { background: true, stdin: true })
      for (const _ of cut) await sandbox.commands.sendStdin(handle.pid, '\n')
      assert.equal((await handle.wait())[stream], shown, stream)
    }
  },

  async terminal_gives_the_bytes_as_they_are(sandbox) {
    let seen = Buffer.alloc(0)
    const terminal = await sandbox.pty.create({
      cols: 80, rows: 24, timeoutMs: 0, onData: data => { seen = Buffer.concat([seen, data]) },
    })
    const type = text => sandbox.pty.sendInput(terminal.pid, new TextEncoder().encode(text))
    await type(`for byte in ${escaped}; do printf "$byte"; read -rsn1; done; echo " end $((6 * 7))"\n`)
    for (const _ of cut) await type('x')
    await until(() => seen.includes(' end 42'))
    assert.ok(seen.includes(Buffer.concat([cut, Buffer.from(' end 42')])), seen.toString('hex'))
    await sandbox.pty.kill(terminal.pid)
  },

  async late_output_of_a_child_can_be_read_after_the_end(sandbox, directory) {
    const child = `until [ -e ${directory}/go ]; do sleep 0.05; done; echo late; touch ${directory}/done`
    const handle = await sandbox.commands.run(`(${child}) & echo early`, { background: true, timeoutMs: 0 })
    assert.equal((await handle.wait()).stdout, 'early\n')
    await sandbox.files.write(`${directory}/go`, '')
    await until(() => sandbox.files.exists(`${directory}/done`))
    const again = await sandbox.commands.connect(handle.pid)
    assert.equal((await again.wait()).stdout, 'late\n')
  },

  // Only with --command-deadline stream.
  async command_outlives_the_time_limit_of_its_stream(sandbox, directory) {
    const script = `echo started; read -r a; echo "meanwhile $a"; touch ${directory}/done; read -r b; echo "then $b"`
    const handle = await sandbox.commands.run(script, { background: true, stdin: true, timeoutMs: 8_000 })
    await assert.rejects(handle.wait(), TimeoutError)
    assert.equal(handle.stdout, 'started\n')
    assert.ok(isAlive(handle.pid))
    await sandbox.commands.sendStdin(handle.pid, 'it\n')
    await until(() => sandbox.files.exists(`${directory}/done`))
    const again = await sandbox.commands.connect(handle.pid)
    await sandbox.commands.sendStdin(handle.pid, 'that\n')
    assert.equal((await again.wait()).stdout, 'meanwhile it\nthen that\n')
  },
}
