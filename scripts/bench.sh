#!/usr/bin/env bash
# Installs what the benchmarks compare the gateway with, and runs them: scripts/bench.sh [options of "compare"].
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

need_dotnet
need_python_kernel
need_nginx
command -v cc >/dev/null 2>&1 || suggest_packages gcc libc6-dev
print_suggestion
publish_server
exec dotnet run -c Release --project tests/KernelGateway.Benchmarks -p:RunAnalyzersDuringBuild=false -- compare --server "$PROGRAM" "$@"
