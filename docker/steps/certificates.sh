# To be sourced by the other steps: with the build secret `ca-bundle`, pip, uv and Python trust these authorities and no others.
if [ -s /run/secrets/ca-bundle ]; then
  export PIP_CERT=/run/secrets/ca-bundle SSL_CERT_FILE=/run/secrets/ca-bundle
fi
