#!/usr/bin/env bash
# Installs the kernels and clients the tests talk to, builds with warnings as errors, runs every test.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

need_dotnet
need_python_kernel
if can_install; then
  install_packages python3-zmq python3-jupyter-client python3-pil
  command -v node >/dev/null 2>&1 || install_packages nodejs npm
fi

clients=tests/KernelGateway.FunctionalTests/clients
if command -v npm >/dev/null 2>&1; then
  stamp="$clients/node_modules/.installed"
  if [ ! -e "$stamp" ] || [ "$clients/package-lock.json" -nt "$stamp" ]; then
    say "Installing the JavaScript clients"
    (cd "$clients" && npm ci --silent --no-audit --no-fund)
    touch "$stamp"
  fi
else
  echo "npm is missing: the tests with JavaScript clients will be skipped" >&2
fi

say "Building"
dotnet build KernelGateway.sln -nologo -v quiet

say "Testing"
results=artifacts/test-results
rm -rf "$results"
status=0
for project in tests/*.Tests tests/KernelGateway.FunctionalTests; do
  dotnet test "$project" --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$(basename "$project").trx" --logger "console;verbosity=minimal" "$@" || status=1
done

count() { cat "$results"/*.trx | { grep -o "<UnitTestResult [^>]*outcome=\"$1\"" || true; } | wc -l; }
passed=$(count Passed) failed=$(count Failed) skipped=$(count NotExecuted)
[ "$passed" -gt 0 ] || { echo "no test ran" >&2; status=1; }
[ "$failed" = 0 ] || status=1
if [ "${REQUIRE_ALL:-0}" = 1 ] && [ "$skipped" != 0 ]; then
  echo "skipped tests count as failures here:" >&2
  grep -ho '<UnitTestResult [^>]*outcome="NotExecuted"' "$results"/*.trx | grep -o 'testName="[^"]*"' >&2
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
