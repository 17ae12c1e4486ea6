"""Schemas that are not the last word on what fits: pydantic takes more than its schemas say."""

import copy
from typing import Callable, Dict, Optional

from cwd_server.json_types import JSONObject


class JudgedSchema(Dict[str, object]):
    """A schema, and who has the last word on values that do not fit it.

    takes: whether such a value is taken all the same
    """

    def __init__(self, schema: JSONObject, takes: Callable[[object], bool]) -> None:
        super().__init__(schema)
        self.takes = takes


def with_more(
    schema: JSONObject,
    *,
    defaults: Optional[JSONObject] = None,
    overrides: Optional[JSONObject] = None,
) -> JSONObject:
    """Return a schema that says more, with the same judge if it has one.

    defaults: members, in front, that count where the schema has none of that name
    overrides: members that count whatever the schema has
    """
    said = copy.copy(schema)
    said.clear()
    said.update(defaults or {})
    said.update(schema)
    said.update(overrides or {})
    return said
