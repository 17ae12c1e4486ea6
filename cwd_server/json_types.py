"""The types of JSON. What serves imports them for type checkers alone: typing loads slowly."""

from typing import Dict, List, Union

JSONObject = Dict[str, object]  # of any depth; what is in it is narrowed before it is used
JSONScalar = Union[None, bool, int, float, str]
JSONArray = List[object]
