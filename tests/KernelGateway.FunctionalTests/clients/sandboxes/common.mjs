// What the cases of sandboxes.mjs share.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Waits until a condition holds: states change by themselves. */
export async function until(condition) {
  const end = Date.now() + 30_000
  while (!await condition()) {
    assert.ok(Date.now() < end, `this did not become true: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Returns the items of all pages. */
export async function all(paginator) {
  const items = []
  while (paginator.hasNext) items.push(...await paginator.nextItems())
  return items
}

/** Returns a directory for files of a sandbox: without isolation it is one of this machine, which is removed at the end. */
export function directoryOf() {
  if (process.env.ISOLATED) return '/home/user'
  const directory = mkdtempSync(join(tmpdir(), 'sandboxes-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Starts a web server in a sandbox and returns its port. */
export async function serverIn(sandbox) {
  const server = await sandbox.commands.run('exec python3 -u -m http.server --bind 127.0.0.1 0 2>&1', { background: true, timeoutMs: 0, cwd: '/' })
  server.wait().catch(() => {})
  const port = () => /port (\d+)/.exec(server.stdout)?.[1]
  await until(port)
  return port()
}

/** Sends a request to a port of a sandbox. */
export const toPort = (sandbox, port, headers = {}) => fetch(process.env.E2B_SANDBOX_URL, {
  headers: { 'E2b-Sandbox-Id': sandbox.sandboxId, 'E2b-Sandbox-Port': `${port}`, ...headers },
})
