import json
import os
from urllib.request import Request, urlopen

from cwd_server.toolkit import ToolError, tool

API = os.environ.get("GITHUB_API", "https://api.github.com")


@tool(read_only=True, open_world=True)
def latest_release(repository: str) -> dict:
    """Look up the latest release of a GitHub repository.

    :param repository: its owner and name, such as python/mypy
    """
    request = Request(
        "%s/repos/%s/releases/latest" % (API, repository), headers={"User-Agent": "cwd_server"}
    )
    try:
        with urlopen(request, timeout=30) as answer:
            release = json.load(answer)
    except OSError as error:  # no network, no such repository: the model may try something else
        raise ToolError("GitHub: %s" % error) from None
    return {"tag": release["tag_name"], "published": release["published_at"]}
