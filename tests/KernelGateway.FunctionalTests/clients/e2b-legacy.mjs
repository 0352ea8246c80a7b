// Drives the unmodified e2b 0.16.2, the last of the generation before, against a gateway: node e2b-legacy.mjs CASE PORT DIRECTORY
import assert from 'node:assert/strict'
import e2b from 'e2b-legacy'
import { samples, until } from './e2b-legacy/samples.mjs'

const [name, port, directory] = process.argv.slice(2)
const address = {
  apiKey: 'e2b_0000000000000000000000000000000000000000',
  __debug_hostname: '127.0.0.1',
  __debug_port: Number(port),
  __debug_devEnv: 'local',
  logger: {},
}
const options = { ...address, cwd: directory }

const cases = {
  async filesystem(sandbox) {
    await sandbox.filesystem.makeDir('a/b')
    await sandbox.filesystem.write('a/b/text', 'žluťoučký')
    assert.equal(await sandbox.filesystem.read('a/b/text'), 'žluťoučký')
    const bytes = new Uint8Array([0, 1, 128, 255])
    await sandbox.filesystem.writeBytes('a/bytes', bytes)
    assert.deepEqual([...await sandbox.filesystem.readBytes('a/bytes')], [...bytes])
    const list = await sandbox.filesystem.list('a')
    assert.deepEqual(list.map(file => [file.name, file.isDir]), [['b', true], ['bytes', false]])
    await sandbox.filesystem.remove('a')
    assert.ok(!(await sandbox.filesystem.list('.')).some(file => file.name === 'a'))
    await assert.rejects(sandbox.filesystem.write('missing/x', ''), /no such file or directory/)
    await assert.rejects(sandbox.filesystem.read('missing'), /no such file or directory/)
  },

  async watch(sandbox) {
    const events = []
    const watcher = sandbox.filesystem.watchDir('.')
    watcher.addEventListener(event => events.push(event))
    await watcher.start()
    for (let i = 0; i < 10; i++) await sandbox.filesystem.write(`file${i}.txt`, 'hello')
    await until(() => events.some(event => event.name === 'file9.txt' && event.operation === 'Write'))
    for (let i = 0; i < 10; i++) {
      assert.deepEqual(events.filter(event => event.name === `file${i}.txt`).map(event => event.operation), ['Create', 'Write'])
    }
    assert.equal(events[0].path, `${directory}/file0.txt`)
    await watcher.stop()
  },

  async process(sandbox) {
    const lines = []
    const echo = await sandbox.process.start({ cmd: 'printf "a\\nb\\n"; echo "$FOO" >&2', envVars: { FOO: 'bar' }, onStdout: data => lines.push(data.line) })
    const output = await echo.wait()
    assert.equal(output.stdout, 'a\nb')
    assert.equal(output.stderr, 'bar')
    assert.equal(output.exitCode, 0)
    assert.deepEqual(lines, ['a', 'b'])

    const failed = await sandbox.process.startAndWait('exit 3')
    assert.equal(failed.exitCode, 3)
    const pwd = await sandbox.process.startAndWait('pwd')
    assert.equal(pwd.stdout, directory)
    await assert.rejects(sandbox.process.start({ cmd: 'pwd', cwd: '/no/such' }), error => error.name.includes('CurrentWorkingDirectoryDoesntExist'))
  },

  async process_input(sandbox) {
    const reader = await sandbox.process.start('while read -r line; do echo "got $line"; done')
    await reader.sendStdin('one\n')
    await reader.sendStdin('two\n')
    await until(() => reader.output.stdout === 'got one\ngot two')
    await reader.kill()
    assert.equal(reader.output.exitCode ?? -1, -1)
  },

  async process_killed_at_once(sandbox) {
    let exits = 0
    const sleeper = await sandbox.process.start({ cmd: 'sleep 1000', onExit: () => exits++ })
    await sleeper.kill()
    await sleeper.finished
    assert.equal(exits, 1)
  },

  async sandbox_wide_callbacks() {
    const stdout = [], exits = []
    const sandbox = await e2b.Sandbox.create({ ...options, onStdout: data => stdout.push(data.line), onStderr: data => stdout.push(data.line), onExit: code => exits.push(code) })
    await sandbox.process.startAndWait('echo "Hello"')
    assert.deepEqual(stdout, ['Hello'])
    assert.equal(exits.length, 1)
    await sandbox.close()
  },

  async terminal(sandbox) {
    let text = ''
    const terminal = await sandbox.terminal.start({ onData: data => { text += data }, size: { cols: 91, rows: 33 } })
    await terminal.sendData('stty size\n')
    await until(() => text.includes('33 91'))
    await terminal.resize({ cols: 100, rows: 40 })
    await terminal.sendData('stty size; echo žluť\n')
    await until(() => text.includes('40 100') && text.includes('\nžluť'))
    await terminal.kill()
    await terminal.finished
  },

  async terminal_of_a_command(sandbox) {
    let text = '', exits = 0
    const terminal = await sandbox.terminal.start({
      onData: data => { text += data }, onExit: () => { exits++ }, size: { cols: 80, rows: 24 },
      cmd: 'echo "$FOO in $(pwd)"; stty size', cwd: directory, envVars: { FOO: 'bar' },
    })
    await terminal.finished
    assert.ok(text.includes(`bar in ${directory}\r\n24 80`), text)
    assert.equal(exits, 1)
  },

  async upload_and_download(sandbox) {
    const bytes = new Uint8Array(1 << 20).map((_, i) => i * 7)
    const path = await sandbox.uploadFile(new Blob([bytes]), 'uploaded.bin')
    assert.equal(path, '/home/user/uploaded.bin')
    const home = (await sandbox.process.startAndWait('eval echo ~$(id -un)')).stdout
    const downloaded = await sandbox.downloadFile(`${home}/uploaded.bin`, 'arraybuffer')
    assert.deepEqual(Buffer.from(downloaded), Buffer.from(bytes))
    await sandbox.filesystem.remove(`${home}/uploaded.bin`)
    await assert.rejects(sandbox.downloadFile('/no/such/file'), /File not found/)
  },

  async opened_ports() {
    let ports = []
    const sandbox = await e2b.Sandbox.create({ ...options, onScanPorts: open => { ports = open } })
    await until(() => ports.some(one => one.port === Number(port) && one.state === 'LISTEN'))
    await sandbox.close()
  },
}

process.on('unhandledRejection', error => { console.error(error); process.exit(2) })
process.on('uncaughtException', error => { console.error(error); process.exit(3) })
const sample = samples(address, directory)[name]
if (sample) {
  await sample()
} else {
  const sandbox = await e2b.Sandbox.create(options)
  await cases[name](sandbox)
  await sandbox.close()
}
process.exit(0)
