#!/usr/bin/env bash
# Packs the libraries, KernelGateway.Testing and the command (a .NET tool) into a folder.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

usage() {
  cat <<'TEXT'
usage: scripts/pack.sh [--version VERSION] [FOLDER]

Builds everything for Release and packs it into FOLDER (default: artifacts/packages), with symbols. Packages of an earlier run are removed from it.
A relative FOLDER is below the repository. VERSION replaces the version in Directory.Build.props.
Install the command from there with: dotnet tool install KernelGateway.Tool --tool-path DIRECTORY --add-source FOLDER
TEXT
}

folder=artifacts/packages
version=()
while [ $# -gt 0 ]; do
  case $1 in
    --version) [ $# -gt 1 ] || die "--version needs a version"; version=("-p:Version=$2"); shift ;;
    -h|--help) usage; exit 0 ;;
    -*) die "unknown argument: $1" ;;
    *) folder=$1 ;;
  esac
  shift
done

need_dotnet
mkdir -p "$folder"
rm -f "$folder"/KernelGateway*.nupkg "$folder"/KernelGateway*.snupkg
say "Packing into $folder"
# The analyzers take most of the time of a build. ./test.sh runs them.
dotnet pack scripts/pack.proj -c Release -o "$folder" -p:RunAnalyzersDuringBuild=false -nologo -v quiet ${version[@]+"${version[@]}"}
ls -1 "$folder"
