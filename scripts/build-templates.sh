#!/usr/bin/env bash
# Builds templates of sandboxes from Debian packages: roots of their own, in place of the programs of the host.
set -euo pipefail
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$SCRIPTS")
. "$SCRIPTS/prerequisites.sh"
umask 022

usage() {
  cat <<'TEXT'
usage: scripts/build-templates.sh [--template NAME] [--release NAME] [--mirror URL] [--output DIRECTORY] [--data-dir DIRECTORY]
                                  [--database FILE|CONNECTION] [--gateway FILE]

Builds the templates base and code-interpreter-v1 from Debian packages with debootstrap, and adds them to those of 'kernel-gateway sandboxes serve',
which may be running. A template that exists is replaced, if no sandbox or snapshot was made from it. Needs root.

  --template NAME             base, code-interpreter-v1 or all (default: all)
  --release NAME              the release of Debian (default: the one of this machine)
  --mirror URL                take all packages from this mirror (default: the mirrors in this machine's apt sources, with updates and security updates)
  --output DIRECTORY          the directory of templates (default: 'templates' in the data directory)
  --data-dir DIRECTORY        the data directory of the service (default: /var/lib/kernel-gateway)
  --database FILE|CONNECTION  the database of the service (default: plane.db in the data directory; or the variable KERNELGATEWAY_DATABASE)
  --gateway FILE              the program kernel-gateway or kernel-gateway.dll that adds the templates (default: it is built from this source)

TMPDIR is the directory in which the roots are made (default: /var/tmp). Its file system must allow devices.
TEXT
}

template=all
release=
mirror=
gateway_file=
templates_options=()
while [ $# -gt 0 ]; do
  case $1 in
    --template) [ $# -gt 1 ] || die "--template needs a name"; template=$2; shift ;;
    --release) [ $# -gt 1 ] || die "--release needs a name"; release=$2; shift ;;
    --mirror) [ $# -gt 1 ] || die "--mirror needs an address"; mirror=${2%/}; shift ;;
    --output) [ $# -gt 1 ] || die "--output needs a directory"; templates_options+=(--templates "$2"); shift ;;
    --data-dir) [ $# -gt 1 ] || die "--data-dir needs a directory"; templates_options+=(--data-dir "$2"); shift ;;
    --database) [ $# -gt 1 ] || die "--database needs a file or connection"; templates_options+=(--database "$2"); shift ;;
    --gateway) [ $# -gt 1 ] || die "--gateway needs a file"; gateway_file=$2; shift ;;
    -h|--help) usage; exit 0 ;;
    *) die "unknown argument: $1 (see scripts/build-templates.sh --help)" ;;
  esac
  shift
done
case $template in
  all) wanted=(base code-interpreter-v1) ;;
  base | code-interpreter-v1) wanted=("$template") ;;
  *) die "there is no template '$template': give base, code-interpreter-v1 or all" ;;
esac
[ -z "$gateway_file" ] || [ -f "$gateway_file" ] || die "--gateway: '$gateway_file' does not exist"

# Prints the id of this machine's distribution, and the name of its release.
host_system() { (. /etc/os-release && echo "${ID:-} ${VERSION_CODENAME:-}"); }

# Prints the repositories in the apt sources of this machine that belong to its release: address, release and component of each.
host_sources() {
  # Those of others may use the same name of a release.
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(CODENAME)|$(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' -v id="$1" -v release="$2" '
      tolower($1) == id && ($3 == release || $4 == release || $4 == release "-updates" || $4 == release "-security") && !seen[$0]++ {
        sub(/\/$/, "", $2)
        print $2, $4, $5
      }'
}

# Fails where a repository has no release $2 at $1; sets problem then.
has_release() {
  local status=0
  case $1 in
    file:*) [ -e "${1#file:}/dists/$2/Release" ] || status=8 ;;
    *) wget --quiet --spider --timeout 20 --tries 2 "$1/dists/$2/Release" </dev/null || status=$? ;;
  esac
  case $status in
    0) return ;;
    8) problem="'$1' has no release '$2'" ;;
    *) problem="'$1' cannot be reached" ;;
  esac
  return 1
}

# Writes the apt sources of the templates into the file $1, and sets mirror and components to what debootstrap needs.
choose_sources() {
  local id= host= address suite component known= usable
  read -r id host < <(host_system) || true
  release=${release:-$host}
  [ -n "$release" ] || die "the release of this machine is not known: give one with --release"
  components=
  if [ -n "$mirror" ]; then
    has_release "$mirror" "$release" || die "--mirror: $problem"
    components=main
    echo "deb $mirror $release main" >"$1"
    return
  fi

  : >"$1"
  while read -r address suite component; do
    # The mirrors of this machine have the other releases too.
    suite=$release${suite#"$host"}
    if [ "$known" != "$address $suite" ]; then
      known="$address $suite" usable=true
      has_release "$address" "$suite" || usable=false
    fi
    # Not every release has updates.
    $usable || { [ "$suite" != "$release" ] || die "the mirror $problem"; continue; }
    if [ "$suite" = "$release" ]; then mirror=${mirror:-$address} components=${components:+$components,}$component; fi
    echo "deb $address $suite $component" >>"$1"
  done < <(host_sources "$id" "$host")
  [ -n "$mirror" ] || die "this machine's apt sources have no mirror (apt-get update may help): give one with --mirror"
}

# Sets gateway to the command that adds templates.
find_gateway() {
  if [ -z "$gateway_file" ]; then
    need_dotnet
    # The options may have relative paths.
    pushd "$ROOT" >/dev/null
    publish_server
    popd >/dev/null
    gateway_file=$PROGRAM
  fi
  case $gateway_file in
    *.dll) gateway=(dotnet "$gateway_file") ;;
    *) gateway=("$gateway_file") ;;
  esac
}

# Adds the template $1 from the root directory $2. With further options it does what they say.
add_template() {
  "${gateway[@]}" templates build "$1" "$2" --file "$SCRIPTS/templates/$1/template.json" --replace "${templates_options[@]}" "${@:3}"
}

work=
builder=
finish() {
  local status=$? attempt
  trap - EXIT INT TERM
  # Everything that it has started, and mounted, ends with it.
  [ -z "$builder" ] || kill -KILL "$builder" 2>/dev/null || true
  if [ -n "$work" ]; then
    # Its processes may still write for a moment.
    for attempt in {1..50}; do
      ! rm -rf --one-file-system "$work" 2>/dev/null || exit "$status"
      sleep 0.1
    done
    rm -rf --one-file-system "$work" || true
  fi
  exit "$status"
}

# Makes the root directory, or adds the packages of the template $1 to it, in namespaces of its own, of mounts and of processes.
make_root() {
  setpriv --pdeathsig KILL -- unshare --mount --pid --fork --kill-child -- \
    "$SCRIPTS/templates/make-root.sh" "$work/root" "$release" "$mirror" "$components" "$work/sources" "$SCRIPTS/templates/$1/packages" >"$work/log" 2>&1 &
  builder=$!
  local status=0
  wait "$builder" || status=$?
  builder=
  [ "$status" = 0 ] || { tail -n 20 "$work/log" >&2; die "the packages of '$1' could not be installed; the last lines of the output are above"; }
}

[ "$(id -u)" = 0 ] || die "root is needed to build templates: sudo $0"
command -v debootstrap >/dev/null 2>&1 || die "debootstrap is not installed: apt-get install debootstrap"
unshare --mount --pid --fork true 2>/dev/null || die "this system allows no new namespaces of mounts and processes (a container must be privileged)"
export TMPDIR=${TMPDIR:-/var/tmp}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
work=$(mktemp -d)
choose_sources "$work/sources"
find_gateway
# Before the packages are downloaded.
mkdir "$work/root"
for name in "${wanted[@]}"; do add_template "$name" "$work/root" --dry-run; done
rmdir "$work/root"

for name in base code-interpreter-v1; do
  say "Installing the packages of $name from $mirror, release $release"
  # The packages of code-interpreter-v1 come on top of those of base.
  make_root "$name"
  [[ " ${wanted[*]} " != *" $name "* ]] || { say "Adding the template $name"; add_template "$name" "$work/root"; }
  [ "$template" != "$name" ] || break
done
"${gateway[@]}" templates list "${templates_options[@]}"
