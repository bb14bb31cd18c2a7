"""Whether a site may be asked at all: the sample and this machine always, any other only with permission and a contact.

HLTV's terms forbid scraping, so nobody shall ask it by accident or without saying who asks.
"""

import re

from hltv_assets.site.hosts import is_live

# An address to write to: of mail, or of a page that says who asks.
_CONTACT = re.compile(r"[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+|https?://[^\s()<>]+\.[^\s()<>]+", re.IGNORECASE)

_OTHER_WAYS = (
    "HLTV's terms (2.2) forbid scraping, so ask HLTV for permission, or import pages that you have: "
    "`hltv-assets import PATH`"
)


def why_not_to_ask(host: str, *, live: bool, user_agent: str) -> str | None:
    """Return why this host must not be asked, with the ways out; None if it may be.

    `live` says that the user has permission (`HLTV_LIVE=1`).
    """
    if not is_live(host):
        return None
    if not live:
        return f"{host} is a live site and HLTV_LIVE is not 1. {_OTHER_WAYS}. If you have permission, set HLTV_LIVE=1"
    if not _CONTACT.search(user_agent):
        return (
            f"{host} is a live site and HLTV_USER_AGENT ({user_agent!r}) names no contact. Add an e-mail "
            f"address or a URL. {_OTHER_WAYS}"
        )
    return None
