#!/usr/bin/env bash
# Builds the documentation site: the pages of docs/, the READMEs, and the reference of the API from the XML documentation of the packages.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
. scripts/prerequisites.sh

usage() {
  cat <<'TEXT'
usage: scripts/build-site.sh [--configuration Debug|Release]

Builds the packages and writes the site into artifacts/site. It needs no server: open artifacts/site/index.html, or serve the folder for the search.
A warning, such as a broken link or a reference to a member that does not exist, fails the build. docfx is a .NET tool; its version is in
.config/dotnet-tools.json. --configuration is that of the packages (default: Release).
TEXT
}

configuration=Release
while [ $# -gt 0 ]; do
  case $1 in
    --configuration) [ $# -gt 1 ] || die "--configuration needs Debug or Release"; configuration=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    *) die "unknown argument: $1" ;;
  esac
  shift
done

work=artifacts/site-work
need_dotnet
need_docfx
rm -rf "$work" artifacts/site
mkdir -p "$work/projects"

say "Building the packages"
# The analyzers take most of the time of a build. ./test.sh runs them.
dotnet build -restore scripts/pack.proj -t:Collect -c "$configuration" -p:RunAnalyzersDuringBuild=false -p:CollectTo="$ROOT/$work/assemblies" \
  -nologo -v quiet

# The pages of the projects: every README that docfx.json takes, by the name of its folder.
{
  for page in *.md; do printf -- '- name: %s\n  href: ../../../%s\n' "${page%.md}" "$page"; done
  for page in src/*/README.md src/*/*/README.md tests/*/README.md tests/*/clients/README.md protocol-fixtures/README.md; do
    name=${page#*/}
    [ "$page" != protocol-fixtures/README.md ] || name=$page
    printf -- '- name: %s\n  href: ../../../%s\n' "${name%/README.md}" "$page"
  done
} >"$work/projects/toc.yml"

say "Reading the XML documentation"
dotnet docfx metadata docfx.json --warningsAsErrors --logLevel warning

say "Writing artifacts/site"
dotnet docfx build docfx.json --warningsAsErrors --logLevel warning
echo "$ROOT/artifacts/site/index.html"
