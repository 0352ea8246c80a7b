#!/usr/bin/env bash
# Installs the kernels and clients the tests talk to, builds with warnings as errors, runs the tests.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

usage() {
  cat <<'TEXT'
usage: ./test.sh [--fast | --all] [--soak-minutes N] [--install] [ARGUMENTS OF dotnet test]

  --fast             the tests that need no real kernel and no client from elsewhere; nothing is installed
  --all              every test; one that is skipped, because something is not installed, counts as failed
  --soak-minutes N   how long the soak runs (default: 2; 0 for none; never with --fast; with --filter only if given after it)
  --install          install missing Debian packages with sudo; as root, or with CI=true, they are installed anyway

Without an option every test runs whose kernel or client can be installed.
TEXT
}

mode=every
soak_minutes=2
filter=
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --fast) mode=fast ;;
    --install) INSTALL=true ;;
    --all) mode=all ;;
    --soak-minutes) [ $# -gt 1 ] || die "--soak-minutes needs a number"; soak_minutes=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    --filter) [ $# -gt 1 ] || die "--filter needs an expression"; filter=$2; soak_minutes=0; shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
[[ $soak_minutes =~ ^[0-9]+$ ]] || die "'$soak_minutes' is not a number of minutes"

need_dotnet
if [ "$mode" != fast ]; then
  need_python_kernel
  need_python_clients
  need_all_kernels
  print_suggestion
fi

say "Building"
dotnet build KernelGateway.sln -nologo -v quiet

say "Testing"
results=artifacts/test-results
rm -rf "$results" artifacts/kernel-matrix.md
status=0
projects=(tests/*.Tests)
if [ "$mode" = fast ]; then
  fast='TestCategory!=RequiresKernel&TestCategory!=RequiresPyzmq&TestCategory!=RequiresJeromq&TestCategory!=Slow'
  filter=${filter:+"($filter)&"}$fast
else
  projects+=(tests/KernelGateway.FunctionalTests)
fi
[ -z "$filter" ] || arguments+=(--filter "$filter")
for project in "${projects[@]}"; do
  dotnet test "$project" --no-build --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$(basename "$project").trx" --logger "console;verbosity=minimal" ${arguments[@]+"${arguments[@]}"} || status=1
done

# What the kernel matrix found: every cell was asserted, this is the overview.
[ -f artifacts/kernel-matrix.md ] && cat artifacts/kernel-matrix.md

if [ "$mode" != fast ] && [ "$soak_minutes" != 0 ]; then
  say "Soaking for $soak_minutes minutes"
  dotnet run --no-build --project tests/KernelGateway.Soak -- --minutes "$soak_minutes" --seed 1 || status=1
fi

count() { { cat "$results"/*.trx 2>/dev/null || true; } | { grep -o "<UnitTestResult [^>]*outcome=\"$1\"" || true; } | wc -l; }
passed=$(count Passed) failed=$(count Failed) skipped=$(count NotExecuted)
[ "$passed" -gt 0 ] || { echo "no test ran" >&2; status=1; }
[ "$failed" = 0 ] || status=1
echo "The slowest tests:"
{ cat "$results"/*.trx 2>/dev/null || true; } | sed -nE 's/.*<UnitTestResult [^>]*testName="([^"]*)"[^>]*duration="([^"]*)".*/\2 \1/p' |
  sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | sort -r | sed -n '1,10p'
if [ "$mode" = all ] && [ "$skipped" != 0 ]; then
  echo "skipped tests count as failures here:" >&2
  grep -ho '<UnitTestResult [^>]*outcome="NotExecuted"' "$results"/*.trx | grep -o 'testName="[^"]*"' >&2
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
