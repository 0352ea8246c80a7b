import { KernelManager, ServerConnection } from '@jupyterlab/services'

const serverSettings = ServerConnection.makeSettings({ baseUrl: process.env.URL, token: process.env.TOKEN })
const kernels = new KernelManager({ serverSettings })
const kernel = await kernels.startNew({ name: 'python3' })

const future = kernel.requestExecute({ code: 'name = input("Who? ")\nprint("Hello", name)\n6 * 7' })
future.onStdin = message => future.sendInputReply({ status: 'ok', value: 'Ann' }, message.header)
future.onIOPub = ({ header, content }) => {
  if (header.msg_type === 'stream') console.log(content.text.trimEnd())
  if (header.msg_type === 'execute_result') console.log(content.data['text/plain'])
}
await future.done

await kernel.shutdown()
process.exit()
