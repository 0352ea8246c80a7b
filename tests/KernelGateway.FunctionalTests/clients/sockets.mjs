// The WebSockets that clients in these scripts open, within reach of the tests.
import WebSocket from 'ws'

/** Keeps a client from offering subprotocols, which leaves the legacy one. */
export const offersLegacyOnly = () => []

/**
 * A WebSocket class that remembers what it made: `all`, in order. `onMessage` hears of every message that one of them receives.
 * `protocols` maps what the client wants to offer to what is offered.
 */
export function observedSockets(protocols = wanted => wanted) {
  const sockets = {
    all: [],
    onMessage: () => {},
    /** Those of one client: its session is in the address. */
    of: session => sockets.all.filter(socket => socket.url.includes(`session_id=${session}`)),
    WebSocket: class extends WebSocket {
      constructor(url, wanted = []) {
        super(url, protocols(wanted))
        sockets.all.push(this)
        this.on('message', () => sockets.onMessage(this))
      }
    },
  }
  return sockets
}

/** Random numbers that a seed brings back: gives a function from n to an integer below n. */
export function seeded(seed) {
  let state = seed >>> 0
  return n => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}
