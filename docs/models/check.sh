#!/bin/sh
# Checks delivery.pml: every property in each variant, and that each mutation breaks the property it is aimed at.
set -eu

for tool in spin cc; do
    command -v "$tool" >/dev/null && continue
    echo "make model needs $tool, which is not here; on Debian: apt-get install spin gcc" >&2
    exit 1
done

model=$(cd "$(dirname "$0")" && pwd)/delivery.pml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"
failed=0

search() { # compiler options, search options, model options
    spin -a $3 "$model" >spin.log && cc -w $1 -DMEMLIM=4000 -o pan pan.c || { cat spin.log >&2; exit 1; }
    ./pan -m10000 $2 >pan.log
}

figures() {
    sed -n 's/.*depth reached \([0-9]*\), errors: \([0-9]*\).*/\1 \2/p; s/^ *\([0-9]*\) states, stored.*/\1/p' pan.log | tr '\n' ' ' |
        awk '{printf "%s states, depth %s, %s errors", $3, $1, $2}'
}

holds() { # name, model options, kind of search
    case ${3:-safety} in
        safety) search '-O3 -DSAFETY -DNOREDUCE' -w24 "$2" ;;
        endless) search '-O3 -DNP -DNOREDUCE -DNOFAIR' '-w24 -l' "$2" ;;
    esac
    printf '%-48s %s\n' "$1:" "$(figures)"
    grep -q 'errors: 0$' pan.log && ! grep -qi 'not completed\|too small' pan.log && return
    grep -i '^pan:\|not completed\|too small' pan.log >&2
    failed=1
}

breaks() { # property, model options, kind of search
    case ${3:-safety} in
        safety) search '-O1 -DSAFETY -DNOREDUCE' -w20 "$2" ;;
        endless) search '-O1 -DNP -DNOREDUCE -DNOFAIR' '-w20 -l' "$2" ;;
    esac
    if grep -q "assertion violated ($1\|^pan:1: $1" pan.log; then
        echo "  $1 fails, as it must: $2"
    else
        echo "  $1 should fail and does not: $2 ($(figures))" >&2
        failed=1
    fi
}

holds 'one recording, two events' '-DOWED=2'
holds 'two recordings, three events' '-DOWED=3 -DFAILURES=1 -DREDELIVERIES=0'
holds 'the lease runs out during the request' '-DOWED=2 -DCRASHES=1 -DSTALLED_ON_THE_WIRE'
holds 'the lock is lost, its dispatcher lives' '-DOWED=2 -DCRASHES=1 -DLOCK_LOST_ALIVE'
holds 'no run is endless' '-DOWED=2 -DCRASHES=1' endless

echo 'Mutations:'
breaks nothing_lost '-DOWED=2 -DMUTATE_TAKEOVER'
breaks 'non-progress cycle' '-DOWED=2 -DMUTATE_TRIES' endless
breaks in_order '-DOWED=2 -DMUTATE_ORDER'
breaks in_order '-DOWED=2 -DMUTATE_LOCAL_CHECK'
breaks no_needless_duplicate '-DOWED=2 -DMUTATE_SUCCESS_FORGOTTEN'
breaks fenced '-DOWED=2 -DMUTATE_FENCE'
breaks fenced '-DOWED=2 -DFAILURES=0 -DMUTATE_FENCE_NUMBER_ONLY'
breaks fenced '-DOWED=2 -DREPEATS=0 -DMUTATE_RESET_ATTEMPT'
breaks one_live_claim '-DOWED=2 -DMUTATE_CLAIM'
breaks same_token '-DOWED=2 -DMUTATE_TOKEN'
echo 'What the two variants cost:'
breaks in_order '-DOWED=2 -DSTALLED_ON_THE_WIRE -DSTRICT=1'
breaks one_live_claim '-DOWED=2 -DLOCK_LOST_ALIVE -DSTRICT=1'
exit $failed
