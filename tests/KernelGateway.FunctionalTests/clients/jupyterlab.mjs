// Drives the unmodified @jupyterlab/services package against a Jupyter server: node jupyterlab.mjs CASE
// JUPYTER_URL and JUPYTER_TOKEN are its address and token. KERNEL_PROTOCOL=legacy keeps the client from offering the v1 WebSocket protocol.
// The cases also pass against Jupyter Server itself (jupyter-server --ServerApp.token=T; JUPYTER_TOKEN=T JUPYTER_URL=… node jupyterlab.mjs CASE),
// except those with dropped sockets, because Jupyter Server loses messages in flight.
import { KernelAPI, KernelManager } from '@jupyterlab/services'
import { cells } from './jupyterlab/cells.mjs'
import { serverSettings } from './jupyterlab/client.mjs'
import { comms } from './jupyterlab/comms.mjs'
import { connections } from './jupyterlab/connections.mjs'
import { files } from './jupyterlab/contents.mjs'
import { kernels } from './jupyterlab/kernels.mjs'
import { sessions } from './jupyterlab/sessions.mjs'
import { terminals } from './jupyterlab/terminals.mjs'

const cases = { ...kernels, ...cells, ...comms, ...connections, ...sessions, ...files, ...terminals }

console.debug = () => {}   // the package logs every socket that it opens
const name = process.argv[2]
if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
const manager = new KernelManager({ serverSettings })
await manager.ready
const kernel = cases[name].length > 1 ? await manager.startNew({ name: 'python3' }) : undefined
try {
  await cases[name](manager, kernel)
} finally {
  if (kernel) await KernelAPI.shutdownKernel(kernel.id, serverSettings)
  manager.dispose()
}
process.exit(0)   // the timers of the package would keep the process alive
