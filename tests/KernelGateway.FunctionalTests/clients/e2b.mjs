// Drives the unmodified @e2b/code-interpreter package against a gateway: node e2b.mjs CASE
// E2B_DEBUG and E2B_SANDBOX_URL come from the environment, as a user would set them.
import assert from 'node:assert/strict'
import { Sandbox } from '@e2b/code-interpreter'

const cases = {
  async run_code(sandbox) {
    const execution = await sandbox.runCode('x =1; x')
    assert.equal(execution.text, '1')
    assert.equal(execution.executionCount, 1)
    assert.equal(execution.error, undefined)
  },

  async state_is_kept(sandbox) {
    await sandbox.runCode('x = 1')
    assert.equal((await sandbox.runCode('x += 1; x')).text, '2')
  },

  async callbacks(sandbox) {
    const stdout = [], stderr = [], results = [], errors = []
    const execution = await sandbox.runCode(
      'import sys\nprint("out")\nsys.stdout.flush()\nprint("err", file=sys.stderr)\nsys.stderr.flush()\ndisplay({"text/latex": "$x$"}, raw=True)\nundefined_name',
      {
        onStdout: message => stdout.push(message.line),
        onStderr: message => stderr.push(message.line),
        onResult: result => results.push(result),
        onError: error => errors.push(error),
      },
    )
    assert.deepEqual(stdout, ['out\n'])
    assert.deepEqual(stderr, ['err\n'])
    assert.equal(results.length, 1)
    assert.deepEqual(results[0].formats(), ['latex'])
    assert.deepEqual(results[0].extra, {})
    assert.equal(errors.length, 1)
    assert.equal(errors[0].name, 'NameError')
    assert.equal(execution.error.name, 'NameError')
    assert.ok(execution.error.traceback.includes('undefined_name'))
    assert.deepEqual(execution.logs.stdout, ['out\n'])
  },

  async output_is_streamed(sandbox) {
    const arrivals = []
    await sandbox.runCode('import time\nfor i in range(3):\n    print(i, flush=True)\n    time.sleep(0.3)', {
      onStdout: message => arrivals.push([message.line, Date.now()]),
    })
    assert.deepEqual(arrivals.map(([line]) => line), ['0\n', '1\n', '2\n'])
    assert.ok(arrivals[2][1] > arrivals[0][1], 'the chunks arrived one by one')
  },

  async non_ascii_text_survives(sandbox) {
    const text = 'zażółć 日本語 🙂 \u2028 \u0085 end'.repeat(5000)
    const execution = await sandbox.runCode(`print(${JSON.stringify(text)})`)
    assert.equal(execution.logs.stdout.join(''), text + '\n')
  },

  async plot_has_png(sandbox) {
    const execution = await sandbox.runCode('import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\n"done"')
    assert.equal(execution.results.length, 2)
    assert.ok(Buffer.from(execution.results[0].png, 'base64').subarray(1, 4).equals(Buffer.from('PNG')))
    assert.deepEqual(execution.results[0].extra, {})
    assert.equal(execution.text, 'done')
  },

  async contexts(sandbox) {
    const context = await sandbox.createCodeContext()
    assert.equal(context.language, 'python')
    let listed = await sandbox.listCodeContexts()
    assert.equal(listed.at(-1).id, context.id)

    await sandbox.runCode('y = 1', { context })
    assert.equal((await sandbox.runCode('y', { context })).text, '1')
    await sandbox.restartCodeContext(context.id)
    assert.equal((await sandbox.runCode('y', { context })).error.name, 'NameError')

    await sandbox.removeCodeContext(context)
    listed = await sandbox.listCodeContexts()
    assert.ok(!listed.some(one => one.id === context.id))
    await assert.rejects(sandbox.runCode('1', { context }), error => error.name === 'NotFoundError')
  },

  async contexts_are_isolated(sandbox) {
    await sandbox.runCode('z = 1')
    const context = await sandbox.createCodeContext({ cwd: '/tmp' })
    assert.equal(context.cwd, '/tmp')
    const execution = await sandbox.runCode('import os\n("z" in dir(), os.getcwd())', { context })
    assert.equal(execution.text, "(False, '/tmp')")
    await sandbox.removeCodeContext(context.id)
  },

  async environment_of_one_execution(sandbox) {
    const value = `it's "quoted" %s {x}\nand 日本`
    const read = 'import os\nprint(os.environ.get("FOO"))'
    assert.equal((await sandbox.runCode(read, { envs: { FOO: value } })).logs.stdout.join(''), value + '\n')
    assert.equal((await sandbox.runCode(read)).logs.stdout.join(''), 'None\n')
  },

  async client_timeout_interrupts(sandbox) {
    await sandbox.runCode('kept = "state"')
    await assert.rejects(sandbox.runCode('import time; time.sleep(300)', { timeoutMs: 1000 }))
    assert.equal((await sandbox.runCode('kept', { timeoutMs: 20000 })).text, 'state')
  },

  async unknown_language_is_an_error(sandbox) {
    await assert.rejects(sandbox.createCodeContext({ language: 'klingon' }))
  },
}

const name = process.argv[2]
if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
const sandbox = await Sandbox.create()
const context = await sandbox.createCodeContext()
try {
  // A context of its own for each case, as the default one of the calls that name none.
  const runCode = sandbox.runCode.bind(sandbox)
  sandbox.runCode = (code, options) => runCode(code, { context, ...options })
  await cases[name](sandbox)
} finally {
  await sandbox.removeCodeContext(context.id)
}
