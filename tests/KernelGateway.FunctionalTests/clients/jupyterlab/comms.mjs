// Comms: messages between objects in a kernel and in a client, with binary buffers.
import assert from 'node:assert/strict'
import { bytesOf, evaluate, promised, queue, range, succeeds } from './client.mjs'

export const comms = {
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
}
