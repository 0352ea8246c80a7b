// Cells that print, display, request input and raise errors, and requests about code.
import assert from 'node:assert/strict'
import { KernelMessage } from '@jupyterlab/services'
import { status, streamOf, succeeds, textOf, watched } from './client.mjs'

export const cells = {
  async execute(manager, kernel) {
    const future = kernel.requestExecute({
      code: 'import sys\nprint("out")\nsys.stdout.flush()\nprint("err", file=sys.stderr)\nsys.stderr.flush()\n' +
        'display({"text/latex": "$x$", "application/json": {"a": [1, None]}}, raw=True)\n6 * 7',
    })
    const seen = watched(future)
    const reply = await future.done
    assert.equal(reply.content.status, 'ok')
    assert.equal(reply.content.execution_count, 1)
    assert.deepEqual(seen.replies, [reply])
    assert.deepEqual(seen.iopub.map(message => message.header.msg_type), [
      'status', 'execute_input', 'stream', 'stream', 'display_data', 'execute_result', 'status',
    ])
    const [busy, input, stdout, stderr, display, result, idle] = seen.iopub.map(message => message.content)
    assert.equal(busy.execution_state, 'busy')
    assert.equal(input.execution_count, 1)
    assert.deepEqual(stdout, { name: 'stdout', text: 'out\n' })
    assert.deepEqual(stderr, { name: 'stderr', text: 'err\n' })
    assert.deepEqual(display.data, { 'text/latex': '$x$', 'application/json': { a: [1, null] } })
    assert.deepEqual(result.data, { 'text/plain': '42' })
    assert.equal(result.execution_count, 1)
    assert.equal(idle.execution_state, 'idle')
    await status(kernel, 'idle')
  },

  async execute_error(manager, kernel) {
    const future = kernel.requestExecute({ code: '1/0' })
    const seen = watched(future)
    const reply = await future.done
    assert.equal(reply.content.status, 'error')
    assert.equal(reply.content.ename, 'ZeroDivisionError')
    const error = seen.iopub.find(message => message.header.msg_type === 'error')
    assert.equal(error.content.evalue, 'division by zero')
    assert.ok(error.content.traceback.length > 0)
  },

  async execute_many(manager, kernel) {
    const futures = Array.from({ length: 20 }, (_, i) => kernel.requestExecute({ code: `${i}` }))
    const results = futures.map(future => watched(future).iopub)
    const replies = await Promise.all(futures.map(future => future.done))
    assert.deepEqual(replies.map(reply => reply.content.execution_count), futures.map((_, i) => i + 1))
    assert.deepEqual(results.map(textOf), futures.map((_, i) => `${i}`))
  },

  async silent_and_expressions(manager, kernel) {
    const silent = kernel.requestExecute({ code: 'x = 20; x', silent: true, store_history: false })
    const seen = watched(silent)
    await silent.done
    assert.deepEqual(seen.iopub.map(message => message.header.msg_type), ['status', 'status'])
    const reply = await kernel.requestExecute({ code: '', user_expressions: { twice: 'x * 2' } }).done
    assert.equal(reply.content.user_expressions.twice.data['text/plain'], '40')
  },

  async any_text(manager, kernel) {
    const text = 'zażółć 日本語 🙂 \u2028 \u0085 \u0001 "quotes" \\ end\n'.repeat(2000)
    const future = kernel.requestExecute({ code: `text = ${JSON.stringify(text)}\nprint(text, end="")` })
    const seen = watched(future)
    await future.done
    assert.equal(streamOf(seen.iopub), text)
  },

  async large_output(manager, kernel) {
    const future = kernel.requestExecute({ code: 'display({"text/plain": "x" * 20_000_000}, raw=True)' })
    const seen = watched(future)
    await future.done
    const display = seen.iopub.find(message => message.header.msg_type === 'display_data')
    assert.equal(display.content.data['text/plain'].length, 20_000_000)
  },

  async display_updates(manager, kernel) {
    const first = kernel.requestExecute({ code: 'handle = display("before", display_id="one")' }, false)
    const seen = watched(first)
    await first.done
    await kernel.requestExecute({ code: 'handle.update("after")' }).done
    assert.deepEqual(seen.iopub.filter(message => message.content.data).map(message => [message.header.msg_type, message.content.data['text/plain']]), [
      ['display_data', "'before'"], ['update_display_data', "'after'"],
    ])
    first.dispose()
  },

  async input(manager, kernel) {
    const future = kernel.requestExecute({ code: 'import getpass\nname = input("Name? ")\nword = getpass.getpass("Word? ")\n(name, word)' })
    const seen = watched(future)
    const asked = []
    future.onStdin = message => {
      assert.ok(KernelMessage.isInputRequestMsg(message))
      asked.push(message.content)
      future.sendInputReply({ status: 'ok', value: message.content.password ? 'sesame' : 'Ann 日本' }, message.header)
    }
    await future.done
    assert.deepEqual(asked, [{ prompt: 'Name? ', password: false }, { prompt: 'Word? ', password: true }])
    assert.equal(textOf(seen.iopub), "('Ann 日本', 'sesame')")
  },

  async input_not_allowed(manager, kernel) {
    const reply = await kernel.requestExecute({ code: 'input()', allow_stdin: false }).done
    assert.equal(reply.content.ename, 'StdinNotImplementedError')
  },

  async introspection(manager, kernel) {
    await succeeds(kernel, 'import os\ndef documented():\n    "What it does."')
    const completed = await kernel.requestComplete({ code: 'os.getc', cursor_pos: 7 })
    assert.deepEqual(completed.content.matches.filter(match => match.includes('getcwd')).map(match => match.replace('os.', '')), ['getcwd', 'getcwdb'])
    const inspected = await kernel.requestInspect({ code: 'documented', cursor_pos: 4, detail_level: 0 })
    assert.ok(inspected.content.found)
    assert.match(inspected.content.data['text/plain'], /What it does\./)
    const history = await kernel.requestHistory({ hist_access_type: 'range', session: 0, start: 0, stop: 10, raw: true, output: false })
    assert.ok(history.content.history.some(([, , source]) => source.startsWith('import os')))
    assert.equal((await kernel.requestIsComplete({ code: 'for i in x:' })).content.status, 'incomplete')
    assert.equal((await kernel.requestIsComplete({ code: '1 + 1' })).content.status, 'complete')
    assert.equal((await kernel.requestKernelInfo()).content.implementation, 'ipython')
  },
}
