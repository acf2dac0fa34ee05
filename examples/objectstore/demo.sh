#!/usr/bin/env bash
# The objectstore's webhook on loopback, called with a request that a real Metacontroller sent.
# With --all it also shows the response, and what it would change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python="${PYTHON:-python3}"
case "$python" in */*) python="$(cd ../.. && cd "$(dirname "$python")" && pwd)/$(basename "$python")" ;; esac

port="$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
work="$(mktemp -d)"
"$python" -m reconcile serve controller.py:controller --port "$port" 2> "$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

url="http://127.0.0.1:$port"
for _ in $(seq 100); do
    curl --silent --fail --output /dev/null "$url/readyz" && break
    sleep 0.05
done

printf '# The same controller as a webhook, called with what a real Metacontroller posted\n'
for request in request.json request-v2.json; do
    printf '$ curl --data @%s %s/sync\n' "$request" "$url"
    status="$(curl --silent --show-error --output "$work/$request" --write-out '%{http_code}' \
        --header 'Content-Type: application/json' --data "@$request" "$url/sync")"
    printf 'status %s\n' "$status"
    [ "$status" = 200 ]
done

if [ "${1:-}" = --all ]; then
    printf '\n# The response (the values of Secrets are masked here, not on the wire)\n'
    "$python" - "$work/request.json" <<'SHOW'
import json
import sys
from pathlib import Path

from reconcile.value import mask

print(json.dumps(mask(json.loads(Path(sys.argv[1]).read_bytes())), indent=2))
SHOW
    printf '\n$ reconcile plan controller.py:controller request.json\n'
    "$python" -m reconcile plan controller.py:controller request.json
fi

kill "$server" && wait "$server" || true  # so that it has logged all
printf '\n# What the webhook logged\n'
cat "$work/log"
