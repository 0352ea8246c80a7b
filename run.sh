#!/usr/bin/env bash
# Starts the gateway and shows what it does. With --once it ends after the demonstration.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

usage() {
  cat <<'TEXT'
usage: ./run.sh [--once] [--port N] [--install]

  --once     end after the demonstration; without it the gateway serves until Ctrl-C
  --port N   listen on port N of the loopback addresses (default: any free port; or the variable PORT)
  --install  install missing Debian packages with sudo; as root, or with CI=true, they are installed anyway
TEXT
}

once=false
port=${PORT:-0}
while [ $# -gt 0 ]; do
  case $1 in
    --once) once=true ;;
    --install) INSTALL=true ;;
    --port) [ $# -gt 1 ] || die "--port needs a number"; port=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    *) die "unknown argument: $1 (see ./run.sh --help)" ;;
  esac
  shift
done
[[ $port =~ ^[0-9]{1,5}$ ]] && [ "$port" -le 65535 ] || die "'$port' is not a port: give a number from 0 to 65535"

need_dotnet
need_python_kernel
print_suggestion

say "Building"
# The analyzers take most of the time of a build. ./test.sh runs them.
dotnet build src/KernelGateway.Server -c Release -p:RunAnalyzersDuringBuild=false -nologo -v quiet

token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
log=$(mktemp)
server=
finish() {
  local status=$?
  trap - EXIT INT TERM
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  case $status in
    0 | 130 | 143) ;;
    *) [ ! -s "$log" ] || { echo "The end of what kernel-gateway wrote:"; tail -n 40 "$log"; } >&2 ;;
  esac
  rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Starting kernel-gateway"
KERNELGATEWAY__HTTP__TOKEN=$token dotnet src/KernelGateway.Server/bin/Release/net10.0/kernel-gateway.dll serve --port "$port" >"$log" 2>&1 &
server=$!

# The first address of the line in which the server says where it listens.
url=
for _ in $(seq 600); do
  url=$(sed -nE 's#^Listening on (http://[^ ]+).*#\1#p' "$log" | head -n 1)
  [ -n "$url" ] && break
  kill -0 "$server" 2>/dev/null || die "kernel-gateway did not start"
  sleep 0.05
done
[ -n "$url" ] || die "kernel-gateway did not say where it listens"

say "A cell through POST $url/execute"
mkdir -p artifacts/demo
"$PYTHON" scripts/demo.py "$url" "$token" artifacts/demo

$once && { say "Done"; exit 0; }

say "Serving until Ctrl-C"
cat <<TEXT
  URL     $url
  token   $token

  curl -N $url/execute -H 'Authorization: Bearer $token' \\
       -H 'Content-Type: application/json' -d '{"code": "print(6 * 7)"}'

TEXT
wait "$server"
