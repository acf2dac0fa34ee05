#!/usr/bin/env bash
# Does a test notice when a line of the rules or the wire is wrong? Works on a copy of the tree.
# `SAMPLE=100000 make mutation` tries every mutation; the default is a sample that takes minutes.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp -r "$root/reconcile" "$root/tests" "$root/examples" "$root/docs" "$root/pyproject.toml" "$work"
cd "$work"
config=tests/mutation/cosmic-ray.toml
cosmic-ray init "$config" session.sqlite
cr-filter-operators session.sqlite "$config"
python tests/mutation/sample.py choose session.sqlite "${SAMPLE:-300}"
cosmic-ray baseline "$config"
cosmic-ray exec "$config" session.sqlite
python tests/mutation/sample.py report session.sqlite
