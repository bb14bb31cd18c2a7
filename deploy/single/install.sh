#!/usr/bin/env bash
# Installs the two units for this checkout and the user who owns it, and starts them: sudo deploy/single/install.sh
# With a folder as argument, it only writes the units there.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
to="${1:-/etc/systemd/system}"

if [[ ! -f "$root/.env" || ! -x "$root/.venv/bin/dagster-daemon" ]]; then
  echo "run \`make setup DATA=data/hltv\` in $root first" >&2
  exit 1
fi
for unit in hltv-assets-daemon.service hltv-assets-webserver.service; do
  sed -e "s|@ROOT@|$root|g" -e "s|@USER@|$(stat -c %U "$root")|g" "$here/$unit" >"$to/$unit"
done
if (($# == 0)); then
  systemctl daemon-reload
  systemctl enable --now hltv-assets-daemon.service hltv-assets-webserver.service
fi
