// The SDK's watchDir.
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { FileNotFoundError, InvalidArgumentError } from 'e2b'

// Collects events; until(predicate) waits for one.
function collector() {
  const events = [], waiting = []
  return {
    events,
    take(event) {
      events.push(event)
      for (const one of waiting) if (one.predicate(event)) one.resolve(event)
    },
    until(predicate) {
      const found = events.find(predicate)
      return found ? Promise.resolve(found) : new Promise(resolve => waiting.push({ predicate, resolve }))
    },
  }
}

export const watches = {
  async watch_sees_create_chmod_write_rename_remove(sandbox, directory) {
    const seen = collector()
    const handle = await sandbox.files.watchDir(directory, event => seen.take(event))
    await sandbox.files.write(`${directory}/file`, 'x')
    await seen.until(event => event.type === 'write')
    assert.deepEqual(seen.events.map(event => [event.name, event.type]), [['file', 'create'], ['file', 'chmod'], ['file', 'write']])
    await sandbox.files.rename(`${directory}/file`, `${directory}/other`)
    await seen.until(event => event.type === 'rename' && event.name === 'file')
    await seen.until(event => event.type === 'create' && event.name === 'other')
    await sandbox.files.remove(`${directory}/other`)
    await seen.until(event => event.type === 'remove' && event.name === 'other')
    await handle.stop()
  },

  async recursive_watch_sees_new_directories(sandbox, directory) {
    const seen = collector()
    const handle = await sandbox.files.watchDir(directory, event => seen.take(event), { recursive: true })
    await sandbox.files.makeDir(`${directory}/a/b`)
    await sandbox.files.write(`${directory}/a/b/file`, 'x')
    await seen.until(event => event.name === 'a' && event.type === 'create')
    await seen.until(event => event.name === 'a/b/file' && event.type === 'create')
    await handle.stop()
  },

  async watch_without_recursion_sees_the_directory_alone(sandbox, directory) {
    await sandbox.files.makeDir(`${directory}/sub`)
    const seen = collector()
    const handle = await sandbox.files.watchDir(directory, event => seen.take(event))
    await sandbox.files.write(`${directory}/sub/file`, 'x')
    await sandbox.files.write(`${directory}/last`, 'x')
    await seen.until(event => event.name === 'last' && event.type === 'write')
    assert.ok(seen.events.every(event => event.name === 'last'))
    await handle.stop()
  },

  async watch_with_entries(sandbox, directory) {
    const seen = collector()
    const handle = await sandbox.files.watchDir(directory, event => seen.take(event), { includeEntry: true, allowNetworkMounts: true })
    await sandbox.files.write(`${directory}/file`, 'hello')
    const { entry } = await seen.until(event => event.type === 'write')
    assert.equal(entry.path, `${directory}/file`)
    assert.equal(entry.size, 5)
    await handle.stop()
  },

  async watch_ends_with_its_time_limit(sandbox, directory) {
    const ended = new Promise(resolve => sandbox.files.watchDir(directory, () => {}, { timeoutMs: 5_000, onExit: resolve }))
    assert.equal((await ended).name, 'TimeoutError')
  },

  async what_cannot_be_watched(sandbox, directory) {
    await sandbox.files.write(`${directory}/file`, 'x')
    await assert.rejects(sandbox.files.watchDir(`${directory}/none`, () => {}), FileNotFoundError)
    await assert.rejects(sandbox.files.watchDir(`${directory}/file`, () => {}), InvalidArgumentError)
  },

  async watch_that_loses_events_ends_with_an_error(sandbox, directory) {
    const names = ['a', 'b']
    for (const name of names) await sandbox.files.write(`${directory}/${name}`, 'x')
    const events = []
    const ended = new Promise((resolve, reject) => sandbox.files.watchDir(
      directory, event => { events.push(event) }, { timeoutMs: 0, onExit: resolve },
    ).then(() => {
      // Nothing is read meanwhile: more than the sockets, the gateway and the system keep.
      for (let change = 0; change < 500_000; change++) chmodSync(`${directory}/${names[change % 2]}`, 0o600)
    }, reject))
    const error = await ended
    assert.match(error.message, new RegExp(`events of ${directory} were lost; list the directory and watch it again`))
    assert.ok(events.length > 0)
    assert.ok(events.every((event, index) => event.type === 'chmod' && event.name === names[index % 2]), 'what came before is complete')
  },
}
