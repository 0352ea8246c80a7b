// Drives the unmodified @jupyterlab/services package against a Jupyter server: node jupyterlab.mjs CASE
// JUPYTER_URL and JUPYTER_TOKEN say where it is. KERNEL_PROTOCOL=legacy keeps the client from offering the v1 WebSocket protocol.
// The cases pass against Jupyter Server itself, too (jupyter-server --ServerApp.token=T; JUPYTER_TOKEN=T JUPYTER_URL=… node jupyterlab.mjs CASE),
// except those of dropped sockets: it loses what was under way.
import assert from 'node:assert/strict'
import {
  KernelAPI, KernelManager, KernelMessage, KernelSpecAPI, KernelSpecManager, ServerConnection, SessionAPI, SessionManager,
} from '@jupyterlab/services'
import { observedSockets, offersLegacyOnly, seeded } from './sockets.mjs'

const legacy = process.env.KERNEL_PROTOCOL === 'legacy'
const sockets = observedSockets(legacy ? offersLegacyOnly : undefined)
const serverSettings = ServerConnection.makeSettings({
  baseUrl: process.env.JUPYTER_URL,
  token: process.env.JUPYTER_TOKEN ?? '',
  WebSocket: sockets.WebSocket,
})

const cases = {
  async kernelspecs() {
    const manager = new KernelSpecManager({ serverSettings })
    await manager.ready
    const { python3 } = manager.specs.kernelspecs
    assert.equal(python3.language, 'python')
    assert.ok(python3.argv.length > 0)
    assert.ok(manager.specs.kernelspecs[manager.specs.default], 'the default is one of them')

    const logo = new URL(python3.resources['logo-64x64'], process.env.JUPYTER_URL)
    const response = await ServerConnection.makeRequest(logo.toString(), {}, serverSettings)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'image/png')
    assert.ok(Buffer.from(await response.arrayBuffer()).subarray(1, 4).equals(Buffer.from('PNG')))
    assert.deepEqual((await KernelSpecAPI.getSpecs(serverSettings)).kernelspecs.python3.argv, python3.argv)
    manager.dispose()
  },

  async kernel_life(manager) {
    const kernel = await manager.startNew({ name: 'python3' })
    assert.equal(kernel.name, 'python3')
    assert.equal((await kernel.info).language_info.name, 'python')
    await manager.refreshRunning()
    assert.ok([...manager.running()].some(model => model.id === kernel.id))
    await kernel.info
    await status(kernel, 'idle')
    const model = await modelOf(kernel.id)
    assert.equal(model.execution_state, 'idle')
    assert.equal(model.connections, 1)
    assert.match(model.last_activity, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

    const gone = new Promise(resolve => kernel.disposed.connect(resolve))
    await kernel.shutdown()
    await gone
    await manager.refreshRunning()
    assert.ok(![...manager.running()].some(one => one.id === kernel.id))
    assert.equal(await modelOf(kernel.id), undefined)
  },

  async unknown_kernelspec(manager) {
    await assert.rejects(manager.startNew({ name: 'no-such-kernel' }), error => error.response.status >= 400 && error.message !== '')
  },

  async protocol(manager, kernel) {
    await kernel.info
    assert.equal(sockets.of(kernel.clientId)[0].protocol, legacy ? '' : 'v1.kernel.websocket.jupyter.org')
  },

  async execute(manager, kernel) {
    const future = kernel.requestExecute({
      code: 'import sys\nprint("out")\nsys.stdout.flush()\nprint("err", file=sys.stderr)\nsys.stderr.flush()\n' +
        'display({"text/latex": "$x$", "application/json": {"a": [1, None]}}, raw=True)\n6 * 7',
    })
    const seen = watched(future)
    const reply = await future.done
    assert.equal(reply.content.status, 'ok')
    assert.equal(reply.content.execution_count, 1)
    assert.deepEqual(seen.replies, [reply])
    assert.deepEqual(seen.iopub.map(message => message.header.msg_type), [
      'status', 'execute_input', 'stream', 'stream', 'display_data', 'execute_result', 'status',
    ])
    const [busy, input, stdout, stderr, display, result, idle] = seen.iopub.map(message => message.content)
    assert.equal(busy.execution_state, 'busy')
    assert.equal(input.execution_count, 1)
    assert.deepEqual(stdout, { name: 'stdout', text: 'out\n' })
    assert.deepEqual(stderr, { name: 'stderr', text: 'err\n' })
    assert.deepEqual(display.data, { 'text/latex': '$x$', 'application/json': { a: [1, null] } })
    assert.deepEqual(result.data, { 'text/plain': '42' })
    assert.equal(result.execution_count, 1)
    assert.equal(idle.execution_state, 'idle')
    await status(kernel, 'idle')
  },

  async execute_error(manager, kernel) {
    const future = kernel.requestExecute({ code: '1/0' })
    const seen = watched(future)
    const reply = await future.done
    assert.equal(reply.content.status, 'error')
    assert.equal(reply.content.ename, 'ZeroDivisionError')
    const error = seen.iopub.find(message => message.header.msg_type === 'error')
    assert.equal(error.content.evalue, 'division by zero')
    assert.ok(error.content.traceback.length > 0)
  },

  async execute_many(manager, kernel) {
    const futures = Array.from({ length: 20 }, (_, i) => kernel.requestExecute({ code: `${i}` }))
    const results = futures.map(future => watched(future).iopub)
    const replies = await Promise.all(futures.map(future => future.done))
    assert.deepEqual(replies.map(reply => reply.content.execution_count), futures.map((_, i) => i + 1))
    assert.deepEqual(results.map(textOf), futures.map((_, i) => `${i}`))
  },

  async silent_and_expressions(manager, kernel) {
    const silent = kernel.requestExecute({ code: 'x = 20; x', silent: true, store_history: false })
    const seen = watched(silent)
    await silent.done
    assert.deepEqual(seen.iopub.map(message => message.header.msg_type), ['status', 'status'])
    const reply = await kernel.requestExecute({ code: '', user_expressions: { twice: 'x * 2' } }).done
    assert.equal(reply.content.user_expressions.twice.data['text/plain'], '40')
  },

  async any_text(manager, kernel) {
    const text = 'zażółć 日本語 🙂 \u2028 \u0085 \u0001 "quotes" \\ end\n'.repeat(2000)
    const future = kernel.requestExecute({ code: `text = ${JSON.stringify(text)}\nprint(text, end="")` })
    const seen = watched(future)
    await future.done
    assert.equal(streamOf(seen.iopub), text)
  },

  async large_output(manager, kernel) {
    const future = kernel.requestExecute({ code: 'display({"text/plain": "x" * 20_000_000}, raw=True)' })
    const seen = watched(future)
    await future.done
    const display = seen.iopub.find(message => message.header.msg_type === 'display_data')
    assert.equal(display.content.data['text/plain'].length, 20_000_000)
  },

  async display_updates(manager, kernel) {
    const first = kernel.requestExecute({ code: 'handle = display("before", display_id="one")' }, false)
    const seen = watched(first)
    await first.done
    await kernel.requestExecute({ code: 'handle.update("after")' }).done
    assert.deepEqual(seen.iopub.filter(message => message.content.data).map(message => [message.header.msg_type, message.content.data['text/plain']]), [
      ['display_data', "'before'"], ['update_display_data', "'after'"],
    ])
    first.dispose()
  },

  async input(manager, kernel) {
    const future = kernel.requestExecute({ code: 'import getpass\nname = input("Name? ")\nword = getpass.getpass("Word? ")\n(name, word)' })
    const seen = watched(future)
    const asked = []
    future.onStdin = message => {
      assert.ok(KernelMessage.isInputRequestMsg(message))
      asked.push(message.content)
      future.sendInputReply({ status: 'ok', value: message.content.password ? 'sesame' : 'Ann 日本' }, message.header)
    }
    await future.done
    assert.deepEqual(asked, [{ prompt: 'Name? ', password: false }, { prompt: 'Word? ', password: true }])
    assert.equal(textOf(seen.iopub), "('Ann 日本', 'sesame')")
  },

  async input_not_allowed(manager, kernel) {
    const reply = await kernel.requestExecute({ code: 'input()', allow_stdin: false }).done
    assert.equal(reply.content.ename, 'StdinNotImplementedError')
  },

  async comm_from_the_kernel(manager, kernel) {
    const opened = promised()
    const messages = queue()
    const closed = promised()
    kernel.registerCommTarget('from-kernel', (comm, message) => {
      comm.onMsg = messages.push
      comm.onClose = closed.resolve
      opened.resolve({ comm, message })
    })
    await succeeds(kernel, `
from ipykernel.comm import Comm
def received(message):
    comm.send({"got": message["content"]["data"]}, buffers=[bytes(reversed(bytes(buffer))) for buffer in message["buffers"]])
comm = Comm(target_name="from-kernel", data={"hello": 1}, metadata={"m": "日本"}, buffers=[b"\\x00\\xff", b"", bytes(range(256))])
comm.on_msg(received)`)
    const { comm, message } = await opened.promise
    assert.deepEqual(message.content.data, { hello: 1 })
    assert.equal(message.metadata.m, '日本')
    assert.deepEqual(message.buffers.map(bytesOf), [[0, 255], [], range(256)])

    await comm.send({ n: [1, null] }, {}, [new Uint8Array([1, 2, 3]).buffer, new Uint8Array(100_000).fill(7).buffer]).done
    const answer = await messages.next()
    assert.deepEqual(answer.content.data, { got: { n: [1, null] } })
    assert.deepEqual(answer.buffers.map(bytesOf), [[3, 2, 1], Array(100_000).fill(7)])

    await succeeds(kernel, 'comm.close()')
    await closed.promise
    assert.ok(comm.isDisposed)
  },

  async comm_from_the_client(manager, kernel) {
    await succeeds(kernel, `
log = []
def opened(comm, message):
    log.append((message["content"]["data"], [bytes(buffer) for buffer in message["buffers"]]))
    comm.on_msg(lambda message: comm.send({"echo": message["content"]["data"]}, buffers=message["buffers"]))
    comm.on_close(lambda message: log.append("closed"))
get_ipython().kernel.comm_manager.register_target("from-client", opened)`)
    const comm = kernel.createComm('from-client')
    const messages = queue()
    comm.onMsg = messages.push
    await comm.open({ a: 1 }, {}, [new Uint8Array([9, 8]).buffer]).done
    const { content } = await kernel.requestCommInfo({ target_name: 'from-client' })
    assert.deepEqual(content.comms, { [comm.commId]: { target_name: 'from-client' } })

    for (let i = 0; i < 10; i++) comm.send({ i }, {}, [new Uint8Array([i]).buffer])
    for (let i = 0; i < 10; i++) {
      const message = await messages.next()
      assert.deepEqual(message.content.data, { echo: { i } })
      assert.deepEqual(message.buffers.map(bytesOf), [[i]])
    }

    await comm.close().done
    assert.equal(await evaluate(kernel, 'log'), "[({'a': 1}, [b'\\t\\x08']), 'closed']")
  },

  async introspection(manager, kernel) {
    await succeeds(kernel, 'import os\ndef documented():\n    "What it does."')
    const completed = await kernel.requestComplete({ code: 'os.getc', cursor_pos: 7 })
    assert.deepEqual(completed.content.matches.filter(match => match.includes('getcwd')).map(match => match.replace('os.', '')), ['getcwd', 'getcwdb'])
    const inspected = await kernel.requestInspect({ code: 'documented', cursor_pos: 4, detail_level: 0 })
    assert.ok(inspected.content.found)
    assert.match(inspected.content.data['text/plain'], /What it does\./)
    const history = await kernel.requestHistory({ hist_access_type: 'range', session: 0, start: 0, stop: 10, raw: true, output: false })
    assert.ok(history.content.history.some(([, , source]) => source.startsWith('import os')))
    assert.equal((await kernel.requestIsComplete({ code: 'for i in x:' })).content.status, 'incomplete')
    assert.equal((await kernel.requestIsComplete({ code: '1 + 1' })).content.status, 'complete')
    assert.equal((await kernel.requestKernelInfo()).content.implementation, 'ipython')
  },

  async interrupt(manager, kernel) {
    await succeeds(kernel, 'kept = 1')
    const future = kernel.requestExecute({ code: 'import time\nprint("begun", flush=True)\ntime.sleep(600)' })
    await iopubMessage(future, message => message.content.text === 'begun\n')
    await kernel.interrupt()
    assert.equal((await future.done).content.ename, 'KeyboardInterrupt')
    assert.equal(await evaluate(kernel, 'kept'), '1')
  },

  async restart(manager, kernel) {
    await succeeds(kernel, 'gone = 1')
    const { id } = kernel
    await kernel.restart()
    assert.equal(kernel.id, id)
    assert.equal(await evaluate(kernel, '"gone" in dir()'), 'False')
    await status(kernel, 'idle')
    assert.equal((await modelOf(id)).execution_state, 'idle')
  },

  async restart_while_busy(manager, kernel) {
    const future = kernel.requestExecute({ code: 'import time\nprint("begun", flush=True)\ntime.sleep(600)' })
    const cancelled = future.done.then(() => 'done', () => 'cancelled')
    await iopubMessage(future, message => message.content.text === 'begun\n')
    await kernel.restart()
    assert.equal(await cancelled, 'cancelled')
    assert.equal(await evaluate(kernel, '6 * 7'), '42')
  },

  // The client comes back by itself and does not say what it has: some messages may come again, none is missing.
  async dropped_socket(manager, kernel) {
    await kernel.info
    const future = kernel.requestExecute({ code: 'for i in range(300):\n    print(i, flush=True)\ninput("go on?")' })
    const seen = watched(future)
    const asked = new Promise(resolve => { future.onStdin = resolve })   // at once: a question may overtake the output printed before it
    await iopubMessage(future, message => message.content.text?.includes('0\n'))
    const { clientId } = kernel
    const broken = connection(kernel, 'connecting')
    const connected = broken.then(() => connection(kernel, 'connected'))
    sockets.of(clientId)[0].terminate()
    await connected
    assert.equal(kernel.clientId, clientId)
    assert.equal(sockets.of(clientId).length, 2)
    future.sendInputReply({ status: 'ok', value: 'yes' }, (await asked).header)
    assert.equal((await future.done).content.status, 'ok')
    assert.deepEqual(linesOf(onceEach(seen.iopub)), range(300).map(String))
    assert.equal(textOf(seen.iopub), "'yes'")
  },

  async socket_dropped_a_hundred_times(manager, kernel) {
    // Nothing happens to the other connection, so it gets what there is: less than was printed where the kernel's own socket drops output,
    // which it does when the machine is too busy to read it.
    const other = manager.connectTo({ model: kernel.model })
    await Promise.all([kernel.info, other.info])
    const lines = 40_000, drops = 100   // much is sent in one piece, and again as one
    const seed = Number(process.env.SEED ?? Date.now() % 1e9)
    const random = seeded(seed)
    const future = kernel.requestExecute({ code: `for i in range(${lines}): print('line', i, flush=True)` })
    const seen = watched(future)
    const sent = []
    other.iopubMessage.connect((_, message) => {
      if (message.parent_header.msg_id === future.msg.header.msg_id && message.header.msg_type === 'stream') sent.push(message)
    })
    let left = 20, former
    const places = []
    sockets.onMessage = socket => {
      // What had been received of a socket when it was dropped still comes.
      if (places.length === drops || socket === former || socket !== sockets.of(kernel.clientId).at(-1) || --left > 0) return
      left = 1 + random(2 * lines / drops / 3)
      places.push(new Set(seen.iopub.map(message => message.header.msg_id)).size)
      former = socket
      socket.terminate()
    }
    const replied = new Promise(resolve => { future.onReply = resolve })
    assert.equal((await replied).content.status, 'ok')
    await Promise.all([succeeds(kernel, ''), succeeds(other, '')])   // behind all of the output, for both

    const received = onceEach(seen.iopub).filter(message => message.header.msg_type === 'stream')
    console.log(`seed ${seed}, ${places.length} drops, ${seen.iopub.length - onceEach(seen.iopub).length} messages came again`)
    assert.equal(places.length, drops)
    assert.ok(new Set(places).size > drops / 3, 'they happened all over the output')
    assert.equal(sockets.of(kernel.clientId).length, drops + 1)
    assert.ok(sent.length > lines / 2, 'there was output')
    assert.deepEqual(received.map(message => message.header.msg_id), sent.map(message => message.header.msg_id))
    assert.equal(streamOf(received), streamOf(sent))
  },

  async autorestart(manager, kernel) {
    await succeeds(kernel, 'gone = 1')
    const statuses = []
    const restarted = new Promise(resolve => kernel.statusChanged.connect((_, status) => {
      statuses.push(status)
      if (status === 'idle' && statuses.includes('autorestarting')) resolve()
    }))
    const future = kernel.requestExecute({ code: 'import os\nos.kill(os.getpid(), 9)' })
    future.done.catch(() => {})
    await restarted
    assert.equal(await evaluate(kernel, '"gone" in dir()'), 'False')
    assert.ok(!statuses.includes('dead'), statuses.join())
  },

  async shut_down_by_another_client(manager, kernel) {
    await kernel.info
    const gone = new Promise(resolve => kernel.disposed.connect(resolve))
    await KernelAPI.shutdownKernel(kernel.id, serverSettings)
    await manager.refreshRunning()
    await gone
    assert.equal(kernel.status, 'dead')
  },

  async two_connections(manager, kernel) {
    const other = manager.connectTo({ model: kernel.model })
    await Promise.all([kernel.info, other.info])
    assert.equal((await modelOf(kernel.id)).connections, 2)
    const overheard = new Promise(resolve => other.iopubMessage.connect((_, message) => {
      if (message.header.msg_type === 'execute_input' && message.content.code === 'shared = 5') resolve(message)
    }))
    await succeeds(kernel, 'shared = 5')
    assert.equal((await overheard).parent_header.session, kernel.clientId)
    assert.equal(await evaluate(other, 'shared'), '5')

    const answers = await Promise.all(range(20).map(i => evaluate(i % 2 ? kernel : other, `${i}`)))
    assert.deepEqual(answers, range(20).map(String))
    other.dispose()
    assert.equal(await evaluate(kernel, 'shared'), '5')
  },

  async connect_to_a_running_kernel(manager, kernel) {
    await succeeds(kernel, 'x = 3')
    const second = new KernelManager({ serverSettings })
    await second.ready
    const model = [...second.running()].find(one => one.id === kernel.id)
    const other = second.connectTo({ model })
    assert.equal(await evaluate(other, 'x'), '3')
    second.dispose()
  },

  async sessions(manager) {
    const sessionManager = new SessionManager({ kernelManager: manager, serverSettings })
    await sessionManager.ready
    const path = `work-${process.pid}.ipynb`
    const session = await sessionManager.startNew({ path, type: 'notebook', name: 'work', kernel: { name: 'python3' } })
    try {
      assert.equal(await evaluate(session.kernel, '6 * 7'), '42')
      await sessionManager.refreshRunning()
      const listed = [...sessionManager.running()].find(model => model.id === session.id)
      assert.deepEqual([listed.path, listed.type, listed.name, listed.kernel.id], [path, 'notebook', 'work', session.kernel.id])
      assert.equal((await sessionManager.findByPath(path)).id, session.id)

      await session.setPath(`renamed-${path}`)
      await session.setName('renamed')
      await session.setType('console')
      const model = await SessionAPI.getSessionModel(session.id, serverSettings)
      assert.deepEqual([model.path, model.name, model.type], [`renamed-${path}`, 'renamed', 'console'])

      const former = session.kernel.id
      const kernel = await session.changeKernel({ name: 'python3' })
      assert.notEqual(kernel.id, former)
      assert.equal(await evaluate(kernel, '1 + 1'), '2')
      assert.equal(await modelOf(former), undefined, 'the kernel before is shut down')

      // A second session of the same path is the first one.
      const again = await sessionManager.startNew({ path: `renamed-${path}`, type: 'console', name: 'renamed', kernel: { name: 'python3' } })
      assert.equal(again.id, session.id)
      again.dispose()
    } finally {
      await session.shutdown()
    }

    await sessionManager.refreshRunning()
    assert.ok(![...sessionManager.running()].some(model => model.id === session.id))
    await assert.rejects(SessionAPI.getSessionModel(session.id, serverSettings), error => error.response.status === 404)
    sessionManager.dispose()
  },

  async kernel_of_its_own_session(manager, kernel) {
    const sessionManager = new SessionManager({ kernelManager: manager, serverSettings })
    await sessionManager.ready
    const session = await sessionManager.startNew({ path: `existing-${process.pid}`, type: 'console', name: 'c', kernel: { id: kernel.id } })
    assert.equal(session.kernel.id, kernel.id)
    await session.shutdown()
    assert.equal(await modelOf(kernel.id), undefined, 'the kernel ends with its session')
    sessionManager.dispose()
  },
}

// Everything that comes to a future.
function watched(future) {
  const seen = { iopub: [], replies: [] }
  future.onIOPub = message => { seen.iopub.push(message) }
  future.onReply = message => { seen.replies.push(message) }
  return seen
}

// The first message on iopub of which the condition is true; what else listens goes on listening.
function iopubMessage(future, condition) {
  return new Promise(resolve => future.registerMessageHook(message => {
    if (condition(message)) resolve(message)
    return true
  }))
}

const connection = (kernel, wanted) => reached(kernel.connectionStatusChanged, () => kernel.connectionStatus === wanted)
const status = (kernel, wanted) => reached(kernel.statusChanged, () => kernel.status === wanted)

// Waits until something is true that a signal tells about, if it is not true already.
function reached(signal, condition) {
  return new Promise(resolve => {
    const check = () => {
      if (!condition()) return
      signal.disconnect(check)
      resolve()
    }
    signal.connect(check)
    check()
  })
}

// What the server says about a kernel now; undefined when there is none.
async function modelOf(id) {
  try {
    await KernelAPI.listRunning(serverSettings)   // which makes a Jupyter Server ask its gateway
    return await KernelAPI.getKernelModel(id, serverSettings)
  } catch (error) {
    if (error.response?.status === 404) return undefined
    throw error
  }
}

async function succeeds(kernel, code) {
  const { content } = await kernel.requestExecute({ code }).done
  assert.equal(content.status, 'ok', content.evalue)
}

async function evaluate(kernel, code) {
  const future = kernel.requestExecute({ code })
  const seen = watched(future)
  await future.done
  return textOf(seen.iopub)
}

const textOf = messages => messages.find(message => message.header.msg_type === 'execute_result')?.content.data['text/plain']
const streamOf = messages => messages.filter(message => message.content.name === 'stdout').map(message => message.content.text).join('')
const linesOf = messages => streamOf(messages).trimEnd().split('\n')
const bytesOf = view => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]
const onceEach = messages => [...new Map(messages.map(message => [message.header.msg_id, message])).values()]
const range = count => [...Array(count).keys()]

function promised() {
  const one = {}
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }))
  return one
}

// Takes messages in the order in which they came, waiting for those that have not come yet.
function queue() {
  const messages = [], waiting = []
  return {
    push: message => { waiting.length > 0 ? waiting.shift()(message) : messages.push(message) },
    next: () => messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise(resolve => waiting.push(resolve)),
  }
}

console.debug = () => {}   // the package tells about every socket it opens
const name = process.argv[2]
if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
const manager = new KernelManager({ serverSettings })
await manager.ready
const kernel = cases[name].length > 1 ? await manager.startNew({ name: 'python3' }) : undefined
try {
  await cases[name](manager, kernel)
} finally {
  if (kernel) await KernelAPI.shutdownKernel(kernel.id, serverSettings)
  manager.dispose()
}
process.exit(0)   // its timers would keep the process
