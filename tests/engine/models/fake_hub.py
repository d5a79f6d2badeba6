"""A server that answers as the Hugging Face hub does, with one repository."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

REPO = "alguien/modelo"


@dataclass
class FakeHub:
    """One repository: `branches` points to commits, `commits` holds each one's files."""

    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refusal: tuple[int, str] | None = None
    token: str | None = None
    requests: list[str] = field(default_factory=list)

    def push(self, files: dict[str, bytes], branch: str = "main") -> str:
        names = "".join(sorted(files)).encode() + b"".join(files.values())
        commit = hashlib.sha1(names).hexdigest()
        self.branches[branch] = commit
        self.commits[commit] = files
        return commit

    def server(self) -> ThreadingHTTPServer:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.answer(self, has_body=True)

            def do_HEAD(self) -> None:
                hub.answer(self, has_body=False)

            def log_message(self, *args: object) -> None:
                pass

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def answer(self, handler: BaseHTTPRequestHandler, *, has_body: bool) -> None:
        path = unquote(urlsplit(handler.path).path)
        self.requests.append(path)
        status, headers, body = self._respond(path, handler.headers.get("Authorization"))
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if has_body:
            handler.wfile.write(body)

    def _respond(self, path: str, authorization: str | None) -> tuple[int, dict, bytes]:
        if self.token is not None and authorization != f"Bearer {self.token}":
            return 403, {"X-Error-Code": "GatedRepo"}, b"{}"
        if self.refusal is not None:
            return self.refusal[0], {"X-Error-Code": self.refusal[1]}, b"{}"
        api = f"/api/models/{REPO}"
        if path == api or path.startswith(f"{api}/revision/"):
            return self._info(path.removeprefix(api).removeprefix("/revision/") or "main")
        if path.startswith(f"{api}/tree/"):
            files = self.commits[path.removeprefix(f"{api}/tree/")]
            return self._json([_entry(name, data) for name, data in files.items()])
        if path.startswith(f"/{REPO}/resolve/"):
            commit, _, name = path.removeprefix(f"/{REPO}/resolve/").partition("/")
            data = self.commits[commit][name]
            headers = {"ETag": f'"{_oid(data)}"', "X-Repo-Commit": commit}
            return 200, headers, data
        return 404, {"X-Error-Code": "RepoNotFound"}, b"{}"

    def _info(self, revision: str) -> tuple[int, dict, bytes]:
        commit = self.branches.get(revision, revision)
        if commit not in self.commits:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        siblings = [
            {"rfilename": name, "size": len(data)} for name, data in self.commits[commit].items()
        ]
        return self._json({"id": REPO, "sha": commit, "siblings": siblings})

    def _json(self, value: object) -> tuple[int, dict, bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def _oid(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def _entry(name: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "path": name, "size": len(data), "oid": _oid(data)}
