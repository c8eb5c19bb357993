#!/bin/sh
# Install the locked packages of some extras of pyproject.toml into /opt/venv, as `wheels.sh job`, or `wheels.sh kafka models`.
# Every file must have one of its hashes in requirements.lock, also what a package is built with: nothing is fetched for a build.
set -eu
. /steps/certificates.sh
extras=""
for extra in "$@"; do extras="$extras --extra $extra"; done
python3.11 -m venv /opt/uv
/opt/uv/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --index-url "$PYPI_INDEX" --require-hashes -r requirements-uv.lock
export UV_DEFAULT_INDEX="$PYPI_INDEX" UV_NO_CACHE=1 VIRTUAL_ENV=/opt/venv
/opt/uv/bin/uv venv --quiet --python /usr/bin/python3.11 /opt/venv
/opt/uv/bin/uv pip install --quiet --require-hashes -r requirements-uv.lock
# shellcheck disable=SC2086 # one word for each extra
/opt/uv/bin/uv pip install --quiet --require-hashes --no-build-isolation -r pyproject.toml $extras -c requirements.lock
