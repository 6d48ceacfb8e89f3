"""A language server for tests: ``python lsp_server.py PORT`` serves one connection and ends with it."""

import sys

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

server = LanguageServer("words", "v1")


@server.feature(lsp.TEXT_DOCUMENT_HOVER)
def hover(params: lsp.HoverParams) -> lsp.Hover:
    """What a mining program's function looks like."""
    return lsp.Hover(contents="def mining.submit(job_id, nonce) -> result")


@server.command("job.submit")
def submit(*_: object) -> list[object]:
    """An answer close to a pool's."""
    return ["job_id", {"status": "OK"}]


if __name__ == "__main__":
    server.start_tcp("127.0.0.1", int(sys.argv[1]))
