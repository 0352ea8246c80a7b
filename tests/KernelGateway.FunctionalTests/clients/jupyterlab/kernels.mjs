// Kernels: kernelspecs, start, interrupt, restart, shutdown.
import assert from 'node:assert/strict'
import { KernelAPI, KernelSpecAPI, KernelSpecManager, ServerConnection } from '@jupyterlab/services'
import { evaluate, iopubMessage, modelOf, serverSettings, status, succeeds } from './client.mjs'

export const kernels = {
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
}
