"""A small Hugging Face Hub on loopback: what the real client asks of it, with faults on demand."""

import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from huggingface_hub import constants

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "hf_stub_token"
OWNER = "ada"
_LARGE = (".safetensors", ".flac")
FAULTS = ("429", "500", "503", "412", "timeout", "lost", "500-done")
STEPS = {  # what a fault can hit, by the request that is its own
    "create": ("POST", r"/api/repos/create"),
    "info": ("GET", r"/api/models/[^/]+/[^/]+(/revision/.*)?"),
    "preupload": ("POST", r".*/preupload/.*"),
    "batch": ("POST", r".*/objects/batch"),
    "object": ("PUT", r"/lfs/.*"),
    "commit": ("POST", r".*/commit/.*"),
    "refs": ("GET", r".*/refs"),
    "tag": ("POST", r".*/tag/.*"),
    "settings": ("PUT", r".*/settings"),
    "large": ("GET", r".*/lfs-files"),
    "erase-large": ("POST", r".*/lfs-files/batch"),
    "delete": ("DELETE", r"/api/repos/delete"),
    "job": ("POST", r"/api/jobs/[^/]+"),
}


@dataclass
class Fault:
    """Goes wrong ``times`` times at a step; with ``done`` kinds the work is done all the same."""

    step: str
    kind: str
    times: int = 1


@dataclass
class Repo:
    """A repository: commits with all their files, tags, and large objects."""

    private: bool
    gated: Any = False
    commits: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)

    @property
    def head(self) -> dict[str, Any]:
        return self.commits[-1]

    def commit(self, files: dict[str, dict[str, Any]], title: str) -> str:
        oid = secrets.token_hex(20)
        self.commits.append({"oid": oid, "files": files, "title": title})
        return oid

    def at(self, revision: str) -> dict[str, Any] | None:
        revision = self.tags.get(revision, revision)
        if revision == "main":
            return self.head
        return next((each for each in self.commits if each["oid"] == revision), None)


class StubHub:
    """The state, and the server that shows it."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.faults: list[Fault] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.rents = False  # whether jobs are really carried out, here
        self.calls: list[tuple[str, str]] = []
        self.slow_seconds = 1.0
        self.before: Callable[[str], None] = lambda step: None  # called before a request is served
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client was killed
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["StubHub"]:
        thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()

    def carry_out(self, job_id: str) -> None:
        """Run a job's command, as a rented machine does; what it says is kept."""
        job = self.jobs[job_id]
        _, *rest = job["command"]
        environment = os.environ | job["environment"] | job["asked"]["secrets"]
        environment |= {"HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, *rest], env=environment, capture_output=True, text=True
        )
        job["said"] = done.stdout + done.stderr
        job["status"] = {"stage": "ERROR" if done.returncode else "COMPLETED"}

    def fault(self, step: str | None) -> str | None:
        for each in self.faults:
            if each.step == step and each.times > 0:
                each.times -= 1
                return each.kind
        return None

    def content(self, repo: str, revision: str = "main") -> dict[str, str]:
        """Return the sha256 of every file of a revision but the Hub's own."""
        found = self.repos[repo].at(revision)
        assert found is not None
        return {
            name: hashlib.sha256(self.data(self.repos[repo], entry)).hexdigest()
            for name, entry in found["files"].items()
            if name != ".gitattributes"
        }

    @staticmethod
    def data(repo: Repo, entry: dict[str, Any]) -> bytes:
        return repo.objects[entry["lfs"]] if "lfs" in entry else entry["data"]

    def _handler(hub: "StubHub") -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                path = unquote(urlsplit(self.path).path)
                step = step_of(self.command, path)
                hub.calls.append((self.command, path))
                hub.before(step or "")
                kind = hub.fault(step)
                if kind in ("429", "500", "503", "412"):
                    self.answer(int(kind), {"error": f"injected {kind}"})
                    return
                if kind == "timeout":
                    time.sleep(hub.slow_seconds)
                    self.close_connection = True
                    return
                with hub.lock:
                    status, answer, headers = Answers(hub, self).give(path, body)
                if kind == "500-done":
                    self.answer(500, {"error": "injected after the work was done"})
                elif kind == "lost":
                    self.close_connection = True
                else:
                    self.answer(status, answer, headers)

            def answer(
                self, status: int, value: Any, headers: dict[str, str] | None = None
            ) -> None:
                raw = value if isinstance(value, bytes) else json.dumps(value).encode()
                given = {"content-type": "application/json", "content-length": str(len(raw))}
                self.send_response(status)
                for name, text in (given | (headers or {})).items():
                    self.send_header(name, text)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

        return Handler


def step_of(method: str, path: str) -> str | None:
    for name, (verb, pattern) in STEPS.items():
        if verb == method and re.fullmatch(pattern, path):
            return name
    return None


Answer = tuple[int, Any, dict[str, str]]


class Answers:
    """What each address answers."""

    def __init__(self, hub: StubHub, request: BaseHTTPRequestHandler) -> None:
        self.hub, self.request = hub, request
        self.known = request.headers.get("authorization") == f"Bearer {TOKEN}"

    def give(self, path: str, body: bytes) -> Answer:
        method = self.request.command
        if path.startswith("/lfs/"):
            return self._put_object(path, body)  # anything at all
        plain = "ndjson" not in self._type() and body[:1] == b"{"
        value = json.loads(body) if plain else {}
        if path == "/api/validate-yaml":
            return 200, {"warnings": [], "errors": []}, {}
        if path.startswith("/verify/"):
            return 200, {}, {}
        if method != "GET" and method != "HEAD" and not self.known:
            return 401, {"error": "Invalid username or password."}, {}
        if path == "/api/whoami-v2":
            if not self.known:
                return 401, {"error": "Invalid token"}, {}
            return 200, {"type": "user", "name": OWNER, "orgs": [], "auth": {}}, {}
        if path == "/api/repos/create":
            return self._create(value)
        if path == "/api/repos/delete":
            return self._delete(value)
        if path.startswith("/api/jobs/"):
            return self._job(path, value)
        return self._of_repo(method, path, value, body)

    def _type(self) -> str:
        return str(self.request.headers.get("content-type", ""))

    def _of_repo(self, method: str, path: str, value: Any, body: bytes) -> Answer:
        found = re.fullmatch(
            r"/(?:api/models/)?([^/]+/[^/]+?)(?:\.git/info/lfs)?(?:/(\w[\w-]*)(?:/(.*))?)?", path
        )
        if found is None:
            return 404, {"error": path}, {}
        name, what, rest = found.groups()
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and not self.known):
            return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        if repo.gated and what == "resolve" and not self.known:
            return 403, {"error": "gated"}, {"X-Error-Code": "GatedRepo"}
        if what in (None, "revision"):
            return self._info(name, repo, rest or "main")
        if what == "preupload":
            return self._preupload(repo, value)
        if what == "objects":
            return self._batch(name, repo, value)
        if what == "commit":
            return self._commit(name, repo, body)
        if what == "resolve":
            return self._resolve(repo, rest)
        if what == "refs":
            tags = [
                {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
                for tag, oid in repo.tags.items()
            ]
            main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head["oid"]}
            return 200, {"branches": [main], "converts": [], "tags": tags}, {}
        if what == "tag":
            return self._tag(method, repo, rest, value)
        if what == "settings":
            repo.gated = value.get("gated", repo.gated)
            if "visibility" in value:
                repo.private = value["visibility"] == "private"
            return 200, {}, {}
        if what == "lfs-files":
            return self._large(repo, rest, value)
        return 404, {"error": path}, {}

    def _create(self, value: Any) -> Answer:
        name = f"{value.get('organization') or OWNER}/{value['name']}"
        if name in self.hub.repos:
            there = {
                "error": "You already created this model repo",
                "url": f"{self.hub.url}/{name}",
            }
            return 409, there, {}
        repo = self.hub.repos[name] = Repo(value.get("visibility") == "private")
        repo.commit({".gitattributes": regular(b"*.safetensors filter=lfs\n")}, "initial commit")
        return 200, {"url": f"{self.hub.url}/{name}", "name": name}, {}

    def _delete(self, value: Any) -> Answer:
        name = f"{value.get('organization') or OWNER}/{value['name']}"
        if self.hub.repos.pop(name, None) is None:
            return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        return 200, {}, {}

    def _info(self, name: str, repo: Repo, revision: str) -> Answer:
        commit = repo.at(revision)
        if commit is None:
            return 404, {"error": "Invalid rev"}, {"X-Error-Code": "RevisionNotFound"}
        siblings = []
        for path, entry in sorted(commit["files"].items()):
            each: dict[str, Any] = {"rfilename": path}
            if "blobs" in parse_qs(urlsplit(self.request.path).query):
                each |= {"size": entry["size"], "blobId": entry["oid"]}
                if "lfs" in entry:
                    each["lfs"] = {
                        "sha256": entry["lfs"], "size": entry["size"], "pointerSize": 130,
                    }  # fmt: skip
            siblings.append(each)
        info = {
            "id": name, "modelId": name, "sha": commit["oid"], "private": repo.private,
            "gated": repo.gated, "siblings": siblings, "tags": [],
        }  # fmt: skip
        return 200, info, {}

    def _preupload(self, repo: Repo, value: Any) -> Answer:
        files = []
        for each in value["files"]:
            mode = "lfs" if each["path"].endswith(_LARGE) else "regular"
            there = repo.head["files"].get(each["path"], {})
            files.append(
                {"path": each["path"], "uploadMode": mode, "shouldIgnore": False,
                 "oid": there.get("lfs") or there.get("oid")}
            )  # fmt: skip
        return 200, {"files": files, "commitOid": repo.head["oid"]}, {}

    def _batch(self, name: str, repo: Repo, value: Any) -> Answer:
        objects = []
        for each in value["objects"]:
            if each["oid"] not in repo.objects:
                href = f"{self.hub.url}/lfs/{name}/{each['oid']}"
                verify = f"{self.hub.url}/verify/{name}"
                each["actions"] = {"upload": {"href": href}, "verify": {"href": verify}}
            objects.append(each)
        return 200, {"transfer": "basic", "objects": objects}, {}

    def _put_object(self, path: str, body: bytes) -> Answer:
        owner, name, oid = path.removeprefix("/lfs/").split("/")
        if hashlib.sha256(body).hexdigest() != oid:
            return 400, {"error": "hash"}, {}
        self.hub.repos[f"{owner}/{name}"].objects[oid] = body
        return 200, {}, {}

    def _commit(self, name: str, repo: Repo, body: bytes) -> Answer:
        files, title, parent = dict(repo.head["files"]), "", None
        for line in body.splitlines():
            entry = json.loads(line)
            key, value = entry["key"], entry["value"]
            if key == "header":
                title, parent = value["summary"], value.get("parentCommit")
            elif key == "file":
                files[value["path"]] = regular(base64.b64decode(value["content"]))
            elif key == "lfsFile":
                if value["oid"] not in repo.objects:
                    return 400, {"error": "the object was not uploaded"}, {}
                pointer = hashlib.sha1(value["oid"].encode()).hexdigest()
                files[value["path"]] = {
                    "size": value["size"], "oid": pointer, "lfs": value["oid"],
                }  # fmt: skip
            elif key == "deletedFile":
                files.pop(value["path"], None)
        if parent is not None and parent != repo.head["oid"]:
            return 412, {"error": "A commit has happened since. Please refresh and try again."}, {}
        oid = repo.commit(files, title)
        return 200, {"commitUrl": f"{self.hub.url}/{name}/commit/{oid}", "commitOid": oid}, {}

    def _resolve(self, repo: Repo, rest: str) -> Answer:
        revision, _, path = rest.partition("/")
        commit = repo.at(revision)
        entry = commit["files"].get(path) if commit else None
        if commit is None or entry is None:
            return 404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"}
        etag = entry.get("lfs") or entry["oid"]
        headers = {
            "X-Repo-Commit": commit["oid"], "ETag": f'"{etag}"', "accept-ranges": "bytes",
            "content-type": "application/octet-stream",
        }  # fmt: skip
        return 200, StubHub.data(repo, entry), headers

    def _tag(self, method: str, repo: Repo, rest: str, value: Any) -> Answer:
        if method == "DELETE":
            repo.tags.pop(rest, None)
            return 200, {}, {}
        commit = repo.at(rest)
        if commit is None:
            return 404, {"error": "Invalid rev"}, {"X-Error-Code": "RevisionNotFound"}
        if value["tag"] in repo.tags:
            return 409, {"error": "Tag already exists"}, {}
        repo.tags[value["tag"]] = commit["oid"]
        return 200, {}, {}

    def _large(self, repo: Repo, rest: str | None, value: Any) -> Answer:
        if rest == "batch":
            for sha in value["deletions"]["sha"]:
                repo.objects.pop(sha, None)
                for commit in repo.commits:
                    files = commit["files"]
                    commit["files"] = {k: v for k, v in files.items() if v.get("lfs") != sha}
            return 200, {}, {}
        files = [
            {"fileOid": sha, "filename": sha, "oid": sha, "size": len(data), "ref": "main",
             "pushedAt": "2026-01-01T00:00:00.000Z", "pusher": {"name": OWNER}}
            for sha, data in repo.objects.items()
        ]  # fmt: skip
        return 200, files, {}

    def _job(self, path: str, value: Any) -> Answer:
        _, _, _, namespace, *rest = path.split("/")
        if self.request.command == "POST" and not rest:
            job_id = secrets.token_hex(12)
            self.hub.jobs[job_id] = {
                "id": job_id, "createdAt": "2026-01-01T00:00:00.000Z", "flavor": value["flavor"],
                "command": value.get("command"), "arguments": value.get("arguments"),
                "environment": value.get("environment", {}), "status": {"stage": "RUNNING"},
                "owner": {"id": "1", "name": namespace, "type": "user"}, "asked": value,
                "labels": value.get("labels", {}),
            }  # fmt: skip
            if self.hub.rents:
                threading.Thread(target=self.hub.carry_out, args=(job_id,)).start()
            return 200, self._shown(job_id), {}
        if not rest:
            wanted = parse_qs(urlsplit(self.request.path).query).get("label", [])
            found = [
                self._shown(job_id)
                for job_id, job in self.hub.jobs.items()
                if all(f"{k}={v}" in wanted for k, v in job["labels"].items() if k != "name")
            ]
            return 200, found, {}
        job = self.hub.jobs.get(rest[0])
        if job is None:
            return 404, {"error": "no such job"}, {}
        if rest[1:] == ["cancel"]:
            job["status"] = {"stage": "CANCELED"}
        return 200, self._shown(rest[0]), {}

    def _shown(self, job_id: str) -> dict[str, Any]:
        return {k: v for k, v in self.hub.jobs[job_id].items() if k != "asked"}


def regular(data: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return {"size": len(data), "oid": oid, "data": data}


@contextmanager
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    """Run a Hub that this program takes for the real one, and has a token for.

    The stub speaks git LFS, not Xet; the constant is read from the environment at import.
    """
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("VOICEHUB_HF_TOKEN", TOKEN)
    with StubHub().running() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub
