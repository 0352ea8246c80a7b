// Drives the unmodified @e2b/code-interpreter package against a gateway: node e2b.mjs CASE
// E2B_DEBUG and E2B_SANDBOX_URL come from the environment, as for a user.
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

  async cells_are_counted(sandbox) {
    assert.equal((await sandbox.runCode('1')).executionCount, 1)
    assert.equal((await sandbox.runCode('2')).executionCount, 2)
  },

  async shell_commands(sandbox) {
    const { logs } = await sandbox.runCode('import os\nos.chdir("/tmp")\n!pwd')
    assert.equal(logs.stdout.join('').trim(), '/tmp')
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

  async data_frame_has_data(sandbox) {
    const { results } = await sandbox.runCode(
      'import pandas as pd\npd.DataFrame({"a": [1, 2], "when": pd.to_datetime(["2024-01-01", None]), "x": [1.5, float("nan")]})',
    )
    assert.deepEqual(results[0].data, { a: [1, 2], when: ['2024-01-01T00:00:00', null], x: [1.5, null] })
    assert.deepEqual(results[0].formats(), ['html', 'data'])
    assert.ok(results[0].html.includes('<table'))
    assert.deepEqual(results[0].extra, {})
  },

  async list_has_json(sandbox) {
    const { results } = await sandbox.runCode('[1, {"b": None}]')
    assert.deepEqual(results[0].json, [1, { b: null }])
    assert.deepEqual(results[0].extra, {})
  },

  async image_has_png(sandbox) {
    const setup = 'import os, tempfile\nfrom PIL import Image\nos.chdir(tempfile.mkdtemp())\nimage = Image.new("RGB", (2, 2))'
    for (const code of ['image.show()', 'image', 'image.save("test.png")']) {
      const { results } = await sandbox.runCode(`${setup}\n${code}`)
      assert.equal(results.length, 1, code)
      assert.ok(results[0].png, code)
      assert.deepEqual(results[0].extra, {})
    }
  },

  async line_chart(sandbox) {
    const chart = await chartOf(sandbox, `
import numpy as np, datetime
days = [datetime.date(2023, 9, 1) + datetime.timedelta(days=i) for i in range(100)]
x = np.linspace(0, 2 * np.pi, 100)
plt.plot(days, np.sin(x), label='sin(x)')
plt.plot(days, np.cos(x), label='cos(x)')
plt.xlabel('Time (s)'); plt.ylabel('Amplitude (Hz)'); plt.title('Plot of sin(x) and cos(x)'); plt.legend(); plt.grid(True)`)
    assert.equal(chart.type, 'line')
    assert.equal(chart.title, 'Plot of sin(x) and cos(x)')
    assert.deepEqual([chart.x_label, chart.x_unit, chart.x_scale], ['Time (s)', 's', 'datetime'])
    assert.deepEqual([chart.y_label, chart.y_unit, chart.y_scale], ['Amplitude (Hz)', 'Hz', 'linear'])
    assert.ok(chart.x_ticks.every(tick => !Number.isNaN(Date.parse(tick))))
    assert.ok(chart.y_ticks.every(tick => typeof tick === 'number'))
    assert.ok([...chart.x_tick_labels, ...chart.y_tick_labels].every(label => typeof label === 'string'))
    assert.deepEqual(chart.elements.map(line => line.label), ['sin(x)', 'cos(x)'])
    assert.ok(chart.elements.every(line => line.points.length === 100))
    assert.deepEqual(chart.elements[1].points[0], ['2023-09-01T00:00:00', 1])
  },

  async scatter_chart(sandbox) {
    const chart = await chartOf(sandbox, `
plt.scatter([1, 2], [3, 4], label='Dataset 1'); plt.scatter([5], [6], label='Dataset 2')
plt.xlabel('A'); plt.ylabel('B'); plt.legend(); plt.grid(True)`)
    assert.equal(chart.type, 'scatter')
    assert.equal(chart.title, null)
    assert.deepEqual([chart.x_label, chart.y_label, chart.x_unit, chart.y_unit], ['A', 'B', null, null])
    assert.deepEqual([chart.x_scale, chart.y_scale], ['linear', 'linear'])
    assert.deepEqual(chart.elements, [{ label: 'Dataset 1', points: [[1, 3], [2, 4]] }, { label: 'Dataset 2', points: [[5, 6]] }])
  },

  async bar_chart(sandbox) {
    const chart = await chartOf(sandbox, `
plt.bar(['Author A', 'Author B'], [100, 200], label='Books Sold', color='blue')
plt.xlabel('Authors'); plt.ylabel('Number of Books Sold'); plt.title('Book Sales by Authors'); plt.tight_layout()`)
    assert.deepEqual(chart, {
      type: 'bar', title: 'Book Sales by Authors',
      x_label: 'Authors', y_label: 'Number of Books Sold', x_unit: null, y_unit: null,
      elements: [{ label: 'Author A', group: 'Books Sold', value: 100 }, { label: 'Author B', group: 'Books Sold', value: 200 }],
    })
  },

  async pie_chart(sandbox) {
    const chart = await chartOf(sandbox, `
plt.pie([90, 10], labels=['No', 'No, in blue'], autopct='%1.1f%%', startangle=90); plt.axis('equal'); plt.title('Will I wake up early tomorrow?')`)
    assert.deepEqual(chart, {
      type: 'pie', title: 'Will I wake up early tomorrow?',
      elements: [{ label: 'No', angle: 324, radius: 1 }, { label: 'No, in blue', angle: 36, radius: 1 }],
    })
  },

  async box_and_whisker_chart(sandbox) {
    const chart = await chartOf(sandbox, `
data = {'Class A': [85, 90, 78, 92, 88], 'Class B': [95, 89, 76, 91, 84, 87], 'Class C': [75, 82, 88, 79, 86]}
plt.boxplot(data.values(), labels=data.keys(), patch_artist=True); plt.title('Exam Scores Distribution'); plt.xlabel('Class'); plt.ylabel('Score')`)
    assert.equal(chart.type, 'box_and_whisker')
    assert.deepEqual(chart.elements, [
      { label: 'Class A', min: 78, first_quartile: 85, median: 88, third_quartile: 90, max: 92, outliers: [] },
      { label: 'Class B', min: 84, first_quartile: 84.75, median: 88, third_quartile: 90.5, max: 95, outliers: [76] },
      { label: 'Class C', min: 75, first_quartile: 79, median: 82, third_quartile: 86, max: 88, outliers: [] },
    ])
  },

  async superchart(sandbox) {
    const chart = await chartOf(sandbox, `
figure, (upper, lower) = plt.subplots(2, 1)
figure.suptitle('Multiple Charts Example')
upper.plot([1, 2, 3], [3, 1, 2], label='line'); upper.set_title('Upper')
lower.bar(['A'], [1])`)
    assert.equal(chart.type, 'superchart')
    assert.equal(chart.title, 'Multiple Charts Example')
    assert.deepEqual(chart.elements.map(one => [one.type, one.title]), [['line', 'Upper'], ['bar', null]])
  },

  async unknown_chart(sandbox) {
    const chart = await chartOf(sandbox, `plt.gca().add_patch(plt.Circle((0, 0), 0.2)); plt.title('Circle')`)
    assert.deepEqual(chart, { type: 'unknown', title: 'Circle', elements: [] })
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

  async environment_of_the_sandbox(sandbox) {
    const read = 'import os\nprint(os.environ.get("GIVEN"), os.environ.get("E2B_SANDBOX"))'
    assert.equal((await sandbox.runCode(read)).logs.stdout.join(''), 'by the operator true\n')
    assert.equal((await sandbox.runCode(read, { envs: { GIVEN: 'by the cell' } })).logs.stdout.join(''), 'by the cell true\n')
    assert.equal((await sandbox.runCode(read)).logs.stdout.join(''), 'by the operator true\n')
  },

  async context_or_language(sandbox) {
    await assert.rejects(sandbox.runCode('1', { language: 'python' }), /context|language/)
    const { logs } = await sandbox.runCode('print("by its language")', { context: undefined, language: 'python' })
    assert.deepEqual(logs.stdout, ['by its language\n'])
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

// Draws a chart and returns the chart of the single result. The result must also contain the image.
async function chartOf(sandbox, code) {
  const { results, error } = await sandbox.runCode(`import matplotlib.pyplot as plt\n${code}\nplt.show()`)
  assert.equal(error, undefined)
  assert.equal(results.length, 1)
  assert.ok(results[0].png)
  assert.deepEqual(results[0].extra, {})
  return results[0].chart
}

const name = process.argv[2]
if (!cases[name]) throw new Error(`no such case: ${name}; there are ${Object.keys(cases).join(', ')}`)
const sandbox = await Sandbox.create()
const context = await sandbox.createCodeContext()
try {
  // Each case has its own context, which is the default of calls that name none.
  const runCode = sandbox.runCode.bind(sandbox)
  sandbox.runCode = (code, options) => runCode(code, { context, ...options })
  await cases[name](sandbox)
} finally {
  await sandbox.removeCodeContext(context.id)
}

// After an error response the SDK's timer would keep the process alive for a minute.
process.exit()
