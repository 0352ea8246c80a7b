# A name server, an index of Python packages and a registry of npm packages, which all have one package: sample-package.
# Every name below "test" is the first argument. Prints a line when it serves.
import hashlib, io, json, socket, socketserver, struct, sys, tarfile, threading, zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

address = sys.argv[1]
HOST = 'http://packages.test'


def wheel():
    info = 'sample_package-1.0.dist-info/'
    files = {
        'sample_package/__init__.py': 'GREETING = "hello from a wheel"\n',
        info + 'METADATA': 'Metadata-Version: 2.1\nName: sample-package\nVersion: 1.0\n',
        info + 'WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    }
    files[info + 'RECORD'] = ''.join(f'{name},,\n' for name in [*files, info + 'RECORD'])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def tarball():
    files = {
        'package/package.json': json.dumps({'name': 'sample-package', 'version': '1.0.0', 'main': 'index.js'}),
        'package/index.js': 'module.exports = "hello from a tarball"\n',
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w:gz') as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


WHEEL, TARBALL = wheel(), tarball()
REGISTRY = json.dumps({
    'name': 'sample-package', 'dist-tags': {'latest': '1.0.0'},
    'versions': {'1.0.0': {
        'name': 'sample-package', 'version': '1.0.0', 'main': 'index.js',
        'dist': {'tarball': HOST + '/npm/sample-package/-/sample-package-1.0.0.tgz', 'shasum': hashlib.sha1(TARBALL).hexdigest()}}}})
PAGES = {
    '/simple/sample-package/': ('text/html', b'<a href="/files/sample_package-1.0-py3-none-any.whl">sample_package-1.0-py3-none-any.whl</a>'),
    '/files/sample_package-1.0-py3-none-any.whl': ('application/octet-stream', WHEEL),
    '/npm/sample-package': ('application/json', REGISTRY.encode()),
    '/npm/sample-package/-/sample-package-1.0.0.tgz': ('application/octet-stream', TARBALL),
    '/latest/meta-data/': ('text/plain', b'secrets of a cloud'),
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body = PAGES.get(self.path, ('text/plain', b'not found'))
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        end = 12
        while query[end]:
            end += query[end] + 1
        kind, = struct.unpack('>H', query[end + 1:end + 3])
        answer = struct.pack('>HHHIH', 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address) if kind == 1 else b''
        header = query[:2] + struct.pack('>HHHHH', 0x8180, 1, 1 if answer else 0, 0, 0)
        sock.sendto(header + query[12:end + 5] + answer, self.client_address)


names = socketserver.ThreadingUDPServer(('0.0.0.0', 53), Names)
pages = ThreadingHTTPServer(('0.0.0.0', 80), Pages)
threading.Thread(target=names.serve_forever, daemon=True).start()
print('ready', flush=True)
pages.serve_forever()
