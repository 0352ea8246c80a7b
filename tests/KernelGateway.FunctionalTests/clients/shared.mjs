// One kernel, used at the same time by the E2B code interpreter, the JupyterLab client and jupyter_client: node shared.mjs FROM
// FROM selects how the kernel is started: contexts (POST /contexts) or kernels (POST /api/kernels). JUPYTER_URL is the address of the gateway. It
// requires no token, because the E2B SDK sends none in debug mode. PYTHON is the interpreter with jupyter_client.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { KernelAPI, KernelManager, ServerConnection } from '@jupyterlab/services'
import { Sandbox } from '@e2b/code-interpreter'

const rounds = 20
const serverSettings = ServerConnection.makeSettings({ baseUrl: process.env.JUPYTER_URL, token: '' })
const manager = new KernelManager({ serverSettings })
await manager.ready
const sandbox = await Sandbox.create()

// For each client: run(code) returns the standard output, the value as text, and the name of the error.
async function e2bClient(id) {
  const context = (await sandbox.listCodeContexts()).find(one => one.id === id)
  assert.equal(context.language, 'python')
  return {
    async run(code) {
      const execution = await sandbox.runCode(code, { context })
      return { stdout: execution.logs.stdout.join(''), text: execution.text, error: execution.error?.name }
    },
    close() {},
  }
}

async function jupyterLabClient(id) {
  await manager.refreshRunning()
  const kernel = manager.connectTo({ model: await manager.findById(id) })
  await kernel.info
  return {
    async run(code) {
      const outcome = { stdout: '' }
      const future = kernel.requestExecute({ code, stop_on_error: true })
      future.onIOPub = ({ header, content }) => {
        if (content.name === 'stdout') outcome.stdout += content.text
        if (header.msg_type === 'execute_result') outcome.text = content.data['text/plain']
      }
      const { content } = await future.done
      return { ...outcome, error: content.status === 'aborted' ? 'aborted' : content.ename }
    },
    close: () => kernel.dispose(),
  }
}

async function jupyterClient(id) {
  const { connection_file } = await (await fetch(new URL(`contexts/${id}`, process.env.JUPYTER_URL))).json()
  const python = spawn(process.env.PYTHON, ['blocking_client.py', 'serve', connection_file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  const answer = async () => JSON.parse((await lines.next()).value)
  assert.deepEqual(await answer(), { ready: true })
  return {
    run(code) {
      python.stdin.write(JSON.stringify({ code }) + '\n')
      return answer()
    },
    async close() {
      python.stdin.end()
      assert.deepEqual(await once(python, 'exit'), [0, null])
    },
  }
}

const starts = {
  contexts: async () => (await sandbox.createCodeContext()).id,
  kernels: async () => (await KernelAPI.startNew({ name: 'python3' }, serverSettings)).id,
}

const id = await starts[process.argv[2]]()
const clients = { e2b: await e2bClient(id), lab: await jupyterLabClient(id), client: await jupyterClient(id) }
const names = Object.keys(clients)

// All clients see the same state.
await clients.e2b.run('shared = ["e2b"]')
await clients.lab.run('shared.append("lab")')
await clients.client.run('shared.append("client")')
for (const name of names) {
  assert.equal((await clients[name].run('print(shared)')).stdout, "['e2b', 'lab', 'client']\n", name)
}

// All run at the same time, and each gets its own results.
await clients.e2b.run('count = 0')
await Promise.all(names.map(async name => {
  for (let i = 0; i < rounds; i++) {
    const { stdout, text, error } = await clients[name].run(`count += 1\nprint("${name}", ${i})\n${i} * 2`)
    assert.deepEqual([stdout, text, error ?? null], [`${name} ${i}\n`, `${i * 2}`, null])
  }
}))
for (const name of names) assert.equal((await clients[name].run('count')).text, `${rounds * names.length}`, name)

// An error in one client's cell affects no other client and not its own next cell. jupyter_client is the exception: the kernel aborts its requests.
await Promise.all(names.map(async name => {
  for (let i = 0; i < rounds; i++) {
    const { error } = await clients[name].run(name === 'lab' ? '1/0' : `${i}`)
    if (name === 'lab') assert.equal(error, 'ZeroDivisionError')
    if (name === 'e2b') assert.equal(error, undefined)
  }
}))

await Promise.all(names.map(name => clients[name].close()))
await sandbox.removeCodeContext(id)
process.exit(0)   // the manager's timers would keep the process alive
