#!/bin/sh
# The gateway's side of tunnels, made by hand with the system's own tools: what Futago is compared
# with. Tunnels are made side by side, each in the order that a person would choose.
#
# Usage: bare_setup.sh DIRECTORY NODE ROUTER PSK NUMBER,GATEWAY,IDENTITY,PEER...
# NODE has the uplink `uplink0` and forwards; ROUTER is where the tunnel devices go. Both are names
# of namespaces. The tunnels' namespaces are ROUTER with the tunnel's number behind it.
set -eu

directory=$1 node=$2 router=$3 psk=$4
shift 4

# The daemon's own packets carry a mark, so that they do not follow the routes that it installs.
configure() {
    cat >"$home/strongswan.conf" <<END
charon-systemd {
  load = random nonce openssl kdf kernel-libipsec kernel-netlink socket-default vici updown
  threads = 16
  journal {
    default = -1
  }
  filelog {
    charon {
      path = $home/charon.log
      default = 1
    }
  }
  plugins {
    vici {
      socket = unix://$home/vici.sock
    }
    kernel-netlink {
      fwmark = !0x42
    }
    socket-default {
      fwmark = 0x42
    }
  }
}
END
    cat >"$home/swanctl.conf" <<END
connections {
  tunnel {
    version = 2
    local_addrs = $gateway
    remote_addrs = $peer
    proposals = aes128-sha1-modp1024
    dpd_delay = 10s
    mobike = no
    local {
      auth = psk
      id = "fqdn:$identity"
    }
    remote {
      auth = psk
      id = "$peer"
    }
    children {
      tunnel {
        local_ts = 0.0.0.0/0
        remote_ts = 0.0.0.0/0
        esp_proposals = aes128-sha1-modp1024
        start_action = start
      }
    }
  }
}
secrets {
  ike-tunnel {
    secret = "$psk"
  }
}
END
}

connect() {
    ip netns add "$space"
    ip -n "$node" -batch - <<END
link add bare$number type veth peer name outside netns $space
address add 169.254.0.1/32 dev bare$number scope link
link set bare$number up
route add $gateway/32 dev bare$number
neigh replace proxy $gateway dev uplink0
END
    ip -n "$space" -batch - <<END
link set lo up
address add $gateway/32 dev outside
link set outside up
route add 169.254.0.1 dev outside
route add default via 169.254.0.1 src $gateway
END
}

place() {
    ip -n "$space" link set ipsec0 netns "$router" name "tun$number"
    ip -n "$router" link set "tun$number" mtu 1399 up
    ip -n "$space" -batch - <<END
tuntap add mode tun name ipsec0
link set ipsec0 up
END
}

tunnel() {
    IFS=, read -r number gateway identity peer <<END
$1
END
    home=$directory/$number
    space=$router$number
    mkdir -p "$home"
    configure
    connect
    STRONGSWAN_CONF=$home/strongswan.conf setsid nsenter --net="/run/netns/$space" \
        /usr/sbin/charon-systemd </dev/null >"$home/output" 2>&1 &
    until [ -S "$home/vici.sock" ]; do sleep 0.01; done
    place
    # It complains about every directory of certificates that is not there.
    until swanctl --load-all --noprompt --file "$home/swanctl.conf" \
        --uri "unix://$home/vici.sock" >"$home/load.log" 2>&1; do
        # The socket is there a moment before the daemon listens.
        grep -q refused "$home/load.log" || { cat "$home/load.log" >&2; exit 1; }
        sleep 0.01
    done
}

for words in "$@"; do
    tunnel "$words" &
    waited="${waited:-} $!"
done
# Not for the daemons, which stay.
for pid in $waited; do wait "$pid"; done
