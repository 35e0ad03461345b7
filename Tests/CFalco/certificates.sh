#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the certificates of the tests in DIRECTORY: good, expired, of another authority, with another's key.
set -eu
cd "$1"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
authority() {
    key "$1"
    openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 3650 -out "$1.crt" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
}
# sign NAME KEY AUTHORITY USAGE DAYS
sign() {
    openssl req -new -key "$2.key" -subj "/CN=$1" -out "$1.csr" 2>/dev/null
    printf 'extendedKeyUsage=%s\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n' "$4" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days "$5" -extfile "$1.ext" \
        -out "$1.crt" 2>/dev/null
}

authority ca
authority other-ca
for name in server client stranger; do key "$name"; done
sign server server ca serverAuth 3650
sign client client ca clientAuth 3650
sign stranger stranger other-ca clientAuth 3650
sign soon client ca clientAuth 2
sign expired client ca clientAuth -1
openssl ec -in client.key -aes256 -passout pass:secret -out locked.key 2>/dev/null
: >empty
