// One kernel, used at once by the E2B code interpreter, the JupyterLab client and jupyter_client: node shared.mjs FROM
// FROM says where the kernel comes from: contexts (POST /contexts) or kernels (POST /api/kernels). JUPYTER_URL is the gateway's, which asks for no
// token (the E2B SDK sends none in debug mode); PYTHON is the interpreter that has jupyter_client.
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

// A cell of each client gives what it printed, its value as text, and the name of its error.
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

// The same state for all.
await clients.e2b.run('shared = ["e2b"]')
await clients.lab.run('shared.append("lab")')
await clients.client.run('shared.append("client")')
for (const name of names) {
  assert.equal((await clients[name].run('print(shared)')).stdout, "['e2b', 'lab', 'client']\n", name)
}

// All at once, each its own results.
await clients.e2b.run('count = 0')
await Promise.all(names.map(async name => {
  for (let i = 0; i < rounds; i++) {
    const { stdout, text, error } = await clients[name].run(`count += 1\nprint("${name}", ${i})\n${i} * 2`)
    assert.deepEqual([stdout, text, error ?? null], [`${name} ${i}\n`, `${i * 2}`, null])
  }
}))
for (const name of names) assert.equal((await clients[name].run('count')).text, `${rounds * names.length}`, name)

// What one gets wrong is nobody else's, nor its own next cell's. jupyter_client's may be: the kernel aborts what it has when a cell fails.
await Promise.all(names.map(async name => {
  for (let i = 0; i < rounds; i++) {
    const { error } = await clients[name].run(name === 'lab' ? '1/0' : `${i}`)
    if (name === 'lab') assert.equal(error, 'ZeroDivisionError')
    if (name === 'e2b') assert.equal(error, undefined)
  }
}))

await Promise.all(names.map(name => clients[name].close()))
await sandbox.removeCodeContext(id)
process.exit(0)   // the manager's timers would keep the process
