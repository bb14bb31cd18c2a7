"""What all verbs have in common: they read the settings, and turn what can go wrong into one line and an exit code."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec

import click

from hltv_assets.errors import HltvError
from hltv_assets.settings import Settings, read_settings, unknown_variables

Arguments = ParamSpec("Arguments")


def verb(body: Callable[Concatenate[Settings, Arguments], bool | None]) -> Callable[Arguments, None]:
    """Turn a function of the settings into a verb; if it returns False, the exit code is 1."""

    @wraps(body)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        with errors_in_one_line():
            is_fine = body(_settings(), *args, **kwargs)
        sys.exit(1 if is_fine is False else 0)

    return run


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Let an error that you can act on, and Ctrl-C, end the command with one line and exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException("stopped; finished work is kept: run the same command again to go on") from None
    except HltvError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot use {error.filename}: {error.strerror}; check HLTV_DATA_DIR") from None


def _settings() -> Settings:
    for name, meant in unknown_variables(os.environ).items():
        hint = f"; did you mean {meant}?" if meant else ""
        click.echo(f"Warning: unknown setting {name} is ignored{hint}", err=True)
    return read_settings()
