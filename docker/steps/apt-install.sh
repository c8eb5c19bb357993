#!/bin/sh
# Install Debian packages, from the mirror if one is named. The image keeps neither the lists nor the mirror's address.
# Versions are Debian's newest of this release, so that a rebuild brings security updates; the image's SBOM says which they are.
set -eu
mirror=${DEBIAN_MIRROR:-http://deb.debian.org}
cp -a /etc/apt /tmp/apt-as-it-was
find /etc/apt -name '*.sources' -o -name 'sources.list' | xargs sed -i "s|https\?://deb.debian.org|${mirror%/}|"
set -- --no-install-recommends "$@"
if [ -s /run/secrets/ca-bundle ]; then
  set -- -o Acquire::https::CaInfo=/run/secrets/ca-bundle "$@"
  apt-get -o Acquire::https::CaInfo=/run/secrets/ca-bundle update -qq
else
  apt-get update -qq
fi
mkdir -p /usr/share/man/man1 # a slim image has none, and Java's packages link into it
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/tmp/apt.log || { cat /tmp/apt.log; exit 1; }
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /etc/apt /tmp/apt.log
mv /tmp/apt-as-it-was /etc/apt
