"""What of the libraries the function needs, for the self-contained package that build.py makes. Standard library only.

Three things are taken away, and each by a rule that a newer version of a library cannot break unseen:

- Modules that no import statement leads to, from our own modules on. Statements in functions count too, because a rare
  error may need them; what is imported by a name that is made at run time is in ``NAMED_AT_RUN_TIME``.
- Of botocore's descriptions of AWS, the services, operations and texts that the function does not use. This is for
  speed too: botocore reads a list of all endpoints of AWS, 1.2 MB of JSON, to make its first client.
- The symbol tables of libraries in machine code, which only a debugger reads.

Licenses stay, in one file, and of each library its name and version, by which scanners find what is in a package.
"""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# The operations of AWS that the function calls; the attachment's are those of cognito-idp. Of STS those by which
# botocore gets credentials when it is told to.
OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "cognito-idp": frozenset({"DescribeUserPool", "GetUserPoolMfaConfig", "SetUserPoolMfaConfig", "UpdateUserPool"}),
    "dynamodb": frozenset({"TransactWriteItems", "UpdateItem"}),
    "kms": frozenset({"Decrypt"}),
    "pinpoint-sms-voice-v2": frozenset({"SendNotifyTextMessage", "SendTextMessage"}),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sesv2": frozenset({"SendEmail"}),
    "sns": frozenset({"Publish"}),
    "ssm": frozenset({"GetParameter"}),
    "sts": frozenset({"AssumeRole", "AssumeRoleWithWebIdentity"}),
}

# Modules and packages that are imported by a name made at run time, or by machine code: with all that is in them.
NAMED_AT_RUN_TIME: Final = ("custom_sender", "pool_attachment", "cryptography", "_cffi_backend")

# Ways that the function does not go: from the Encryption SDK to boto3, to make clients that nobody gave it
# (``clients.py``); to certificates, which OpenSSL looks at, and to formats of keys that neither KMS nor the SDK has; to
# AWS's runtime in C, which is not there; to calendars; to HTTP/2, which AWS's APIs do not speak, and to urllib3 in a
# browser or over pyOpenSSL.
NEVER_IMPORTED: Final = (
    "boto3",
    "botocore.crt.auth",
    *("cryptography.fernet", "cryptography.hazmat.asn1", "cryptography.x509"),
    *("cryptography.hazmat.primitives.serialization.pkcs12", "cryptography.hazmat.primitives.serialization.pkcs7"),
    *("cryptography.hazmat.primitives.twofactor", "dateutil.rrule", "dateutil.zoneinfo"),
    *("urllib3.contrib.emscripten", "urllib3.contrib.pyopenssl", "urllib3.http2.connection"),
)

# Files that are read and not imported. All else that is not a module is of no use at run time.
_DATA: Final = ("botocore/cacert.pem", "custom_sender/")
_BOTOCORE_DATA: Final = PurePosixPath("botocore/data")
ENDPOINTS: Final = "botocore/data/endpoints.json"
# What botocore's loader reads of a service. Paginators, waiters and examples are for who asks for them.
_MODEL: Final = "service-2.json"
_RULES: Final = "endpoint-rule-set-1.json"

LICENSES: Final = "THIRD-PARTY-LICENSES.txt"
_LICENSE_NAMES: Final = ("LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")
_KEPT_METADATA: Final = ("Metadata-Version", "Name", "Version", "License-Expression", "License", "Home-page")


def needed(packages: Mapping[str, Mapping[str, bytes]]) -> dict[str, dict[str, bytes]]:
    """Of each package (its name → its files: path → content) the files that the function needs, and all licenses.

    A package of which no module is needed leaves nothing: no license, and no name for a scanner to look for.
    """
    modules = reachable({path: content for files in packages.values() for path, content in files.items()})
    kept: dict[str, dict[str, bytes]] = {}
    for name, files in packages.items():
        if modules.intersection(files):
            kept[name] = {path: files[path] for path in sorted(files) if _is_needed(path, modules)}
            kept[name] |= descriptions_of_aws(files)
            kept[name] |= _name_and_version(files)
    kept["licenses"] = {LICENSES: _licenses({path: text for name in kept for path, text in packages[name].items()})}
    return kept


def _is_needed(path: str, modules: frozenset[str]) -> bool:
    return path in modules or path.startswith(_DATA)


# Modules


def reachable(files: Mapping[str, bytes]) -> frozenset[str]:
    """The paths of the modules to which import statements lead, from ``NAMED_AT_RUN_TIME`` on."""
    paths = {name: path for path in files if (name := module_name(path)) is not None}
    for never in NEVER_IMPORTED:
        paths = {name: path for name, path in paths.items() if name != never and not name.startswith(f"{never}.")}
    found: set[str] = set()
    waiting = [name for name in paths if name.startswith(tuple(f"{root}." for root in NAMED_AT_RUN_TIME))]
    waiting += [name for name in NAMED_AT_RUN_TIME if name in paths]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        path = paths[name]
        if path.endswith(".py"):
            package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
            waiting += [found_name for found_name in imports(files[path], package) if found_name in paths]
    return frozenset(paths[name] for name in found)


def module_name(path: str) -> str | None:
    """``a/b.py`` → ``a.b``, ``a/__init__.py`` → ``a``, ``a/c.cpython-313-x86_64-linux-gnu.so`` → ``a.c``."""
    parts = PurePosixPath(path).parts
    if path.endswith(".so"):
        return ".".join((*parts[:-1], parts[-1].partition(".")[0]))
    if not path.endswith(".py"):
        return None
    return ".".join(parts[:-1] if parts[-1] == "__init__.py" else (*parts[:-1], parts[-1][: -len(".py")]))


def imports(source: bytes, package: str) -> Iterator[str]:
    """The modules that a module's import statements may mean, and the packages that they are in.

    ``package`` is what its relative imports start from. ``from a import b`` may mean the module ``a.b``.
    """
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        else:
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            yield from _with_parents(whole)
            yield from (f"{whole}.{alias.name}" for alias in node.names)


def _statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """All import statements but those for type checkers."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            for other in child.orelse:
                yield from _statements(ast.Module([other], []))
        else:
            yield from _statements(child)


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))


# botocore's descriptions of AWS


def descriptions_of_aws(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """botocore's data without what the function does not call, and unpacked, as each start reads them."""
    prefixes = set()
    for path, content in files.items():
        below = PurePosixPath(path)
        if not below.is_relative_to(_BOTOCORE_DATA) or path == ENDPOINTS:
            continue
        service = below.parts[2]
        if len(below.parts) == 3:
            yield path, _json(json.loads(content))
            continue
        plain = below.name.removesuffix(".gz")
        if service not in OPERATIONS or plain not in {_MODEL, _RULES}:
            continue
        read = json.loads(gzip.decompress(content) if below.suffix == ".gz" else content)
        if plain == _MODEL:
            read = of_the_model(read, OPERATIONS[service])
            prefixes.add(read["metadata"]["endpointPrefix"])
        yield str(below.with_name(plain)), _json(read)
    if ENDPOINTS in files:
        yield ENDPOINTS, _json(of_the_endpoints(json.loads(files[ENDPOINTS]), prefixes))


def of_the_model(model: Mapping[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """A service's model with these operations alone, the shapes that they need, and no documentation.

    Raises ``KeyError`` for an operation that the service does not have.
    """
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes: dict[str, Any] = {}
    waiting = list(_shapes_of(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += _shapes_of(shapes[name])
    whole = {**model, "operations": kept, "shapes": {name: shapes[name] for name in sorted(shapes)}}
    return {key: value for key, value in _undocumented(whole).items() if key != "examples"}


def _shapes_of(node: Any) -> Iterator[str]:
    """The names of shapes that a part of a model refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shapes_of(value)
    elif isinstance(node, list):
        for item in node:
            yield from _shapes_of(item)


def _undocumented(node: Any) -> Any:
    # A structure may have a member that is called "documentation": its value is an object, and stays.
    if isinstance(node, dict):
        return {
            key: _undocumented(value)
            for key, value in node.items()
            if not (key in {"documentation", "documentationUrl"} and isinstance(value, str))
        }
    return [_undocumented(item) for item in node] if isinstance(node, list) else node


def of_the_endpoints(endpoints: Mapping[str, Any], prefixes: Iterable[str]) -> dict[str, Any]:
    """The list of endpoints with these services' alone. Partitions and Regions stay."""
    wanted = set(prefixes)
    return {
        **endpoints,
        "partitions": [
            {**partition, "services": {name: of for name, of in partition["services"].items() if name in wanted}}
            for partition in endpoints["partitions"]
        ],
    }


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


# Licenses, names and versions


def _name_and_version(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for path, content in files.items():
        below = PurePosixPath(path)
        if below.parts[0].endswith(".dist-info"):
            if below.name == "METADATA" and len(below.parts) == 2:
                yield path, _short_metadata(content)
            elif below.parts[1] == "sboms":
                yield path, content


def _short_metadata(content: bytes) -> bytes:
    head = content.partition(b"\n\n")[0].decode("utf-8")
    return "".join(f"{line}\n" for line in head.splitlines() if line.partition(":")[0] in _KEPT_METADATA).encode()


def _licenses(files: Mapping[str, bytes]) -> bytes:
    """One text: each license or notice once, under the names of the libraries that it is of."""
    libraries: dict[str, list[str]] = {}
    for path in sorted(files):
        below = PurePosixPath(path)
        if below.parts[0].endswith(".dist-info") and below.name.upper().startswith(_LICENSE_NAMES):
            text = files[path].decode("utf-8").replace("\r\n", "\n").strip()
            library = below.parts[0].removesuffix(".dist-info").replace("-", " ")
            libraries.setdefault(text, []).append(f"{library} ({below.name})")
    rule = "=" * 80
    return "\n\n".join(f"{rule}\n{chr(10).join(names)}\n{rule}\n\n{text}" for text, names in libraries.items()).encode()
