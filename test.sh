#!/usr/bin/env bash
# Installs the kernels and clients the tests talk to, builds with warnings as errors, runs the tests.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT"
. scripts/prerequisites.sh
. scripts/leftovers.sh

usage() {
  cat <<'TEXT'
usage: ./test.sh [--fast | --all] [--soak-minutes N] [--install] [ARGUMENTS OF dotnet test]

  --fast             the tests that need no real kernel and no client from elsewhere; nothing is installed
  --all              every variant of every test; one that is skipped, because something is not installed, counts as failed
  --soak-minutes N   how long the soak runs (default: 2; 0 for none; never with --fast; with --filter only if given after it)
  --install          install missing Debian packages with sudo; as root, or with CI=true, they are installed anyway

Without an option every kind of test runs whose kernel or client can be installed. The tests of the kernel matrix run on ipykernel and Deno,
those of @jupyterlab/services over one of the two WebSocket protocols.
TEXT
}

mode=plain
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
  need_sandbox_programs
  if [ "$mode" = all ]; then need_template_programs; need_docfx; fi
  need_all_kernels
  need_databases
  print_suggestion
fi

say "Building"
dotnet build KernelGateway.sln -nologo -v quiet

status=0
say "Testing"
results=artifacts/test-results
rm -rf "$results" artifacts/kernel-matrix.md
begin_leftovers "$results/open-descriptors"
projects=(tests/*.Tests)
# Categories that a size leaves out; CONTRIBUTING.md says what belongs to each.
left_out=(RunByAnotherTest)
case $mode in
  fast) left_out+=(RequiresKernel RequiresPyzmq RequiresJeromq Slow EveryVariant) ;;
  plain) left_out+=(EveryVariant) ;;
esac
for category in "${left_out[@]}"; do
  filter="${filter:+($filter)&}TestCategory!=$category"
done
arguments+=(--filter "$filter")
# The assembly itself: the project file would be read by MSBuild first, which takes longer than many of the tests.
run_tests() {
  run_apart dotnet test "$1/bin/Debug/net10.0/$(basename "$1").dll" --nologo --results-directory "$results" \
    --logger "trx;LogFileName=$(basename "$1").trx" --logger "console;verbosity=minimal" "${arguments[@]}"
}
# Several projects at a time, for tests wait more than they compute; each with its output in one piece.
# Half of the processor time of a short run goes into compiling its code: pages of code stay writable, and with --fast nothing is compiled twice.
runtime=(DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0)
[ "$mode" != fast ] || runtime+=(DOTNET_TC_CallCountingDelayMs=0x7FFFFFF)
logs=$(mktemp -d)
trap 'rm -rf "$logs" "$RUN_DIRECTORY"' EXIT
for project in "${projects[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
  log=$logs/$(basename "$project")
  { export "${runtime[@]}"; run_tests "$project" >"$log" 2>&1 || touch "$logs/failed"; cat "$log"; } &
done
wait
if [ "$mode" != fast ]; then
  # Beside the functional tests, which leave processors idle. White space without loading the projects, which takes half the time.
  {
    { dotnet format whitespace . --folder --include src/ tests/ --verify-no-changes &&
      dotnet format style KernelGateway.sln --verify-no-changes --no-restore; } >"$logs/format" 2>&1 || touch "$logs/failed"
  } &
  # After the others, because its kernels and clients keep every processor busy.
  run_tests tests/KernelGateway.FunctionalTests || status=1
  wait
  say "The format"
  cat "$logs/format"
fi
[ ! -e "$logs/failed" ] || status=1

# What the kernel matrix found: every cell was asserted, this is the overview.
[ -f artifacts/kernel-matrix.md ] && cat artifacts/kernel-matrix.md

if [ "$mode" != fast ] && [ "$soak_minutes" != 0 ]; then
  say "Soaking for $soak_minutes minutes"
  PYTHON=$PYTHON dotnet run --no-build --project tests/KernelGateway.Soak -- --minutes "$soak_minutes" --seed 1 || status=1
fi

end_leftovers || status=1

# One line for each test: outcome, duration, name, and the message of a failure.
summary=$({ cat "$results"/*.trx 2>/dev/null || true; } | awk '
  function attribute(name) { return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "-" }
  function finish() { if (test != "") print test (message == "" ? "" : ": " message); test = message = ""; reading = 0 }
  /<UnitTestResult / { finish(); test = attribute("outcome") " " attribute("duration") " " attribute("testName"); failed = attribute("outcome") == "Failed" }
  failed && sub(/.*<Message>/, "") { reading = 1 }
  reading {
    ended = sub(/<\/Message>.*/, "")
    sub(/^[ \t\r]+/, ""); sub(/[ \t\r]+$/, "")
    if (length(message) < 500) message = message (message == "" || $0 == "" ? "" : " ") $0
    if (ended) reading = 0
  }
  END { finish() }' |
  sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#xD;/ /g; s/&amp;/\&/g')
count() { grep -c "^$1 " <<<"$summary" || true; }
passed=$(count Passed) failed=$(count Failed) skipped=$(count NotExecuted)
[ "$passed" -gt 0 ] || { echo "no test ran" >&2; status=1; }
[ "$failed" = 0 ] || status=1
echo "The slowest tests:"
cut -d ' ' -f 2- <<<"$summary" | sort -r | sed -n '1,10p'
if [ "$mode" = all ] && [ "$skipped" != 0 ]; then
  echo "skipped tests count as failures here:" >&2
  sed -nE 's/^NotExecuted [^ ]* //p' <<<"$summary" >&2
  status=1
fi
if [ "$failed" != 0 ]; then
  echo "The failed tests:"
  sed -nE 's/^Failed [^ ]* //p' <<<"$summary"
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
