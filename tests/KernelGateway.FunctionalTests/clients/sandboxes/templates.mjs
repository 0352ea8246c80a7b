// Sandboxes from templates that the test has built, with the unmodified packages.
import assert from 'node:assert/strict'
import { Sandbox as Interpreter } from '@e2b/code-interpreter'
import { Sandbox } from 'e2b'

const outputsOf = sandbox => async (command, options) => (await sandbox.commands.run(command, options)).stdout

export const templates = {
  async image() {
    const sandbox = await Sandbox.create('from-image')
    const output = outputsOf(sandbox)
    assert.equal(await output('id -un; id -u; id -g; pwd; echo $HOME'), 'app\n1234\n1234\n/srv/app\n/srv/app\n')
    assert.equal(await output('echo "$GREETING ${EMPTY-unset}"; echo $PATH'), 'hello \n/usr/bin:/bin\n')
    assert.equal(await output('cat /etc/motd; ls /opaque; test -e /gone || echo gone'), 'of the upper layer\nnew\ngone\n')
    assert.equal(await output('stat -c %u:%g data /etc/motd'), '1234:1234\n0:0\n')
    assert.equal(await sandbox.files.read('data'), 'of the user\n')
    await sandbox.files.write('written', 'hello')
    assert.equal(await output('stat -c %U written; test -e started || echo the command of the image is not started'),
      'app\nthe command of the image is not started\n')
    assert.equal(await output('id -un', { user: 'root' }), 'root\n')
    await sandbox.kill()
  },

  async debian_templates() {
    const interpreter = await Interpreter.create()
    const sum = await interpreter.runCode('import numpy, pandas\nint(pandas.DataFrame({"a": numpy.arange(4)})["a"].sum())')
    assert.equal(sum.text, '6')
    const plot = await interpreter.runCode('import matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.show()')
    assert.ok(plot.results[0].png)
    const output = outputsOf(interpreter)
    assert.equal(await output('id -un; pwd; echo $LANG; stat -c "%U %a" /code /home/user /root'),
      'user\n/home/user\nC.UTF-8\nuser 755\nuser 755\nroot 700\n')
    assert.match(await output('apt-get --version'), /^apt \d/)
    assert.equal(await output('sudo apt-get check >/dev/null && /usr/bin/sudo id -un'), 'root\n')
    assert.match(await output('dpkg -l python3-pandas python3-ipykernel curl git procps'), /(\nii .*){5}\n$/)
    assert.equal(await output('python -c "print(6 * 7)"; node -p "6 * 7"; npm --version >/dev/null && git --version >/dev/null && echo both'),
      '42\n42\nboth\n')
    assert.equal(await output('find / -xdev "(" -type b -o -type c -o -type f -perm /6000 ")" 2>/dev/null | grep -v ^/dev/ || echo none'), 'none\n')
    assert.equal(await output('cat /etc/hostname 2>/dev/null; ls /var/lib/apt/lists; getent passwd games | cut -d: -f1', { user: 'root' }), 'games\n')

    const old = await Interpreter.create('code-interpreter-stateful')
    assert.equal((await old.runCode('6 * 7')).text, '42')
    const base = await Interpreter.create('base')
    assert.equal((await base.runCode('6 * 7')).text, '42', 'the first cell starts the kernel')
    assert.equal((await base.runCode('import pandas')).error.name, 'ModuleNotFoundError')
    for (const sandbox of [interpreter, old, base]) await sandbox.kill()
  },
}
