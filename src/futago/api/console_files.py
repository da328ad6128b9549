"""The console's page: files that were built into the package.

The page comes with a policy that lets it load nothing from elsewhere and run no inline script.
Files whose names carry a digest of their content may be kept for ever, the page itself is asked
for each time. Files lie there compressed as well, so that nothing is compressed at a request.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Final

from starlette import requests, responses, routing

PREFIX: Final = "/console"
STATIC: Final = Path(str(resources.files("futago.api"))) / "static"
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self';"
        " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""For every answer."""
FOR_EVER: Final = "public, max-age=31536000, immutable"
NOT_BUILT: Final = (
    "The console's page was not built into this installation: run `make console` in the source"
    " tree, or install a released wheel. The API is not concerned."
)
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_UNAVAILABLE: Final = 503
_NOT_FOUND: Final = 404


@dataclass(frozen=True)
class Page:
    """The files of the page in a directory."""

    directory: Path = field(default=STATIC)

    def routes(self) -> Iterator[routing.BaseRoute]:
        """Give the routes of files; any other path is the page, which has routes of its own."""
        yield routing.Route(PREFIX, _to_page, methods=["GET"])
        yield routing.Route(PREFIX + "/{path:path}", self._serve, methods=["GET"])

    @cached_property
    def _files(self) -> frozenset[str]:
        """Name the files once: nothing outside the directory can ever be asked for."""
        found = (path for path in self.directory.rglob("*") if path.is_file())
        return frozenset(str(path.relative_to(self.directory)) for path in found)

    def _serve(self, request: requests.Request) -> responses.Response:
        if "index.html" not in self._files:
            return responses.PlainTextResponse(NOT_BUILT, _UNAVAILABLE, HEADERS)
        wanted = request.path_params["path"]
        if wanted.startswith(("assets/", "api/")) and wanted not in self._files:
            return responses.PlainTextResponse("There is no such file.", _NOT_FOUND, HEADERS)
        return self._file(request, wanted if wanted in self._files else "index.html")

    def _file(self, request: requests.Request, name: str) -> responses.Response:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {**HEADERS, "vary": "accept-encoding"}
        headers["cache-control"] = FOR_EVER if name.startswith("assets/") else "no-cache"
        accepted = request.headers.get("accept-encoding", "")
        for encoding, ending in _ENCODINGS:
            if encoding in accepted and name + ending in self._files:
                headers["content-encoding"] = encoding
                name += ending
                break
        return responses.FileResponse(self.directory / name, headers=headers, media_type=kind)


def _to_page(_request: requests.Request) -> responses.Response:
    return responses.RedirectResponse(PREFIX + "/", 308)
