#!/usr/bin/env bash
# Installs what Futago runs, on Debian, as root. The distribution's own strongSwan, BIRD and
# FRRouting services are masked first, so that nothing but Futago starts a daemon. Does nothing where all is there.
set -euo pipefail

packages=(
  charon-systemd strongswan-swanctl
  libcharon-extra-plugins libstrongswan-extra-plugins libstrongswan-standard-plugins
  bird2 frr nftables iproute2 iperf3 iputils-ping tcpdump procps util-linux python3-venv
  chromium fonts-wqy-microhei
)
# Node.js of another origin brings its own npm, beside which Debian's cannot be installed.
command -v npm >/dev/null || packages+=(nodejs npm)
services=(strongswan strongswan-starter strongswan-swanctl ipsec charon bird frr)
policy=/usr/sbin/policy-rc.d
made_policy=no

say() { printf 'system packages: %s\n' "$*"; }
die() { printf 'system packages: %s\n' "$*" >&2; exit 1; }

missing() {
  local package
  for package in "${packages[@]}"; do
    # shellcheck disable=SC2016 # dpkg-query's own variable
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      printf '%s\n' "$package"
  done
}

mask_services() {
  local service unit
  mkdir -p /etc/systemd/system
  for service in "${services[@]}"; do
    unit="/etc/systemd/system/$service.service"
    # A service that the administrator runs on purpose is theirs.
    if [ -d /run/systemd/system ] && systemctl is-active --quiet "$service"; then
      say "service $service runs and is left alone; 'futago check' says what that means"
    elif [ ! -e "$unit" ] || [ -L "$unit" ]; then
      ln -sfn /dev/null "$unit"
    fi
  done
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}

hold_services() {
  [ -e "$policy" ] && return
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  made_policy=yes
}

release_services() { if [ "$made_policy" = yes ]; then rm -f "$policy"; fi; }

retry() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return
    say "attempt $attempt of 3 failed: $*"
    sleep $((attempt * 3))
  done
  return 1
}

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
  die "only Debian's packages are known here; install strongSwan (charon-systemd, kernel-libipsec), BIRD 2, nftables and iproute2 yourself"

mapfile -t needed < <(missing)
if [ "${#needed[@]}" -eq 0 ]; then exit 0; fi
[ "$(id -u)" -eq 0 ] || die "missing: ${needed[*]}; run 'sudo make system'"

say "installing ${needed[*]}"
mask_services
trap release_services EXIT
hold_services
export DEBIAN_FRONTEND=noninteractive
retry apt-get update -q || die "apt-get update failed; check the network and the package sources"
retry apt-get install -y -q --no-install-recommends "${needed[@]}" ||
  die "apt-get install failed; its messages stand above"
