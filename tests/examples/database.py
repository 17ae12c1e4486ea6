import os
import sqlite3
from pathlib import Path
from typing import List, Optional

from cwd_server.toolkit import ToolError, tool

DATABASE = Path(os.environ.get("DATABASE", "~/notes.sqlite")).expanduser()


@tool(read_only=True)
def query(sql: str, values: Optional[list] = None) -> List[dict]:
    """Run one SELECT with ? for each of `values`; the database cannot be changed. At most 100 rows."""
    try:
        database = sqlite3.connect(DATABASE.absolute().as_uri() + "?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in database.execute(sql, values or []).fetchmany(100)]
        finally:
            database.close()
    except sqlite3.Error as error:
        raise ToolError("SQLite: %s" % error) from None
