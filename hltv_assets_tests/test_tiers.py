"""A tier that cannot run here says why."""

import pytest

from testkit.tiers import missing


def test_a_test_that_lacks_something_is_skipped_and_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs a Postgres"):
        missing("a Postgres")


def test_in_ci_a_test_that_lacks_something_fails_and_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs a Postgres"):
        missing("a Postgres")
