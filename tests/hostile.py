"""Targets that callbacks are tricked with, and the names that some of them go by."""

RESERVED = "the address is loopback, private or reserved, and not in RECORDKEEPER_CALLBACK_ALLOWED_NETWORKS"
NUMBER = "the host is a number"
NO_HOST = "no valid host name or port"
NO_IPV6 = "no IPv6 address in the brackets"
NO_URL = "not an absolute http or https URL"
NO_REQUEST = "not a URL that can be requested"

NAMES = {
    "loopback.test": ["127.0.0.1"],
    "localhost": ["127.0.0.1"],
    "loopback6.test": ["::1"],
    "both.test": ["127.0.0.1", "::1"],
    "many.test": ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1"],
    "private.test": ["10.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "unspecified.test": ["0.0.0.0"],  # noqa: S104 - called, not bound
    "unspecified6.test": ["::"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "compatible.test": ["::127.0.0.1"],
    "nat64.test": ["64:ff9b::7f00:1"],
    "6to4.test": ["2002:7f00:1::1"],
    "local.test": ["fd00:ec2::254"],
    "link.test": ["fe80::1"],
    "multicast.test": ["224.0.0.1"],
}

TARGETS = {
    RESERVED: """
        http://127.0.0.1:{port}/ http://127.0.0.2:{port}/ https://127.0.0.1:{port}/ HTTP://127.0.0.1:{port}/
        http://localhost:{port}/ http://LOCALHOST:{port}/ http://localhost.:{port}/
        http://0.0.0.0:{port}/ http://10.0.0.1:{port}/ http://172.16.0.1:{port}/ http://192.168.0.1:{port}/
        http://100.64.0.1:{port}/ http://169.254.169.254/latest/meta-data/ http://169.254.170.2/v2/credentials
        http://100.100.100.200/latest/meta-data/ http://168.63.129.16/ http://192.0.0.192/opc/v2/instance/
        http://198.18.0.1/ http://224.0.0.1/ http://240.0.0.1/ http://255.255.255.255/
        http://127。0。0。1:{port}/ http://①②⑦.⓪.⓪.①:{port}/ http://ⓛocalhost:{port}/
        http://[::1]:{port}/ http://[::]:{port}/ http://[0:0:0:0:0:0:0:1]:{port}/ http://[0000::0001]:{port}/
        http://[::ffff:127.0.0.1]:{port}/ http://[::ffff:7f00:1]:{port}/ http://[::FFFF:7F00:0001]:{port}/
        http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/ http://[::127.0.0.1]:{port}/ http://[::7f00:1]:{port}/
        http://[::ffff:0:127.0.0.1]:{port}/ http://[64:ff9b::127.0.0.1]:{port}/ http://[64:ff9b::a9fe:a9fe]/
        http://[64:ff9b:1::7f00:1]:{port}/ http://[2002:7f00:1::]:{port}/ http://[2001:0:7f00:1::]:{port}/
        http://[2606:4700::5efe:127.0.0.1]:{port}/ http://[fe80::1]:{port}/ http://[fec0::1]:{port}/
        http://[fd00:ec2::254]/ http://[fd20:ce::254]/ http://[ff02::1]:{port}/ http://[100::1]/
        http://good.example@127.0.0.1:{port}/ http://good.example:80@127.0.0.1:{port}/ http://a@b@127.0.0.1:{port}/
        http://127.0.0.1:{port}#@good.example/ http://127.0.0.1:{port}?@good.example/
        http://127.0.0.1:{port}/@good.example http://127.0.0.1:{port}/#verify=n
        http://loopback.test:{port}/ http://loopback6.test:{port}/ http://both.test:{port}/ http://many.test:{port}/
        http://private.test:{port}/ http://metadata.test/latest/ http://unspecified.test:{port}/
        http://unspecified6.test:{port}/ http://mapped.test:{port}/ http://compatible.test:{port}/
        http://nat64.test:{port}/ http://6to4.test:{port}/ http://local.test/ http://link.test:{port}/
        http://multicast.test/ http://LoopBack.test.:{port}/ https://loopback.test:{port}/
    """,
    NO_REQUEST: """
        http://2130706433:{port}/ http://017700000001:{port}/ http://0177.0.0.1:{port}/ http://127.1:{port}/
        http://127.0.1:{port}/ http://0:{port}/ http://127.0.0.1.:{port}/
        http://256.256.256.256:{port}/ http://4294967297:{port}/ http://127.0.0.257:{port}/ http://2852039166/
    """,
    NUMBER: """
        http://0x7f000001:{port}/ http://0x7F.0.0.0x1:{port}/ http://0x7f.0x0.0x0.0x1:{port}/ http://0x7f.1:{port}/
        http://0177.0.0x0.1:{port}/ http://127.0.0.0x1:{port}/ http://0xa9fea9fe/ http://0x7f000001.:{port}/
    """,
    NO_HOST: """
        http://127.0.0.1%2f:{port}/ http://%31%32%37.0.0.1:{port}/ http://127.0.0.1%00.good.example:{port}/
        http://[fe80::1%25eth0]:{port}/ http://[::1%25lo]:{port}/ http://[::1%lo]:{port}/
        http://127.0.0.1:0/ http://127.0.0.1:65536/ http://127.0.0.1:99999/ http://:{port}/ http:///127.0.0.1:{port}/
    """,
    NO_IPV6: """
        http://[v1.127]:{port}/ http://[127.0.0.1]:{port}/ http://[1::2::3]:{port}/
    """,
    NO_URL: r"""
        file:///etc/passwd gopher://127.0.0.1:{port}/_x ftp://127.0.0.1:{port}/ dict://127.0.0.1:{port}/stat
        ldap://127.0.0.1:{port}/ javascript:alert(1) data:text/html,x jar:http://127.0.0.1:{port}/!/ ws://127.0.0.1:{port}/
        unix:///run/docker.sock //127.0.0.1:{port}/ 127.0.0.1:{port} http:127.0.0.1:{port}/ http:/127.0.0.1:{port}/
        http:\\127.0.0.1:{port}\ http://good.example\@127.0.0.1:{port}/ http://127.0.0.1\@good.example:{port}/
        http://127.0.0.1:1{port}00/ http://127.0.0.1:-1/ http://127.0.0.1:{port}:80/ http://127.0.0.1:٨٠/ http://::1/
    """,
}
ESCAPED = [
    ("http://\uff11\uff12\uff17.\uff10.\uff10.\uff11:{port}/", RESERVED),
    ("http://127\uff0e0\uff0e0\uff611:{port}/", RESERVED),
    ("http://127.0.0.1..:{port}/", "cannot be encoded"),
    ("http://127.0.0.1\t:{port}/", NO_HOST),
    ("http://127.0.0.1\n:{port}/", NO_HOST),
    ("http://127.0.0.1\r\nHost: x:{port}/", NO_URL),
    ("http://127.0.0.1\0.good.example:{port}/", NO_HOST),
    ("http://good.example \n@127.0.0.1:{port}/", RESERVED),
    (" http://127.0.0.1:{port}/", NO_URL),
    ("ht\ntp://127.0.0.1:{port}/", NO_URL),
]
HOSTILE = [(url, words) for words, urls in TARGETS.items() for url in urls.split()] + ESCAPED
"""URLs, each with words of the reason that it is discarded for; `{port}` is one that somebody listens at."""
LOCATIONS = [
    ("http://127.0.0.1:{port}/", RESERVED),
    ("//127.0.0.1:{port}/", RESERVED),
    ("http://[::1]:{port}/", RESERVED),
    ("http://[::ffff:127.0.0.1]:{port}/", RESERVED),
    ("http://10.0.0.1/", RESERVED),
    ("http://169.254.169.254/latest/meta-data/", RESERVED),
    ("http://loopback.test:{port}/", RESERVED),
    ("http://2130706433:{port}/", NO_REQUEST),
    ("http://0x7f.1:{port}/", NUMBER),
    ("file:///etc/passwd", "not to an http or https URL"),
]
STATUSES = (301, 302, 303, 307, 308)
