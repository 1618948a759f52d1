"""Reads one sender's attributes, each with its type and form, and refuses what nobody asked for.

Every error names the attribute as it stands in Terraform (``senders.aws.sns.region``), and the fix. A value is never
repeated in an error: it may be a credential that was put into the wrong place.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, overload
from urllib.parse import urlsplit

from custom_sender.addresses import may_connect
from custom_sender.errors import SettingsError
from custom_sender.locales import TAG, normal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

REGION = r"[a-z]{2,}(-[a-z]+)+-[0-9]+"
REGION_FORM = 'an AWS Region such as "eu-central-1"'
_CREDENTIALS_ARN = (
    r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+"
    r"|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]+)"
)
_CREDENTIALS_ARN_FORM = "the full ARN of a Secrets Manager secret or of an SSM parameter"

ADDRESS_REFUSED = (
    "an address for a host that will not be connected to (loopback, link-local, metadata and reserved ones never, "
    "private ones only with allow_private_address = true, and no number in another form than 10.0.0.7): "
    "write the host's name"
)


class Attributes:
    """The attributes of one sender. ``None`` and an absent attribute are the same: Terraform writes null."""

    __slots__ = ("_kind", "_name", "_read", "_values")

    def __init__(self, name: str, kind: str, values: Mapping[str, Any]) -> None:
        self._name = name
        self._kind = kind
        self._values = {key: value for key, value in values.items() if value is not None}
        self._read: set[str] = set()

    @overload
    def text(self, attribute: str, pattern: str, form: str, *, required: Literal[True]) -> str: ...

    @overload
    def text(self, attribute: str, pattern: str, form: str, *, required: bool = False) -> str | None: ...

    def text(self, attribute: str, pattern: str, form: str, *, required: bool = False) -> str | None:
        """A string that the pattern matches in full. ``form`` says in words what the pattern wants."""
        value = self._take(attribute, form, required=required)
        if value is None:
            return None
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            self.refuse(attribute, f"must be {form}")
        return value

    def credentials(self) -> str:
        """``secret_arn``, which every third party's sender needs."""
        return self.text("secret_arn", _CREDENTIALS_ARN, _CREDENTIALS_ARN_FORM, required=True)

    def choice(self, attribute: str, options: tuple[str, ...], default: str | None) -> str:
        """One of the options, exactly as written. With ``default`` None the attribute is required."""
        form = "one of " + ", ".join(f'"{option}"' for option in options)
        value = self._take(attribute, form, required=default is None)
        if value is None:
            return default or ""
        if value not in options:
            self.refuse(attribute, f"must be {form}")
        return str(value)

    def switch(self, attribute: str, *, default: bool) -> bool:
        """True or false, never a word or a number that means one of them."""
        value = self._take(attribute, "true or false", required=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(attribute, "must be true or false")
        return value

    def integer(self, attribute: str, low: int, high: int, unit: str) -> int | None:
        """A whole number from ``low`` to ``high``, both included."""
        form = f"a whole number of {unit} from {low} to {high}"
        value = self._take(attribute, form, required=False)
        if value is None:
            return None
        # JSON from Terraform may write 300 as 300.0 when it came from arithmetic; a boolean is an int in Python.
        if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
            self.refuse(attribute, f"must be {form}")
        if not low <= value <= high:
            self.refuse(attribute, f"must be {form}")
        return int(value)

    def by_locale(self, attribute: str, pattern: str, form: str) -> Mapping[str, str]:
        """An object: language tag to a string that the pattern matches in full. The tags come back as normal ones."""
        wanted = f'an object: a language tag such as "en" or "pt-BR", then {form}'
        value = self._take(attribute, wanted, required=False)
        if value is None:
            return MappingProxyType({})
        if not isinstance(value, dict) or not all(isinstance(tag, str) and TAG.fullmatch(tag) for tag in value):
            self.refuse(attribute, f"must be {wanted}")
        if not all(isinstance(text, str) and re.fullmatch(pattern, text, re.ASCII) for text in value.values()):
            self.refuse(attribute, f"must be {wanted}")
        texts = {normal(tag): text for tag, text in value.items()}
        if len(texts) != len(value):
            self.refuse(attribute, "has one locale twice: pt-BR, pt_BR and pt-br are the same; keep one")
        return MappingProxyType(texts)

    def by_country(self, attribute: str, pattern: str, form: str) -> Mapping[str, str]:
        """An object: a country (ISO 3166-1 alpha-2) to a string that the pattern matches in full."""
        wanted = f"an object: two capital letters of a country, then {form}"
        value = self._take(attribute, wanted, required=False)
        if value is None:
            return MappingProxyType({})
        if not isinstance(value, dict) or not all(re.fullmatch(r"[A-Z]{2}", country, re.ASCII) for country in value):
            self.refuse(attribute, f"must be {wanted}")
        for country, item in value.items():
            if not isinstance(item, str) or not re.fullmatch(pattern, item, re.ASCII):
                self.refuse(f"{attribute}.{country}", f"must be {form}")
        return MappingProxyType(dict(value))

    def content(self, attribute: str) -> Any:
        """The attribute as it is, for whoever checks its parts. None when it is absent."""
        return self._take(attribute, "", required=False)

    def refuse(self, attribute: str, problem: str) -> NoReturn:
        """Raise the error for one attribute; ``problem`` says what is wrong and what to do."""
        raise SettingsError(f"senders.{self._name}.{self._kind}.{attribute} {problem}")

    def refuse_the_rest(self) -> None:
        """Raise when there is an attribute that this kind does not have."""
        unknown = sorted(set(self._values) - self._read)
        if unknown:
            known = ", ".join(sorted(self._read))
            self.refuse(unknown[0], f"does not exist: remove it, or use one of {known}")

    def _take(self, attribute: str, form: str, *, required: bool) -> Any:
        self._read.add(attribute)
        value = self._values.get(attribute)
        if value is None and required:
            self.refuse(attribute, f"is missing: set it to {form}")
        return value


def is_plain_https(url: str) -> bool:
    """Whether a text is an https URL with a host, and without what makes readers of URLs disagree about the host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or not parts.hostname:
        return False
    return "@" not in parts.netloc and "#" not in url and "\\" not in url


def leads_inside(url: str, *, allow_private_address: bool) -> bool:
    """Whether the host of an https URL is an address that the transport would refuse.

    A host whose last part is a number is an address, however it is written (WHATWG URL, "ends in a number"): readers
    take 2130706433 and 0x7f.1 for 127.0.0.1. Names are judged when they are resolved.
    """
    host = urlsplit(url).hostname or ""
    last = host.removesuffix(".").rpartition(".")[2]
    is_address = ":" in host or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last, re.ASCII) is not None
    return is_address and not may_connect(host, allow_private=allow_private_address)
