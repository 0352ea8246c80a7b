// The code samples of E2B's documentation of the generation before that use a sandbox: the JavaScript twin of each, with its own paths and texts.
import assert from 'node:assert/strict'
import { until } from './samples.mjs'

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

/** Returns the samples. `Sandbox` is the class of the package. */
export function documentation(Sandbox) {
  return {
    async variables_of_the_sandbox() {
      const sandbox = await Sandbox.create({ envVars: { FOO: 'Hello' } })
      const proc = await sandbox.process.start({ cmd: 'echo $FOO $BAR!', envVars: { BAR: 'World' } })
      await proc.wait()
      assert.equal(proc.output.stdout, 'Hello World!')
      await sandbox.close()
    },

    async list_a_directory() {
      const sandbox = await Sandbox.create()
      const content = await sandbox.filesystem.list('/')
      assert.ok(content.some(item => item.name === 'etc' && item.isDir))
      assert.ok(content.some(item => item.name === 'home' && item.isDir))
      await sandbox.close()
    },

    async make_a_directory_and_write() {
      const sandbox = await Sandbox.create()
      await sandbox.filesystem.write('/hello.txt', 'Hello World!')
      assert.equal(await sandbox.filesystem.read('/hello.txt'), 'Hello World!')
      await assert.rejects(sandbox.filesystem.write('/dir/hello.txt', 'Hello World!'), /open \/dir\/hello\.txt: no such file or directory/)
      await sandbox.filesystem.makeDir('/dir')
      await sandbox.filesystem.makeDir('/dir')
      await sandbox.filesystem.write('/dir/hello.txt', 'Hello World!')
      assert.deepEqual(await sandbox.filesystem.list('/dir'), [{ name: 'hello.txt', isDir: false }])
      assert.equal((await sandbox.process.startAndWait('cat /dir/hello.txt')).stdout, 'Hello World!')
      await sandbox.close()
    },

    async read_and_write_bytes() {
      const sandbox = await Sandbox.create()
      assert.match(await sandbox.filesystem.read('/etc/hosts'), /localhost/)
      const bytes = Buffer.from(await sandbox.filesystem.readBytes('/etc/hosts')).toString('base64')
      assert.equal((await sandbox.process.startAndWait('base64 --wrap=0 /etc/hosts')).stdout, bytes)
      await sandbox.filesystem.writeBytes('/file', new Uint8Array(Buffer.from('Hello world')))
      assert.equal(await sandbox.filesystem.read('/file'), 'Hello world')
      await sandbox.close()
    },

    async watch_a_directory() {
      const sandbox = await Sandbox.create()
      const events = []
      const watcher = sandbox.filesystem.watchDir('/home')
      watcher.addEventListener(event => events.push(event))
      await watcher.start()
      for (let i = 0; i < 10; i++) await sandbox.filesystem.write(`/home/file${i}.txt`, `Hello World ${i}!`)
      await until(() => events.filter(event => event.operation === 'Write').length === 10)
      for (let i = 0; i < 10; i++) {
        const ofFile = events.filter(event => event.path === `/home/file${i}.txt`)
        assert.deepEqual(ofFile.map(event => event.operation), ['Create', 'Write'])
      }
      await sandbox.close()
    },

    async upload_and_download() {
      const sandbox = await Sandbox.create()
      const bytes = new Uint8Array(1 << 20).map((_, i) => i * 7)
      assert.equal(await sandbox.uploadFile(new Blob([bytes]), 'uploaded.bin'), '/home/user/uploaded.bin')
      assert.deepEqual(await sandbox.filesystem.list('/home/user').then(list => list.filter(item => item.name === 'uploaded.bin').length), 1)
      assert.deepEqual(Buffer.from(await sandbox.downloadFile('/home/user/uploaded.bin', 'arraybuffer')), Buffer.from(bytes))
      await sandbox.close()
    },

    async start_a_process() {
      const sandbox = await Sandbox.create()
      const npm = await sandbox.process.start('npm init -y')
      await npm.wait()
      assert.match(npm.output.stdout, /"version": "1\.0\.0"/)
      assert.equal((await sandbox.process.startAndWait('id -un; pwd')).stdout, 'user\n/home/user')
      await sandbox.close()
    },

    async stop_a_process() {
      const sandbox = await Sandbox.create()
      const npm = await sandbox.process.start('sleep 600; npm init -y')
      await npm.kill()
      assert.equal((await npm.wait()).stdout, '')
      await sandbox.close()
    },

    async stream_output() {
      const printed = []
      const sandbox = await Sandbox.create({
        onStdout: output => printed.push(`sandbox ${output.line}`), onStderr: output => printed.push(`sandbox ${output.line}`),
      })
      await sandbox.process.startAndWait('echo "Hello World!"')
      await sandbox.process.startAndWait({ cmd: 'echo "Hello World!"', onStdout: output => printed.push(`process ${output.line}`) })
      await sandbox.process.startAndWait('golang version')
      await sandbox.process.startAndWait({ cmd: 'golang version', onStderr: output => printed.push(`process ${output.line}`) })
      const problem = '/bin/bash: line 1: golang: command not found'
      assert.deepEqual(printed, ['sandbox Hello World!', 'process Hello World!', `sandbox ${problem}`, `process ${problem}`])
      await sandbox.close()
    },

    async exit_of_a_process() {
      const printed = []
      const sandbox = await Sandbox.create({ onExit: () => printed.push('[sandbox] process ended') })
      await sandbox.process.startAndWait('echo "Hello World!"')
      await sandbox.process.startAndWait({ cmd: 'echo "Hello World!"', onExit: () => printed.push('[process] process ended') })
      assert.deepEqual(printed, ['[sandbox] process ended', '[process] process ended'])
      await sandbox.close()
    },

    async send_stdin() {
      const sandbox = await Sandbox.create()
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

    async terminal() {
      const sandbox = await Sandbox.create()
      let text = ''
      const terminal = await sandbox.terminal.start({ onData: data => { text += data }, size: { cols: 91, rows: 33 } })
      await terminal.sendData('stty size; id -un\n')
      await until(() => text.includes('33 91') && text.includes('\nuser'))
      await terminal.kill()
      await sandbox.close()
    },

    async current_directory() {
      const sandbox = await Sandbox.create({ cwd: '/code' })
      assert.equal((await sandbox.process.startAndWait('pwd')).stdout, '/code')
      assert.equal((await sandbox.process.startAndWait({ cmd: 'pwd', cwd: '/home' })).stdout, '/home')
      sandbox.cwd = '/home'
      assert.equal((await sandbox.process.startAndWait('pwd')).stdout, '/home')
      await assert.rejects(
        sandbox.process.start({ cmd: 'pwd', cwd: '/no/such' }), error => error.name.includes('CurrentWorkingDirectoryDoesntExist'))
      await sandbox.close()
    },

    async relative_paths() {
      const sandbox = await Sandbox.create({ cwd: '/home/user/code' })
      await sandbox.filesystem.write('hello.txt', 'Welcome to E2B!')
      assert.equal((await sandbox.process.startAndWait('cat /home/user/code/hello.txt')).stdout, 'Welcome to E2B!')
      await sandbox.filesystem.write('../hello.txt', 'We hope you have a great day!')
      assert.equal((await sandbox.process.startAndWait('cat /home/user/hello.txt')).stdout, 'We hope you have a great day!')
      await sandbox.close()
    },

    async profile_of_the_user() {
      const sandbox = await Sandbox.create()
      await sandbox.filesystem.write('/home/user/.profile', 'export FOO=BAR')
      assert.equal((await sandbox.process.startAndWait('echo $FOO')).stdout, 'BAR')
      await sandbox.close()
    },

    async host_names() {
      const sandbox = await Sandbox.create()
      const [id, client] = sandbox.id.split('-')
      assert.match(id, /^i[a-z0-9]{20}$/)
      assert.equal(sandbox.getHostname(), `${id}-${client}.${process.env.E2B_DOMAIN}`)
      assert.equal(sandbox.getHostname(3000), `3000-${id}-${client}.${process.env.E2B_DOMAIN}`)
      const server = await sandbox.process.start('exec python3 -u -m http.server --bind 127.0.0.1 3000')
      await until(() => /port 3000/.test(server.output.stdout))
      const answer = await fetch(`https://${sandbox.getHostname(3000)}/`)
      assert.equal(answer.status, 200)
      assert.match(await answer.text(), /Directory listing/)

      // Without a port it is the one of the template, at which nothing listens here.
      const withoutPort = await fetch(`https://${sandbox.getHostname()}/`)
      assert.equal(withoutPort.status, 502)
      assert.equal((await withoutPort.json()).port, 80)
      await sandbox.close()
    },

    async timeouts() {
      // More than the three seconds of the documentation: sandboxes of other cases start at the same time.
      const timeout = 30_000
      const sandbox = await Sandbox.create({ timeout })
      const proc = await sandbox.process.start({ cmd: 'echo started', timeout })
      assert.equal((await proc.wait(timeout)).stdout, 'started')
      await sandbox.filesystem.write('/hello.txt', 'Hello World!', { timeout })
      assert.ok((await sandbox.filesystem.list('/', { timeout })).some(item => item.name === 'hello.txt'))
      assert.equal(await sandbox.filesystem.read('/hello.txt', { timeout }), 'Hello World!')
      await sandbox.close()
    },

    async metadata() {
      const userID = `uniqueID-${Math.random()}`
      const sandbox = await Sandbox.create({ metadata: { userID } })
      await sandbox.filesystem.write('hello.txt', 'Hello World!')
      await sandbox.keepAlive(60_000)
      await sandbox.close()
      const listed = (await Sandbox.list()).filter(item => item.metadata?.userID === userID)
      assert.equal(listed.length, 1)
      assert.equal(listed[0].sandboxID, sandbox.id)
      assert.equal(listed[0].templateID, 'base')
      assert.ok(Number.isInteger(listed[0].cpuCount) && Number.isInteger(listed[0].memoryMB) && listed[0].startedAt instanceof Date)
      const same = await Sandbox.reconnect(listed[0].sandboxID)
      assert.equal(await same.filesystem.read('hello.txt'), 'Hello World!')
      await same.close()
    },

    async kill() {
      const sandbox = await Sandbox.create()
      await Sandbox.kill(sandbox.id)
      assert.ok(!(await Sandbox.list()).some(item => item.sandboxID === sandbox.id))
      await assert.rejects(Sandbox.kill(sandbox.id), error => error.status === 404)
      await sandbox.close()
    },

    async calls_fail_when_the_sandbox_ends() {
      const sandbox = await Sandbox.create()
      const read = sandbox.filesystem.read('/root/.jupyter/kernel_id').catch(error => error)   // waits for a kernel
      await sandbox.filesystem.list('/')
      await Sandbox.kill(sandbox.id)
      assert.match(`${await read}`, /The sandbox is ending/)
      const [id, client] = sandbox.id.split('-')
      const upgrade = await fetch(`https://49982-${id}-${client}.${process.env.E2B_DOMAIN}/ws`)
      assert.equal(upgrade.status, 502)
      await sandbox.close()
    },

    // Takes more than the 20 seconds that a closed sandbox lives without keepAlive.
    async keep_alive_and_reconnect() {
      const [sandbox, forgotten] = await Promise.all([Sandbox.create(), Sandbox.create()])
      await sandbox.filesystem.write('hello.txt', 'Hello World!')
      await sandbox.keepAlive(2 * 60_000)
      await Promise.all([sandbox.close(), forgotten.close()])
      const isListed = async one => (await Sandbox.list()).some(item => item.sandboxID === one.id)
      assert.ok(await isListed(forgotten), 'closing says nothing to the service')
      const end = Date.now() + 40_000
      while (await isListed(forgotten)) {
        assert.ok(Date.now() < end, 'the sandbox without keepAlive ends')
        await pause(250)
      }

      const same = await Sandbox.reconnect(sandbox.id)
      assert.equal(await same.filesystem.read('hello.txt'), 'Hello World!')
      assert.equal((await same.process.startAndWait('cat hello.txt')).stdout, 'Hello World!')
      await same.close()
    },

    // Nobody keeps it alive but the client, which refreshes it every five seconds.
    async open_sandbox_outlives_fifteen_seconds() {
      const sandbox = await Sandbox.create()
      await pause(20_000)
      assert.equal((await sandbox.process.startAndWait('echo alive')).stdout, 'alive')
      await sandbox.close()
    },
  }
}
