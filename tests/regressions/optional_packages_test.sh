#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a fresh machine DPDK was now and then taken for a package that does not exist: apt-cache had more to say than grep
# -q waited for, and its broken pipe counted as the answer. usage: optional_packages_test.sh TOOLS-FOLDER
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
# In place of this machine's package tools, for one call of tools/deps.
program() { # NAME SCRIPT
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}
program dpkg-query 'exit 1'
program apt-get 'echo "$*" >>"$RECORD"'
program sudo 'exec "$@"'
program apt-cache '[[ $2 == librdmacm-dev ]] && { printf "%s:\n  Candidate: (none)\n" "$2"; exit; }
printf "%s:\n  Installed: (none)\n  Candidate: 1.0\n" "$2"
for ((i = 0; i < 20000; ++i)); do echo "     one more version $i"; done'

export RECORD=$folder/record
said=$(PATH="$folder/bin:$PATH" "$1/deps" --install 2>&1)
for package in libdpdk-dev libibverbs-dev; do
  grep -Eq "install .* $package( |\$)" "$RECORD" || { echo "$package was not installed:"; cat "$RECORD"; exit 1; }
done
if grep -q librdmacm-dev "$RECORD"; then echo "a package without a candidate was asked for"; exit 1; fi
[[ $said == *"no package librdmacm-dev"* ]] || { echo "nothing was said of librdmacm-dev: $said"; exit 1; }
