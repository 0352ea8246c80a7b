#!/usr/bin/env bash
# Makes the root directory of a template, or adds packages to one that exists: make-root.sh ROOT RELEASE MIRROR COMPONENTS SOURCES PACKAGES
# scripts/build-templates.sh runs it in namespaces of its own. What is mounted here is not seen outside, and ends with it.
set -euo pipefail
root=$1 release=$2 mirror=$3 components=$4 sources=$5 packages=$6
umask 022

# Runs a command in the root directory, with the environment of a login and the proxies of this one.
in_root() {
  chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} "$@"
}

make_base_system() {
  # The certificates are for mirrors with HTTPS. Packages are not installed from a mirror whose signature is not the distribution's.
  debootstrap --variant=minbase --force-check-gpg --components="$components" --include=ca-certificates "$release" "$root" "$mirror"
  install -m 644 "$sources" "$root/etc/apt/sources.list"

  # A sandbox has no init system: packages that are installed in it start no services, as in images of containers.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"

  # The user of the E2B SDKs.
  in_root useradd --uid 1000 --user-group --create-home --shell /bin/bash user
  install -d -o 1000 -g 1000 "$root/code"
  echo LANG=C.UTF-8 >"$root/etc/default/locale"

  # The whole system is the sandbox's: pip may install packages beside those of the distribution.
  printf '[global]\nbreak-system-packages = true\n' >"$root/etc/pip.conf"
}

install_packages() {
  local names
  read -r -d '' -a names < <(sed 's/#.*//' "$packages") || true
  in_root apt-get -q -o APT::Update::Error-Mode=any update
  in_root apt-get -qy -o Dpkg::Options::=--force-unsafe-io dist-upgrade
  in_root apt-get -qy -o Dpkg::Options::=--force-unsafe-io install --no-install-recommends "${names[@]}"
  in_root apt-get clean
}

# What only this machine or the installation needs.
clean() {
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/debconf/*-old "$root"/etc/hostname "$root"/tmp/* "$root"/var/tmp/*
  find "$root/var/log" -type f -delete
  [ ! -e "$root/etc/machine-id" ] || : >"$root/etc/machine-id"
  : >"$root/etc/resolv.conf"
}

if [ ! -e "$root" ]; then
  make_base_system
  # A sandbox has devices of its own.
  find "$root/dev" -xdev -mindepth 1 -delete
fi
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
cp --dereference /etc/resolv.conf "$root/etc/resolv.conf"
install_packages
clean
