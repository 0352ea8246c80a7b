// Sessions: documents and their kernels.
import assert from 'node:assert/strict'
import { SessionAPI, SessionManager } from '@jupyterlab/services'
import { evaluate, modelOf, serverSettings } from './client.mjs'

export const sessions = {
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
      assert.equal(await modelOf(former), undefined, 'the previous kernel is shut down')

      // Starting a second session with the same path returns the first one.
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
