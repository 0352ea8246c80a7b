// The code samples of E2B's documentation of the generation before, with the unmodified e2b 0.16.2 against a control plane, without debug options:
// node e2b-legacy-sandboxes.mjs CASE... E2B_API_KEY and E2B_DOMAIN come from the environment, as a user would set them.
import assert from 'node:assert/strict'
import e2b from 'e2b-legacy'
import { documentation } from './e2b-legacy/documentation.mjs'

// What a sample creates is ended after it: closing a sandbox says nothing to the service.
const created = []
const Sandbox = {
  async create(options) {
    const sandbox = await e2b.Sandbox.create({ logger: {}, ...options })
    created.push(sandbox.id)
    return sandbox
  },
  reconnect: options => e2b.Sandbox.reconnect(typeof options === 'string' ? { sandboxID: options, logger: {} } : options),
  list: () => e2b.Sandbox.list(),
  kill: id => e2b.Sandbox.kill(id),
}

process.on('unhandledRejection', error => { console.error(error); process.exit(2) })
process.on('uncaughtException', error => { console.error(error); process.exit(3) })
const cases = documentation(Sandbox)
for (const name of process.argv.slice(2)) {
  if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
  try {
    await cases[name]()
  } catch (error) {
    throw new Error(`the case ${name} failed`, { cause: error })
  }

  for (const id of created.splice(0)) await Sandbox.kill(id).catch(error => assert.equal(error.status, 404))
}

process.exit(0)
