// Snapshots and forks, which copy the files of a sandbox, with the unmodified package e2b.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Sandbox, SandboxNotFoundError } from 'e2b'
import { all } from './common.mjs'

const path = '/home/user/state.txt'

export const copies = {
  async snapshots() {
    const sandbox = await Sandbox.create()
    await sandbox.files.write(path, 'first')
    const unnamed = await sandbox.createSnapshot()
    assert.deepEqual(unnamed.names, [])
    assert.equal(await sandbox.isRunning(), true)
    await sandbox.files.write(path, 'second')
    const name = `state-${randomUUID()}`
    const named = await sandbox.createSnapshot({ name })
    assert.equal(named.names.length, 1)
    assert.ok(named.names[0].endsWith(`/${name}`), named.names[0])
    assert.ok(named.snapshotId.endsWith(`/${name}:default`), named.snapshotId)

    const [one, two, later] = await Promise.all(
      [unnamed.snapshotId, unnamed.snapshotId, named.snapshotId].map(id => Sandbox.create(id)))
    assert.deepEqual(await Promise.all([one, two, later].map(copy => copy.files.read(path))), ['first', 'first', 'second'])
    await one.files.write(path, 'changed')
    assert.deepEqual(await Promise.all([two, later, sandbox].map(copy => copy.files.read(path))), ['first', 'second', 'second'])
    assert.equal((await one.commands.run(`cat ${path}`)).stdout, 'changed')

    const ids = items => items.map(item => item.snapshotId)
    assert.deepEqual(ids(await all(sandbox.listSnapshots())), [named.snapshotId, unnamed.snapshotId])
    assert.deepEqual(ids(await all(Sandbox.listSnapshots({ sandboxId: one.sandboxId }))), [])
    assert.deepEqual(ids(await all(Sandbox.listSnapshots({ name }))), [named.snapshotId])
    const pages = sandbox.listSnapshots({ limit: 1 })
    assert.deepEqual(ids(await pages.nextItems()), [named.snapshotId])
    assert.ok(pages.hasNext)

    await sandbox.kill()
    const late = await Sandbox.create(named.snapshotId)
    assert.equal(await late.files.read(path), 'second', 'a snapshot outlives its sandbox')
    for (const id of [unnamed.snapshotId, named.snapshotId]) assert.equal(await Sandbox.deleteSnapshot(id), true)
    assert.equal(await Sandbox.deleteSnapshot(named.snapshotId), false)
    await assert.rejects(Sandbox.create(named.snapshotId), /not found/)
    assert.equal(await late.files.read(path), 'second')
    for (const copy of [one, two, later, late]) await copy.kill()
  },

  async forks() {
    const sandbox = await Sandbox.create({ envs: { GIVEN: 'by the request' } })
    await sandbox.files.write(path, 'of the source')
    const forks = await sandbox.fork({ count: 2 })
    assert.equal(new Set([sandbox, ...forks].map(fork => fork.sandboxId)).size, 3)
    for (const fork of forks) {
      assert.equal(await fork.isRunning(), true)
      assert.equal(await fork.files.read(path), 'of the source')
      assert.equal((await fork.commands.run('echo $GIVEN')).stdout, 'by the request\n')
    }

    await forks[0].files.write(path, 'of the fork')
    assert.equal(await forks[1].files.read(path), 'of the source')
    assert.equal(await sandbox.files.read(path), 'of the source')
    await sandbox.kill()
    assert.equal(await forks[1].files.read(path), 'of the source')
    await assert.rejects(Sandbox.fork(sandbox.sandboxId), SandboxNotFoundError)
    for (const fork of forks) await fork.kill()
  },
}
