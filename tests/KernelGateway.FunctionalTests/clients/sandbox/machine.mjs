// The machine behind the gateway, without the SDK.
import { execFileSync } from 'node:child_process'

export { readFile, stat, symlink } from 'node:fs/promises'

export const mkfifo = path => execFileSync('mkfifo', [path])
