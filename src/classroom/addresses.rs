//! The addresses of this machine, as others in its networks would type them.

use catalog::lang::Lang;
use std::net::IpAddr;

/// What kind of network an interface is in, as far as its name tells; in the
/// order in which a class is likely to reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Wi-Fi.
    Wireless,
    /// Ethernet, or a network whose kind the name does not tell.
    Network,
    /// A tunnel: only who is in the same VPN reaches it.
    Tunnel,
    /// A network of virtual machines or containers within this machine.
    Inner,
}

impl Kind {
    /// By the name of an interface, on Linux, macOS and Windows.
    fn of(interface: &str) -> Kind {
        let name = interface.to_ascii_lowercase();
        let begins = |with: &[&str]| with.iter().any(|with| name.starts_with(with));
        if begins(&[
            "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "cni", "podman", "lxc",
        ]) || begins(&["lxdbr", "vethernet", "bridge", "ap", "awdl", "llw"])
        {
            Kind::Inner
        } else if begins(&[
            "tun",
            "tap",
            "wg",
            "utun",
            "ppp",
            "tailscale",
            "zt",
            "ipsec",
        ]) {
            Kind::Tunnel
        } else if begins(&["wl", "wi-fi", "wifi"]) {
            Kind::Wireless
        } else {
            Kind::Network
        }
    }

    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Wireless => "wireless",
            Kind::Network => "network",
            Kind::Tunnel => "tunnel",
            Kind::Inner => "inner",
        }
    }

    /// It for people.
    pub fn in_words(self, lang: Lang) -> &'static str {
        match self {
            Kind::Wireless => "Wi-Fi",
            Kind::Network => lang.pick("network", "sieć"),
            Kind::Tunnel => "VPN",
            Kind::Inner => lang.pick("within this machine", "wewnątrz tego komputera"),
        }
    }
}

/// An address of this machine that others may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The address.
    pub ip: IpAddr,
    /// The interface's name.
    pub interface: String,
    /// What it is in.
    pub kind: Kind,
}

impl Own {
    /// The page at a port there.
    pub fn url(&self, port: u16) -> String {
        format!("http://{}/", std::net::SocketAddr::new(self.ip, port))
    }
}

/// The addresses, the likeliest first. Without those that reach nobody
/// (loopback, and what an interface takes when no network has given it one)
/// and those that need the interface's name to be typed.
pub fn of_this_machine() -> Vec<Own> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let usable = interfaces.into_iter().filter(|one| {
        let reaches = match one.ip() {
            IpAddr::V4(ip) => !ip.is_link_local(),
            IpAddr::V6(ip) => !ip.is_unicast_link_local(),
        };
        reaches && !one.is_loopback()
    });
    let own = usable.map(|one| Own {
        ip: one.ip(),
        kind: Kind::of(&one.name),
        interface: one.name,
    });
    let mut own: Vec<Own> = own.collect();
    // Numbers of four parts are typed sooner than those of eight.
    own.sort_by_key(|own| (own.kind, own.ip.is_ipv6(), own.ip));
    own.dedup_by_key(|own| own.ip);
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind() {
        for (name, kind) in [
            ("wlp3s0", Kind::Wireless),
            ("Wi-Fi", Kind::Wireless),
            ("eth0", Kind::Network),
            ("enp0s31f6", Kind::Network),
            ("en0", Kind::Network),
            ("Ethernet 2", Kind::Network),
            ("docker0", Kind::Inner),
            ("vEthernet (WSL)", Kind::Inner),
            ("utun4", Kind::Tunnel),
            ("wg0", Kind::Tunnel),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }

    #[test]
    fn nobody_is_sent_to_loopback() {
        let own = of_this_machine();
        assert!(own.iter().all(|own| !own.ip.is_loopback()), "{own:?}");
        let kinds: Vec<Kind> = own.iter().map(|own| own.kind).collect();
        assert!(kinds.is_sorted());
    }

    #[test]
    fn a_url_has_brackets_where_it_needs_them() {
        let own = |ip: &str| Own {
            ip: ip.parse().unwrap(),
            interface: "eth0".to_owned(),
            kind: Kind::Network,
        };
        assert_eq!(own("192.168.1.7").url(8379), "http://192.168.1.7:8379/");
        assert_eq!(own("fd00::2").url(8379), "http://[fd00::2]:8379/");
    }
}
