"""Every form of number is read whole or refused with its place; nothing unreadable becomes a number."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hltv_assets.pages import Outcome, PageError
from hltv_assets.pages.numbers import (
    present,
    read_count,
    read_count_pair,
    read_count_with_part,
    read_decimal,
    read_decimal_pair,
    read_difference,
    read_percentage,
    split_pair,
)
from hltv_assets_tests.pages.refusals import assert_says
from testkit.examples import examples

Reader = Callable[[str, str], object]

READERS: list[Reader] = [
    read_count,
    read_difference,
    read_decimal,
    read_percentage,
    read_count_with_part,
    read_count_pair,
    read_decimal_pair,
]
PAIRS: list[Reader] = [read_count_with_part, read_count_pair, read_decimal_pair]
NO_NUMBERS = ["", " ", "--", "–", "n/a", "null", "None", "NaN", "nan", "inf", "1e3", "0x1A", "1,234", "66,7%", "abc"]
DIGITS_OF_OTHER_SCRIPTS = ["١٤", "１４", "१४", "²"]


def refusal(read: Reader, text: str) -> PageError:
    with pytest.raises(PageError) as caught:
        read(text, "ADR of somebody")
    return caught.value


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("14", 14), ("007", 7)])
def test_a_count_is_digits(text: str, number: int) -> None:
    assert read_count(text, "kills") == number


@pytest.mark.parametrize("text", ["-3", "+3", "1.5", "14 ", " 14", "14 9", "14 (9)", "14%"])
def test_a_count_has_no_sign_no_fraction_and_nothing_beside_it(text: str) -> None:
    assert_says(refusal(read_count, text), Outcome.PARSE_ERROR, "ADR of somebody", repr(text))


@pytest.mark.parametrize(("text", "number"), [("+11", 11), ("-3", -3), ("0", 0)])
def test_a_difference_has_a_sign(text: str, number: int) -> None:
    assert read_difference(text, "K-D") == number


@pytest.mark.parametrize("text", ["+", "+-3", "−3", "1.5", "3-"])
def test_a_difference_is_a_whole_number(text: str) -> None:
    assert_says(refusal(read_difference, text), Outcome.PARSE_ERROR, repr(text))


@pytest.mark.parametrize(
    ("text", "number"), [("96.7", 96.7), ("1.31", 1.31), ("0.00", 0.0), ("80", 80.0), ("-0.05", -0.05)]
)
def test_a_decimal_number_keeps_the_digits_that_are_printed(text: str, number: float) -> None:
    assert read_decimal(text, "ADR") == number


@pytest.mark.parametrize("text", ["1.", ".5", "1.2.3", "96.7%", "1_0.5", "1 .5"])
def test_a_decimal_number_has_digits_on_both_sides_of_its_point(text: str) -> None:
    assert_says(refusal(read_decimal, text), Outcome.PARSE_ERROR, repr(text))


@pytest.mark.parametrize(
    ("text", "number"), [("66.7%", 66.7), ("+2.90%", 2.9), ("-0.97%", -0.97), ("100.0%", 100.0), ("0%", 0.0)]
)
def test_a_percentage_is_read_as_printed(text: str, number: float) -> None:
    assert read_percentage(text, "KAST") == number


@pytest.mark.parametrize("text", ["66.7", "66.7 %", "%", "66.7%%", "66,7%", "-%"])
def test_a_percentage_without_its_sign_or_number_is_refused(text: str) -> None:
    assert_says(refusal(read_percentage, text), Outcome.PARSE_ERROR, repr(text))


@pytest.mark.parametrize("text", ["14 (9)", "14(9)"])
def test_the_special_part_of_a_count_stands_in_brackets(text: str) -> None:
    assert read_count_with_part(text, "kills") == (14, 9)


@pytest.mark.parametrize("text", ["14", "14 (9", "14 9)", "(9)", "14 ()", "14 (9) 2", "14  (9)", "14 (x)", "x (9)"])
def test_a_count_with_a_part_must_have_both(text: str) -> None:
    assert_says(refusal(read_count_with_part, text), Outcome.PARSE_ERROR, "ADR of somebody")


def test_either_number_of_a_count_with_a_part_may_be_missing_alone() -> None:
    assert read_count_with_part("14 (-)", "kills") == (14, None)
    assert read_count_with_part("- (9)", "kills") == (None, 9)


def test_a_pair_is_parted_by_a_colon() -> None:
    assert read_count_pair("2 : 5", "opening duels") == (2, 5)
    assert read_decimal_pair("1.31 : 0.82", "team rating") == (1.31, 0.82)
    assert split_pair("a : b", "anything") == ("a", "b")


def test_either_number_of_a_pair_may_be_missing_alone() -> None:
    assert read_count_pair("- : 5", "opening duels") == (None, 5)
    assert read_decimal_pair("1.31 : -", "team rating") == (1.31, None)


@pytest.mark.parametrize("text", ["2:5", "2 5", "2 : ", ": 5", "2 : 5 : 1", "2 - 5"])
def test_a_pair_of_another_form_is_refused(text: str) -> None:
    assert_says(refusal(read_count_pair, text), Outcome.PARSE_ERROR, "ADR of somebody")


@pytest.mark.parametrize("read", [reader for reader in READERS if reader not in PAIRS])
def test_a_dash_is_no_number(read: Reader) -> None:
    assert read("-", "anything") is None


@pytest.mark.parametrize("read", PAIRS)
def test_a_lone_dash_stands_for_both_numbers_of_a_pair(read: Reader) -> None:
    assert read("-", "anything") == (None, None)


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize("read", READERS)
def test_what_is_no_number_is_an_error_that_names_the_cell(read: Reader, text: str) -> None:
    assert_says(refusal(read, text), Outcome.PARSE_ERROR, "ADR of somebody")


@pytest.mark.parametrize("digits", DIGITS_OF_OTHER_SCRIPTS)
def test_digits_of_other_scripts_are_no_number(digits: str) -> None:
    forms = ["{}", "+{}", "{}.0", "{}%", "{} (1)", "{} : 1", "{} : 1.0"]
    for read, form in zip(READERS, forms, strict=True):
        assert refusal(read, form.format(digits)).reason is Outcome.PARSE_ERROR


@pytest.mark.parametrize(
    ("read", "form"), [(read_count, "{}"), (read_difference, "+{}"), (read_decimal, "{}.0"), (read_percentage, "{}%")]
)
@pytest.mark.parametrize("length", [400, 5_000])
def test_a_number_beyond_all_bounds_is_refused_like_any_unreadable_one(read: Reader, form: str, length: int) -> None:
    assert refusal(read, form.format("9" * length)).reason is Outcome.PARSE_ERROR


def test_a_long_text_is_cut_in_the_message() -> None:
    assert len(refusal(read_count, "x" * 10_000).message) < 200


def test_a_number_that_must_be_there_is_returned_and_its_absence_refused() -> None:
    assert present(0, "rounds", "head") == 0
    with pytest.raises(PageError) as caught:
        present(None, "rounds", "head")
    assert_says(caught.value, Outcome.PARSE_ERROR, "head", "rounds")


@pytest.mark.fuzz
@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(derandomize=True, deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
def test_what_is_printed_is_what_is_read(first: int, second: int) -> None:
    assert read_count(str(first), "") == first
    assert read_difference(f"{first - second:+}", "") == first - second
    assert read_count_with_part(f"{first} ({second})", "") == (first, second)
    assert read_count_pair(f"{first} : {second}", "") == (first, second)
    assert read_decimal(f"{first / 10:.1f}", "") == first / 10
    assert read_percentage(f"{first / 100:+.2f}%", "") == first / 100


@pytest.mark.fuzz
@given(st.text(max_size=12))
@settings(derandomize=True, deadline=None, max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in READERS:
        try:
            read(text, "somewhere")
        except PageError as error:
            assert_says(error, Outcome.PARSE_ERROR, "somewhere")
