#!/usr/bin/env bash
# Makes a Python environment in the directory given, with the oldest Python that is new enough.
set -euo pipefail

venv=$1
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "Python 3.11 or later is needed; install python3, or name one: make PYTHON=/path/to/python3" >&2
  exit 1
}
if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then exit 0; fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Python's venv module is missing; run: sudo apt-get install python3-venv" >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv
fi
rm -rf "$venv"
"$python" -m venv "$venv"
