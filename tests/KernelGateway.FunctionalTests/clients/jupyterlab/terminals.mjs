// Terminals: the terminal manager, as JupyterLab uses it.
import assert from 'node:assert/strict'
import { PageConfig } from '@jupyterlab/coreutils'
import { TerminalManager } from '@jupyterlab/services'
import { reached, serverSettings } from './client.mjs'

PageConfig.setOption('terminalsAvailable', 'true')   // as the page of JupyterLab says it

// What a terminal shows, and a promise for a text in it.
function shown(terminal) {
  const all = { text: '' }
  const waiting = []
  terminal.messageReceived.connect((_, message) => {
    if (message.type !== 'stdout') return
    all.text += message.content[0]
    for (const one of waiting.splice(0)) one()
  })
  all.until = async text => { while (!all.text.includes(text)) await new Promise(resolve => waiting.push(resolve)) }
  return all
}

const connected = terminal => reached(terminal.connectionStatusChanged, () => terminal.connectionStatus === 'connected')

export const terminals = {
  async terminals_life() {
    const manager = new TerminalManager({ serverSettings })
    await manager.ready
    const terminal = await manager.startNew()
    const screen = shown(terminal)
    await connected(terminal)
    terminal.send({ type: 'set_size', content: [30, 100, 0, 0] })
    terminal.send({ type: 'stdin', content: ['echo size $(stty size) gr\u00fc\u00dfe\r'] })
    await screen.until('size 30 100 gr\u00fc\u00dfe')

    await manager.refreshRunning()
    assert.ok([...manager.running()].some(model => model.name === terminal.name))

    // Another client sees what was shown.
    const other = manager.connectTo({ model: terminal.model })
    const otherScreen = shown(other)
    await otherScreen.until('size 30 100')

    const gone = new Promise(resolve => terminal.disposed.connect(resolve))
    await manager.shutdown(terminal.name)
    await gone
    await manager.refreshRunning()
    assert.ok(![...manager.running()].some(model => model.name === terminal.name))
    manager.dispose()
  },

  async terminals_exit() {
    const manager = new TerminalManager({ serverSettings })
    await manager.ready
    const terminal = await manager.startNew({ cwd: '/' })
    await connected(terminal)
    const gone = new Promise(resolve => terminal.disposed.connect(resolve))
    terminal.send({ type: 'stdin', content: ['exit\r'] })
    await gone
    manager.dispose()
  },

  async terminals_reconnect() {
    const manager = new TerminalManager({ serverSettings })
    await manager.ready
    const terminal = await manager.startNew()
    const screen = shown(terminal)
    await connected(terminal)
    terminal.send({ type: 'stdin', content: ['a=$((6*7)); echo first-$a\r'] })
    await screen.until('first-42')
    await terminal.reconnect()
    terminal.send({ type: 'stdin', content: ['echo second-$a\r'] })
    await screen.until('second-42')
    await terminal.shutdown()
    manager.dispose()
  },
}
