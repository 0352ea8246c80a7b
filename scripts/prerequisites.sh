# Sourced by run.sh and test.sh: installs what is missing, and says what it does.
# shellcheck shell=bash

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The first command of a new installation would print a page of welcome.
export DOTNET_NOLOGO=true

need_dotnet() {
  command -v dotnet >/dev/null 2>&1 || die "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
  dotnet --list-sdks | grep -q '^10\.' || die "a .NET 10 SDK is needed; installed: $(dotnet --list-sdks | tr '\n' ';')"
}

# docfx, for scripts/build-site.sh, in the version of .config/dotnet-tools.json. It is downloaded once for each user.
need_docfx() {
  dotnet tool restore --verbosity quiet >/dev/null || die "docfx could not be installed (dotnet tool restore says why)"
}

# Builds the server and sets PROGRAM to its file. Its code is compiled ahead of time, which halves the time until it answers.
publish_server() {
  PROGRAM=$ROOT/artifacts/kernel-gateway/kernel-gateway.dll
  say "Building"
  # The analyzers take most of the time of a build. ./test.sh runs them.
  dotnet publish src/KernelGateway.Server -c Release --use-current-runtime --no-self-contained -p:PublishReadyToRun=true \
    -p:RunAnalyzersDuringBuild=false -o "${PROGRAM%/*}" -nologo -v quiet
}

# Whether Debian packages are installed with sudo, too: by --install, or where CI=true.
INSTALL=${CI:-false}

# Packages that are missing and are not installed.
SUGGESTED=()

# Runs a command as root; fails when there is no way.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Says whether Debian packages can be installed.
can_install() {
  command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || { [ "$INSTALL" = true ] && sudo -n true 2>/dev/null; }; }
}

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

# Notes those of the Debian packages that are missing, for somebody who may install them.
suggest_packages() {
  local package
  command -v apt-get >/dev/null 2>&1 || return 0
  for package in "$@"; do is_installed "$package" || SUGGESTED+=("$package"); done
}

# Prints the command that installs what is missing, once.
print_suggestion() {
  [ "${#SUGGESTED[@]}" != 0 ] || return 0
  local way="run this, or pass --install"
  [ "$INSTALL" != true ] || way="run this: sudo asks for a password here"
  say "Debian packages that are missing and were not installed ($way):"
  echo "sudo apt-get install --no-install-recommends ${SUGGESTED[*]}"
}

# Lists and installs those of the Debian packages that are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ "${#missing[@]}" = 0 ] && return
  say "Installing Debian packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

SYSTEM_PYTHON=/usr/bin/python3

# Whether an interpreter can import modules.
can_import() { "$1" -c "import $2" 2>/dev/null; }

# Makes PYTHON the interpreter of the virtual environment .venv, and installs packages from PyPI into it where it cannot import the modules of $1.
# Fails, with PYTHON unchanged, when they cannot be installed.
use_venv() {
  local modules=$1 python="$ROOT/.venv/bin/python"
  shift
  if ! can_import "$python" "$modules"; then
    say "Installing from PyPI into .venv: $*"
    python3 -m venv "$ROOT/.venv" || { echo "python3 with the venv module is needed (Debian: python3-venv)" >&2; return 1; }
    "$ROOT/.venv/bin/pip" install --quiet "$@" || return 1
  fi
  PYTHON=$python
  [[ ":${JUPYTER_PATH:-}:" == *":$ROOT/.venv/share/jupyter:"* ]] || export JUPYTER_PATH="$ROOT/.venv/share/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}"
  export KERNELGATEWAY__LAUNCHING__PYTHONINTERPRETER="$PYTHON"
}

PYTHON_KERNEL_MODULES="ipykernel, matplotlib, pandas"
PYTHON_KERNEL=(ipykernel matplotlib pandas)

# A Python kernel with matplotlib and pandas: Debian's packages where they can be installed, else a virtual environment of our own.
# Sets PYTHON to an interpreter that has them.
need_python_kernel() {
  if can_install; then
    install_packages python3-ipykernel python3-matplotlib python3-pandas
    PYTHON=$SYSTEM_PYTHON
  elif can_import "$SYSTEM_PYTHON" "$PYTHON_KERNEL_MODULES"; then
    PYTHON=$SYSTEM_PYTHON
  else
    suggest_packages python3 python3-venv python3-ipykernel python3-matplotlib python3-pandas
    use_venv "$PYTHON_KERNEL_MODULES" "${PYTHON_KERNEL[@]}" || { print_suggestion >&2; die "a Python kernel could not be installed into .venv"; }
  fi
}

# Programs that isolate sandboxes and connect them to the network.
SANDBOX_PACKAGES=(bubblewrap runc crun libseccomp2 slirp4netns nftables util-linux mount e2fsprogs)

# What the engine of sandboxes needs. Without it its tests are skipped.
need_sandbox_programs() {
  if can_install; then install_packages "${SANDBOX_PACKAGES[@]}"; else suggest_packages "${SANDBOX_PACKAGES[@]}"; fi
}

# What scripts/build-templates.sh needs. The tests that run it to its end are those of the largest size.
need_template_programs() {
  if can_install; then install_packages debootstrap; else suggest_packages debootstrap; fi
}

PYTHON_CLIENT_MODULES="jupyter_server, jupyter_client, nbclient, nbformat, requests, websocket, websockets"
PYTHON_CLIENTS=(
  jupyter-server python3-jupyter-client python3-nbclient python3-nbformat python3-requests python3-websocket python3-websockets
)

# The Python clients that the tests drive, Jupyter Server with its gateway client among them, for the interpreter in PYTHON. Where they cannot be
# installed for the system's, the virtual environment has them and the kernel.
need_python_clients() {
  if can_install; then
    install_packages "${PYTHON_CLIENTS[@]}"
  elif ! can_import "$PYTHON" "$PYTHON_CLIENT_MODULES"; then
    suggest_packages "${PYTHON_CLIENTS[@]}"
    use_venv "$PYTHON_KERNEL_MODULES, $PYTHON_CLIENT_MODULES" "${PYTHON_KERNEL[@]}" \
      jupyter_server jupyter_client nbclient nbformat requests websocket-client websockets ||
      echo "a Python client could not be installed into .venv: the tests with Python clients will be skipped" >&2
  fi
}

KERNEL_PACKAGES=(
  python3-zmq python3-jupyter-client python3-pil xpython r-cran-irkernel python3-octave-kernel macaulay2-jupyter-kernel libjeromq-java
)

# The programs of PostgreSQL; the tests of the control plane start a server of their own with them.
need_databases() {
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null && return
  if can_install; then install_packages postgresql; else suggest_packages postgresql; fi
}

# Whether a command is a Node.js that the JavaScript clients support. The strictest of them is e2b: ">=20.18.1 <21 || >=22".
supports_clients() {
  local version major minor patch
  version=$("$1" --version 2>/dev/null) || return 1
  IFS=. read -r major minor patch <<<"${version#v}"
  [ "$major" -ge 22 ] || { [ "$major" = 20 ] && [ $((minor * 1000 + patch)) -ge 18001 ]; }
}

# A Node.js for the JavaScript clients: the system's, or the npm package below artifacts/node where that one is too old. Fails without one.
need_node() {
  local own="$ROOT/artifacts/node"
  supports_clients node && return
  if ! supports_clients "$own/node_modules/.bin/node"; then
    say "Installing from npm into artifacts/node: node@22 (the JavaScript clients need 20.18.1 or 22, the system has $(node --version))"
    npm install --prefix "$own" --loglevel error --no-audit --no-fund node@22 || return 1
  fi
  export PATH="$own/node_modules/.bin:$PATH"
}

# npm, and a Node.js for the JavaScript clients. Fails without them, and says the consequence $1.
need_npm() {
  if ! command -v npm >/dev/null 2>&1; then
    if can_install; then install_packages nodejs npm; else suggest_packages nodejs npm; fi
  fi
  command -v npm >/dev/null 2>&1 || { echo "npm is missing: $1" >&2; return 1; }
  need_node || { echo "Node.js could not be installed: $1" >&2; return 1; }
}

# The E2B SDK in the version of the tests, for the programs in the directory $1: the one of the tests if that is installed, else from npm. Fails without it.
need_e2b_sdk() {
  local directory=$1 clients="$ROOT/tests/KernelGateway.FunctionalTests/clients" version
  mkdir -p "$directory"
  if [ -e "$clients/node_modules/@e2b/code-interpreter/package.json" ]; then
    [ -d "$directory/node_modules" ] && [ ! -L "$directory/node_modules" ] || ln -sfn "$clients/node_modules" "$directory/node_modules"
  fi
  [ ! -e "$directory/node_modules/@e2b/code-interpreter/package.json" ] || return 0
  version=$(sed -nE 's/^ *"@e2b\/code-interpreter": "([^"]+)".*/\1/p' "$clients/package.json")
  say "Installing from npm into ${directory#"$ROOT"/}: @e2b/code-interpreter@$version"
  rm -rf "$directory/node_modules"
  npm install --prefix "$directory" --loglevel error --no-audit --no-fund "@e2b/code-interpreter@$version"
}

# All kernels of the kernel matrix. The Debian packages bring their own kernelspecs; those of the npm packages are written below
# artifacts/kernels and found by JUPYTER_PATH, so that nothing is left in the user's home.
need_all_kernels() {
  local clients="$ROOT/tests/KernelGateway.FunctionalTests/clients" kernels="$ROOT/artifacts/kernels"
  if can_install; then
    install_packages "${KERNEL_PACKAGES[@]}"
    command -v javac >/dev/null 2>&1 || install_packages default-jdk-headless
  else
    suggest_packages "${KERNEL_PACKAGES[@]}"
    command -v javac >/dev/null 2>&1 || suggest_packages default-jdk-headless
  fi
  need_npm "the tests with JavaScript clients and kernels will be skipped" || return 0

  local stamp="$clients/node_modules/.installed"
  if [ ! -e "$stamp" ] || [ "$clients/package-lock.json" -nt "$stamp" ]; then
    say "Installing from npm into tests/KernelGateway.FunctionalTests/clients: $(sed -nE 's/^    "([^"]+)": .*/\1/p' "$clients/package.json" | tr '\n' ' ')"
    if ! (cd "$clients" && npm ci --loglevel error --no-audit --no-fund); then
      echo "the npm packages could not be installed: the tests with JavaScript clients and kernels will be skipped" >&2
      return
    fi
    # tslab looks for the types of Node below its own directory when the working directory has none.
    mkdir -p "$clients/node_modules/tslab/node_modules"
    ln -sfn ../../@types "$clients/node_modules/tslab/node_modules/@types"
    touch "$stamp"
  fi

  # Deno writes to the user's data directory only; its cache stays here, too.
  mkdir -p "$kernels"
  HOME="$kernels" XDG_DATA_HOME="$kernels/share" DENO_DIR="$kernels/deno-cache" \
    "$clients/node_modules/.bin/deno" jupyter --install >/dev/null 2>&1 || echo "deno jupyter --install failed" >&2
  "$clients/node_modules/.bin/tslab" install --python="$PYTHON" --binary="$clients/node_modules/.bin/tslab" --prefix="$kernels" >/dev/null 2>&1 ||
    echo "tslab install failed" >&2
  export DENO_DIR="$kernels/deno-cache"
  export JUPYTER_PATH="$kernels/share/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}"
}

# nginx for the benchmarks. Debian's package is unpacked below artifacts/nginx and not installed: that needs no root, and no server is started.
need_nginx() {
  local own="$ROOT/artifacts/nginx" package
  [ ! -x /usr/sbin/nginx ] && [ ! -x "$own/usr/sbin/nginx" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "nginx is missing and there is no apt-get: uploads and downloads will not be measured" >&2
    return 0
  fi
  say "Unpacking Debian's nginx into artifacts/nginx"
  mkdir -p "$own"
  package=$(mktemp -d)
  if (cd "$package" && apt-get download -qq -o APT::Sandbox::User=root nginx >/dev/null) && dpkg-deb -x "$package"/nginx_*.deb "$own"; then
    "$own/usr/sbin/nginx" -v 2>/dev/null || echo "nginx does not start: uploads and downloads will not be measured" >&2
  else
    echo "nginx could not be downloaded (apt-get update may help): uploads and downloads will not be measured" >&2
  fi
  rm -rf "$package"
}
