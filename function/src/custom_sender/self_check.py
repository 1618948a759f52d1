"""Whether this version may go live: Terraform asks each new one before Cognito's alias moves to it (``function.tf``).

It runs with the package, the layer and the configuration that it would work with. ``settings.load`` has read them by
then, with all that it refuses; what is left is what can be read and must not be sent. It asks AWS for nothing: a new
grant takes minutes until it is known everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from custom_sender.errors import SettingsError

if TYPE_CHECKING:
    from custom_sender.settings import Settings


def self_check(settings: Settings) -> dict[str, str]:
    """The answer of a version that may go live. Raises ``SettingsError`` with everything that is wrong."""
    found = flaws(settings)
    if found:
        raise SettingsError(" ".join(found))
    return {"self_check": "passed"}


def flaws(settings: Settings) -> list[str]:
    """What is wrong with settings that could be read: each with its place, the rule and the fix."""
    lifetimes = settings.protection.lifetimes_seconds
    return [flaw for channel in settings.channels.values() for flaw in channel.flaws(lifetimes)]
