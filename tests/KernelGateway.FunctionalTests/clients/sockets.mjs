// Gives the tests access to the WebSockets that the clients of these scripts open.
import WebSocket from 'ws'

/** Keeps a client from offering subprotocols, so that the legacy protocol is used. */
export const offersLegacyOnly = () => []

/**
  * A WebSocket class that keeps its instances in `all`, in order. `onMessage` is called for every message that one of them receives.
  * `protocols` maps the subprotocols of the client to those that are offered.
 */
export function observedSockets(protocols = wanted => wanted) {
  const sockets = {
    all: [],
    onMessage: () => {},
    /** The sockets of one client, selected by the session in their address. */
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

/** Reproducible random numbers: returns a function from n to an integer below n. */
export function seeded(seed) {
  let state = seed >>> 0
  return n => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}
