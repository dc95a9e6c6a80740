#!/usr/bin/env bash
# Installs what the tests of the tiers "gate" and "all" call where it is missing: programs of the system, and the other
# runtimes. What cannot be installed here fails the tests that want it, so this itself never fails.
set -uo pipefail
cd "$(dirname "$0")/.."

missing=()
as_root=
command -v nc >/dev/null || missing+=(netcat-openbsd)
command -v python3 >/dev/null || missing+=(python3)
command -v strace >/dev/null || missing+=(strace)
[ "$(id -u)" -eq 0 ] || as_root=sudo
if [ ${#missing[@]} -gt 0 ]; then
  $as_root apt-get update -qq && $as_root apt-get install -y -qq "${missing[@]}" ||
    echo "${missing[*]} cannot be installed here: the tests that want it fail"
fi
# What npm last installed here is as new as the lock file, or newer.
[ test/runtimes/node_modules/.package-lock.json -nt test/runtimes/package-lock.json ] ||
  npm ci --prefix test/runtimes --no-audit --no-fund || echo "the other runtimes cannot be installed here: their tests fail"
exit 0
