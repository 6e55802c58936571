#!/usr/bin/env bash
# `make demo`: sees to what the demo needs, builds, and hands over to tests/demo/main.rs.
#
#   CLUSTER=1   through a real Kubernetes API server, built first where it is missing
#   CLUSTER=0   straight to the webhook, even where the API server's binaries are there
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=0
need() {
    if ! eval "$1" >/dev/null 2>&1; then
        printf 'demo: %s is missing. %s\n' "$2" "$3" >&2
        missing=1
    fi
}
need 'command -v cargo' 'Rust' 'Get it at https://rustup.rs'
need 'command -v cc' 'a C compiler' 'On Debian and Ubuntu: apt-get install build-essential'
need 'python3 -c "import venv, ensurepip, sys; assert sys.version_info >= (3, 10)"' 'Python 3.10 with venv' \
    'On Debian and Ubuntu: apt-get install python3-venv; else https://www.python.org/downloads/'
need 'command -v terraform || command -v go || [ -x "$(tests/tools/build.sh where tofu)" ]' 'Terraform' \
    'Get it at https://developer.hashicorp.com/terraform/install, or Go (https://go.dev/dl/) and OpenTofu is built'
if [ "${CLUSTER:-}" = 1 ] && [ -z "${KUBEBUILDER_ASSETS:-}" ]; then
    need 'command -v go || [ -x "$(tests/tools/build.sh where kube-controller-manager)" ]' 'Go' \
        'CLUSTER=1 builds a Kubernetes API server with it: https://go.dev/dl/'
fi
if [ "$missing" = 1 ]; then exit 1; fi

tools=(ministack)
command -v terraform >/dev/null 2>&1 || tools+=(tofu)
if [ "${CLUSTER:-}" = 1 ]; then tools+=(kubernetes); fi
tests/tools/build.sh "${tools[@]}"

printf 'demo: building Probity; the first time this takes some minutes\n' >&2
cargo build --locked --workspace --bins
exec "${CARGO_TARGET_DIR:-target}/debug/probity-demo"
