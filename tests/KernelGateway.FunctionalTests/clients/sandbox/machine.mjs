// The machine behind the gateway, without the SDK.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'

export const mkfifo = path => execFileSync('mkfifo', [path])

// An orphan that has ended may stay as a zombie where the first process of the machine does not reap.
export const isAlive = pid => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
