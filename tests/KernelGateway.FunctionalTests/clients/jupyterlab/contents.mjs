// Files: the contents manager, as JupyterLab's file browser and document manager use it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { ContentsManager, NbConvertManager, ServerConnection } from '@jupyterlab/services'
import { serverSettings } from './client.mjs'

const contents = new ContentsManager({ serverSettings })

// A directory of its own for each case: the server serves the same one to all of them.
async function folder() {
  const { path } = await contents.newUntitled({ type: 'directory' })
  return path
}

const fails = (promise, status, message) =>
  assert.rejects(promise, error => error.response?.status === status && message.test(error.message))

const notebook = {
  cells: [{ cell_type: 'code', id: 'a', metadata: { trusted: true }, execution_count: 1, source: 'a = 1\na', outputs: [
    { output_type: 'execute_result', execution_count: 1, metadata: {}, data: { 'text/plain': '1', 'text/html': '<b>\n1</b>' } }] }],
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
}

export const files = {
  async contents_list_and_get() {
    const path = await folder()
    await contents.save(`${path}/ä b.txt`, { type: 'file', format: 'text', content: 'grüße' })
    await contents.newUntitled({ path, type: 'directory' })
    const listed = await contents.get(path, { content: true })
    assert.deepEqual(listed.content.map(one => [one.type, one.path]), [['directory', `${path}/Untitled Folder`], ['file', `${path}/ä b.txt`]])
    const root = await contents.get('')
    assert.ok(root.content.some(one => one.path === path))
    const file = await contents.get(`${path}/ä b.txt`, { type: 'file', format: 'text', content: true, hash: true })
    assert.equal(file.content, 'grüße')
    assert.equal(file.hash, createHash('sha256').update('grüße').digest('hex'))
    const model = await contents.get(`${path}/ä b.txt`, { content: false })
    assert.equal(model.content, null)
    await fails(contents.get(`${path}/missing`), 404, /does not exist/)
    await fails(contents.get(`${path}/.hidden`), 404, /does not exist/)
  },

  async contents_new_untitled() {
    const path = await folder()
    const names = []
    for (const options of [{ type: 'file', ext: 'txt' }, { type: 'file', ext: '.txt' }, { type: 'notebook' }, { type: 'directory' }]) {
      names.push((await contents.newUntitled({ path, ...options })).name)
    }
    assert.deepEqual(names, ['untitled.txt', 'untitled1.txt', 'Untitled.ipynb', 'Untitled Folder'])
    assert.deepEqual((await contents.get(`${path}/Untitled.ipynb`)).content.cells, [])
    await fails(contents.newUntitled({ path: `${path}/missing` }), 404, /No such directory/)
  },

  async contents_save() {
    const path = await folder()
    const bytes = Buffer.from([0, 255, 1, 254])
    await contents.save(`${path}/bytes`, { type: 'file', format: 'base64', content: bytes.toString('base64') })
    assert.deepEqual(Buffer.from((await contents.get(`${path}/bytes`)).content, 'base64'), bytes)

    // JupyterLab writes JSON files as text.
    await contents.save(`${path}/a.json`, { type: 'file', format: 'text', content: JSON.stringify({ a: [1] }) })
    assert.deepEqual(JSON.parse((await contents.get(`${path}/a.json`)).content), { a: [1] })

    await contents.save(`${path}/a.ipynb`, { type: 'notebook', format: 'json', content: notebook })
    const saved = await contents.get(`${path}/a.ipynb`, { type: 'notebook', format: 'json', content: true })
    assert.deepEqual(saved.content, notebook)
    assert.equal((await contents.listCheckpoints(`${path}/a.ipynb`)).length, 1)
    await fails(contents.save(`${path}/b`, { type: 'file', content: 'x' }), 400, /Must specify format/)
  },

  // As the upload of JupyterLab's file browser does it.
  async contents_upload_in_chunks() {
    const path = await folder()
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i * 7 % 256))
    const size = 1024 * 1024
    for (let start = 0; start < bytes.length; start += size) {
      const end = start + size
      const chunk = end >= bytes.length ? -1 : end / size
      const content = bytes.subarray(start, end).toString('base64')
      await contents.save(`${path}/large`, { type: 'file', format: 'base64', name: 'large', chunk, content })
    }
    const model = await contents.get(`${path}/large`, { type: 'file', format: 'base64', content: true, hash: true })
    assert.equal(model.size, bytes.length)
    assert.equal(model.hash, createHash('sha256').update(bytes).digest('hex'))
    assert.deepEqual(Buffer.from(model.content, 'base64'), bytes)
  },

  async contents_rename_copy_delete() {
    const path = await folder()
    const changes = []
    contents.fileChanged.connect((_, { type, oldValue, newValue }) => changes.push([type, oldValue?.path, newValue?.path]))
    await contents.save(`${path}/a.txt`, { type: 'file', format: 'text', content: 'a' })
    const renamed = await contents.rename(`${path}/a.txt`, `${path}/b.txt`)
    assert.equal(renamed.path, `${path}/b.txt`)
    const copy = await contents.copy(`${path}/b.txt`, path)
    assert.equal(copy.path, `${path}/b-Copy1.txt`)
    await fails(contents.rename(`${path}/b.txt`, copy.path), 409, /already exists/)
    await contents.delete(`${path}/b.txt`)
    await fails(contents.delete(`${path}/b.txt`), 404, /does not exist/)
    assert.deepEqual((await contents.get(path)).content.map(one => one.name), ['b-Copy1.txt'])
    assert.deepEqual(changes.slice(0, 4), [
      ['save', undefined, `${path}/a.txt`], ['rename', `${path}/a.txt`, `${path}/b.txt`],
      ['new', undefined, `${path}/b-Copy1.txt`], ['delete', `${path}/b.txt`, undefined]])
    await contents.delete(path)
    await fails(contents.get(path), 404, /does not exist/)
  },

  async contents_checkpoints() {
    const path = `${await folder()}/a.txt`
    await contents.save(path, { type: 'file', format: 'text', content: 'first' })
    assert.deepEqual(await contents.listCheckpoints(path), [])
    const checkpoint = await contents.createCheckpoint(path)
    assert.equal(checkpoint.id, 'checkpoint')
    await contents.save(path, { type: 'file', format: 'text', content: 'second' })
    assert.deepEqual(await contents.listCheckpoints(path), [checkpoint])
    await contents.restoreCheckpoint(path, checkpoint.id)
    assert.equal((await contents.get(path)).content, 'first')
    await contents.deleteCheckpoint(path, checkpoint.id)
    assert.deepEqual(await contents.listCheckpoints(path), [])
    await fails(contents.restoreCheckpoint(path, checkpoint.id), 404, /Checkpoint does not exist/)
  },

  async contents_download() {
    const path = `${await folder()}/ä b.txt`
    await contents.save(path, { type: 'file', format: 'text', content: 'grüße' })
    const url = await contents.getDownloadUrl(path)
    const response = await ServerConnection.makeRequest(url, {}, serverSettings)
    assert.equal(await response.text(), 'grüße')
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=UTF-8')
  },

  // What JupyterLab asks for before its file browser shows something.
  async contents_start_up() {
    const answer = async path => {
      const response = await ServerConnection.makeRequest(new URL(path, serverSettings.baseUrl).href, {}, serverSettings)
      assert.equal(response.status, 200, path)
      return response.json()
    }
    assert.equal((await answer('api/contents?content=1')).type, 'directory')
    assert.equal((await answer('api/contents/?content=0')).type, 'directory')
    assert.deepEqual(await answer('api/contents/untitled.txt/checkpoints'), [])
    const permissions = encodeURIComponent(JSON.stringify({ contents: ['read', 'write'] }))
    assert.deepEqual((await answer(`api/me?permissions=${permissions}`)).permissions.contents, ['read', 'write'])
    assert.deepEqual(await new NbConvertManager({ serverSettings }).getExportFormats(), {})
  },
}
