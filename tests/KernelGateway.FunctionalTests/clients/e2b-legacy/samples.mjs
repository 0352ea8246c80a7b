// The code samples of E2B's documentation of the generation before that need no control plane: e2b 0.16.2, sandbox half. The text of a sample is
// kept where the machine allows it; its directories are in the directory of the test, because the gateway serves this machine.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import e2b from 'e2b-legacy'

/** Waits until a condition holds: notifications come by themselves. */
export async function until(condition) {
  const end = Date.now() + 20_000
  while (!condition()) {
    assert.ok(Date.now() < end, `this did not become true: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** The samples. Each opens a sandbox as the documentation does, here with the address of the gateway in addition. */
export function samples(address, directory) {
  const create = options => e2b.Sandbox.create({ ...address, ...options })
  const text = path => readFile(`${directory}/${path}`, 'utf8')

  return {
    async sample_variables_of_the_sandbox() {
      const sandbox = await create({ envVars: { FOO: 'Hello' } })
      assert.equal((await sandbox.process.startAndWait('echo $FOO')).stdout, 'Hello')
      await sandbox.close()
    },

    async sample_variables_of_a_process() {
      const sandbox = await create({ envVars: { FOO: 'Hello' } })
      const proc = await sandbox.process.start({ cmd: 'echo $FOO $BAR!', envVars: { BAR: 'World' } })
      await proc.wait()
      assert.equal(proc.output.stdout, 'Hello World!')
      const other = await sandbox.process.startAndWait({ cmd: 'echo $FOO', envVars: { FOO: 'the process wins' } })
      assert.equal(other.stdout, 'the process wins')
      await sandbox.close()
    },

    async sample_list_a_directory() {
      const sandbox = await create()
      const content = await sandbox.filesystem.list('/')
      assert.ok(content.some(item => item.name === 'etc' && item.isDir))
      assert.deepEqual(content.map(item => item.name), content.map(item => item.name).sort())
      await sandbox.close()
    },

    async sample_make_a_directory() {
      const sandbox = await create()
      await sandbox.filesystem.makeDir(`${directory}/dir`)
      await sandbox.filesystem.makeDir(`${directory}/dir`)
      assert.deepEqual(await sandbox.filesystem.list(directory), [{ name: 'dir', isDir: true }])
      await sandbox.close()
    },

    async sample_write_to_a_file() {
      const sandbox = await create()
      await sandbox.filesystem.write(`${directory}/hello.txt`, 'Hello World!')
      assert.equal(await text('hello.txt'), 'Hello World!')
      await assert.rejects(sandbox.filesystem.write(`${directory}/dir/hello.txt`, 'Hello World!'), /no such file or directory/)
      await sandbox.close()
    },

    async sample_read_from_a_file() {
      const sandbox = await create()
      assert.equal(await sandbox.filesystem.read('/etc/hosts'), await readFile('/etc/hosts', 'utf8'))
      await sandbox.close()
    },

    async sample_write_bytes() {
      const sandbox = await create()
      await sandbox.filesystem.writeBytes(`${directory}/file`, new Uint8Array(Buffer.from('Hello world')))
      assert.equal(await sandbox.filesystem.read(`${directory}/file`), 'Hello world')
      await sandbox.close()
    },

    async sample_read_bytes() {
      const sandbox = await create()
      assert.deepEqual(Buffer.from(await sandbox.filesystem.readBytes('/etc/hosts')), await readFile('/etc/hosts'))
      await sandbox.close()
    },

    async sample_watch_a_directory() {
      const sandbox = await create()
      const events = []
      const watcher = sandbox.filesystem.watchDir(`${directory}/`)
      watcher.addEventListener(event => events.push(event))
      await watcher.start()
      for (let i = 0; i < 10; i++) await sandbox.filesystem.write(`${directory}/file${i}.txt`, `Hello World ${i}!`)
      await until(() => events.filter(event => event.operation === 'Write').length === 10)
      for (let i = 0; i < 10; i++) {
        const ofFile = events.filter(event => event.path === `${directory}/file${i}.txt`)
        assert.deepEqual(ofFile.map(event => event.operation), ['Create', 'Write'])
      }
      await watcher.stop()
      await sandbox.close()
    },

    async sample_start_a_process() {
      const sandbox = await create({ cwd: directory })
      const npm = await sandbox.process.start('npm init -y')
      await npm.wait()
      assert.match(npm.output.stdout, /"version": "1\.0\.0"/)
      assert.match(await text('package.json'), /"version": "1\.0\.0"/)
      await sandbox.close()
    },

    async sample_stop_a_process() {
      const sandbox = await create()
      const npm = await sandbox.process.start('sleep 600; npm init -y')
      await npm.kill()
      assert.equal((await npm.wait()).stdout, '')
      await sandbox.close()
    },

    async sample_stream_stdout() {
      const printed = []
      const sandbox = await create({ onStdout: output => printed.push(`sandbox ${output.line}`) })
      await sandbox.process.startAndWait('echo "Hello World!"')
      await sandbox.process.startAndWait({ cmd: 'echo "Hello World!"', onStdout: output => printed.push(`process ${output.line}`) })
      assert.deepEqual(printed, ['sandbox Hello World!', 'process Hello World!'])
      await sandbox.close()
    },

    async sample_stream_stderr() {
      const printed = []
      const sandbox = await create({ onStderr: output => printed.push(`sandbox ${output.line}`) })
      await sandbox.process.startAndWait('golang-that-is-not-installed version')
      await sandbox.process.startAndWait({ cmd: 'golang-that-is-not-installed version', onStderr: output => printed.push(`process ${output.line}`) })
      const problem = '/bin/bash: line 1: golang-that-is-not-installed: command not found'
      assert.deepEqual(printed, [`sandbox ${problem}`, `process ${problem}`])
      await sandbox.close()
    },

    async sample_exit() {
      const printed = []
      const sandbox = await create({ onExit: () => printed.push('sandbox') })
      await sandbox.process.startAndWait('echo "Hello World!"')
      await sandbox.process.startAndWait({ cmd: 'echo "Hello World!"', onExit: () => printed.push('process') })
      assert.deepEqual(printed, ['sandbox', 'process'])
      await sandbox.close()
    },

    async sample_send_stdin() {
      const sandbox = await create()
      const lines = []
      const proc = await sandbox.process.start({
        cmd: 'while IFS= read -r line; do echo "$line"; sleep 1; done', onStdout: output => lines.push(output.line),
      })
      await proc.sendStdin('AI Playground\n')
      await until(() => lines.length > 0)
      await proc.kill()
      assert.deepEqual(lines, ['AI Playground'])
      await sandbox.close()
    },

    async sample_current_directory() {
      const sandbox = await create({ cwd: `${directory}/code` })
      assert.equal((await sandbox.process.startAndWait('pwd')).stdout, `${directory}/code`)
      sandbox.cwd = directory
      assert.equal((await sandbox.process.startAndWait('pwd')).stdout, directory)
      await sandbox.close()
    },

    async sample_relative_paths() {
      const sandbox = await create({ cwd: `${directory}/code` })
      await sandbox.filesystem.write('hello.txt', 'Welcome to E2B!')
      const first = await sandbox.process.startAndWait(`cat ${directory}/code/hello.txt`)
      assert.equal(first.stdout, 'Welcome to E2B!')
      await sandbox.filesystem.write('../hello.txt', 'We hope you have a great day!')
      const second = await sandbox.process.startAndWait(`cat ${directory}/hello.txt`)
      assert.equal(second.stdout, 'We hope you have a great day!')
      await sandbox.close()
    },

    async sample_directory_of_a_process() {
      const sandbox = await create({ cwd: `${directory}/code` })
      assert.equal((await sandbox.process.startAndWait('pwd')).stdout, `${directory}/code`)
      assert.equal((await sandbox.process.startAndWait({ cmd: 'pwd', cwd: '/home' })).stdout, '/home')
      await sandbox.close()
    },

    async sample_host_names() {
      const sandbox = await create()
      assert.equal(sandbox.getHostname(), address.__debug_hostname)
      assert.equal(sandbox.getHostname(3000), `${address.__debug_hostname}:3000`)
      await sandbox.close()
    },

    async sample_timeouts() {
      const timeout = 3_000
      const sandbox = await create({ timeout })
      const proc = await sandbox.process.start({ cmd: 'echo started', timeout })
      assert.equal((await proc.wait(timeout)).stdout, 'started')
      await sandbox.filesystem.write(`${directory}/hello.txt`, 'Hello World!', { timeout })
      assert.deepEqual(await sandbox.filesystem.list(directory, { timeout }), [{ name: 'hello.txt', isDir: false }])
      assert.equal(await sandbox.filesystem.read(`${directory}/hello.txt`, { timeout }), 'Hello World!')
      await sandbox.close()
    },
  }
}
