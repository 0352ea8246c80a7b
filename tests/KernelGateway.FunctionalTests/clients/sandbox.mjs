// Drives the unmodified e2b package against a gateway: node sandbox.mjs CASE
// E2B_SANDBOX_URL comes from the environment, as a user would set it, and E2B_DEBUG where the gateway asks for no token. SANDBOX_TOKEN is its
// token otherwise: a control plane would give it to the SDK.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sandbox } from 'e2b'
import { badInput } from './sandbox/badInput.mjs'
import { commands } from './sandbox/commands.mjs'
import { files } from './sandbox/files.mjs'
import { git } from './sandbox/git.mjs'
import { streams } from './sandbox/streams.mjs'
import { watches } from './sandbox/watches.mjs'

const cases = { ...badInput, ...commands, ...files, ...git, ...streams, ...watches }

const name = process.argv[2]
if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
const token = process.env.SANDBOX_TOKEN
const sandbox = token
  ? new Sandbox({ sandboxId: 'sandbox', envdVersion: '0.6.13', envdAccessToken: token })
  : await Sandbox.create()

// The gateway is on this machine: each case has a directory of its own.
const directory = await mkdtemp(join(tmpdir(), 'sandbox-'))
try {
  await cases[name](sandbox, directory, token)
} finally {
  await rm(directory, { recursive: true })
}

// After an answer that is an error the SDK's timer runs on, and would keep the process for a minute.
process.exit()
