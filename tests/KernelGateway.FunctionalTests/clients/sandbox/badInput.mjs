// Paths, names and users that clients get wrong, and what a disk does not take.
import assert from 'node:assert/strict'
import { AuthenticationError, FileNotFoundError, InvalidArgumentError, NotEnoughSpaceError, SandboxError } from 'e2b'
import { chmod, readdir, symlink, writeFile } from './machine.mjs'

// The operations that take one path.
const operations = sandbox => ({
  read: path => sandbox.files.read(path),
  write: path => sandbox.files.write(path, 'x'),
  list: path => sandbox.files.list(path),
  makeDir: path => sandbox.files.makeDir(path),
  getInfo: path => sandbox.files.getInfo(path),
  remove: path => sandbox.files.remove(path),
  watchDir: path => sandbox.files.watchDir(path, () => {}),
})

// Which error each operation has for a path, and what its message contains.
async function refuse(sandbox, path, expected) {
  for (const [name, run] of Object.entries(operations(sandbox))) {
    if (!expected[name]) continue
    const [type, message] = expected[name]
    await assert.rejects(run(path), error => {
      assert.ok(error instanceof type && error.message.includes(message), `${name} ${JSON.stringify(path)}: ${error.name}: ${error.message}`)
      return true
    }, `${name} ${JSON.stringify(path)} is refused`)
  }
}

const all = error => Object.fromEntries(Object.keys(operations()).map(name => [name, error]))

export const badInput = {
  async paths_that_cannot_be(sandbox, directory) {
    await refuse(sandbox, `${directory}/a\0b`, all([InvalidArgumentError, 'NUL']))
    await refuse(sandbox, `${directory}/${'x'.repeat(5_000)}`, all([InvalidArgumentError, 'The path has']))
    await refuse(sandbox, '~other/file', all([InvalidArgumentError, 'cannot expand user-specific home dir']))
    const long = `${directory}/${'n'.repeat(256)}`
    await refuse(sandbox, long, all([InvalidArgumentError, 'ile name too long']))
    assert.deepEqual(await readdir(directory), [])
  },

  async paths_with_dots(sandbox, directory) {
    await sandbox.files.write(`${directory}/sub/file`, 'content')
    assert.equal(await sandbox.files.read(`${directory}/sub/../sub/./file`), 'content')
    await assert.rejects(sandbox.files.write(`${directory}/sub/..`, 'x'), InvalidArgumentError)
    await assert.rejects(sandbox.files.remove(`${directory}/sub/..`), InvalidArgumentError)
    await assert.rejects(sandbox.files.remove(`${directory}/sub/.`), InvalidArgumentError)
    assert.equal(await sandbox.files.read(`${directory}/sub/file`), 'content')
    // A relative path does not leave the root, however many dots it has.
    assert.equal((await sandbox.files.getInfo('../'.repeat(50) + directory.slice(1) + '/sub/file')).path, `${directory}/sub/file`)
  },

  async links_in_a_circle_and_to_nothing(sandbox, directory) {
    await symlink('loop', `${directory}/loop`)
    await symlink('nothing', `${directory}/dangling`)
    await refuse(sandbox, `${directory}/loop`, {
      read: [InvalidArgumentError, 'too many levels'],
      write: [InvalidArgumentError, 'too many levels'],
      list: [SandboxError, 'cyclic symlink'],
      watchDir: [SandboxError, 'too many levels'],
    })
    await refuse(sandbox, `${directory}/loop/x`, {
      read: [InvalidArgumentError, 'too many levels'],
      write: [InvalidArgumentError, 'too many levels'],
      makeDir: [SandboxError, 'too many levels'],
    })
    await refuse(sandbox, `${directory}/dangling`, {
      read: [FileNotFoundError, 'does not exist'],
      list: [FileNotFoundError, 'path not found'],
      watchDir: [FileNotFoundError, 'not found'],
    })
    assert.deepEqual((await readdir(directory)).sort(), ['dangling', 'loop'])
    await sandbox.files.remove(`${directory}/dangling`)
    await sandbox.files.remove(`${directory}/loop`)
    assert.deepEqual(await readdir(directory), [])
  },

  async files_as_directories_and_directories_as_files(sandbox, directory) {
    await sandbox.files.write(`${directory}/file`, 'kept')
    await refuse(sandbox, `${directory}/file/x`, {
      read: [InvalidArgumentError, 'not a directory'],
      write: [SandboxError, `error ensuring directories: path is a file: ${directory}/file`],
      list: [InvalidArgumentError, 'not a directory'],
      makeDir: [InvalidArgumentError, `path is a file: ${directory}/file`],
      getInfo: [InvalidArgumentError, 'not a directory'],
    })
    await refuse(sandbox, directory, {
      read: [InvalidArgumentError, `path '${directory}' is a directory`],
      write: [InvalidArgumentError, `path is a directory: ${directory}`],
    })
    assert.equal(await sandbox.files.read(`${directory}/file`), 'kept')
  },

  async devices_and_files_of_proc(sandbox) {
    for (const device of ['/dev/zero', '/dev/null', '/dev/tty'])
      await refuse(sandbox, device, { read: [InvalidArgumentError, 'not a regular file'], write: [InvalidArgumentError, 'not a regular file'] })
    // They have no length.
    assert.match(await sandbox.files.read('/proc/cpuinfo'), /processor/)
    assert.match(Buffer.from(await sandbox.files.read('/proc/self/status', { format: 'bytes' })).toString(), /^Name:/)
    assert.match(await sandbox.files.read('/sys/kernel/mm/transparent_hugepage/enabled').catch(() => '[none]'), /\[/)
  },

  async ten_thousand_files(sandbox, directory) {
    const names = Array.from({ length: 10_000 }, (_, index) => `file ${String(index).padStart(5, '0')}`)
    for (let index = 0; index < names.length; index += 100)
      await Promise.all(names.slice(index, index + 100).map(name => writeFile(`${directory}/${name}`, '')))
    assert.deepEqual((await sandbox.files.list(directory)).map(entry => entry.name), names)
    await sandbox.files.remove(directory + '/file 00000')
    assert.equal((await sandbox.files.list(directory)).length, 9_999)
  },

  async names_that_are_no_utf8(sandbox, directory) {
    const name = Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])])
    await writeFile(name, 'Latin-1')
    const [entry] = await sandbox.files.list(directory)
    assert.equal(await sandbox.files.read(entry.path), 'Latin-1')
    assert.equal((await sandbox.files.getInfo(entry.path)).name, entry.name)
    await sandbox.files.write(entry.path, 'again')
    assert.deepEqual((await readdir(directory, { encoding: 'buffer' })).map(found => found.toString('latin1')), ['café'])
    await sandbox.files.remove(entry.path)
    assert.deepEqual(await readdir(directory), [])
  },

  async users_that_do_not_exist(sandbox, directory) {
    const user = 'nobody-of-that-name'
    const unknown = error => error instanceof AuthenticationError && error.message.includes(user)
    await assert.rejects(sandbox.files.read(`${directory}/x`, { user }), unknown)
    await assert.rejects(sandbox.files.write(`${directory}/x`, 'x', { user }), unknown)
    await assert.rejects(sandbox.files.list(directory, { user }), unknown)
    await assert.rejects(sandbox.commands.run('true', { user }), unknown)
    await assert.rejects(sandbox.pty.create({ cols: 80, rows: 24, onData() {}, user }), unknown)
    assert.deepEqual(await readdir(directory), [])
  },

  // Only where the gateway is root.
  async two_users_at_the_same_time(sandbox, directory) {
    await chmod(directory, 0o755)
    await sandbox.files.makeDir(`${directory}/private`)
    await chmod(`${directory}/private`, 0o700)
    await sandbox.files.makeDir(`${directory}/open`)
    await chmod(`${directory}/open`, 0o777)
    const rounds = Array.from({ length: 25 }, (_, index) => index).flatMap(index => ['root', 'nobody'].map(async user => {
      const path = `${directory}/open/${user}-${index}`
      await sandbox.files.write(path, user, { user })
      assert.equal((await sandbox.files.getInfo(path, { user })).owner, user)
      assert.equal((await sandbox.commands.run('id -un', { user, cwd: '/' })).stdout, `${user}\n`)
      const hidden = `${directory}/private/${user}-${index}`
      if (user === 'root') await sandbox.files.write(hidden, 'x', { user })
      else await assert.rejects(sandbox.files.write(hidden, 'x', { user }), /ermission denied/)
    }))
    await Promise.all(rounds)
    await assert.rejects(sandbox.files.list(`${directory}/private`, { user: 'nobody' }), /ermission denied/)
    await assert.rejects(sandbox.files.read(`${directory}/private/root-0`, { user: 'nobody' }), /ermission denied/)
    await assert.rejects(sandbox.commands.run('true', { user: 'nobody', cwd: `${directory}/private` }), /may not enter/)
    assert.ok((await readdir(`${directory}/private`)).every(name => name.startsWith('root-')))
  },

  // Only where SANDBOX_DISK is a small disk of the gateway.
  async full_disk(sandbox) {
    const disk = process.env.SANDBOX_DISK
    const size = 8 << 20
    const block = new Uint8Array(1 << 20)
    await sandbox.files.write(`${disk}/kept`, 'former')
    for (const data of [() => new Blob([new Uint8Array(size)]), () => stream(block, size / block.length)]) {
      await assert.rejects(sandbox.files.write(`${disk}/new`, data()), error => error instanceof NotEnoughSpaceError
        && error.message.includes('not enough disk space available'))
      await assert.rejects(sandbox.files.write(`${disk}/packed`, data(), { gzip: true, useOctetStream: true }), NotEnoughSpaceError)
      assert.deepEqual((await sandbox.files.list(disk)).map(entry => entry.name), ['kept'])
    }
    const { stderr } = await sandbox.commands.run(`head -c ${size} /dev/zero > ${disk}/by-a-command || true`)
    assert.match(stderr, /No space left/)
    await assert.rejects(sandbox.files.write(`${disk}/more`, 'x'.repeat(100_000)), NotEnoughSpaceError)
    assert.equal(await sandbox.files.exists(`${disk}/more`), false)
    await sandbox.files.remove(`${disk}/by-a-command`)
    assert.equal(await sandbox.files.read(`${disk}/kept`), 'former')
    await sandbox.files.write(`${disk}/kept`, 'there is room again')
  },
}

function stream(block, count) {
  return new ReadableStream({
    pull(controller) {
      if (count-- > 0) controller.enqueue(block)
      else controller.close()
    },
  })
}
