#!/bin/sh
# Runs at each child SA that comes up or goes down: counts them under a lock and makes the device's
# carrier follow. The kernel then skips a dead next hop at once, whatever the number of routes.
# $1: the tunnel's directory.

case "$PLUTO_VERB" in
# "host" where the local selector is the gateway's own address.
up-client | up-host) step=1 ;;
down-client | down-host) step=-1 ;;
*) exit 0 ;;
esac

exec 9>"$1/hook.lock" || exit 1
flock 9 || exit 1

read -r count <"$1/children" || count=0
count=$((count + step))
[ "$count" -ge 0 ] || count=0
echo "$count" >"$1/children"

read -r namespace device <"$1/device" || exit 1
if [ "$count" -gt 0 ]; then carrier=on; else carrier=off; fi
# Reading the link flushes the kernel's limit of one link event per second; without it the next
# loss is noticed up to a second late. One process for both, since starting one takes longest.
printf 'link set dev %s carrier %s\nlink show dev %s\n' "$device" "$carrier" "$device" |
    ip -n "$namespace" -batch - >/dev/null
