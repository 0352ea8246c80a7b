#!/usr/bin/env bash
# Starts the gateway, or a service of sandboxes, and shows what it does. With --once it ends after the demonstration.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

usage() {
  cat <<'TEXT'
usage: ./run.sh [--sandboxes] [--once] [--port N] [--install]

  --sandboxes  start a service of isolated sandboxes in place of a gateway, and use two of them with the E2B SDK for JavaScript; its data are temporary
  --once       end after the demonstration; without it the gateway or service serves until Ctrl-C
  --port N     listen on port N of the loopback addresses (default: any free port; or the variable PORT)
  --install    install missing Debian packages with sudo; as root, or with CI=true, they are installed anyway
TEXT
}

once=false
sandboxes=false
port=${PORT:-0}
while [ $# -gt 0 ]; do
  case $1 in
    --sandboxes) sandboxes=true ;;
    --once) once=true ;;
    --install) INSTALL=true ;;
    --port) [ $# -gt 1 ] || die "--port needs a number"; port=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    *) die "unknown argument: $1 (see ./run.sh --help)" ;;
  esac
  shift
done
[[ $port =~ ^[0-9]{1,5}$ ]] && [ "$port" -le 65535 ] || die "'$port' is not a port: give a number from 0 to 65535"

demo=artifacts/sandboxes-demo
need_dotnet
need_python_kernel
if $sandboxes; then
  need_sandbox_programs
  need_npm "the demonstration is a program for Node.js" && need_e2b_sdk "$ROOT/$demo" || { print_suggestion >&2; die "the E2B SDK could not be installed"; }
fi
print_suggestion

publish_server
gateway=(dotnet "$PROGRAM")

log=$(mktemp)
server=
data=
key=
url=
finish() {
  local status=$?
  trap - EXIT INT TERM
  if [ -n "$server" ]; then
    # Sandboxes live on when the service ends.
    [ -z "$key" ] || ! kill -0 "$server" 2>/dev/null || "${gateway[@]}" sandboxes kill --all || true
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  case $status in
    0 | 130 | 143) ;;
    *) [ ! -s "$log" ] || { echo "The end of what kernel-gateway wrote:"; tail -n 40 "$log"; } >&2 ;;
  esac
  rm -f "$log"
  [ -z "$data" ] || rm -rf --one-file-system "$data"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Sets url to the first address of the line in which the server says where it listens.
wait_for_url() {
  for _ in $(seq 1200); do
    url=$(sed -nE 's#^Listening on (http://[^ ]+).*#\1#p' "$log" | head -n 1)
    [ -z "$url" ] || return 0
    kill -0 "$server" 2>/dev/null || die "kernel-gateway did not start"
    sleep 0.05
  done
  die "kernel-gateway did not say where it listens"
}

run_gateway() {
  local token
  token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  say "Starting kernel-gateway"
  KERNELGATEWAY__HTTP__TOKEN=$token "${gateway[@]}" serve --port "$port" >"$log" 2>&1 &
  server=$!
  wait_for_url

  say "A cell through POST $url/execute"
  mkdir -p artifacts/demo
  "$PYTHON" scripts/demo.py "$url" "$token" artifacts/demo

  ! $once || { say "Done"; exit 0; }

  say "Serving until Ctrl-C"
  cat <<TEXT
  URL     $url
  token   $token

  curl -N $url/execute -H 'Authorization: Bearer $token' \\
       -H 'Content-Type: application/json' -d '{"code": "print(6 * 7)"}'

TEXT
}

run_sandboxes() {
  local report network=outgoing internet=true
  say "What this machine allows: kernel-gateway sandboxes check"
  report=$("${gateway[@]}" sandboxes check) || { echo "$report"; die "this machine cannot isolate sandboxes; what is missing is said above"; }
  echo "$report"
  if grep -qE '^outgoing-network +no ' <<<"$report"; then network=none internet=false; fi

  data=$(mktemp -d)
  # The sandboxes have users of their own, who pass through it.
  chmod 711 "$data"
  say "Starting kernel-gateway sandboxes serve"
  "${gateway[@]}" sandboxes serve --port "$port" --data-dir "$data" --network "$network" >"$log" 2>&1 &
  server=$!
  wait_for_url
  key=$(sed -nE 's/^API key: (.+)/\1/p' "$log" | head -n 1)
  export E2B_API_URL=$url E2B_SANDBOX_URL=$url E2B_API_KEY=$key

  say "Two sandboxes, with the E2B SDK for JavaScript"
  cp scripts/sandboxes-demo.mjs "$demo"
  ALLOW_INTERNET=$internet node "$demo/sandboxes-demo.mjs"

  ! $once || { say "Done"; exit 0; }

  say "Serving until Ctrl-C, which ends all sandboxes"
  cat <<TEXT
  URL      $url
  domain   localhost:${url##*:} (port 8000 of a sandbox is http://8000-ID.localhost:${url##*:})
  API key  $key

  export E2B_API_URL=$url E2B_SANDBOX_URL=$url E2B_API_KEY=$key
  node $demo/sandboxes-demo.mjs

  ${gateway[*]} sandboxes create code-interpreter-v1
  ${gateway[*]} sandboxes list
  ${gateway[*]} sandboxes shell ID

TEXT
}

if $sandboxes; then run_sandboxes; else run_gateway; fi
wait "$server"
