#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: page_test.sh WRITE_FIXTURE CHROMIUM. Opens each report in a browser and looks at what its scripts made.
set -eu
write_fixture=$1
chromium=${2:-}
if [ ! -x "$chromium" ]; then
  echo "skipped: no Chromium here; on Debian: apt install chromium"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$write_fixture" "$folder"

fail() { echo "FAILED: $1"; exit 1; }
dump() {  # NAME: the document after its scripts ran
  "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$folder/profile-$1" --virtual-time-budget=20000 \
    --window-size=1280,1000 --dump-dom "file://$folder/$1.html" \
    2>"$folder/$1.log" >"$folder/$1.dom" || fail "$1: no browser"
}
has() { grep -qF -- "$2" "$folder/$1.dom" || fail "$1: does not show '$2'"; }
has_not() { if grep -qF -- "$2" "$folder/$1.dom"; then fail "$1: shows '$2'"; fi; }

for name in training hours lab eventful hostile invalid empty; do
  dump "$name"
  has "$name" 'data-rendered="true"'
  has_not "$name" 'data-failed="'
done
has training '97.21'
has training '✓ met'
has training '<title>unicom-lingang-300km: Farlink report</title>'
has training 'Activation transfer'
has lab '187.5'
has training '<h2>Where the points went'
has_not training '<h2>Over '
has hours '<h2>Over 24 hours'
has hours 'the job is aborted after'
has_not lab '<h2>Where the points went'
# A mark with its words in each picture that it belongs to: both directions have the cut, one of them the ramp.
marks() { tr '<' '\n' <"$folder/eventful.dom" | grep -c "^text[^>]*>$1\$" || true; }
[ "$(marks 'cut 4s')" -eq 2 ] || fail "eventful: the cut is not marked in both directions"
[ "$(marks 'ramp loss')" -eq 1 ] || fail "eventful: the ramp is not marked in its direction alone"
[ "$(marks 'wave 3 is back')" -eq 1 ] || fail "eventful: the wave is not marked in its direction alone"
[ "$(marks 'set loss')" -eq 0 ] || fail "eventful: another link's event is marked"
has eventful '<h2>What happened to the links'
has eventful 'protection: dark for 50ms, then distance=420km'
has_not training '<h2>What happened to the links'
has invalid 'ran out of retries'
has_not invalid '<h2>Where the points went'
has_not hostile '<title>owned'
has_not hostile '<img'
echo "seven reports drawn"
