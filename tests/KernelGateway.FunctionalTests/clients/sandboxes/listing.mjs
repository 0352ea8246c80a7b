// Lists, signed URLs, tokens and the network settings of sandboxes, with the unmodified package e2b.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Sandbox as Interpreter } from '@e2b/code-interpreter'
import { Sandbox } from 'e2b'
import { all, directoryOf, serverIn, toPort } from './common.mjs'

export const listing = {
  async order_start_and_template_of_lists() {
    const metadata = { list: randomUUID() }
    const first = await Sandbox.create({ metadata })
    const second = await Sandbox.create({ metadata })
    const ids = async options => (await all(Sandbox.list({ ...options, query: { metadata, ...options.query } }))).map(item => item.sandboxId)
    const [newest, oldest] = [[second.sandboxId, first.sandboxId], [first.sandboxId, second.sandboxId]]
    assert.deepEqual(await ids({}), newest)
    assert.deepEqual(await ids({ order: 'asc' }), oldest)
    assert.deepEqual(await ids({ order: 'asc', limit: 1 }), oldest)
    const { startedAt } = await second.getInfo()
    assert.deepEqual(await ids({ query: { startedAfter: startedAt } }), [second.sandboxId])
    assert.deepEqual(await ids({ query: { template: 'base' } }), newest)
    assert.deepEqual(await ids({ query: { template: 'code-interpreter-v1' } }), [])
    assert.deepEqual(await ids({ query: { template: 'no-such-template' } }), [])
    await second.pause()
    assert.deepEqual(await ids({ limit: 1, query: { state: ['running', 'paused'] } }), newest, 'running and paused ones are sorted together')
    assert.deepEqual(await ids({ query: { state: ['running'] } }), [first.sandboxId])
    await first.kill()
    await second.kill()
  },

  async signed_urls() {
    const sandbox = await Sandbox.create()
    const path = `${directoryOf()}/signed.txt`
    const upload = await sandbox.uploadUrl(path, { useSignatureExpiration: 60_000 })
    const body = new FormData()
    body.append('file', new Blob(['hello']), 'signed.txt')
    assert.equal((await fetch(upload, { method: 'POST', body })).status, 200)
    const root = process.env.ISOLATED ? [{ user: 'root' }] : []
    for (const options of [{}, { useSignatureExpiration: 60_000 }, ...root]) {
      assert.equal(await (await fetch(await sandbox.downloadUrl(path, options))).text(), 'hello')
    }

    const expired = await fetch(await sandbox.downloadUrl(path, { useSignatureExpiration: -60_000 }))
    assert.equal(expired.status, 401)
    assert.equal((await expired.json()).code, 401)
    const url = await sandbox.downloadUrl(path)
    const same = await Sandbox.connect(sandbox.sandboxId)
    assert.equal(await same.downloadUrl(path), url, 'a connection has the token of the creation')
    await sandbox.pause()
    await Sandbox.connect(sandbox.sandboxId)
    assert.equal(await (await fetch(url)).text(), 'hello', 'the token outlives a pause')
    await sandbox.kill()
  },

  async absolute_paths_and_root() {
    const sandbox = await Sandbox.create()
    await sandbox.files.write('/hello.txt', 'hello')
    await sandbox.files.write('/code/nested/file.txt', 'hello')
    assert.equal((await sandbox.commands.run('cat /hello.txt /code/nested/file.txt && echo >> /hello.txt')).stdout, 'hellohello')
    assert.equal((await sandbox.commands.run('id -un && id -u && cd && pwd', { user: 'root' })).stdout, 'root\n0\n/root\n')
    assert.equal((await sandbox.files.getInfo('/hello.txt')).owner, 'user')
    await sandbox.files.write('/root.txt', 'hello', { user: 'root' })
    assert.equal((await sandbox.files.getInfo('/root.txt')).owner, 'root')
    await sandbox.kill()
  },

  // What the suite of the code interpreter asks of the services in a sandbox.
  async code_interpreter_inside() {
    const sandbox = await Interpreter.create()
    const health = `python3 -c 'import urllib.request as r; print(r.urlopen("http://0.0.0.0:49999/health").status)'`
    assert.equal((await sandbox.commands.run(health)).stdout, '200\n')
    const refused = `python3 -c 'import urllib.request as r; r.urlopen("http://127.0.0.1:49999/contexts")'`
    const error = await sandbox.commands.run(refused).catch(error => error)
    assert.match(error.stderr, /HTTP Error 401/, 'everything else needs the token')
    assert.equal((await sandbox.runCode('1 + 1')).text, '2')
    await sandbox.kill()
  },

  async tokens_of_private_ports() {
    const sandbox = await Sandbox.create({ network: { allowPublicTraffic: false } })
    const port = await serverIn(sandbox)
    assert.equal((await toPort(sandbox, port)).status, 403)
    assert.equal((await toPort(sandbox, port, { 'e2b-traffic-access-token': 'wrong' })).status, 403)
    assert.equal((await toPort(sandbox, port, { 'e2b-traffic-access-token': sandbox.trafficAccessToken })).status, 200)
    await sandbox.kill()
  },

  // With E2B_DOMAIN in place of the addresses: everything goes by host names and over HTTPS.
  async host_names() {
    const sandbox = await Interpreter.create()
    assert.equal((await sandbox.runCode('1 + 1')).text, '2')
    await sandbox.files.write('/home/user/hello.txt', 'hello')
    assert.equal((await sandbox.commands.run('cat hello.txt')).stdout, 'hello')
    assert.equal(await (await fetch(await sandbox.downloadUrl('/home/user/hello.txt'))).text(), 'hello')
    const port = await serverIn(sandbox)
    const url = `https://${sandbox.getHost(Number(port))}/`
    assert.equal(url, `https://${port}-${sandbox.sandboxId}.${process.env.E2B_DOMAIN}/`)
    assert.equal((await fetch(url)).status, 200)
    await sandbox.pause()
    assert.equal((await fetch(url)).status, 502)
    await Interpreter.connect(sandbox.sandboxId)
    assert.equal((await fetch(url)).status, 200)
    await sandbox.kill()
    const gone = await fetch(url)
    assert.equal(gone.status, 502)
    assert.deepEqual(await gone.json(), { sandboxId: sandbox.sandboxId, message: 'The sandbox was not found', code: 502 })
  },

  async masked_host() {
    const sandbox = await Sandbox.create({ network: { maskRequestHost: 'masked.example:${PORT}' } })
    const path = `${directoryOf()}/echo.py`
    await sandbox.files.write(path, `
import http.server
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode())
server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
print("port", server.server_port, flush=True)
server.serve_forever()`)
    let output = ''
    await new Promise(resolve => sandbox.commands.run(`exec python3 ${path}`, {
      background: true, timeoutMs: 0, onStdout: data => { if ((output += data).includes('\n')) resolve() },
    }).then(command => command.wait().catch(() => {})))
    const port = /port (\d+)/.exec(output)[1]
    assert.equal(await (await toPort(sandbox, port)).text(), `masked.example:${port}`)
    await sandbox.kill()
  },
}
