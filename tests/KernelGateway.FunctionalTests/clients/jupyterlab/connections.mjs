// WebSockets: their protocol, dropped connections, several connections to one kernel.
import assert from 'node:assert/strict'
import { KernelManager } from '@jupyterlab/services'
import { seeded } from '../sockets.mjs'
import {
  connection, evaluate, iopubMessage, legacy, linesOf, modelOf, onceEach, range, serverSettings, sockets, streamOf, succeeds, textOf, watched,
} from './client.mjs'

export const connections = {
  async protocol(manager, kernel) {
    await kernel.info
    assert.equal(sockets.of(kernel.clientId)[0].protocol, legacy ? '' : 'v1.kernel.websocket.jupyter.org')
  },

  // The client reconnects by itself without last_message_id: some messages may be repeated, none is missing.
  async dropped_socket(manager, kernel) {
    await kernel.info
    const future = kernel.requestExecute({ code: 'for i in range(300):\n    print(i, flush=True)\ninput("go on?")' })
    const seen = watched(future)
    const asked = new Promise(resolve => { future.onStdin = resolve })   // registered at once, because an input request may overtake earlier output
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
    // The other connection stays undisturbed and receives everything that the kernel published. That is less than was printed if the kernel's socket
    // drops output, which happens when the machine is too busy to read it.
    const other = manager.connectTo({ model: kernel.model })
    await Promise.all([kernel.info, other.info])
    const lines = 20_000, drops = 100   // many messages are sent in one piece, and resent in one piece
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
      // Messages that were received before a drop are still delivered by the dropped socket.
      if (places.length === drops || socket === former || socket !== sockets.of(kernel.clientId).at(-1) || --left > 0) return
      left = 1 + random(2 * lines / drops / 3)
      places.push(new Set(seen.iopub.map(message => message.header.msg_id)).size)
      former = socket
      socket.terminate()
    }
    const replied = new Promise(resolve => { future.onReply = resolve })
    assert.equal((await replied).content.status, 'ok')
    await Promise.all([succeeds(kernel, ''), succeeds(other, '')])   // these end after all output has arrived on both

    const received = onceEach(seen.iopub).filter(message => message.header.msg_type === 'stream')
    console.log(`seed ${seed}, ${places.length} drops, ${seen.iopub.length - onceEach(seen.iopub).length} messages came again`)
    assert.equal(places.length, drops)
    assert.ok(new Set(places).size > drops / 3, 'the drops must be spread over the output')
    assert.equal(sockets.of(kernel.clientId).length, drops + 1)
    assert.ok(sent.length > lines / 2, 'there was output')
    assert.deepEqual(received.map(message => message.header.msg_id), sent.map(message => message.header.msg_id))
    assert.equal(streamOf(received), streamOf(sent))
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
}
