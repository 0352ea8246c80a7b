// E2B_DEBUG=true E2B_SANDBOX_URL=$URL; the server runs with --auth none, because the SDK sends no token in debug mode.
import { Sandbox } from '@e2b/code-interpreter'

const sandbox = await Sandbox.create()
const execution = await sandbox.runCode('print("Hello")\n6 * 7', { onStdout: message => console.log(message.line.trimEnd()) })
console.log(execution.text)
