// Every method of the SDK's git, which runs git by commands.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { CommandExitError, GitAuthError, GitUpstreamError, InvalidArgumentError } from 'e2b'
import { output } from './output.mjs'

const author = { authorName: 'Ada', authorEmail: 'ada@example.test' }

// Each case has a home of its own, because the settings of all repositories are there.
const at = directory => ({ envs: { HOME: directory, GIT_CONFIG_NOSYSTEM: '1' } })

async function freePort() {
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

async function repository(sandbox, directory, name) {
  const path = `${directory}/${name}`
  await sandbox.git.init(path, { initialBranch: 'main', ...at(directory) })
  await sandbox.files.write(`${path}/README.md`, '# one\n')
  await sandbox.git.add(path, at(directory))
  await sandbox.git.commit(path, 'Add the first file', { ...author, ...at(directory) })
  return path
}

export const git = {
  async git_changes_are_added_and_committed(sandbox, directory) {
    const path = `${directory}/work`
    await sandbox.git.init(path, { initialBranch: 'main', ...at(directory) })
    await sandbox.files.write([{ path: `${path}/one`, data: '1' }, { path: `${path}/two words 🙂`, data: '2' }])
    const fresh = await sandbox.git.status(path, at(directory))
    assert.deepEqual([fresh.currentBranch, fresh.hasUntracked, fresh.untrackedCount, fresh.isClean], ['main', true, 2, false])

    await sandbox.git.add(path, { files: ['one'], ...at(directory) })
    const staged = await sandbox.git.status(path, at(directory))
    assert.deepEqual([staged.stagedCount, staged.untrackedCount], [1, 1])
    await sandbox.git.add(path, at(directory))
    const message = `It's "quoted" $HOME\n\nSecond paragraph 🙂`
    await sandbox.git.commit(path, message, { ...author, ...at(directory) })
    assert.equal((await sandbox.git.status(path, at(directory))).isClean, true)
    const { stdout } = await sandbox.commands.run('git log --format=%an:%ae:%B', { cwd: path })
    assert.equal(stdout.trim(), `Ada:ada@example.test:${message}`)
    await assert.rejects(sandbox.git.commit(path, 'Nothing', { ...author, ...at(directory) }), CommandExitError)
    await sandbox.git.commit(path, 'Empty', { allowEmpty: true, ...author, ...at(directory) })
  },

  async git_changes_are_restored_and_reset(sandbox, directory) {
    const path = await repository(sandbox, directory, 'work')
    await sandbox.files.write(`${path}/README.md`, 'changed')
    await sandbox.git.restore(path, { paths: ['README.md'], ...at(directory) })
    assert.equal(await sandbox.files.read(`${path}/README.md`), '# one\n')
    await sandbox.files.write(`${path}/README.md`, 'changed')
    await sandbox.git.add(path, at(directory))
    await sandbox.git.restore(path, { paths: ['README.md'], staged: true, ...at(directory) })
    assert.deepEqual((await sandbox.git.status(path, at(directory))).fileStatus.map(file => [file.name, file.status, file.staged]), [['README.md', 'modified', false]])
    await sandbox.git.reset(path, { mode: 'hard', target: 'HEAD', ...at(directory) })
    assert.equal((await sandbox.git.status(path, at(directory))).isClean, true)
  },

  async git_branches(sandbox, directory) {
    const path = await repository(sandbox, directory, 'work')
    await sandbox.git.createBranch(path, 'feature', at(directory))
    assert.deepEqual(await sandbox.git.branches(path, at(directory)), { branches: ['feature', 'main'], currentBranch: 'feature' })
    await sandbox.git.checkoutBranch(path, 'main', at(directory))
    await sandbox.git.deleteBranch(path, 'feature', at(directory))
    assert.deepEqual((await sandbox.git.branches(path, at(directory))).branches, ['main'])
    await assert.rejects(sandbox.git.checkoutBranch(path, 'missing', at(directory)), CommandExitError)
  },

  async git_config_and_remotes(sandbox, directory) {
    const path = await repository(sandbox, directory, 'work')
    await sandbox.git.configureUser('Grace', 'grace@example.test', at(directory))
    assert.equal(await sandbox.git.getConfig('user.name', at(directory)), 'Grace')
    await sandbox.git.setConfig('user.name', 'Local', { scope: 'local', path, ...at(directory) })
    assert.equal(await sandbox.git.getConfig('user.name', { scope: 'local', path, ...at(directory) }), 'Local')
    assert.equal(await sandbox.git.getConfig('no.such', at(directory)), undefined)
    await assert.rejects(sandbox.git.setConfig('a.b', 'c', { scope: 'local', ...at(directory) }), InvalidArgumentError)

    assert.equal(await sandbox.git.remoteGet(path, 'origin', at(directory)), undefined)
    await sandbox.git.remoteAdd(path, 'origin', 'https://example.test/one.git', at(directory))
    await sandbox.git.remoteAdd(path, 'origin', 'https://example.test/two.git', { overwrite: true, ...at(directory) })
    assert.equal(await sandbox.git.remoteGet(path, 'origin', at(directory)), 'https://example.test/two.git')
    await assert.rejects(sandbox.git.remoteAdd(path, 'origin', 'https://example.test/3.git', at(directory)), CommandExitError)
  },

  async git_credentials_are_stored(sandbox, directory) {
    await sandbox.git.dangerouslyAuthenticate({
      username: 'user', password: `it's a "secret"`, host: 'git.example.test', protocol: 'https', ...at(directory),
    })
    assert.equal(await sandbox.git.getConfig('credential.helper', at(directory)), 'store')
    const { stdout } = await sandbox.commands.run(`printf 'protocol=https\\nhost=git.example.test\\n\\n' | git credential fill`, at(directory))
    assert.match(stdout, /^username=user$/m)
    assert.ok(stdout.includes(`password=it's a "secret"\n`), stdout)
  },

  async git_clones_pushes_and_pulls(sandbox, directory) {
    const served = `${directory}/served/origin.git`
    await sandbox.git.init(served, { bare: true, initialBranch: 'main', ...at(directory) })
    const port = await freePort()
    const url = `git://127.0.0.1:${port}/origin.git`
    const log = output()
    const daemon = await sandbox.commands.run(
      `exec git daemon --verbose --listen=127.0.0.1 --port=${port} --base-path=${directory}/served --export-all --enable=receive-pack`,
      { background: true, timeoutMs: 0, onStderr: chunk => log.take(chunk), ...at(directory) })
    await log.until('Ready to rumble')

    const first = await repository(sandbox, directory, 'first')
    await assert.rejects(sandbox.git.push(first, at(directory)), CommandExitError)
    await assert.rejects(sandbox.git.pull(first, at(directory)), GitUpstreamError)
    await sandbox.git.remoteAdd(first, 'origin', url, at(directory))
    await sandbox.git.push(first, { remote: 'origin', branch: 'main', ...at(directory) })
    assert.equal((await sandbox.git.status(first, at(directory))).upstream, 'origin/main')

    const second = `${directory}/second`
    await sandbox.git.clone(url, { path: second, branch: 'main', depth: 1, ...at(directory) })
    assert.equal(await sandbox.files.read(`${second}/README.md`), '# one\n')
    await sandbox.files.write(`${second}/README.md`, '# two\n')
    await sandbox.git.add(second, at(directory))
    await sandbox.git.commit(second, 'Change the file', { ...author, ...at(directory) })
    assert.equal((await sandbox.git.status(second, at(directory))).ahead, 1)
    await sandbox.git.push(second, at(directory))

    await sandbox.git.pull(first, at(directory))
    assert.equal(await sandbox.files.read(`${first}/README.md`), '# two\n')
    // The daemon says "access denied" of a repository that is not there.
    await assert.rejects(sandbox.git.clone(`git://127.0.0.1:${port}/missing.git`, { path: `${directory}/none`, ...at(directory) }), GitAuthError)
    await daemon.kill()
  },
}
