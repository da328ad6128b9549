#!/usr/bin/env bash
# Pins all versions with hashes; read the difference before committing it.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
[ -x "$uv" ] || uv=$(command -v uv) || {
  echo "uv is missing; run: .venv/bin/pip install uv" >&2
  exit 1
}
compile() { "$uv" pip compile -q --generate-hashes --no-header --python-version 3.11 "$@"; }

compile pyproject.toml -o requirements/run.txt
compile pyproject.toml --extra dev --extra compat -c requirements/run.txt -o requirements/dev.txt
printf 'hatchling>=1.27\neditables\n' | compile - -o requirements/build.txt
compile pyproject.toml --extra bench -o requirements/bench.txt
