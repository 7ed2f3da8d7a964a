#!/bin/sh
# Fetches the style sheets that stand in this folder from npm's registry, anew and unchanged. Nothing is built; needs npm, tar and openssl.
# Another version: change the two values here, run it, and write them into README.md too (a test compares).
set -eu
package=@digdir/designsystemet-css
version=1.22.0
integrity=sha512-f/+YOK1Gvl7ypdeRh0TDGs28eu8DkOPDAR+T8yLpnys9FxNWX05UNuhXJwYwRuzF9WUgjAhpJ5JKdodTDxWMEA==

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
archive=$(npm pack --silent "$package@$version")
found=sha512-$(openssl dgst -sha512 -binary "$archive" | openssl base64 -A)
if [ "$found" != "$integrity" ]; then
    echo "update.sh: $archive is $found, expected $integrity" >&2
    exit 1
fi
tar -xzf "$archive"
mkdir -p "$here/designsystemet"
cp package/LICENSE "$here/designsystemet/LICENSE"
cp package/dist/src/index.css "$here/designsystemet/index.css"
cp package/dist/theme/designsystemet.css "$here/designsystemet/theme.css"
(cd "$here/designsystemet" && sha256sum LICENSE index.css theme.css > SHA256SUMS)
