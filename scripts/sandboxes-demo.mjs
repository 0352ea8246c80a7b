// Uses two sandboxes with the unmodified E2B SDK, and says what it does: node sandboxes-demo.mjs
// E2B_API_KEY, E2B_API_URL and E2B_SANDBOX_URL come from the environment. ALLOW_INTERNET=false creates sandboxes without connections to the outside.
import assert from 'node:assert/strict'
import { get } from 'node:http'
import { Sandbox as CodeInterpreter } from '@e2b/code-interpreter'
import { Sandbox } from 'e2b'

const begin = performance.now()

// Does a step, and prints when it ended, how long it took and what it has shown.
async function step(text, action) {
  const start = performance.now()
  const shown = await action()
  const end = performance.now()
  const seconds = ((end - begin) / 1000).toFixed(2).padStart(7)
  console.log(`${seconds} s  ${`${Math.round(end - start)} ms`.padStart(8)}  ${text}${shown === undefined ? '' : `: ${shown}`}`)
}

// A browser and curl take every name below localhost for this machine. Node.js asks the system, which may not.
const lookup = (name, { all }, callback) => {
  const address = { address: '127.0.0.1', family: 4 }
  return all ? callback(null, [address]) : callback(null, address.address, address.family)
}

const request = url => new Promise((resolve, reject) => {
  get(url, { lookup }, async response => {
    const body = (await response.toArray()).join('')
    resolve({ status: response.statusCode, body })
  }).on('error', reject)
})

async function list(query) {
  const ids = []
  const paginator = Sandbox.list({ query })
  while (paginator.hasNext) ids.push(...(await paginator.nextItems()).map(item => item.sandboxId))
  return ids
}

const metadata = { program: 'sandboxes-demo' }
const options = { allowInternetAccess: process.env.ALLOW_INTERNET !== 'false', timeoutMs: 600_000 }
const port = 8000
let first, second

await step('created a sandbox with a Python kernel that is ready', async () => {
  first = await CodeInterpreter.create({ ...options, metadata: { ...metadata, role: 'calculation' } })
  return first.sandboxId
})
await step('created a second one, whose kernels start when they are needed', async () => {
  second = await Sandbox.create('base', { ...options, metadata: { ...metadata, role: 'shell' } })
  return second.sandboxId
})
await step('wrote a file in the first', async () => {
  return (await first.files.write('/home/user/numbers.txt', '1\n2\n3\n')).path
})
await step('looked for it in the second', async () => {
  assert.equal(await second.files.exists('/home/user/numbers.txt'), false)
  return 'there is no such file'
})
await step('ran Python in the first, which has read the file', async () => {
  const execution = await first.runCode('numbers = [int(line) for line in open("/home/user/numbers.txt")]\nsum(numbers)')
  assert.equal(execution.error, undefined)
  assert.equal(execution.text, '6')
  return `sum(numbers) is ${execution.text}`
})
await step('ran a command in the second', async () => {
  const { stdout } = await second.commands.run('echo "$(id -un) on $(hostname), $(ls -d /proc/[0-9]* | wc -l) processes"')
  return stdout.trim()
})
await step(`started a server on port ${port} of the first`, async () => {
  await first.commands.run(`exec python3 -m http.server --bind 127.0.0.1 ${port}`, { background: true, timeoutMs: 0, cwd: '/home/user' })
})
const address = `http://${first.getHost(port)}/numbers.txt`
await step(`reached it from here by GET ${address}`, async () => {
  let answer
  do {
    answer = await request(address)
  } while (answer.status === 502 && performance.now() - begin < 60_000)   // until it listens
  assert.deepEqual(answer, { status: 200, body: '1\n2\n3\n' })
  return JSON.stringify(answer.body)
})
await step('paused the first, with its memory', async () => {
  await first.pause()
  assert.equal(await first.isRunning(), false)
})
await step('resumed it', async () => {
  first = await CodeInterpreter.connect(first.sandboxId)
})
await step('looked for the variable of its kernel', async () => {
  const { text } = await first.runCode('numbers')
  assert.equal(text, '[1, 2, 3]')
  return `numbers is ${text}`
})
await step('and for its server', async () => {
  const { status } = await request(address)
  assert.equal(status, 200)
  return `it answers ${status}`
})
await step('listed the sandboxes with the metadata program=sandboxes-demo', async () => {
  const ids = await list({ metadata })
  assert.deepEqual(new Set(ids), new Set([first.sandboxId, second.sandboxId]))
  return ids.join(', ')
})
await step('listed those that also have role=shell', async () => {
  const ids = await list({ metadata: { ...metadata, role: 'shell' } })
  assert.deepEqual(ids, [second.sandboxId])
  return ids.join(', ')
})
await step('killed both', async () => {
  await Promise.all([first.kill(), second.kill()])
  assert.deepEqual(await list({ metadata }), [])
  return 'the list is empty'
})

// The SDK's connections stay open for a while.
process.exit()
