"""What `openai:<name>@<base url>` means: a model on a server that speaks OpenAI's interface."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

PREFIX = "openai:"
_SCHEMES = ("http", "https")


class AddressError(ValueError):
    """A string that begins as a remote model and is none.

    Args:
        reason: shape, scheme, secret or query.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, kw_only=True)
class RemoteSource:
    """A model of a server.

    Attributes:
        model: What the server calls it.
        base_url: Where its interface begins, without a slash at the end: «https://…/v1».
    """

    model: str
    base_url: str

    @property
    def host(self) -> str:
        """Who gets the texts, with the port where one is named."""
        return urlsplit(self.base_url).netloc


def is_remote(text: str) -> bool:
    """Tell of a configured string that means a remote model."""
    return text.startswith(PREFIX)


def remote_source(text: str) -> RemoteSource:
    """Read a configured string.

    Raises:
        AddressError: It names no model or no address; its address has a password, a query or a
            fragment, which logs and pages would show.
    """
    name, at, url = text.removeprefix(PREFIX).rpartition("@")
    if not (is_remote(text) and name.strip() and at and url):
        # The last @ may be that of a password.
        raise AddressError("shape")
    if "://" in name:
        _parts(url)
        raise AddressError("secret")
    return RemoteSource(model=name.strip(), base_url=base_address(url))


def base_address(url: str) -> str:
    """Return where an interface begins, without a slash at the end.

    Raises:
        AddressError: It is no address, or has a password, a query or a fragment.
    """
    parts = _parts(url)
    if parts.username is not None or parts.password is not None:
        raise AddressError("secret")
    if parts.scheme not in _SCHEMES:
        raise AddressError("scheme")
    if parts.query or parts.fragment:
        raise AddressError("query")
    if not parts.hostname:
        raise AddressError("shape")
    return url.rstrip("/")


def base_addresses(urls: str | Sequence[str]) -> tuple[str, ...]:
    """Return several addresses, as a list or with commas between them; at least one.

    Raises:
        AddressError: One of them is none.
    """
    each = urls.split(",") if isinstance(urls, str) else urls
    found = tuple(base_address(url.strip()) for url in each if url.strip())
    if not found:
        raise AddressError("shape")
    return found


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_port_number = parts.port is None or parts.port > 0
    except ValueError:
        raise AddressError("shape") from None
    if not has_port_number:
        raise AddressError("shape")
    return parts


def keys_by_host(text: str, hosts: Collection[str]) -> Mapping[str, str]:
    """Return the key for each host; no host ever gets another's.

    Args:
        text: One key, where there is one host; else `host=key` pairs, separated by commas.
        hosts: Of the configured models.

    Raises:
        ValueError: One key for several hosts, or a pair for a host that is not configured; it never
            says which.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    # A key may end in =, which no host does.
    pairs = [part.partition("=") for part in parts]
    if len(parts) == 1 and pairs[0][0] not in hosts:
        if len(set(hosts)) > 1:
            raise ValueError("hosts")
        return dict.fromkeys(hosts, parts[0])
    if any(host not in hosts or not key for host, _, key in pairs):
        raise ValueError("unknown")
    return {host: key for host, _, key in pairs}
