// The code samples of E2B's documentation of the generation before about notebooks, with the unmodified @e2b/code-interpreter 0.0.8:
// E2B_SECURE=false node e2b-legacy-notebook.mjs CASE HOST, or, against a control plane, node e2b-legacy-notebook.mjs CASE,CASE
// The package looks for Jupyter on port 8888 of the host, so the gateway has to listen there.
import assert from 'node:assert/strict'
import legacy from 'code-interpreter-legacy'

const [name, host] = process.argv.slice(2)
const address = host === undefined ? { logger: {} } : {
  apiKey: 'e2b_0000000000000000000000000000000000000000',
  __debug_hostname: host,
  __debug_port: 8888,
  __debug_devEnv: 'local',
  logger: {},
}

const cases = {
  async hello_world(sandbox) {
    const execution = await sandbox.notebook.execCell(`print('Hello, World!')`)
    assert.deepEqual(execution.logs.stdout, ['Hello, World!\n'])
    assert.deepEqual(execution.results, [])
    assert.equal(execution.error, undefined)
  },

  async options_of_a_cell(sandbox) {
    const kernelID = await sandbox.notebook.createKernel()
    await sandbox.notebook.execCell('x = "of the first kernel"')
    const seen = { stdout: [], stderr: [], results: [] }
    const execution = await sandbox.notebook.execCell('import sys\nprint("x" in globals())\nprint("oops", file=sys.stderr)\n6 * 7', {
      kernelID,
      onStdout: message => seen.stdout.push(message.line),
      onStderr: message => seen.stderr.push(message.line),
      onResult: result => seen.results.push(result.text),
    })
    assert.deepEqual(seen, { stdout: ['False\n'], stderr: ['oops\n'], results: ['42'] })
    assert.equal(execution.text, '42')
    assert.equal((await sandbox.notebook.execCell('x')).text, `'of the first kernel'`)
    assert.equal((await sandbox.notebook.listKernels()).length, 2)
    await sandbox.notebook.restartKernel(kernelID)
    assert.equal((await sandbox.notebook.execCell('1 + 1', { kernelID })).text, '2')
    await sandbox.notebook.shutdownKernel(kernelID)
    assert.equal((await sandbox.notebook.listKernels()).length, 1)
  },

  async results(sandbox) {
    const execution = await sandbox.notebook.execCell(`
from IPython.display import display, HTML, Markdown, Latex, JSON, SVG
display(HTML("<b>html</b>"))
display(Markdown("*markdown*"))
display(Latex("$latex$"))
display(JSON({"a": [1]}))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg"/>'))
"the value"`)
    const [html, markdown, latex, json, svg, value] = execution.results
    assert.deepEqual([html.html, html.isMainResult, html.formats()], ['<b>html</b>', false, ['html']])
    assert.deepEqual([markdown.markdown, latex.latex, json.json], ['*markdown*', '$latex$', { a: [1] }])
    assert.match(svg.svg, /^<svg/)
    assert.deepEqual([value.text, value.isMainResult, execution.text], [`'the value'`, true, `'the value'`])
  },

  async errors(sandbox) {
    const { error, results, logs } = await sandbox.notebook.execCell('print("before")\nx')
    assert.equal(error.name, 'NameError')
    assert.equal(error.value, `name 'x' is not defined`)
    assert.match(error.traceback, /NameError/)
    // What the sample that interprets results reads.
    assert.deepEqual([results, logs.stdout, logs.stderr], [[], ['before\n'], []])
    assert.equal((await sandbox.notebook.execCell('1')).text, '1')
  },

  async shared_context(sandbox) {
    await sandbox.notebook.execCell('x = 1')
    const execution = await sandbox.notebook.execCell('x+=1; x')
    assert.equal(execution.text, '2')
    assert.ok(execution.executionCount > 1)
  },

  // Needs matplotlib.
  async plot(sandbox) {
    const execution = await sandbox.notebook.execCell(`
import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 20, 100)
y = np.sin(x)

plt.plot(x, y)
plt.show()`)
    assert.equal(execution.error, undefined)
    const [image] = execution.results
    assert.equal(Buffer.from(image.png, 'base64').subarray(1, 4).toString(), 'PNG')
    assert.ok(image.formats().includes('png'))
  },

  // Needs pandas.
  async streaming(sandbox) {
    const order = []
    const execution = await sandbox.notebook.execCell(`
import time
import pandas as pd
from IPython.display import display

print("hello")
time.sleep(1)
data = pd.DataFrame(data=[[1, 2], [3, 4]], columns=["A", "B"])
display(data.head(10))
time.sleep(1)
print("world")`, {
      onStdout: message => order.push(message.line),
      onStderr: message => order.push(message.line),
      onResult: result => order.push(result.text),
    })
    assert.equal(execution.error, undefined)
    assert.deepEqual([order[0], order[2], order.length], ['hello\n', 'world\n', 3])
    assert.match(order[1], /A\s+B\n0\s+1\s+2\n1\s+3\s+4/)
  },
}

process.on('unhandledRejection', error => { console.error(error); process.exit(2) })
process.on('uncaughtException', error => { console.error(error); process.exit(3) })
for (const one of name.split(',')) {
  if (!cases[one]) throw new Error(`no such case: ${one}; there are ${Object.keys(cases).join(', ')}`)
  const sandbox = await legacy.CodeInterpreter.create(address)
  await cases[one](sandbox)
  await sandbox.close()
  if (host === undefined) await legacy.CodeInterpreter.kill(sandbox.id)
}

process.exit(0)
