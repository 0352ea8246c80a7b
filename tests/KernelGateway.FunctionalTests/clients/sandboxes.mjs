// Drives the unmodified e2b and @e2b/code-interpreter packages against a control plane, without their debug mode: node sandboxes.mjs CASE
// E2B_API_KEY, E2B_API_URL and E2B_SANDBOX_URL come from the environment, as a user would set them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sandbox as Interpreter } from '@e2b/code-interpreter'
import { CommandExitError, Sandbox, SandboxNotFoundError, Template, TimeoutError } from 'e2b'
import { all } from './sandboxes/common.mjs'
import { copies } from './sandboxes/copies.mjs'
import { lifecycle } from './sandboxes/lifecycle.mjs'
import { listing } from './sandboxes/listing.mjs'
import { sudo } from './sandboxes/sudo.mjs'
import { templates } from './sandboxes/templates.mjs'

const cases = {
  ...lifecycle,
  ...copies,
  ...listing,
  ...sudo,
  ...templates,

  async create_and_run_code() {
    const sandbox = await Interpreter.create()
    assert.match(sandbox.sandboxId, /^i[a-z0-9]{20}$/)
    const first = await sandbox.runCode('x = 1; x')
    assert.equal(first.text, '1')
    assert.equal(first.executionCount, 1)
    assert.equal((await sandbox.runCode('x += 1; x')).text, '2')
    const context = await sandbox.createCodeContext()
    assert.equal((await sandbox.runCode('1 + 1', { context })).text, '2')
    assert.ok((await sandbox.listCodeContexts()).some(item => item.id === context.id))
    await sandbox.removeCodeContext(context)
    await sandbox.kill()
  },

  async ready_pool() {
    assert.deepEqual(await all(Sandbox.list()), [])
    const metadata = { owner: randomUUID() }
    const first = await Interpreter.create({ envs: { GIVEN: 'by the request' }, metadata, timeoutMs: 77_000 })
    const second = await Interpreter.create()
    const info = await first.getInfo()
    assert.deepEqual(info.metadata, metadata)
    assert.equal(info.endAt - info.startedAt, 77_000)
    assert.equal((await all(Sandbox.list())).length, 2)
    const code = 'import os; os.environ.get("GIVEN")'
    const run = await first.runCode(code)
    assert.equal(run.text, 'by the request')
    assert.equal(run.executionCount, 1)
    assert.equal((await second.runCode(code)).text, undefined)
    assert.equal((await first.commands.run('echo $GIVEN')).stdout, 'by the request\n')
    assert.equal((await second.commands.run('echo $GIVEN')).stdout, '\n')
    await first.files.write('mine.txt', 'hello')
    assert.equal(await second.files.exists('mine.txt'), false)
    for (const sandbox of [first, second]) {
      console.log(sandbox.sandboxId)
      await sandbox.kill()
    }
  },

  async private_traffic() {
    const sandbox = await Interpreter.create({ secure: true, network: { allowPublicTraffic: false } })
    assert.ok(sandbox.trafficAccessToken)
    assert.equal((await sandbox.runCode('1 + 2')).text, '3')
    const headers = { 'E2b-Sandbox-Id': sandbox.sandboxId, 'E2b-Sandbox-Port': '49999' }
    const refused = await fetch(`${process.env.E2B_SANDBOX_URL}/health`, { headers })
    assert.equal(refused.status, 403)
    assert.equal((await refused.json()).code, 403)
    await sandbox.kill()
  },

  async files_and_commands() {
    const sandbox = await Sandbox.create({ envs: { GIVEN: 'by the request' } })
    const path = join(tmpdir(), `plane-${randomUUID()}.txt`)
    await sandbox.files.write(path, 'hello')
    assert.equal(await sandbox.files.read(path), 'hello')
    const user = (await sandbox.commands.run('id -un')).stdout
    assert.equal((await sandbox.commands.run(`stat -c %U ${path}`)).stdout, user)
    if (process.env.ISOLATED) {
      assert.equal(user, 'user\n')
      // No limit of the disk counts what is in it.
      await assert.rejects(sandbox.commands.run('head -c 1000000 /dev/zero > /run/gateway/fill', { user: 'root' }), CommandExitError)
    }
    assert.equal((await sandbox.commands.run('echo $GIVEN')).stdout, 'by the request\n')
    const url = await sandbox.downloadUrl(path)
    assert.equal(await (await fetch(url)).text(), 'hello')
    await sandbox.files.remove(path)
    const unsigned = await fetch(`${process.env.E2B_SANDBOX_URL}/files?path=${path}`, {
      headers: { 'E2b-Sandbox-Id': sandbox.sandboxId, 'E2b-Sandbox-Port': '49983' },
    })
    assert.equal(unsigned.status, 401)
    await sandbox.kill()
  },

  async update_network() {
    const sandbox = await Sandbox.create()
    const update = sandbox.updateNetwork({ allowOut: ['192.0.2.1'], denyOut: ['198.51.100.0/24'] })
    if (process.env.FILTERS) {
      await update
      const info = await sandbox.getInfo()
      assert.deepEqual(info.network.allowOut, ['192.0.2.1'])
      assert.deepEqual(info.network.denyOut, ['198.51.100.0/24'])
    } else {
      await assert.rejects(update, /cannot/)
    }
    await sandbox.kill()
  },

  async one_user() {
    const sandbox = await Interpreter.create({ allowInternetAccess: false, timeoutMs: 60_000 })
    assert.equal((await sandbox.runCode('import os; os.getuid()')).text, '1000')
    assert.equal((await sandbox.commands.run('id -un; pwd; echo $HOME')).stdout, 'user\n/home/user\n/home/user\n')
    await assert.rejects(sandbox.commands.run('id -u', { user: 'root' }), /does not run as root|cannot/)
    assert.match(
      (await sandbox.commands.run('sudo id 2>&1 || echo $?')).stdout,
      /^sudo: this sandbox has one user only, because the service of the sandboxes does not run as root\n1\n$/)
    await assert.rejects(sandbox.files.write('/file-of-root', 'x', { user: 'root' }), /does not run as root|cannot/)
    await sandbox.files.write('/hello.txt', 'hello')
    assert.equal(await sandbox.files.read('/hello.txt'), 'hello')
    assert.match((await sandbox.commands.run('cat /etc/shadow 2>&1 || true')).stdout, /No such file/)
    await sandbox.pause()
    const same = await Interpreter.connect(sandbox.sandboxId)
    assert.equal((await same.runCode('os.path.exists("/hello.txt")')).text, 'True')
    assert.equal(await sandbox.kill(), true)
    await assert.rejects(Sandbox.create({ allowInternetAccess: true }), /allow_internet_access/)
    console.log(sandbox.sandboxId)
  },

  async info_and_list() {
    const metadata = { 'a b': `c&d=e ${randomUUID()}` }
    const first = await Sandbox.create({ metadata })
    const second = await Sandbox.create({ metadata })
    const info = await first.getInfo()
    assert.equal(info.sandboxId, first.sandboxId)
    assert.equal(info.state, 'running')
    assert.deepEqual(info.metadata, metadata)
    assert.ok(info.endAt > info.startedAt)

    const paginator = Sandbox.list({ query: { metadata }, limit: 1 })
    assert.equal((await paginator.nextItems())[0].sandboxId, second.sandboxId)
    assert.ok(paginator.hasNext)
    assert.equal((await paginator.nextItems())[0].sandboxId, first.sandboxId)
    assert.equal(paginator.hasNext, false)

    await first.pause()
    const paused = await all(Sandbox.list({ query: { metadata, state: ['paused'] } }))
    assert.deepEqual(paused.map(item => item.sandboxId), [first.sandboxId])
    const both = await all(Sandbox.list({ query: { metadata, state: ['running', 'paused'] } }))
    assert.equal(both.length, 2)
    await first.kill()
    await second.kill()
    assert.deepEqual(await all(Sandbox.list({ query: { metadata } })), [])
  },

  async kill() {
    const sandbox = await Sandbox.create()
    assert.equal(await sandbox.kill(), true)
    assert.equal(await sandbox.isRunning(), false)
    assert.equal(await Sandbox.kill(sandbox.sandboxId), false)
    assert.equal(await Sandbox.kill('nonexistingsandbox'), false)
    await assert.rejects(Sandbox.connect(sandbox.sandboxId), error => error instanceof SandboxNotFoundError)
    console.log(sandbox.sandboxId)
  },

  async timeouts() {
    const sandbox = await Sandbox.create({ timeoutMs: 100_000 })
    const { endAt } = await sandbox.getInfo()
    await Sandbox.connect(sandbox.sandboxId, { timeoutMs: 10_000 })
    assert.equal((await sandbox.getInfo()).endAt.getTime(), endAt.getTime())
    await Sandbox.connect(sandbox.sandboxId, { timeoutMs: 200_000 })
    assert.ok((await sandbox.getInfo()).endAt > endAt)
    await sandbox.setTimeout(1_000)
    const end = (await sandbox.getInfo()).endAt.getTime()
    while (await sandbox.isRunning()) assert.ok(Date.now() < end + 5_000)
    assert.ok(Date.now() >= end - 100)
  },

  async pause_and_resume() {
    const sandbox = await Interpreter.create()
    await sandbox.runCode('value = 0')
    const command = await sandbox.commands.run('cat', { background: true, stdin: true })
    for (let i = 1; i <= 5; i++) {
      assert.equal(await sandbox.pause(), true)
      assert.equal(await sandbox.pause(), false)
      assert.equal(await sandbox.isRunning(), false)
      const same = await Interpreter.connect(sandbox.sandboxId)
      assert.equal(await same.isRunning(), true)
      assert.equal((await same.runCode('value += 1; value')).text, `${i}`)
    }

    const processes = await sandbox.commands.list()
    assert.ok(processes.some(process => process.pid === command.pid))
    assert.equal(await sandbox.commands.kill(command.pid), true)
    await sandbox.kill()
  },

  async kill_during_execution() {
    const sandbox = await Interpreter.create()
    let run
    await new Promise(resolve => {
      run = sandbox.runCode('print("started", flush=True)\nimport time\ntime.sleep(300)', { onStdout: resolve })
      run.catch(() => {})
    })
    await sandbox.kill()
    await assert.rejects(run, TimeoutError)
  },

  async template_exists() {
    assert.equal(await Template.exists('base'), true)
    assert.equal(await Template.exists(`missing-${randomUUID()}`), false)
  },

  async metrics() {
    const sandbox = await Sandbox.create()
    let samples = []
    while (samples.length === 0) samples = await sandbox.getMetrics()
    assert.ok(samples[0].cpuCount > 0)
    assert.ok(samples[0].memTotal > 0)
    assert.deepEqual(await sandbox.getMetrics({ start: new Date(0), end: new Date(100_000) }), [])
    await sandbox.kill()
  },

  async directory_of_the_template() {
    const sandbox = await Interpreter.create('elsewhere')
    const command = (await sandbox.commands.run('id -un; pwd')).stdout
    const kernel = (await sandbox.runCode('import getpass, os; (getpass.getuser(), os.getcwd())')).text
    if (process.env.ISOLATED) {
      assert.equal(command, 'user\n/var/tmp\n')
      assert.equal(kernel, "('user', '/var/tmp')")
      const asRoot = (await sandbox.commands.run('id -un; pwd', { user: 'root', cwd: '/etc' })).stdout
      assert.equal(asRoot, 'root\n/etc\n')
    }
    await sandbox.kill()
  },

  // The first ready check fails; the template makes it so.
  async commands_of_the_template() {
    const sandbox = await Sandbox.create('serving')
    assert.ok(await sandbox.files.exists('/tmp/tried'))
    assert.equal(await sandbox.files.read('/tmp/up'), 'user in /home/user\n')
    assert.deepEqual((await sandbox.commands.list()).map(process => process.tag), ['start_cmd'])
    await sandbox.kill()
  },

  async server_in_the_sandbox() {
    const sandbox = await Sandbox.create()
    const server = await sandbox.commands.run('exec python3 -u -m http.server --bind 127.0.0.1 0 2>&1', { background: true, timeoutMs: 0, cwd: '/' })
    let port
    while (!port) {
      port = /port (\d+)/.exec(server.stdout)?.[1]
      await new Promise(setImmediate)
    }
    assert.match(sandbox.getHost(Number(port)), new RegExp(`^${port}-${sandbox.sandboxId}\\.`))
    const response = await fetch(process.env.E2B_SANDBOX_URL, { headers: { 'E2b-Sandbox-Id': sandbox.sandboxId, 'E2b-Sandbox-Port': port } })
    assert.equal(response.status, 200)
    await sandbox.commands.kill(server.pid)
    await sandbox.kill()
    const gone = await fetch(process.env.E2B_SANDBOX_URL, { headers: { 'E2b-Sandbox-Id': sandbox.sandboxId, 'E2b-Sandbox-Port': port } })
    assert.equal(gone.status, 502)
    assert.deepEqual(await gone.json(), { sandboxId: sandbox.sandboxId, message: 'The sandbox was not found', code: 502 })
  },
}

const name = process.argv[2]
if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
await cases[name]()

// The SDK's connections stay open for a while.
process.exit()
