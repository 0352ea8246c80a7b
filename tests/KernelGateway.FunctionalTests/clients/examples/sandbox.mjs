// E2B_SANDBOX_URL=$URL TOKEN=$TOKEN node sandbox.mjs
import { Sandbox } from 'e2b'                     // E2B_SANDBOX_URL is the address

// A control plane would give the token to the SDK. With `--auth none` and E2B_DEBUG=true it is Sandbox.create().
const sandbox = new Sandbox({ sandboxId: 'any', envdVersion: '0.6.13', envdAccessToken: process.env.TOKEN })
const watch = await sandbox.files.watchDir('/tmp', event => console.log(event.type, event.name))
await sandbox.files.write('/tmp/hello-js.txt', 'hello')
console.log((await sandbox.commands.run('cat /tmp/hello-js.txt')).stdout)

const cat = await sandbox.commands.run('cat', { background: true, stdin: true, timeoutMs: 0 })
await sandbox.commands.sendStdin(cat.pid, 'typed')
await sandbox.commands.closeStdin(cat.pid)
console.log((await cat.wait()).stdout)

const terminal = await sandbox.pty.create({ cols: 80, rows: 24, onData: bytes => process.stdout.write(bytes) })
await sandbox.pty.sendInput(terminal.pid, new TextEncoder().encode('stty size; exit\n'))
await terminal.wait()
await watch.stop()
