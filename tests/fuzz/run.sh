#!/usr/bin/env bash
# run.sh [SECONDS [TARGET…]]: feeds generated input to each target for so long (10 seconds if not said).
#
# Begins with the corpus that is kept here (corpus/TARGET.tar.gz) and with the repository's own
# files; what a run finds new goes to target/fuzz/corpus. An input that breaks a target is left in
# target/fuzz/broken and named. `run.sh keep` makes the kept corpus anew: the smallest set of inputs
# that reaches all code that any of them reaches, the examples of docs/expressions.md and what Kubernetes
# itself was asked (tests/oracles/recorded.txt) among them.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
all=(source expression control object)

if ! command -v c++ >/dev/null; then
    printf 'fuzz: NOT RUN: libFuzzer needs a C++ compiler (Debian: apt-get install g++)\n' >&2
    [[ -z ${CI:-} ]] || exit 1
    exit 0
fi

build() {
    # The counters that libFuzzer follows. With --target they stay out of build scripts.
    RUSTFLAGS='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
        -Cllvm-args=-sanitizer-coverage-trace-compares' \
        cargo build --locked --release --target "$host" --target-dir "$work"
}

# Folders whose files are good beginnings for a target.
seeds() {
    case $1 in
        source) echo "$root/shared/controls $root/tests/fixtures/manifests" ;;
        control) echo "$root/shared/controls" ;;
        object) echo "$root/tests/fixtures $root/examples" ;;
    esac
}

# The kept corpus of a target, unpacked.
kept() {
    local folder=$work/kept/$1
    rm -rf "$folder" && mkdir -p "$folder"
    [[ ! -f corpus/$1.tar.gz ]] || tar -xzf "corpus/$1.tar.gz" -C "$folder"
    echo "$folder"
}

fuzz() {
    local target=$1 seconds=$2 found=$work/corpus/$1
    mkdir -p "$found" "$work/broken"
    printf '== fuzz %s for %s s\n' "$target" "$seconds" >&2
    # shellcheck disable=SC2046
    if ! "$work/$host/release/$target" -max_total_time="$seconds" -max_len=16384 -timeout=5 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$work/broken/$target-" \
        "$found" "$(kept "$target")" $(seeds "$target") >"$work/$target.log" 2>&1; then
        tail -n 40 "$work/$target.log" >&2
        printf '%s: an input broke it, see above; the input is in %s\n' "$target" "$work/broken" >&2
        return 1
    fi
    grep -E 'stat::(number_of_executed_units|peak_rss_mb)' "$work/$target.log" >&2
}

# Expressions that are written elsewhere, a file each.
written() {
    local folder=$work/written
    rm -rf "$folder" && mkdir -p "$folder"
    {
        cut -f 1 "$root/tests/oracles/recorded.txt"
        awk -F ' \\| ' '/^\| `/ { gsub("`", "", $4); gsub(/\\\|/, "|", $4); print $4 }' "$root/docs/expressions.md"
    } | split --lines=1 --suffix-length=5 --numeric-suffixes - "$folder/"
    echo "$folder"
}

keep() {
    local target=$1 smallest=$work/smallest/$1 more=()
    [[ $target != expression ]] || more=("$(written)")
    rm -rf "$smallest" && mkdir -p "$smallest" "$work/corpus/$target" corpus
    "$work/$host/release/$target" -merge=1 -max_len=2048 "$smallest" "$(kept "$target")" "$work/corpus/$target" \
        "${more[@]}" >"$work/$target.log" 2>&1
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$smallest" -cf - . | gzip -9n >"corpus/$target.tar.gz"
    printf '== %s: %s inputs kept\n' "$target" "$(find "$smallest" -type f | wc -l)" >&2
}

if [[ ${1:-} == keep ]]; then
    build
    for target in "${all[@]}"; do keep "$target"; done
    exit
fi
seconds=${1:-10}
shift || true
build
for target in "${@:-${all[@]}}"; do fuzz "$target" "$seconds"; done
