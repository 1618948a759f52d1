"""Click's errors repeat what was typed, and that may be a person's number in the wrong place: these do not."""

from __future__ import annotations

import click


class Command(click.Command):
    """A command whose errors name its own options and parameters, and nothing that was typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter:
            raise
        except click.UsageError as error:
            raise click.UsageError(self._rule(error, ctx), ctx) from None

    def _rule(self, error: click.UsageError, ctx: click.Context) -> str:
        if isinstance(error, click.NoSuchOption):
            nearest = " or ".join(error.possibilities or ["--help"])
            return f"Options: those of --help. Got: another. Fix: {nearest}; put a space between option and value."
        param = getattr(error, "param", None)
        if name := (param.opts[0] if param else getattr(error, "option_name", "")):
            param = param or next(each for each in self.get_params(ctx) if name in each.opts)
            values = param.type
            rule = f"{values.min} to {values.max}" if isinstance(values, click.IntRange) else param.make_metavar(ctx)
            return f"{name}: {rule}. Got: something else. Fix: see --help."
        return "Arguments: those of --help. Got: something else. Fix: put a value with spaces into quotes."


class Group(Command, click.Group):
    """Its commands likewise."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            text = f"COMMAND: one of {', '.join(self.list_commands(ctx))}. Got: another. Fix: name one of them first."
            raise click.UsageError(text, ctx) from None
