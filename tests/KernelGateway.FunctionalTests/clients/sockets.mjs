// The WebSockets that clients in these scripts open, within reach of the tests.
import WebSocket from 'ws'

/** Keeps a client from offering subprotocols, which leaves the legacy one. */
export const offersLegacyOnly = () => []

/** A WebSocket class that remembers what it made: `latest`, `count`. `protocols` maps what the client wants to offer to what is offered. */
export function observedSockets(protocols = wanted => wanted) {
  const sockets = {
    count: 0,
    latest: undefined,
    WebSocket: class extends WebSocket {
      constructor(url, wanted = []) {
        super(url, protocols(wanted))
        sockets.count++
        sockets.latest = this
      }
    },
  }
  return sockets
}
