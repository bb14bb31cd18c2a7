"""Which site is asked: the bundled sample, one on this machine, or a live one, which needs permission."""

import ipaddress

# No such host exists (RFC 2606): what is asked of it is answered from the bundled files.
SAMPLE_HOST = "sample.invalid"
SAMPLE_BASE_URL = f"https://{SAMPLE_HOST}"


def is_live(host: str) -> bool:
    """Return whether a host is somebody else's: neither the sample nor this machine."""
    if host in {SAMPLE_HOST, "localhost"}:
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
