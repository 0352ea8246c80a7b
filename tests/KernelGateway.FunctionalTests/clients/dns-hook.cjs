// Resolves the names below SANDBOX_DOMAIN to loopback, as a wildcard entry in DNS does: NODE_OPTIONS='--require ./dns-hook.cjs'. No package is touched.
const dns = require('node:dns')

const { lookup } = dns
const suffix = `.${process.env.SANDBOX_DOMAIN}`

dns.lookup = (name, options, callback) => {
  if (typeof options === 'function') [options, callback] = [{}, options]
  if (!name.endsWith(suffix)) return lookup(name, options, callback)
  if (options?.all) process.nextTick(callback, null, [{ address: '127.0.0.1', family: 4 }])
  else process.nextTick(callback, null, '127.0.0.1', 4)
}
