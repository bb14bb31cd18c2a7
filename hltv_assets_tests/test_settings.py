"""Every knob is read from its variable, within its bounds; what is wrong is named by the variable."""

from pathlib import Path

import pytest

from hltv_assets.settings import Settings, SettingsError, read_settings, unknown_variables
from hltv_assets.site.hosts import SAMPLE_BASE_URL
from testkit.places import PROJECT


def test_without_any_variable_the_sample_is_read_into_the_demo_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings()
    assert settings.data_dir == tmp_path / "data" / "demo"
    assert settings.warehouse == str(tmp_path / "data" / "demo" / "hltv.duckdb")
    assert settings.archive == str(tmp_path / "data" / "demo" / "raw")
    assert settings.base_url == SAMPLE_BASE_URL


def test_warehouse_and_archive_lie_in_the_data_folder_unless_they_are_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HLTV_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HLTV_ARCHIVE", "s3://bucket/raw")
    settings = read_settings()
    assert settings.warehouse == str(tmp_path / "hltv.duckdb")
    assert settings.archive == "s3://bucket/raw"


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLTV_BASE_URL", "")
    assert read_settings().base_url == SAMPLE_BASE_URL


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HLTV_BATCH_SIZE", "0"),
        ("HLTV_BATCH_SIZE", "many"),
        ("HLTV_ORDER", "random"),
        ("HLTV_RETRY_BASE", "-1"),
        ("HLTV_BASE_URL", "www.example.invalid"),
        ("HLTV_BASE_URL", "file:///etc/passwd"),
        ("HLTV_CONCURRENCY", "1000"),
        ("HLTV_RESULTS_CRON", "foo"),
        ("HLTV_ALERT_URL", "hooks.example.invalid/hush"),
        ("HLTV_ALERT_URL", "file:///etc/hush"),
    ],
)
def test_a_value_out_of_bounds_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=rf"^{variable}: ") as raised:
        read_settings()
    assert "Value error" not in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_cron_and_a_webhook_that_can_be_used_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLTV_RESULTS_CRON", "*/10 6-23 * * *")
    monkeypatch.setenv("HLTV_ALERT_URL", "http://127.0.0.1:9/alerts")
    settings = read_settings()
    assert settings.results_cron == "*/10 6-23 * * *"
    assert settings.alert_url
    assert settings.alert_url.get_secret_value() == "http://127.0.0.1:9/alerts"


def test_a_first_day_after_the_last_day_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLTV_SINCE", "2024-03-01")
    monkeypatch.setenv("HLTV_UNTIL", "2024-02-29")
    with pytest.raises(SettingsError, match=r"^HLTV_SINCE \(2024-03-01\) is after HLTV_UNTIL \(2024-02-29\)"):
        read_settings()
    monkeypatch.setenv("HLTV_UNTIL", "2024-03-01")
    assert read_settings().until == read_settings().since


def test_a_variable_that_is_no_knob_is_told_with_the_knob_that_was_meant() -> None:
    environment = ["HLTV_BATCHSIZE", "HLTV_BATCH_SIZE", "HLTV_QQQ", "HLTV_TEST_PAGES", "HLTV_DAGSTER_POSTGRES", "PATH"]
    assert unknown_variables(environment) == {"HLTV_BATCHSIZE": "HLTV_BATCH_SIZE", "HLTV_QQQ": None}


def test_the_delay_is_0_here_and_3_seconds_for_a_live_site(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().min_delay == 0
    monkeypatch.setenv("HLTV_BASE_URL", "http://127.0.0.1:8000")
    assert read_settings().min_delay == 0
    monkeypatch.setenv("HLTV_BASE_URL", "https://www.example.com")
    assert read_settings().min_delay == 3


def test_the_delay_of_a_live_site_cannot_be_set_below_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLTV_BASE_URL", "https://www.example.com")
    monkeypatch.setenv("HLTV_MIN_DELAY", "0.5")
    with pytest.raises(SettingsError, match="HLTV_MIN_DELAY must be at least 1 s"):
        read_settings()
    monkeypatch.setenv("HLTV_MIN_DELAY", "1")
    assert read_settings().min_delay == 1


def test_every_knob_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_every_knob_stands_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text()
    assert [name for name in Settings.model_fields if f"`HLTV_{name.upper()}`" not in readme] == []


def test_every_knob_of_fetching_stands_in_its_page() -> None:
    page = (PROJECT / "docs" / "fetching-politely.md").read_text()
    elsewhere = {
        "data_dir",
        "warehouse",
        "lake",
        "archive",
        "parsed",
        "batch_size",
        "batch_max_wait",
        "order",
        "lock_wait",
        "open_batches",
        "celery_broker",
        "step_timeout",
    }
    elsewhere |= {"since", "until", "cs2_only", "events", "teams"}
    elsewhere |= {"automation", "results_cron", "sensor_interval", "keep_logs"}
    elsewhere |= {"alert_file", "alert_url", "fresh_within"}
    elsewhere |= {"automation", "results_cron", "sensor_interval", "snapshot_interval"}
    assert [name for name in Settings.model_fields.keys() - elsewhere if f"`HLTV_{name.upper()}`" not in page] == []


def test_a_lake_is_named_as_libpq_names_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "ducklake:postgres:host=127.0.0.1 dbname=hltv"
    monkeypatch.setenv("HLTV_WAREHOUSE", place)
    assert read_settings().warehouse == place


@pytest.mark.parametrize("place", ["ducklake:hltv.ducklake", "ducklake:postgres:host=127.0.0.1 password=hush"])
def test_a_lake_elsewhere_than_in_postgres_or_with_a_password_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("HLTV_WAREHOUSE", place)
    with pytest.raises(SettingsError, match=r"^HLTV_WAREHOUSE: ") as raised:
        read_settings()
    assert "hush" not in str(raised.value)
    monkeypatch.delenv("HLTV_WAREHOUSE")
    with pytest.raises(SettingsError, match=r"^HLTV_WAREHOUSE: "):
        read_settings().with_warehouse(place)


def test_a_password_in_the_address_of_the_site_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HLTV_BASE_URL", "https://somebody:hush@127.0.0.1")
    with pytest.raises(SettingsError, match=r"HLTV_BASE_URL.*password") as raised:
        read_settings()
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(("base_url", "concurrency"), [("https://www.hltv.org", 1), ("http://127.0.0.1:1", 4)])
def test_a_live_site_is_asked_for_one_page_at_a_time(base_url: str, concurrency: int) -> None:
    assert Settings(base_url=base_url).concurrency == concurrency
    assert Settings(base_url=base_url, concurrency=2).concurrency == 2
