// Every method of the SDK's files.
import assert from 'node:assert/strict'
import { mkfifo, readFile, stat, symlink } from './machine.mjs'
import { FileNotFoundError, InvalidArgumentError, NotFoundError } from 'e2b'

const text = 'zażółć 日本語 🙂 \u2028\r\n"quoted"\0end'
const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)

export const files = {
  async is_running(sandbox) {
    assert.equal(await sandbox.isRunning(), true)
  },

  async read_in_all_formats(sandbox, directory) {
    await sandbox.files.write(`${directory}/text`, text)
    assert.equal(await sandbox.files.read(`${directory}/text`), text)
    await sandbox.files.write(`${directory}/bytes`, bytes.buffer)
    assert.deepEqual(await sandbox.files.read(`${directory}/bytes`, { format: 'bytes' }), bytes)
    const blob = await sandbox.files.read(`${directory}/bytes`, { format: 'blob' })
    assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), bytes)
    const stream = await sandbox.files.read(`${directory}/bytes`, { format: 'stream' })
    assert.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), bytes)
  },

  async empty_file_in_all_formats(sandbox, directory) {
    const path = `${directory}/empty`
    await sandbox.files.write(path, '')
    assert.equal(await sandbox.files.read(path), '')
    assert.equal((await sandbox.files.read(path, { format: 'bytes' })).length, 0)
    assert.equal((await sandbox.files.read(path, { format: 'blob' })).size, 0)
    assert.equal(await new Response(await sandbox.files.read(path, { format: 'stream' })).text(), '')
  },

  async missing_file_is_not_found(sandbox, directory) {
    for (const format of ['text', 'bytes', 'blob', 'stream']) {
      await assert.rejects(sandbox.files.read(`${directory}/none`, { format }), error => error instanceof FileNotFoundError
        && error.message === `path '${directory}/none' does not exist`)
    }
    await assert.rejects(sandbox.files.read(directory), InvalidArgumentError)
  },

  async write_makes_parents_and_says_what_was_written(sandbox, directory) {
    const path = `${directory}/a/b/c.txt`
    assert.deepEqual(await sandbox.files.write(path, 'one'), { name: 'c.txt', path, type: 'file', metadata: undefined })
    await sandbox.files.write(path, 'two')
    assert.equal(await sandbox.files.read(path), 'two')
    const { mode } = await stat(path)
    assert.equal(mode & 0o777, 0o644)
    assert.equal((await stat(`${directory}/a/b`)).mode & 0o777, 0o755)
  },

  async write_many_files(sandbox, directory) {
    const names = Array.from({ length: 10 }, (_, index) => `${directory}/many/${index}-zażółć "quoted".txt`)
    const written = await sandbox.files.write(names.map((path, index) => ({ path, data: `content ${index}` })))
    assert.equal(written.length, 10)
    for (const [index, path] of names.entries()) {
      // A form cannot express a quotation mark in the name of a file.
      assert.equal(written[index].path, path.replaceAll('"', '%22'))
      assert.equal(await sandbox.files.read(written[index].path), `content ${index}`)
    }
    assert.deepEqual(await sandbox.files.write([]), [])
    const [first] = await sandbox.files.writeFiles([{ path: `${directory}/one`, data: 'x' }])
    assert.equal(first.path, `${directory}/one`)
  },

  async write_all_kinds_of_data(sandbox, directory) {
    const stream = () => new Blob([bytes]).stream()
    for (const [name, data, options] of [
      ['blob', new Blob([bytes])], ['buffer', bytes.buffer], ['stream', stream()],
      ['octets', new Blob([bytes]), { useOctetStream: true }], ['packed', new Blob([bytes]), { gzip: true }],
      ['packed stream', stream(), { gzip: true }],
    ]) {
      await sandbox.files.write(`${directory}/${name}`, data, options)
      assert.deepEqual(new Uint8Array(await readFile(`${directory}/${name}`)), bytes, name)
    }
  },

  async long_streams(sandbox, directory) {
    const block = new Uint8Array(1 << 20).fill(7)
    let left = 64
    const source = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(block)
        else controller.close()
      },
    })
    await sandbox.files.write(`${directory}/long`, source)
    let length = 0
    for await (const chunk of await sandbox.files.read(`${directory}/long`, { format: 'stream' })) {
      assert.ok(chunk.every(value => value === 7))
      length += chunk.length
    }
    assert.equal(length, 64 << 20)
  },

  async read_compressed(sandbox, directory) {
    await sandbox.files.write(`${directory}/text`, text.repeat(1000))
    assert.equal(await sandbox.files.read(`${directory}/text`, { gzip: true }), text.repeat(1000))
  },

  async metadata(sandbox, directory) {
    const path = `${directory}/file`
    const written = await sandbox.files.write(path, 'x', { metadata: { Author: 'me', purpose: 'a test' } })
    if (!written.metadata) return console.log('no extended attributes here')
    assert.deepEqual(written.metadata, { author: 'me', purpose: 'a test' })
    assert.deepEqual((await sandbox.files.getInfo(path)).metadata, written.metadata)
    await sandbox.files.rename(path, `${path}2`)
    assert.deepEqual((await sandbox.files.list(directory))[0].metadata, written.metadata)
    await sandbox.files.write(`${path}2`, 'y', { useOctetStream: true })
    assert.equal((await sandbox.files.getInfo(`${path}2`)).metadata, undefined)
  },

  async info(sandbox, directory) {
    await sandbox.files.write(`${directory}/file`, 'hello')
    await symlink('file', `${directory}/link`)
    const info = await sandbox.files.getInfo(`${directory}/file`)
    const { uid } = await stat(`${directory}/file`)
    assert.equal(info.type, 'file')
    assert.equal(info.size, 5)
    assert.equal(info.mode, 0o644)
    assert.equal(info.permissions, '-rw-r--r--')
    assert.equal(uid, process.getuid())
    assert.ok(Math.abs(info.modifiedTime - Date.now()) < 60_000)
    const link = await sandbox.files.getInfo(`${directory}/link`)
    assert.equal(link.symlinkTarget, `${directory}/file`)
    assert.equal(link.type, 'file')
    assert.equal((await sandbox.files.getInfo(directory)).type, 'dir')
    await assert.rejects(sandbox.files.getInfo(`${directory}/none`), FileNotFoundError)
  },

  async list(sandbox, directory) {
    await sandbox.files.makeDir(`${directory}/d/e/f`)
    await sandbox.files.write(`${directory}/a`, '')
    await sandbox.files.write(`${directory}/d/b`, '')
    await symlink('nothing', `${directory}/broken`)
    const names = async options => (await sandbox.files.list(directory, options)).map(entry => entry.name)
    assert.deepEqual(await names(), ['a', 'd'])
    assert.deepEqual(await names({ depth: 2 }), ['a', 'd', 'b', 'e'])
    assert.deepEqual(await names({ depth: 9 }), ['a', 'd', 'b', 'e', 'f'])
    await assert.rejects(names({ depth: 0 }), InvalidArgumentError)
    await assert.rejects(sandbox.files.list(`${directory}/none`), FileNotFoundError)
    await assert.rejects(sandbox.files.list(`${directory}/a`), InvalidArgumentError)
  },

  async exists_make_rename_remove(sandbox, directory) {
    const path = `${directory}/made/twice`
    assert.equal(await sandbox.files.exists(path), false)
    assert.equal(await sandbox.files.makeDir(path), true)
    assert.equal(await sandbox.files.makeDir(path), false)
    assert.equal(await sandbox.files.exists(path), true)
    await sandbox.files.write(`${path}/file`, 'x')
    await assert.rejects(sandbox.files.makeDir(`${path}/file`), InvalidArgumentError)
    const moved = await sandbox.files.rename(path, `${directory}/moved`)
    assert.equal(moved.path, `${directory}/moved`)
    assert.equal(await sandbox.files.read(`${directory}/moved/file`), 'x')
    await assert.rejects(sandbox.files.rename(path, `${directory}/other`), NotFoundError)
    await sandbox.files.remove(`${directory}/moved`)
    await sandbox.files.remove(`${directory}/moved`)
    assert.equal(await sandbox.files.exists(`${directory}/moved`), false)
  },

  async pipes_are_refused(sandbox, directory) {
    mkfifo(`${directory}/pipe`)
    await assert.rejects(sandbox.files.read(`${directory}/pipe`), InvalidArgumentError)
    await assert.rejects(sandbox.files.write(`${directory}/pipe`, 'x'), InvalidArgumentError)
  },

  async signed_urls(sandbox, directory, token) {
    const path = `${directory}/a file+.txt`
    const form = new FormData()
    form.append('file', new Blob(['signed']), 'ignored')
    const upload = await fetch(await sandbox.uploadUrl(path), { method: 'POST', body: form })
    assert.equal(upload.status, 200, await upload.clone().text())
    assert.equal(await (await fetch(await sandbox.downloadUrl(path))).text(), 'signed')
    if (!token) return
    assert.equal(await (await fetch(await sandbox.downloadUrl(path, { useSignatureExpiration: 100 }))).text(), 'signed')
    const expired = await fetch(await sandbox.downloadUrl(path, { useSignatureExpiration: -100 }))
    assert.equal(expired.status, 401)
    assert.deepEqual(await expired.json(), { code: 401, message: 'signature is already expired' })
  },
}
