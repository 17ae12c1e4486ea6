"""The types of JSON, for type checkers alone: nothing imports this module at run time."""

from typing import Dict, List, Union

JSONObject = Dict[str, object]  # of any depth; what is in it is narrowed before it is used
JSONScalar = Union[None, bool, int, float, str]
JSONArray = List[object]
