"""The networks that are measured: loopback, a veth pair, a chain of routers, a site with a circuit and a VPN."""

import os
import time

from .processes import run


class Namespaces:
    """Some network namespaces with names of this run; a context manager that removes them."""

    def __init__(self, *names):
        self.names = names

    def __getitem__(self, name):
        return f"nb-{os.getpid()}-{name}"

    def __enter__(self):
        for name in self.names:
            run("ip", "netns", "add", self[name])
            self.sysctl(
                name, "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
                "net.ipv4.fib_multipath_hash_policy=1", "net.ipv4.icmp_ratelimit=0",
                "net.ipv4.ping_group_range=0 2147483647",
            )
            self.ip(name, "link set lo up")
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.names:
            run("ip", "netns", "delete", self[name])

    def build(self):
        """What subclasses add."""

    def sysctl(self, name, *settings):
        run("ip", "netns", "exec", self[name], "sysctl", "-q", "-w", *settings)

    def ip(self, name, *commands):
        run("ip", "-n", self[name], "-batch", "-", input="\n".join(commands) + "\n")

    def nft(self, name, rules):
        run("ip", "netns", "exec", self[name], "nft", "-f", "-", input=rules)

    def cable(self, left, left_name, right, right_name):
        run("ip", "link", "add", left_name, "netns", self[left], "type", "veth",
            "peer", "name", right_name, "netns", self[right])


class Loopback(Namespaces):
    """One namespace; all of 127.0.0.0/8 answers."""

    def __init__(self):
        super().__init__("lo")

    @staticmethod
    def addresses(count):
        return [f"127.{1 + index // 62500}.{index // 250 % 250}.{index % 250 + 1}" for index in range(count)]


class Pair(Namespaces):
    """near (10.7.0.1, interface `wire`) and far, which has 10.7.1.1 … 10.7.1.count."""

    def __init__(self, count):
        super().__init__("near", "far")
        self.addresses = [f"10.7.1.{index + 1}" for index in range(count)]

    def build(self):
        self.cable("near", "wire", "far", "wire")
        self.ip("near", "address add 10.7.0.1/16 dev wire", "link set wire up")
        self.ip("far", "address add 10.7.0.2/16 dev wire", "link set wire up",
                *[f"address add {address}/32 dev lo" for address in self.addresses])
        self.ip("near", "route add 10.7.1.0/24 via 10.7.0.2")


class Chain(Namespaces):
    """r0 … rN in a row; link n is 10.8.n.0/24 with .1 at its near end and .2 at its far end."""

    def __init__(self, hops):
        super().__init__(*[f"r{index}" for index in range(hops + 1)])
        self.hops = hops
        self.target = f"10.8.{hops - 1}.2"

    def build(self):
        for link in range(self.hops):
            near, far = f"r{link}", f"r{link + 1}"
            self.cable(near, "far", far, "near")
            self.ip(near, f"address add 10.8.{link}.1/24 dev far", "link set far up")
            self.ip(far, f"address add 10.8.{link}.2/24 dev near", "link set near up")
        for position in range(self.hops + 1):
            routes = []
            for link in range(self.hops):
                if link < position - 1:
                    routes.append(f"route add 10.8.{link}.0/24 via 10.8.{position - 1}.1")
                elif link > position:
                    routes.append(f"route add 10.8.{link}.0/24 via 10.8.{position}.2")
            self.ip(f"r{position}", *routes)


class Site(Namespaces):
    """A host with two edges and a VPN to one VNet.

        host ─ e1 ── 172.16.0.0/30 ── edge1 ─┐
             ─ e2 ── 172.16.0.4/30 ── edge2 ─┤ vnet 10.1.0.4, 10.1.0.5
             ─ vpn0 ─ 10.254.0.0/30 ── vpn ──┘
    """

    CROSSINGS = (
        ("edge1", "e1", "172.16.0", 0, "10.9.0.11"),
        ("edge2", "e2", "172.16.0", 4, "10.9.0.12"),
        ("vpn", "vpn0", "10.254.0", 0, None),
    )
    BOTH = "route replace 10.1.0.0/24 metric 10 nexthop via 172.16.0.2 dev e1 nexthop via 172.16.0.6 dev e2"

    def __init__(self):
        super().__init__("host", "edge1", "edge2", "vpn", "vnet", "lan")

    def build(self):
        self.ip("vnet", "address add 10.1.0.4/32 dev lo", "address add 10.1.0.5/32 dev lo")
        self.cable("host", "lan0", "lan", "host")
        self.ip("host", "address add 10.0.0.2/24 dev lan0", "link set lan0 up")
        self.ip("lan", "address add 10.0.0.1/24 dev host", "link set host up")
        for index, (name, interface, net, link, pinned) in enumerate(self.CROSSINGS):
            self._crossing(index, name, interface, f"{net}.{link}", f"{net}.{link + 1}", f"{net}.{link + 2}", pinned)
        self.ip("vpn", "address add 10.1.255.30/32 dev lo")
        self.ip("host", self.BOTH, "route add 10.1.0.0/24 via 10.254.0.2 dev vpn0 metric 100",
                "route add 10.1.255.30/32 via 10.254.0.2 dev vpn0")

    def _crossing(self, index, name, interface, net, near, far, pinned):
        inner = f"10.1.254.{index * 4}"
        self.cable("host", interface, name, "host")
        self.cable(name, "vnet", "vnet", interface)
        self.ip("host", f"address add {near}/30 dev {interface}", f"link set {interface} up")
        self.ip(name, f"address add {far}/30 dev host", "link set host up",
                f"address add 10.1.254.{index * 4 + 1}/30 dev vnet", "link set vnet up",
                f"route add 10.1.0.0/24 via 10.1.254.{index * 4 + 2}")
        self.ip("vnet", f"address add 10.1.254.{index * 4 + 2}/30 dev {interface}", f"link set {interface} up",
                f"route add {net}/30 via 10.1.254.{index * 4 + 1}")
        if pinned:
            self.ip("host", f"address add {pinned}/32 dev lo", f"rule add from {pinned} lookup {101 + index}",
                    f"route add default via {far} dev {interface} table {101 + index}")
            self.ip(name, f"route add {pinned}/32 via {near}")
            self.ip("vnet", f"route add {pinned}/32 via 10.1.254.{index * 4 + 1}")

    def cut_circuit(self):
        """Silently drops what comes from both edges; gives the moment before the command began."""
        before = time.monotonic()
        self.nft("host", "table netdev cut {\n" + "".join(
            f'chain {name} {{ type filter hook ingress device "{name}" priority 0; meta protocol ip drop; }}\n'
            for name in ("e1", "e2")) + "}\n")
        return before

    def restore_circuit(self):
        self.nft("host", "delete table netdev cut\n")

    def move_to_vpn(self):
        self.ip("host", "route del 10.1.0.0/24 metric 10")

    def move_back(self):
        self.ip("host", self.BOTH)
