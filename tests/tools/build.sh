#!/usr/bin/env bash
# Build the tools that the suites run against, once, into a per-user cache.
#
#   tests/tools/build.sh kubernetes   kube-apiserver, kube-controller-manager, etcd
#   tests/tools/build.sh tofu         OpenTofu, used where there is no `terraform`
#   tests/tools/build.sh ministack    the local AWS, in a Python environment of its own
#   tests/tools/build.sh cargo-deny   the dependency linter
#   tests/tools/build.sh suites       what `make test` needs of these on this machine
#   tests/tools/build.sh where NAME   print where a Go tool is, or would be
#
# What is there already, by name and version, is left alone. `KUBEBUILDER_ASSETS`,
# a folder with the three Kubernetes binaries, wins over building them.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/tools/versions.env
. "$here/versions.env"
tools=${XDG_CACHE_HOME:-$HOME/.cache}/probity/tools

say() { printf 'tools: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# One builder at a time: Go and cargo each take every core they find.
lock() {
    mkdir -p "$tools"
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$tools/.lock"
        flock --nonblock 9 || {
            say "waiting for another build of the tools to finish"
            flock 9
        }
    fi
}

# Where the Go tool NAME is kept.
path_of() {
    case $1 in
        etcd) echo "$tools/etcd/$ETCD_VERSION/etcd" ;;
        tofu) echo "$tools/tofu/$TOFU_VERSION/tofu" ;;
        kube-*) echo "$tools/$1/$KUBERNETES_VERSION/$1" ;;
        *) fail "there is no Go tool called $1" ;;
    esac
}

# go_tool MODULE PACKAGE NAME [LDFLAGS]: build PACKAGE of MODULE to where NAME is kept.
go_tool() {
    local module=$1 package=$2 name=$3 ldflags=${4:-} target version
    target=$(path_of "$name")
    version=$(basename "$(dirname "$target")")
    if [ -x "$target" ]; then return; fi
    command -v go >/dev/null 2>&1 ||
        fail "$name $version has to be built and there is no Go: install Go $GO_MINIMUM or later (https://go.dev/dl/)"
    say "building $name $version from source; this happens once and takes some minutes"
    mkdir -p "$(dirname "$target")"
    local began=$SECONDS
    (cd "$here/$module" &&
        CGO_ENABLED=0 nice -n 19 go build -trimpath -buildvcs=false \
            -ldflags "-s -w $ldflags" -o "$target.partial" "$package")
    mv "$target.partial" "$target"
    say "built $name $version in $((SECONDS - began)) s"
}

kubernetes() {
    if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
        local name
        for name in etcd kube-apiserver kube-controller-manager; do
            [ -x "$KUBEBUILDER_ASSETS/$name" ] || fail "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS holds no $name"
        done
        say "using the Kubernetes binaries of KUBEBUILDER_ASSETS"
        return
    fi
    local stamp=k8s.io/component-base/version minor=${KUBERNETES_VERSION#v1.}
    stamp="-X $stamp.gitVersion=$KUBERNETES_VERSION -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}"
    go_tool kubernetes go.etcd.io/etcd/server/v3 etcd
    go_tool kubernetes k8s.io/kubernetes/cmd/kube-apiserver kube-apiserver "$stamp"
    go_tool kubernetes k8s.io/kubernetes/cmd/kube-controller-manager \
        kube-controller-manager "$stamp"
}

tofu() {
    go_tool tofu github.com/opentofu/opentofu/cmd/tofu tofu \
        "-X github.com/opentofu/opentofu/version.dev=no"
}

ministack() {
    local home=$tools/ministack/$MINISTACK_VERSION
    if [ -e "$home/.complete" ]; then return; fi
    command -v python3 >/dev/null 2>&1 ||
        fail "MiniStack, the local AWS, needs Python: install python3 3.10 or later with its venv module"
    say "installing MiniStack $MINISTACK_VERSION from PyPI"
    rm -rf "$home"
    python3 -m venv "$home" ||
        fail "python3 -m venv does not work here; on Debian and Ubuntu: apt-get install python3-venv"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/ministack/requirements.txt"
    touch "$home/.complete"
}

cargo_deny() {
    local home=$tools/cargo-deny/$CARGO_DENY_VERSION
    if [ -x "$home/bin/cargo-deny" ]; then return; fi
    say "building cargo-deny $CARGO_DENY_VERSION from crates.io; this happens once and takes some minutes"
    # Outside the checkout, so that neither its toolchain file nor its lock file has a say.
    (cd "$tools" && cargo install --locked --root "$home" --version "$CARGO_DENY_VERSION" cargo-deny)
}

# Terraform or a built OpenTofu, MiniStack, and the control plane where it can be had.
suites() {
    command -v terraform >/dev/null 2>&1 || tofu
    ministack
    if [ -n "${KUBEBUILDER_ASSETS:-}${CI:-}" ] || command -v go >/dev/null 2>&1 ||
        [ -x "$(path_of kube-controller-manager)" ]; then
        kubernetes
    else
        say "no Go and no KUBEBUILDER_ASSETS: the suite that drives a real API server cannot run"
    fi
}

[ $# -gt 0 ] || fail "usage: $0 kubernetes|tofu|ministack|cargo-deny|suites ..."
if [ "$1" = where ]; then
    path_of "${2:?the name of a tool}"
    exit
fi
lock
for tool in "$@"; do
    case $tool in
        kubernetes | tofu | ministack | suites) "$tool" ;;
        cargo-deny) cargo_deny ;;
        *) fail "there is no tool called $tool" ;;
    esac
done
