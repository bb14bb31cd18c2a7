"""Whether a site may be asked at all: never a live one by accident, never without saying who asks.

Nothing here asks a live site: with leave, only the pure function is tried.
"""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome
from hltv_assets.pages.outcomes import Fault
from hltv_assets.settings import Settings
from hltv_assets.site.permission import why_not_to_ask
from testkit.asking import MAP, MAPS, ask, client_of, good_page
from testkit.examples import examples
from testkit.loopback_site import LoopbackSite

HLTV = "www.hltv.org"
NAMED = "hltv_assets/0.1 (contact: somebody@example.org)"
NAMELESS = "hltv_assets/0.1 (Dagster code location)"
LOOPBACK = ("127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "localhost", "sample.invalid")
LIVE = (
    HLTV,
    "hltv.org",
    "HLTV.org",
    "192.0.2.1",
    "10.0.0.1",
    "192.168.0.1",
    "0.0.0.0",
    "2001:db8::1",
    "localhost.example.org",
    "127.0.0.1.example.org",
    "sample.invalid.example.org",
    "x.sample.invalid",
    "",
)


@pytest.mark.parametrize("host", LIVE)
@pytest.mark.parametrize("user_agent", [NAMED, NAMELESS], ids=["named", "nameless"])
def test_a_live_site_is_not_asked_without_the_users_word(host: str, user_agent: str) -> None:
    reason = why_not_to_ask(host, live=False, user_agent=user_agent)
    assert reason is not None
    assert host in reason
    assert "HLTV_LIVE" in reason


@pytest.mark.parametrize("host", LIVE)
def test_a_live_site_is_not_asked_by_nobody(host: str) -> None:
    reason = why_not_to_ask(host, live=True, user_agent=NAMELESS)
    assert reason is not None
    assert "HLTV_USER_AGENT" in reason
    assert NAMELESS in reason


@pytest.mark.parametrize("live", [False, True])
def test_each_refusal_names_the_terms_and_the_other_ways(*, live: bool) -> None:
    reason = why_not_to_ask(HLTV, live=live, user_agent=NAMELESS)
    assert reason is not None
    assert "2.2" in reason
    assert "forbid scraping" in reason
    assert "ask HLTV" in reason
    assert "hltv-assets import" in reason
    assert "\n" not in reason


@pytest.mark.parametrize(
    "contact",
    [
        "somebody@example.org",
        "(somebody@example.org)",
        "contact: first.last+cs@mail.example.co.uk;",
        "mailto:somebody@example.org",
        "https://example.org",
        "(+https://example.org/about?who=me)",
        "HTTP://EXAMPLE.ORG/bot",
    ],
)
def test_with_leave_and_a_contact_a_live_site_may_be_asked(contact: str) -> None:
    assert why_not_to_ask(HLTV, live=True, user_agent=f"hltv_assets/0.1 {contact}") is None


@pytest.mark.parametrize(
    "no_contact",
    [
        "",
        " ",
        "@",
        "somebody@",
        "@example.org",
        "somebody@example",
        "somebody at example.org",
        "https://",
        "https://localhost",
        "https:// example.org",
        "example.org",
        "ftp.example.org",
        "(@.)",
    ],
)
def test_what_nobody_can_write_to_is_no_contact(no_contact: str) -> None:
    assert why_not_to_ask(HLTV, live=True, user_agent=f"hltv_assets/0.1 {no_contact}") is not None


def test_the_usual_name_is_no_contact() -> None:
    user_agent = Settings.model_fields["user_agent"].default
    assert why_not_to_ask(HLTV, live=True, user_agent=user_agent) is not None


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("user_agent", [NAMED, NAMELESS, ""], ids=["named", "nameless", "empty"])
def test_this_machine_and_the_sample_may_always_be_asked(host: str, user_agent: str, *, live: bool) -> None:
    assert why_not_to_ask(host, live=live, user_agent=user_agent) is None


@pytest.mark.fuzz
@settings(max_examples=examples(100))
@given(host=st.text() | st.ip_addresses().map(str), user_agent=st.text())
def test_no_host_but_this_machine_is_ever_asked_without_the_users_word(host: str, user_agent: str) -> None:
    is_ours = host in LOOPBACK or host.startswith("127.")
    assert (why_not_to_ask(host, live=False, user_agent=user_agent) is None) <= is_ours


@pytest.mark.parametrize(
    "base_url",
    [
        "https://www.hltv.org",
        "https://WWW.HLTV.ORG",
        "http://hltv.org:80",
        "https://www.hltv.org.",
        "https://localhost@www.hltv.org",
        "https://127.0.0.1:80@www.hltv.org",
    ],
)
def test_the_client_asks_a_live_site_nothing(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_client(*_: object, **__: object) -> None:
        pytest.fail("a client was made for a site that may not be asked")

    monkeypatch.setattr(httpx.AsyncClient, "__init__", no_client)
    client = client_of(base_url, live=False)
    asked = ask(client, MAPS)
    assert asked.stored == []
    assert asked.outcomes == dict.fromkeys(MAPS, Outcome.NOT_TRIED)
    assert set(asked.faults.values()) == {Fault.SITE}
    assert all("2.2" in failure.message for failure in asked.failures)
    assert list(client.state_folder.iterdir()) == [], "it is no block, and no robots.txt was asked for"


def test_nothing_to_ask_needs_no_leave() -> None:
    assert ask(client_of("https://www.hltv.org", live=False), []).failures == []


def test_the_client_asks_this_machine_without_leave_or_contact(site: LoopbackSite) -> None:
    site.publish(MAP, good_page())
    assert ask(client_of(site.base_url, user_agent=NAMELESS)).stored_ids == {MAP}
    assert site.headers[0]["user-agent"] == NAMELESS
