// Sandboxes from templates that the test has built, with the unmodified packages.
import assert from 'node:assert/strict'
import { Sandbox } from 'e2b'

export const templates = {
  async image() {
    const sandbox = await Sandbox.create('from-image')
    const output = async command => (await sandbox.commands.run(command)).stdout
    assert.equal(await output('id -un; id -u; id -g; pwd; echo $HOME'), 'app\n1234\n1234\n/srv/app\n/srv/app\n')
    assert.equal(await output('echo "$GREETING ${EMPTY-unset}"; echo $PATH'), 'hello \n/usr/bin:/bin\n')
    assert.equal(await output('cat /etc/motd; ls /opaque; test -e /gone || echo gone'), 'of the upper layer\nnew\ngone\n')
    assert.equal(await output('stat -c %u:%g data /etc/motd'), '1234:1234\n0:0\n')
    assert.equal(await sandbox.files.read('data'), 'of the user\n')
    await sandbox.files.write('written', 'hello')
    assert.equal(await output('stat -c %U written; test -e started || echo the command of the image is not started'),
      'app\nthe command of the image is not started\n')
    assert.equal((await sandbox.commands.run('id -un', { user: 'root' })).stdout, 'root\n')
    await sandbox.kill()
  },
}
