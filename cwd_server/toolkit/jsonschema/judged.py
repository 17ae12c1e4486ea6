"""Schemas that are not the last word on what fits: pydantic takes more than its schemas say."""

import copy
from typing import Callable, Dict

from cwd_server.json_types import JSONObject


class JudgedSchema(Dict[str, object]):
    """A schema, and who has the last word on values that do not fit it.

    takes: whether such a value is taken all the same
    """

    def __init__(self, schema: JSONObject, takes: Callable[[object], bool]) -> None:
        super().__init__(schema)
        self.takes = takes


def with_more(schema: JSONObject, before: JSONObject, after: JSONObject) -> JSONObject:
    """Return a schema that says more, with the same judge if it has one.

    before, after: more members; of one name, the last one counts
    """
    said = copy.copy(schema)
    said.clear()
    said.update(before)
    said.update(schema)
    said.update(after)
    return said
