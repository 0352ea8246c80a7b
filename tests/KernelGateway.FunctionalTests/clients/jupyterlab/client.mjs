// The client of the cases of ../jupyterlab.mjs, and their common functions.
import assert from 'node:assert/strict'
import { KernelAPI, ServerConnection } from '@jupyterlab/services'
import { observedSockets, offersLegacyOnly } from '../sockets.mjs'

export const legacy = process.env.KERNEL_PROTOCOL === 'legacy'
export const sockets = observedSockets(legacy ? offersLegacyOnly : undefined)
export const serverSettings = ServerConnection.makeSettings({
  baseUrl: process.env.JUPYTER_URL,
  token: process.env.JUPYTER_TOKEN ?? '',
  WebSocket: sockets.WebSocket,
})

// Collects all messages of a future.
export function watched(future) {
  const seen = { iopub: [], replies: [] }
  future.onIOPub = message => { seen.iopub.push(message) }
  future.onReply = message => { seen.replies.push(message) }
  return seen
}

// Resolves with the first iopub message that satisfies the condition. Other listeners still get every message.
export function iopubMessage(future, condition) {
  return new Promise(resolve => future.registerMessageHook(message => {
    if (condition(message)) resolve(message)
    return true
  }))
}

export const connection = (kernel, wanted) => reached(kernel.connectionStatusChanged, () => kernel.connectionStatus === wanted)
export const status = (kernel, wanted) => reached(kernel.statusChanged, () => kernel.status === wanted)

// Waits until the condition is true. It is checked at once and at each signal.
export function reached(signal, condition) {
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

// The server's current model of a kernel; undefined when the kernel does not exist.
export async function modelOf(id) {
  try {
    await KernelAPI.listRunning(serverSettings)   // a Jupyter Server asks its gateway when it lists kernels
    return await KernelAPI.getKernelModel(id, serverSettings)
  } catch (error) {
    if (error.response?.status === 404) return undefined
    throw error
  }
}

export async function succeeds(kernel, code) {
  const { content } = await kernel.requestExecute({ code }).done
  assert.equal(content.status, 'ok', content.evalue)
}

export async function evaluate(kernel, code) {
  const future = kernel.requestExecute({ code })
  const seen = watched(future)
  await future.done
  return textOf(seen.iopub)
}

export const textOf = messages => messages.find(message => message.header.msg_type === 'execute_result')?.content.data['text/plain']
export const streamOf = messages => messages.filter(message => message.content.name === 'stdout').map(message => message.content.text).join('')
export const linesOf = messages => streamOf(messages).trimEnd().split('\n')
export const bytesOf = view => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]
export const onceEach = messages => [...new Map(messages.map(message => [message.header.msg_id, message])).values()]
export const range = count => [...Array(count).keys()]

export function promised() {
  const one = {}
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }))
  return one
}

// A queue that returns messages in order of arrival, and waits when it is empty.
export function queue() {
  const messages = [], waiting = []
  return {
    push: message => { waiting.length > 0 ? waiting.shift()(message) : messages.push(message) },
    next: () => messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise(resolve => waiting.push(resolve)),
  }
}
